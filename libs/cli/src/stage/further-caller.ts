import type { OrganizationMembership } from '@cross-account-api/iam';
import { type RoleFacts, routeName } from '@cross-account-api/iam/explanation';
import { invokeRoleId } from '@cross-account-api/serverless-plugin';
import { ReadError } from '../aws/read-error.ts';
import { isOfOthers, type MethodAndPath } from '../call/find-route.ts';
import { type About, type Chain, type Link, notRead } from '../call/link.ts';
import type { OpenCall } from '../call/open-call.ts';
import { callWith } from '../call-of.ts';
import { type DeployedApi, notDeployed } from './deployed-stacks.ts';
import type { OpenApi } from './open-stage.ts';
import { routeOf } from './route-of.ts';

/** A caller of services/stages.yml that this repository does not deploy. */
export type DeclaredCaller = OpenApi['settings']['callers'][number] & { readonly routes: readonly string[] };

/** The session name in the instructions of a further caller. */
export function sessionNameOf(stage: string, caller: string): string {
  return `${stage}-${caller}`;
}

/** A further caller, and its resources in the account of the API. */
export interface FurtherPart {
  readonly caller: DeclaredCaller;
  /** The role that it assumes. Absent in access mode `resource-policy`. */
  readonly invokeRoleArn: string | undefined;
  /** What the ARNs of the stage's routes begin with. */
  readonly apiArn: string;
  /** Its routes, without those that the API does not have. */
  readonly routes: readonly MethodAndPath[];
  /** The policy that the caller's role needs in its own account, and no more. */
  readonly policy: object;
  /** Whether the API has the routes of the settings. */
  readonly configuration: Link;
}

/**
 * Finds the resources of a further caller.
 * @throws ReadError if the stage has no such caller, or if it is not deployed yet
 */
export function findFurtherPart(
  { stage, settings }: Pick<OpenApi, 'stage' | 'settings'>,
  name: string,
  { api, apiUnread, outputs }: DeployedApi,
): FurtherPart {
  const entry = settings.callers.find((each) => each.name === name);
  if (entry === undefined) {
    const known = settings.callers.map((each) => each.name).join(', ');
    throw new ReadError(
      'NOT_CONFIGURED',
      `services/stages.yml: ${stage}.callers has no caller "${name}". ${known === '' ? 'It has none' : `It has ${known}`}. To add one, see "More than one caller" in services/README.md.`,
    );
  }
  const assumes = settings.accessMode === 'assume-role';
  const invokeRoleArn = assumes ? outputs.get(`${invokeRoleId(name)}Arn`) : undefined;
  if (assumes && invokeRoleArn === undefined) {
    throw notDeployed(`The invoke role of the caller "${name}"`, stage);
  }
  const caller = {
    ...entry,
    routes: entry.routes ?? api.routes.filter((route) => !isOfOthers(route)).map(routeName),
  };
  const apiArn = outputs.get('ApiArn') ?? '';
  const routes =
    apiUnread === undefined
      ? api.routes.filter((route) => caller.routes.includes(routeName(route)))
      : caller.routes.map(routeOf);
  return {
    caller,
    invokeRoleArn,
    apiArn,
    routes,
    configuration: apiUnread ? notRead(about, apiUnread) : configurationOf(caller, routes),
    policy:
      invokeRoleArn === undefined
        ? policyFor('InvokeRoutes', 'execute-api:Invoke', routeArns(caller, apiArn))
        : policyFor('AssumeInvokeRole', 'sts:AssumeRole', [invokeRoleArn]),
  };
}

function policyFor(Sid: string, Action: string, Resource: readonly string[]): object {
  return { Version: '2012-10-17', Statement: [{ Sid, Effect: 'Allow', Action, Resource }] };
}

/** The ARNs of the routes. A policy names a path with any value for its parameters. */
function routeArns({ routes }: DeclaredCaller, apiArn: string): string[] {
  return routes.map((route) => `${apiArn}/${route.replaceAll(/\{[^}]*\}/g, '*').replace(' ', '')}`);
}

const about: About = { kind: 'configuration', title: "the API has the caller's routes" };

function configurationOf({ routes }: DeclaredCaller, served: readonly MethodAndPath[]): Link {
  const missing = routes.filter((route) => !served.some(({ method, path }) => route === `${method} ${path}`));
  return {
    ...about,
    state: missing.length === 0 ? 'holds' : 'breaks',
    remedies: [],
    ...(missing.length > 0 && {
      problem: `The API does not have ${missing.join(', ')}. Correct the routes in services/stages.yml, or add them to the API, and deploy it.`,
    }),
  };
}

/**
 * Reads a call as if the account of a further caller had done its part: its role exists, with the required policy and, if its
 * organization cannot be read, in the one that the stage trusts. So each broken link is that of the API's account.
 */
export function withCallerPart(
  { caller: { accountId, roleArn }, policy }: FurtherPart,
  open: OpenCall & Pick<OpenApi, 'settings'>,
): OpenCall {
  const { accounts, reader, settings } = open;
  const role: RoleFacts = {
    arn: roleArn,
    uniqueId: 'AROANOTREAD',
    trust: { name: 'trust policy that was not read', document: { Version: '2012-10-17', Statement: [] } },
    policies: [{ name: `policy that account ${accountId} must have`, document: { ...policy } }],
    tags: {},
  };
  const { organizationId } = settings;
  /** The organization that an account is taken to be in. */
  const taken = (id: string): OrganizationMembership | undefined =>
    organizationId === undefined || id !== accountId || accounts.has(id)
      ? undefined
      : { organizationId, serviceControl: [], resourceControl: [] };
  return {
    ...open,
    async organization(id) {
      const membership = taken(id);
      return membership === undefined ? open.organization(id) : { membership };
    },
    reader: {
      ...reader,
      role: async (arn) => (arn === roleArn ? role : reader.role(arn)),
      organization: async (id) => taken(id) ?? reader.organization(id),
    },
  };
}

/** The links of a further caller's chain that are about resources of the API's stack. */
export function linksOfStack({ links }: Chain, { caller: { roleArn } }: FurtherPart): readonly Link[] {
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
  { caller: ofSettings, invokeRoleArn, policy }: FurtherPart,
  { accounts, settings: { organizationId } }: Pick<OpenApi, 'accounts' | 'settings'>,
): CallerPart | undefined {
  const { name: caller, accountId, roleArn } = ofSettings;
  if (accounts.has(accountId)) return undefined;
  return {
    caller,
    accountId,
    roleArn,
    policy,
    externalId: invokeRoleArn !== undefined && ofSettings.externalId !== undefined,
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
