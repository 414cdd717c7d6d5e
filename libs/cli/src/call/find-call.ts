import { parseArn } from '@cross-account-api/iam';
import type { PolicyReader } from '@cross-account-api/iam/explanation';
import type { Account } from '../aws/account.ts';
import { type CustomUrl, DEFAULT_STAGE, type DefaultUrl, followMapping } from '../aws/api-url.ts';
import { type Found, find } from '../aws/find.ts';
import { readBasePathMappings } from '../aws/read-domain.ts';
import { ReadError } from '../aws/read-error.ts';
import { readServedStage, readStageNames } from '../aws/read-stage.ts';
import { readVpcEndpointPolicy } from '../aws/read-vpc-endpoint.ts';
import { UsageError } from '../command-line.ts';
import { ANONYMOUS, type Call, type WalkableCall } from './call.ts';
import { type About, broken, type Link, notRead, type Unread } from './link.ts';
import { noSuchStage } from './links/endpoint.ts';
import type { OpenCall } from './open-call.ts';
import { type CallerSide, type CallingPrincipal, type EndpointPolicy, nameOf, type Pair } from './pair.ts';

/** A call whose caller, role and API were looked for. */
export interface FoundCall {
  readonly side: CallerSide;
  /** The reason why only the ARN of the caller is known. */
  readonly callerUnread?: Unread | undefined;
  /** The link of a caller that does not exist. */
  readonly links: readonly Link[];
  /** The API, or the link that says why it was not found. Absent: the call ends with AssumeRole. */
  readonly target?: Target | { readonly link: Link } | undefined;
  /** Caller and API. Absent if the API was not found. */
  readonly pair?: Pair<CallingPrincipal> | undefined;
}

/**
 * Finds caller, role and API of a call, as far as they can be read.
 * @throws UsageError if an option is missing, ReadError if AWS cannot be reached
 */
export async function findCall(call: WalkableCall, open: OpenCall): Promise<FoundCall> {
  const { caller, links, unread } = await findCaller(call, open.reader);
  const { roleArn, externalId, sessionName = nameOf(call.callerArn), sessionSeconds, project } = call;
  const side = { caller, invokeRoleArn: roleArn, externalId, sessionName, sessionSeconds };
  const found = { side, callerUnread: unread, links };
  if (call.api === undefined) return found;
  const target = await findTarget(call, open);
  if ('link' in target) return { ...found, target };
  const pair: Pair<CallingPrincipal> = {
    ...side,
    ...target,
    asked: call.routes,
    signedFor: call.signedFor ?? { region: target.api.region, service: 'execute-api' },
    project,
  };
  return { ...found, target, pair };
}

/** @throws UsageError if nobody says what is called: neither the user, nor the project, nor an API that can be read */
export function requireRoutes({ routes, project }: Call, pair: FoundCall['pair']): void {
  if (pair?.reading.known !== 'ID' || routes !== undefined || project !== undefined) return;
  throw new UsageError(`Give --route: the routes of API ${pair.api.apiId} cannot be read.`);
}

/** The caller, or a link that says that it does not exist. */
async function findCaller(
  { callerArn, callerSession }: WalkableCall,
  reader: PolicyReader,
): Promise<{
  readonly caller: CallingPrincipal;
  readonly links: readonly Link[];
  readonly unread?: Unread | undefined;
}> {
  const { accountId, service } = parseArn(callerArn);
  const name = nameOf(callerArn);
  if (callerArn === ANONYMOUS)
    return { caller: { kind: 'unsigned', name: 'a caller without a signature' }, links: [] };
  if (service === 'iam') {
    const caller = callerArn.includes(':user/')
      ? ({ kind: 'user', name: `user ${name}`, userArn: callerArn } as const)
      : ({ kind: 'role', name: `role ${name}`, roleArn: callerArn, sessionName: callerSession } as const);
    return { caller, links: [] };
  }
  const { facts, unread } = await find(accountId, () => reader.function(callerArn));
  if (facts !== undefined) return { caller: { kind: 'function', ...facts }, links: [] };
  const about: About = { kind: 'configuration', title: `function ${name} exists` };
  const links =
    unread === undefined
      ? [{ ...broken(about, `There is no function ${callerArn}.`), missing: callerArn }]
      : [];
  return { caller: { kind: 'unread function', name, arn: callerArn }, links, unread };
}

/** The API of a call, with its stage. */
type Target = Pick<Pair, 'api' | 'stage' | 'reading' | 'address' | 'vpcEndpoint'>;

/** The API, its stage and its address; a link if the API or stage does not exist or is not known. */
async function findTarget(
  call: Call,
  { accounts, reader, api: account, profileSetting = '--api-profile' }: OpenCall,
): Promise<Target | { readonly link: Link }> {
  const { api: url, apiAccountId } = call;
  if (url === undefined) throw new UsageError('Give --api.');
  const accountId = account?.accountId ?? apiAccountId;
  if (accountId === undefined) {
    throw new UsageError(
      'Give --api-profile or, if there is none, --api-account: the account of the API is not known.',
    );
  }
  const region = url.kind === 'default' ? url.region : (call.region ?? account?.sdk.region);
  const about: About = { kind: 'endpoint', title: `${url.url} points at an API` };
  const notOpen = { accountId, permission: `a profile of account ${accountId} (${profileSetting})` };
  if (region === undefined) return { link: notRead(about, notOpen) };

  const named = await findNamed(call, url, { accountId, account, region });
  if ('problem' in named) return { link: broken(about, named.problem) };
  if ('unread' in named) return { link: notRead(about, named.unread ?? notOpen) };
  const { apiId, stage } = named;
  const api = await find(accountId, () => reader.api({ accountId, region, apiId }));
  const vpcEndpointId = (url.kind === 'default' ? url.vpcEndpointId : undefined) ?? call.vpcEndpointId;
  const address = { url: url.url, isCustom: url.kind === 'custom', vpcEndpointId };
  if (api.facts === undefined) {
    if (api.unread === undefined) {
      const problem = `Account ${accountId} has no REST API or HTTP API ${apiId} in ${region}. Compare URL and --api-profile. WebSocket APIs are not looked at.`;
      return { link: broken(about, problem) };
    }
    const unreadApi = { apiId, name: apiId, accountId, region, routes: [] };
    return {
      api: unreadApi,
      stage,
      reading: { known: 'ID', unread: api.unread },
      vpcEndpoint: vpcEndpointId === undefined ? undefined : { id: vpcEndpointId },
    };
  }
  const isPrivate = api.facts.privateTo !== undefined;
  const base = {
    api: api.facts,
    stage,
    ...(call.isFromMessage === true ? {} : { address }),
    vpcEndpoint:
      vpcEndpointId === undefined
        ? undefined
        : {
            id: vpcEndpointId,
            policy: isPrivate ? await findEndpointPolicy(vpcEndpointId, region, accounts) : undefined,
          },
  };
  // The API was read, so its account is open.
  const owner = account ?? accounts.get(accountId);
  const served = owner && (await find(accountId, () => readServedStage(owner, api.facts, stage)));
  if (owner === undefined || served?.unread !== undefined) {
    return { ...base, reading: { known: 'API', unread: served?.unread ?? notOpen } };
  }
  if (served?.facts === undefined) {
    const names = (await find(accountId, () => readStageNames(owner, api.facts))).facts ?? [];
    const stageAbout: About = { kind: 'deployment', title: `API ${apiId} has the stage ${stage}` };
    return {
      link: broken(
        stageAbout,
        `The API has no stage ${stage}: API Gateway answers ${noSuchStage(api.facts)}. It has ${names.join(', ') || 'none'}.${stage === DEFAULT_STAGE ? ' A URL without a stage is that of an HTTP API with the stage $default.' : ''}`,
      ),
    };
  }
  return { ...base, reading: { known: 'API and stage', served: served.facts } };
}

/** An API and its stage; or why there is none at an address, or that it cannot be read. */
type Named =
  | { readonly apiId: string; readonly stage: string }
  | { readonly problem: string }
  | { readonly unread: Unread | undefined };

/** The API and the stage at an address. A project knows which they must be: a custom domain can lead elsewhere. */
async function findNamed(
  { project }: Call,
  url: DefaultUrl | CustomUrl,
  {
    accountId,
    account,
    region,
  }: { readonly accountId: string; readonly account: Account | undefined; readonly region: string },
): Promise<Named> {
  if (url.kind === 'default') return project?.target ?? url;
  if (account === undefined) return { unread: undefined };
  const { facts, unread } = await find(accountId, () =>
    readBasePathMappings(account, region, url.domainName).catch(notAllowed('apigateway:GET')),
  );
  if (unread !== undefined) return project?.target ?? { unread };
  const found = facts && followMapping(url, facts);
  if (found === undefined) {
    const problem =
      facts === undefined
        ? `Account ${accountId} has no custom domain ${url.domainName} in ${region}. Another region? Give --region.`
        : `The custom domain ${url.domainName} has no mapping for /${url.segments.join('/')} with a stage: API Gateway answers 403 Forbidden. It has ${facts.map(({ basePath, stage }) => `/${basePath === '(none)' ? '' : basePath}${stage === '(none)' ? '/<stage>' : ''}`).join(', ') || 'none'}.`;
    return { problem };
  }
  const wanted = project?.target;
  if (wanted !== undefined && (wanted.apiId !== found.apiId || wanted.stage !== found.stage)) {
    return {
      problem: `The custom domain ${url.domainName} leads to stage ${found.stage} of API ${found.apiId}. The project deploys stage ${wanted.stage} of API ${wanted.apiId}.`,
    };
  }
  return found;
}

/** Looks for a VPC endpoint in all accounts: it is in the account of the VPC. */
async function findEndpointPolicy(
  id: string,
  region: string,
  accounts: ReadonlyMap<string, Account>,
): Promise<Found<EndpointPolicy>> {
  let unread: Unread = {
    accountId: '',
    permission: `ec2:DescribeVpcEndpoints on ${id}, in the account of its VPC`,
  };
  for (const account of accounts.values()) {
    const { accountId } = account;
    const found = await find(accountId, async () => ({
      policy: await readVpcEndpointPolicy(account, region, id).catch(notAllowed('ec2:DescribeVpcEndpoints')),
    }));
    if (found.unread !== undefined) unread = found.unread;
    else if (found.facts !== undefined && found.facts.policy !== 'missing') {
      const { policy } = found.facts;
      return policy === undefined ? {} : { facts: { ...policy, accountId } };
    }
  }
  return { unread };
}

/** Whoever reads a stage may lack this permission: few stages need it. */
function notAllowed(permission: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ReadError) || error.code !== 'MAY_NOT_READ') throw error;
    throw new ReadError(error.code, error.message, {
      cause: error,
      permission: error.permission ?? permission,
    });
  };
}
