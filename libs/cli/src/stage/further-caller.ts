import type { Circumstances, PolicyReader, RoleFacts, RouteFacts } from '@cross-account-api/iam';
import { invokeRoleId } from '@cross-account-api/serverless-plugin';
import { ExplainError } from '../aws/explain-error.ts';
import type { Caller, Pair } from '../call/call.ts';
import type { Chain, Link } from '../call/link.ts';
import { walkChain } from '../call/walk.ts';
import { callWith } from '../call-of.ts';
import { findDeployedApi, notDeployed, withConfiguration } from './deployed-pair.ts';
import type { OpenApi } from './open-stage.ts';

/** A caller of services/stages.yml that this repository does not deploy. */
export type FurtherCaller = OpenApi['settings']['callers'][number] & { readonly routes: readonly string[] };

/** A further caller, and its resources in account A. */
export interface DeployedCaller {
  readonly caller: FurtherCaller;
  readonly apiUrl: string;
  readonly pair: Pair<Caller>;
  /** The policy that the caller's role needs in its own account, and no more. */
  readonly policy: object;
  /** Whether the API has the routes of the settings. */
  readonly configuration: Link;
}

/**
 * Finds the resources of a further caller.
 * @throws ExplainError if the stage has no such caller, or if it is not deployed yet
 */
export async function findFurtherCaller(
  open: OpenApi,
  name: string,
  reader: PolicyReader,
): Promise<DeployedCaller> {
  const { stage, settings } = open;
  const entry = settings.callers.find((each) => each.name === name);
  if (entry === undefined) {
    const known = settings.callers.map((each) => each.name).join(', ');
    throw new ExplainError(
      'NOT_CONFIGURED',
      `services/stages.yml: ${stage}.callers has no caller "${name}". ${known === '' ? 'It has none' : `It has ${known}`}. To add one, see "More than one caller" in services/README.md.`,
    );
  }
  const { api, apiStage, apiUrl, declaredOpen, outputs, permissionIds } = await findDeployedApi(open, reader);
  const assumes = settings.accessMode === 'assume-role';
  const invokeRoleArn = assumes ? outputs.get(`${invokeRoleId(name)}Arn`) : undefined;
  if (assumes && invokeRoleArn === undefined) {
    throw notDeployed(`The invoke role of the caller "${name}"`, stage);
  }
  const caller = {
    ...entry,
    routes: entry.routes ?? api.routes.map(({ method, path }) => `${method} ${path}`),
  };
  const routes = api.routes.filter(({ method, path }) => caller.routes.includes(`${method} ${path}`));
  return {
    caller,
    apiUrl,
    configuration: compareRoutes(caller, routes),
    pair: {
      caller: { name: `role ${caller.roleArn.split('/').at(-1)}`, roleArn: caller.roleArn },
      invokeRoleArn,
      stage: apiStage,
      declaredOpen,
      permissionIds,
      externalId: assumes ? caller.externalId : undefined,
      // The session name in the caller's instructions.
      sessionName: `${stage}-${name}`,
      api: { ...api, routes },
    },
    policy:
      invokeRoleArn === undefined
        ? policyFor('InvokeRoutes', 'execute-api:Invoke', routeArns(caller, outputs.get('ApiArn')))
        : policyFor('AssumeInvokeRole', 'sts:AssumeRole', [invokeRoleArn]),
  };
}

function policyFor(Sid: string, Action: string, Resource: readonly string[]): object {
  return { Version: '2012-10-17', Statement: [{ Sid, Effect: 'Allow', Action, Resource }] };
}

/** The ARNs of the routes. A policy names a path with any value for its parameters. */
function routeArns({ routes }: FurtherCaller, apiArn = ''): string[] {
  return routes.map((route) => `${apiArn}/${route.replaceAll(/\{[^}]*\}/g, '*').replace(' ', '')}`);
}

function compareRoutes({ routes }: FurtherCaller, served: readonly RouteFacts[]): Link {
  const missing = routes.filter((route) => !served.some(({ method, path }) => route === `${method} ${path}`));
  return {
    kind: 'configuration',
    title: "the API has the caller's routes",
    state: missing.length === 0 ? 'holds' : 'breaks',
    remedies: [],
    ...(missing.length > 0 && {
      problem: `The API does not have ${missing.join(', ')}. Correct the routes in services/stages.yml, or add them to the API, and deploy it.`,
    }),
  };
}

/**
 * Walks the chain of a further caller as if its account had done its part: its role exists, with the required
 * policy and, if its organization cannot be read, in the one that the stage trusts. So each broken link is account A's.
 */
export async function walkOwnPart(
  deployed: DeployedCaller,
  { accounts, settings: { organizationId } }: Pick<OpenApi, 'accounts' | 'settings'>,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<Chain> {
  const { accountId, roleArn } = deployed.caller;
  const role: RoleFacts = {
    arn: roleArn,
    uniqueId: 'AROANOTREAD',
    trust: { name: 'trust policy that was not read', document: { Version: '2012-10-17', Statement: [] } },
    policies: [{ name: `policy that account ${accountId} must have`, document: { ...deployed.policy } }],
    tags: {},
  };
  const trusted =
    organizationId === undefined ? undefined : { organizationId, serviceControl: [], resourceControl: [] };
  const assuming: PolicyReader = {
    ...reader,
    role: async (arn) => (arn === roleArn ? role : reader.role(arn)),
    organization: async (id) => (id === accountId && !accounts.has(id) ? trusted : reader.organization(id)),
  };
  return withConfiguration(deployed.configuration, await walkChain(deployed.pair, assuming, circumstances));
}

/** Walks the chain of a further caller. If its account cannot be read, assumes that it has done its part: {@link walkOwnPart}. */
export async function walkFurtherCaller(
  deployed: DeployedCaller,
  open: Pick<OpenApi, 'accounts' | 'settings'>,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<Chain> {
  if (!open.accounts.has(deployed.caller.accountId)) {
    return walkOwnPart(deployed, open, reader, circumstances);
  }
  return withConfiguration(deployed.configuration, await walkChain(deployed.pair, reader, circumstances));
}

/** The links of a further caller's chain that are about resources of the API's stack. */
export function linksOfStack({ links }: Chain, { caller: { roleArn } }: DeployedCaller): readonly Link[] {
  return links.filter(({ kind, missing }) => kind !== 'configuration' && missing !== roleArn);
}

/** The requirements for an account that cannot be read. */
export interface CallerPart {
  readonly caller: string;
  readonly accountId: string;
  readonly roleArn: string;
  readonly policy: object;
  /** Whether the caller has to send an external ID. */
  readonly externalId: boolean;
  readonly organizationId: string | undefined;
}

/** The part of a further caller's chain that was not read; `undefined` if everything was read. */
export function callerPartOf(
  deployed: DeployedCaller,
  { accounts, settings: { organizationId } }: Pick<OpenApi, 'accounts' | 'settings'>,
): CallerPart | undefined {
  const { name: caller, accountId, roleArn } = deployed.caller;
  if (accounts.has(accountId)) return undefined;
  return {
    caller,
    accountId,
    roleArn,
    policy: deployed.policy,
    externalId: deployed.pair.externalId !== undefined,
    organizationId,
  };
}

/** The requirements for an account that was not read, as lines for a person. */
export function renderCallerPart(
  { caller, accountId, roleArn, policy, externalId, organizationId }: CallerPart,
  stage: string,
): string[] {
  return [
    `Account ${accountId} was not read: no profile of the stage belongs to it. Its team has to see to the following:`,
    `  - The program of ${caller} runs as ${roleArn}${externalId ? ', and sends the external ID of services/stages.yml' : ''}.`,
    ...(organizationId === undefined
      ? []
      : [`  - The account is in the AWS organization ${organizationId}.`]),
    '  - Neither a permissions boundary nor a policy of its organization denies what this policy of the role allows:',
    ...JSON.stringify(policy, null, 2)
      .split('\n')
      .map((line) => `    ${line}`),
    `${callWith('handover', `--stage ${stage} --caller ${caller}`)} writes all of this for them.`,
  ];
}
