import { type NamedPolicy, type PolicyReader, parseArn, withoutCapital } from '@cross-account-api/iam';
import { type Account, openAccount } from '../aws/account.ts';
import { DEFAULT_STAGE, followMapping } from '../aws/api-url.ts';
import { credentialsOfProfile } from '../aws/credentials.ts';
import { ExplainError, type StageCommand } from '../aws/explain-error.ts';
import { type Found, find } from '../aws/find.ts';
import { createPolicyReader } from '../aws/policy-reader.ts';
import { readBasePathMappings } from '../aws/read-domain.ts';
import { organizationReader } from '../aws/read-organization.ts';
import { readStage, readStageNames } from '../aws/read-stage.ts';
import { readVpcEndpointPolicy } from '../aws/read-vpc-endpoint.ts';
import { UsageError } from '../command-line.ts';
import { unknownOf } from '../commands/explain/help.ts';
import { type Caller, type CallerSide, functionNameIn, type Pair } from './call.ts';
import { ANONYMOUS, type AskedCall } from './call-options.ts';
import { keysOfRequest } from './judge.ts';
import { type About, broken, type Chain, chainOf, type Link, notRead, type Unread } from './link.ts';
import { noSuchStage } from './links/endpoint.ts';
import { walkCaller, walkChain } from './walk.ts';

/** The accounts of a call that profiles were given for, open for reading. */
export interface OpenCall {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly reader: PolicyReader;
  /** The account of the API, if a profile was given for it. */
  readonly api?: Account;
  close(): void;
}

/** A call with the values that a walk of its chain needs. */
export type WalkableCall = AskedCall & { readonly callerArn: string };

/**
 * Opens the accounts of a call.
 * @param command the command that reads them
 * @throws ExplainError if a profile cannot be used, or belongs to another account than the ARNs say
 */
export async function openCall(call: AskedCall, command: StageCommand = 'explain'): Promise<OpenCall> {
  const opened: Account[] = [];
  const close = () => {
    for (const account of opened) account.close();
  };
  const open = async (profile: string | undefined, region: string | undefined) => {
    if (profile === undefined) return undefined;
    const existing = opened.find((account) => account.profile === profile && account.sdk.region === region);
    const account =
      existing ?? (await openAccount({ source: credentialsOfProfile(profile), region, command }));
    if (existing === undefined) opened.push(account);
    return account;
  };
  const { api: url, callerArn = '' } = call;
  const apiRegion = url?.kind === 'default' ? url.region : call.region;
  try {
    const caller = await open(call.callerProfile, parseArn(callerArn).region || apiRegion);
    const api = await open(call.apiProfile, apiRegion);
    requireAccount('--caller', parseArn(callerArn).accountId, caller);
    const accounts = new Map([caller, api].flatMap((each) => (each ? [[each.accountId, each]] : [])));
    const organization = organizationReader(undefined);
    const reader = createPolicyReader(accounts, undefined, organization);
    return { accounts, reader, close, ...(api && { api }) };
  } catch (error) {
    close();
    throw error;
  }
}

function requireAccount(option: string, wanted: string, account: Account | undefined): void {
  if (account === undefined || wanted === '' || wanted === account.accountId) return;
  throw new ExplainError(
    'NOT_CONFIGURED',
    `${option} is in account ${wanted}, and ${withoutCapital(account.source.subject)} belongs to account ${account.accountId}. Correct one of the two.`,
  );
}

/** The chain of a call, as far as it was read. */
export interface WalkedCall {
  readonly chain: Chain;
  readonly notes: readonly string[];
  /** The accounts whose service control and resource control policies were not read. */
  readonly unreadControl: readonly string[];
}

/**
 * Walks the chain of a call as far as it can be read.
 * @throws UsageError if an option is missing, ExplainError if AWS cannot be reached
 */
export async function walkCall(
  call: WalkableCall,
  { accounts, reader, api: apiAccount }: OpenCall,
): Promise<WalkedCall> {
  const organization = organizationReader(undefined);
  const facts = await Promise.all(
    [...accounts.values()].map(async (each) => [each, await organization(each)] as const),
  );
  const { caller, links } = await findCaller(call, reader);
  const side: CallerSide = {
    caller,
    invokeRoleArn: call.roleArn,
    externalId: call.externalId,
    sessionName: call.sessionName ?? nameOf(call.callerArn),
    sessionSeconds: call.sessionSeconds,
  };
  const circumstances = { context: call.context, sessionPolicies: call.sessionPolicies, now: new Date() };
  const unreadOrganizations = new Set([
    ...facts.flatMap(([{ accountId }, { unread }]) => (unread === 'everything' ? [accountId] : [])),
    ...[call.callerArn, call.roleArn ?? '']
      .map((arn) => parseArn(arn).accountId)
      .filter((accountId) => !accounts.has(accountId)),
  ]);
  const unreadControl = facts.flatMap(([{ accountId }, { unread }]) =>
    unread === undefined ? [] : [accountId],
  );
  const unread = facts.flatMap(([account, { unread }]) => (unread === undefined ? [] : [account]));
  const notesOn = (chain: Chain) => {
    const keys = chain.links.flatMap(({ decision }) =>
      decision === undefined ? [] : keysOfRequest(decision),
    );
    return chain.state === 'breaks' ? [] : unknownOf(unread, [...new Set(keys)]);
  };
  const withNotes = (chain: Chain): WalkedCall => ({ chain, notes: notesOn(chain), unreadControl });
  const region = parseArn(call.callerArn).region || [...accounts.values()][0]?.sdk.region || 'us-east-1';
  if (call.api === undefined) {
    const chain = await walkCaller(side, region, reader, circumstances, unreadOrganizations);
    return withNotes(chainOf([...links, ...chain.links]));
  }
  const target = await findTarget(call, { accounts, reader, ...(apiAccount && { api: apiAccount }) });
  if ('link' in target) {
    const chain = await walkCaller(side, region, reader, circumstances, unreadOrganizations);
    return withNotes(chainOf([...links, ...chain.links, target.link]));
  }
  const pair: Pair<Caller> = {
    ...side,
    ...target,
    asked: call.routes,
    signedFor: call.signedFor ?? { region: target.api.region, service: 'execute-api' },
    permissionIds: new Map(),
  };
  const walked = await walkChain(pair, reader, circumstances, unreadOrganizations);
  const chain = chainOf([...links, ...walked.links]);
  const deployed = target.served?.deployedAt;
  return {
    unreadControl,
    chain,
    notes: [
      ...notesOn(chain),
      ...(target.api.policy === undefined
        ? []
        : [
            `API Gateway shows the resource policy that the API has now. The stage has the one of its deployment${deployed === undefined ? '' : ` of ${deployed.toISOString()}`}.`,
          ]),
    ],
  };
}

/** The caller, or a link that says that it does not exist. */
async function findCaller(
  { callerArn, callerSession }: WalkableCall,
  reader: PolicyReader,
): Promise<{ readonly caller: Caller; readonly links: readonly Link[] }> {
  const { accountId, service } = parseArn(callerArn);
  const name = nameOf(callerArn);
  if (callerArn === ANONYMOUS)
    return { caller: { name: 'a caller without a signature', isUnsigned: true }, links: [] };
  if (service === 'iam') {
    const caller = callerArn.includes(':user/')
      ? { name: `user ${name}`, userArn: callerArn }
      : { name: `role ${name}`, roleArn: callerArn, sessionName: callerSession };
    return { caller, links: [] };
  }
  const { facts, unread } = await find(accountId, () => reader.function(callerArn));
  if (facts !== undefined) return { caller: facts, links: [] };
  const about: About = { kind: 'configuration', title: `function ${name} exists` };
  const links =
    unread === undefined
      ? [{ ...broken(about, `There is no function ${callerArn}.`), missing: callerArn }]
      : [];
  return { caller: { name, arn: callerArn }, links };
}

/** The name of a function, without a version or alias, of a role or of a user. */
export function nameOf(arn: string): string {
  const { service, name } = parseArn(arn);
  return service === 'lambda' ? functionNameIn(arn) : name;
}

/** The API of a call, with its stage. */
export type Target = Pick<
  Pair,
  'api' | 'apiUnread' | 'stage' | 'served' | 'servedUnread' | 'address' | 'vpcEndpointId' | 'vpcEndpoint'
>;

/** The API, its stage and its address; a link if the API or stage does not exist or is not known. */
export async function findTarget(
  call: WalkableCall,
  { accounts, reader, api: account }: Pick<OpenCall, 'accounts' | 'reader' | 'api'>,
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
  const notOpen = { accountId, permission: `a profile of account ${accountId} (--api-profile)` };
  if (region === undefined) return { link: notRead(about, notOpen) };

  let named = url.kind === 'default' ? { apiId: url.apiId, stage: url.stage } : undefined;
  if (url.kind === 'custom') {
    if (account === undefined) return { link: notRead(about, notOpen) };
    const { facts, unread } = await find(accountId, () =>
      readBasePathMappings(account, region, url.domainName),
    );
    if (unread !== undefined) return { link: notRead(about, unread) };
    named = facts && followMapping(url, facts);
    if (named === undefined) {
      const problem =
        facts === undefined
          ? `Account ${accountId} has no custom domain ${url.domainName} in ${region}. Another region? Give --region.`
          : `The custom domain ${url.domainName} has no mapping for /${url.segments.join('/')} with a stage: API Gateway answers 403 Forbidden. It has ${facts.map(({ basePath, stage }) => `/${basePath === '(none)' ? '' : basePath}${stage === '(none)' ? '/<stage>' : ''}`).join(', ') || 'none'}.`;
      return { link: broken(about, problem) };
    }
  }
  const { apiId = '', stage = '' } = named ?? {};
  const api = await find(accountId, () => reader.api({ accountId, region, apiId }));
  const vpcEndpointId = (url.kind === 'default' ? url.vpcEndpointId : undefined) ?? call.vpcEndpointId;
  const address = { url: url.url, isCustom: url.kind === 'custom', vpcEndpointId };
  if (api.facts === undefined) {
    if (api.unread === undefined) {
      const problem = `Account ${accountId} has no REST API or HTTP API ${apiId} in ${region}. Compare URL and --api-profile. WebSocket APIs are not looked at.`;
      return { link: broken(about, problem) };
    }
    if (call.routes === undefined)
      throw new UsageError(`Give --route: the routes of API ${apiId} cannot be read.`);
    const unreadApi = { apiId, name: apiId, accountId, region, routes: [] };
    return { api: unreadApi, apiUnread: api.unread, stage, vpcEndpointId };
  }
  const base = { api: api.facts, stage, ...(call.isFromMessage === true ? {} : { address }), vpcEndpointId };
  const isPrivate = api.facts.privateTo !== undefined;
  const vpcEndpoint = isPrivate ? await findVpcEndpoint(vpcEndpointId, region, accounts) : undefined;
  // The API was read, so its account is open.
  const owner = account ?? accounts.get(accountId);
  const served = owner && (await find(accountId, () => readStage(owner, api.facts, stage)));
  if (owner === undefined || served?.unread !== undefined) {
    return { ...base, vpcEndpoint, servedUnread: served?.unread ?? notOpen };
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
  return { ...base, served: served.facts, vpcEndpoint };
}

/** Looks for a VPC endpoint in all accounts: it is in the account of the VPC. */
async function findVpcEndpoint(
  id: string | undefined,
  region: string,
  accounts: ReadonlyMap<string, Account>,
): Promise<Found<NamedPolicy> | undefined> {
  if (id === undefined) return undefined;
  let unread: Unread = {
    accountId: '',
    permission: `ec2:DescribeVpcEndpoints on ${id}, in the account of its VPC`,
  };
  for (const account of accounts.values()) {
    const { accountId } = account;
    const found = await find(accountId, async () => ({
      policy: await readVpcEndpointPolicy(account, region, id),
    }));
    if (found.unread !== undefined) unread = found.unread;
    else if (found.facts !== undefined && found.facts.policy !== 'missing') {
      const { policy } = found.facts;
      return policy === undefined ? {} : { facts: policy };
    }
  }
  return { unread };
}
