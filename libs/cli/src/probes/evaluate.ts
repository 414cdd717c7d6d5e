import { accountOf, parseArn } from '@cross-account-api/iam';
import {
  type AskedQuestion,
  answerQuestion,
  type PolicyReader,
  type RoleFacts,
  routeName,
  UnknownPrincipalError,
} from '@cross-account-api/iam/explanation';
import { withoutControlPolicies } from '../aws/policy-reader.ts';
import type { WalkableCall } from '../call/call.ts';
import type { FoundCall } from '../call/find-call.ts';
import { isOfOthers } from '../call/find-route.ts';
import { fromFunction, throughEndpoint } from '../call/holders.ts';
import type { Chain } from '../call/link.ts';
import type { OpenCall } from '../call/open-call.ts';
import { type CallingPrincipal, ownArnOf, type Pair, stageArn } from '../call/pair.ts';
import type { Observation, ProbedCaller, ProbeRequest } from './probe.ts';

/** A call whose probes run, and what it is read from. */
export interface Probed {
  readonly call: WalkableCall;
  readonly open: OpenCall;
  readonly found: FoundCall;
}

type RequestOf<Kind extends ProbeRequest['kind']> = Extract<ProbeRequest, { kind: Kind }>;

/**
 * Whether the account of the API admits a principal in place of a caller. The principal's own account is assumed to allow it everything,
 * as an attacker's account would. A denial only counts if the same policy admits the caller's role.
 */
export async function evaluateAdmission(
  probed: Probed,
  attack: RequestOf<'admission'>,
): Promise<Observation> {
  const { of } = attack;
  const { caller, externalId } = probed.found.side;
  const own = of ?? { roleArn: ownArnOf(caller) ?? '', externalId };
  const legal = await decideAdmission(probed, {
    principal: own.roleArn,
    externalId: own.externalId,
    of,
  });
  const attacked = await decideAdmission(probed, attack);
  return observeDenial(legal, attacked, 'the caller’s role is not admitted either');
}

async function decideAdmission(
  probed: Probed,
  { principal, externalId, of, route, organizationId }: Asked,
): Promise<Verdict> {
  const { side, pair } = probed.found;
  const { caller, sessionName } = side;
  const { invokeRoleArn } = of ?? side;
  const asked =
    invokeRoleArn === undefined
      ? invoke(pair, route ?? firstRoute(pair, of))
      : { action: 'sts:AssumeRole', resource: invokeRoleArn };
  const organization = organizationId ?? (await organizationOf(probed, of));
  const context = {
    ...(invokeRoleArn === undefined
      ? endpointKeys(pair)
      : { 'sts:RoleSessionName': of?.sessionName ?? sessionName }),
    ...(of === undefined && fromFunction(caller)),
    ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    ...(organization !== undefined && { 'aws:PrincipalOrgID': organization }),
  };
  return decide(
    { principal, ...asked, region: regionOf(probed) },
    withFullAccess(onePolicyReader(probed), principal),
    context,
  );
}

type Asked = Omit<RequestOf<'admission'>, 'kind' | 'of'> & { readonly of?: ProbedCaller | undefined };

/** For a single policy: what an organization denies would hide what the policy allows. */
function onePolicyReader({ open }: Probed): PolicyReader {
  return withoutControlPolicies(open.reader);
}

/** The AWS organization of a caller's account. Attackers are taken to be in it, too. */
async function organizationOf(
  { open, call, found }: Probed,
  of: ProbedCaller | undefined,
): Promise<string | undefined> {
  const arn = of?.roleArn ?? ownArnOf(found.side.caller) ?? call.callerArn;
  const { membership, unread } = await open.organization(parseArn(arn).accountId);
  return membership?.organizationId ?? (unread === 'everything' ? of?.trustedOrganizationId : undefined);
}

function regionOf({ call, found: { pair } }: Probed): string {
  return pair?.api.region ?? call.region ?? 'us-east-1';
}

/** Whether a further caller is admitted to its routes: by its invoke role, or by the API's resource policy. */
export async function evaluateFurtherCaller(
  probed: Probed,
  { of }: RequestOf<'further caller'>,
): Promise<Observation> {
  const { roleArn: principal, externalId, routes, invokeRoleArn } = of;
  const { pair } = probed.found;
  const denied: string[] = [];
  if (
    invokeRoleArn !== undefined &&
    !(await decideAdmission(probed, { principal, externalId, of })).allowed
  ) {
    denied.push('its role may not assume its invoke role');
  }
  for (const route of routes) {
    const { allowed } =
      invokeRoleArn === undefined
        ? await decideAdmission(probed, { principal, of, route })
        : await decide(
            { principal: invokeRoleArn, ...invoke(pair, route), region: regionOf(probed) },
            onePolicyReader(probed),
            endpointKeys(pair),
          );
    if (!allowed)
      denied.push(`its ${invokeRoleArn === undefined ? '' : 'invoke '}role may not call ${route}`);
  }
  return denied.length === 0
    ? { outcome: 'allowed', message: '' }
    : { outcome: 'denied', message: `${of.name}: ${denied.join('; ')}` };
}

/** The condition key of requests to a private API. */
function endpointKeys(pair: Pair<CallingPrincipal> | undefined): Readonly<Record<string, string>> {
  return pair === undefined ? {} : throughEndpoint({ pair });
}

function invoke(pair: Pair<CallingPrincipal> | undefined, route: string) {
  return { action: 'execute-api:Invoke', resource: routeArn(pair, route) };
}

/** A route that a caller may call. */
function firstRoute(pair: Pair<CallingPrincipal> | undefined, of: ProbedCaller | undefined): string {
  const [first] = pair?.asked ?? pair?.api.routes.filter((each) => !isOfOthers(each)) ?? [];
  return of?.routes[0] ?? `${first?.method} ${first?.path}`;
}

/** @param route e.g. `GET /items/{id}`; its parameters get a value */
function routeArn(pair: Pair<CallingPrincipal> | undefined, route: string): string {
  const [method, path = ''] = route.replaceAll(/[{}]/g, '').split(' ');
  return `${pair === undefined ? '' : stageArn(pair)}/${method}${path}`;
}

/** Whether the policies of the role as which a caller calls allow something. A denial only counts if they allow a route of the API. */
export async function evaluateGrant(
  probed: Probed,
  { action, resource, of }: RequestOf<'grant'>,
): Promise<Observation> {
  const { side, pair } = probed.found;
  const region = regionOf(probed);
  const principal = of?.invokeRoleArn ?? side.invokeRoleArn ?? ownArnOf(side.caller) ?? '';
  const reader = withOpenApi(onePolicyReader(probed), principal);
  const legal = invoke(pair, firstRoute(pair, of));
  return observeDenial(
    await decide({ principal, ...legal, region }, reader),
    await decide({ principal, action, resource, region }, reader),
    'the routes are denied, too',
  );
}

/** Whether a chain holds. The message names the links that decide on it. */
export function observeChain({ state, links }: Chain): Observation {
  if (state === 'holds') return { outcome: 'allowed', message: '' };
  const titles = links.filter((link) => link.state === state).map(({ title }) => title);
  return { outcome: state === 'breaks' ? 'denied' : 'undecided', message: titles.join('; ') };
}

/** Whether the stage serves the routes of the API, no others, and each to signed requests only. */
export function observeServedRoutes({ found: { pair } }: Probed): Observation {
  if (pair?.reading.served === undefined || pair.reading.served.routesUnknown === true) {
    return { outcome: 'undecided', message: 'AWS does not say which routes the stage serves' };
  }
  const { routes, deploymentProblem } = pair.reading.served;
  if (deploymentProblem !== undefined) return { outcome: 'outdated', message: deploymentProblem };
  return compareRoutes(
    routes.map((route) => ({
      route: routeName(route),
      signed: route.authorizationType === 'AWS_IAM',
    })),
    pair.api.routes.map(routeName),
    openByIntention(pair),
    routes.filter(isOfOthers).map(routeName),
  );
}

/** The routes that serverless.yml declares as open, and the answers to preflights of browsers, which reach no function. */
function openByIntention({ api, project }: Pair<CallingPrincipal>): readonly string[] {
  const preflights = api.routes.filter(
    ({ method, functionArn }) => method === 'OPTIONS' && functionArn === undefined,
  );
  return [...(project?.declaredOpen ?? []), ...preflights.map(routeName)];
}

/**
 * Compares the routes that a stage serves with those of its API.
 * @param mayBeOpen the routes that are meant to be open
 * @param ofOthers the routes to which another authorizer than IAM admits callers
 */
export function compareRoutes(
  served: readonly { readonly route: string; readonly signed: boolean }[],
  configured: readonly string[],
  mayBeOpen: readonly string[] = [],
  ofOthers: readonly string[] = [],
): Observation {
  const names = served.map(({ route }) => route);
  const removed = names.filter((route) => !configured.includes(route));
  const missing = configured.filter((route) => !names.includes(route));
  const open = served.flatMap(({ route, signed }) => (signed || ofOthers.includes(route) ? [] : [route]));
  const unsigned = open.filter((route) => !mayBeOpen.includes(route));
  const meant = open.filter((route) => mayBeOpen.includes(route));
  const differences = [
    removed.length > 0 && `still serves ${removed.join(', ')}`,
    missing.length > 0 && `does not serve ${missing.join(', ')}`,
  ].filter(Boolean);
  const exceptions = [
    meant.length > 0 && `${meant.join(', ')}, which is open`,
    ofOthers.length > 0 && `${ofOthers.join(', ')}, whose callers another authorizer admits`,
  ].filter(Boolean);
  const signed = ['all signed', ...exceptions].join(' but ');
  return {
    outcome: differences.length === 0 ? 'as configured' : 'outdated',
    message: [...differences, unsigned.length === 0 ? signed : `unsigned: ${unsigned.join(', ')}`].join('; '),
  };
}

interface Verdict {
  readonly allowed: boolean;
  readonly reason: string;
}

/** Judges an attack. A denial only counts if the same policy admits the legal principal. */
function observeDenial(legal: Verdict, attack: Verdict, whyVain: string): Observation {
  if (attack.allowed) return { outcome: 'allowed', message: '' };
  if (!legal.allowed) return { outcome: 'undecided', message: whyVain };
  return { outcome: 'denied', message: attack.reason };
}

/** Decides a question on the deployed policies. */
async function decide(
  asked: AskedQuestion,
  reader: PolicyReader,
  context: Readonly<Record<string, string>> = {},
): Promise<Verdict> {
  try {
    const { decision } = await answerQuestion(asked, reader, { ...circumstances(), context });
    if (decision.allowed) return { allowed: true, reason: '' };
    const reason = decision.denial === 'explicit' ? 'explicit deny' : `no ${decision.missing} allows it`;
    return { allowed: false, reason };
  } catch (error) {
    if (!(error instanceof UnknownPrincipalError)) throw error;
    return { allowed: false, reason: 'there is no such role' };
  }
}

function circumstances() {
  return { context: {}, sessionPolicies: [], now: new Date() };
}

/** A reader in which the resource policy of each API leaves every decision to the account of a role. */
function withOpenApi(reader: PolicyReader, roleArn: string): PolicyReader {
  const everything = {
    Effect: 'Allow',
    Principal: { AWS: accountOf(roleArn) },
    Action: '*',
    Resource: '*',
  };
  const policy = { name: 'everything', document: { Version: '2012-10-17', Statement: [everything] } };
  return {
    ...reader,
    api: async (id) => ({ ...id, name: id.apiId, routes: [], policy }),
  };
}

/** A reader in which a role exists, and its own account allows it everything. */
function withFullAccess(reader: PolicyReader, arn: string): PolicyReader {
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const document = { Version: '2012-10-17', Statement: [everything] };
  const role: RoleFacts = {
    arn,
    uniqueId: 'AROAVERIFY',
    trust: { name: 'none', document: { Version: '2012-10-17', Statement: [] } },
    policies: [{ name: 'everything', document }],
    tags: {},
  };
  return { ...reader, role: async (wanted) => (wanted === arn ? role : reader.role(wanted)) };
}
