import { GetDeploymentCommand, GetStageCommand } from '@aws-sdk/client-api-gateway';
import { GetStageCommand as HttpStageCommand } from '@aws-sdk/client-apigatewayv2';
import {
  type AskedQuestion,
  answerQuestion,
  type PolicyReader,
  type RoleFacts,
  routeName,
  UnknownPrincipalError,
} from '@cross-account-api/iam';
import type { Pair } from '../call/call.ts';
import type { Chain } from '../call/link.ts';
import { walkChain } from '../call/walk.ts';
import { type DeployedPair, withConfiguration } from '../stage/deployed-pair.ts';
import type { OpenStage } from '../stage/open-stage.ts';
import type { FurtherCaller, Observation, ProbeRequest } from './probe.ts';
import { callingRole } from './probes.ts';

/** The context of the evaluating probes. */
export interface Evaluated {
  readonly open: OpenStage;
  readonly deployed: DeployedPair;
  /** For the whole chain: it reads the policies of the AWS organizations, too. */
  readonly reader: PolicyReader;
  /** For a single policy: what an organization denies would hide what the policy allows. */
  readonly onePolicyReader: PolicyReader;
}

type RequestOf<Kind extends ProbeRequest['kind']> = Extract<ProbeRequest, { kind: Kind }>;

/**
 * Whether account A admits a principal in place of a caller. The principal's own account is assumed to allow it everything,
 * as an attacker's account would. A denial only counts if the same policy admits the caller's role.
 */
export async function evaluateAdmission(
  evaluated: Evaluated,
  attack: RequestOf<'admission'>,
): Promise<Observation> {
  const { pair } = evaluated.deployed;
  const { of } = attack;
  const { roleArn: principal, externalId } = of ?? { ...pair, roleArn: pair.caller.roleArn };
  const legal = await decideAdmission(evaluated, { principal, externalId, of });
  const attacked = await decideAdmission(evaluated, attack);
  return judgeDenial(legal, attacked, 'the caller’s role is not admitted either');
}

function decideAdmission(
  evaluated: Evaluated,
  { principal, externalId, of, route, organizationId = organizationOf(evaluated.open) }: Asked,
): Promise<Verdict> {
  const { deployed, open, onePolicyReader: reader } = evaluated;
  const { pair } = deployed;
  const { invokeRoleArn } = of ?? pair;
  const asked =
    invokeRoleArn === undefined
      ? invoke(evaluated, route ?? firstRoute(evaluated, of))
      : { action: 'sts:AssumeRole', resource: invokeRoleArn };
  const context = {
    ...(invokeRoleArn === undefined ? endpointKeys(pair) : { 'sts:RoleSessionName': pair.sessionName }),
    ...(of === undefined && { 'lambda:SourceFunctionArn': pair.caller.arn }),
    ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    ...(organizationId !== undefined && { 'aws:PrincipalOrgID': organizationId }),
  };
  return decide({ principal, ...asked, region: open.region }, withFullAccess(reader, principal), context);
}

type Asked = Omit<RequestOf<'admission'>, 'kind' | 'of'> & { readonly of?: FurtherCaller | undefined };

/** Whether a further caller is admitted to its routes: by its invoke role, or by the API's resource policy. */
export async function evaluateFurtherCaller(
  evaluated: Evaluated,
  { of }: RequestOf<'further caller'>,
): Promise<Observation> {
  const { roleArn: principal, externalId, routes, invokeRoleArn } = of;
  const { open, onePolicyReader: reader } = evaluated;
  const denied: string[] = [];
  if (
    invokeRoleArn !== undefined &&
    !(await decideAdmission(evaluated, { principal, externalId, of })).allowed
  ) {
    denied.push('its role may not assume its invoke role');
  }
  for (const route of routes) {
    const { allowed } =
      invokeRoleArn === undefined
        ? await decideAdmission(evaluated, { principal, of, route })
        : await decide(
            { principal: invokeRoleArn, ...invoke(evaluated, route), region: open.region },
            reader,
            endpointKeys(evaluated.deployed.pair),
          );
    if (!allowed)
      denied.push(`its ${invokeRoleArn === undefined ? '' : 'invoke '}role may not call ${route}`);
  }
  return denied.length === 0
    ? { outcome: 'allowed', message: '' }
    : { outcome: 'denied', message: `${of.name}: ${denied.join('; ')}` };
}

/** The condition key of requests to a private API. */
function endpointKeys({ vpcEndpointId }: Pair): Readonly<Record<string, string>> {
  return vpcEndpointId === undefined ? {} : { 'aws:SourceVpce': vpcEndpointId };
}

function invoke(evaluated: Evaluated, route: string) {
  return { action: 'execute-api:Invoke', resource: routeArn(evaluated, route) };
}

/** A route that a caller may call. */
function firstRoute({ deployed: { pair } }: Evaluated, of: FurtherCaller | undefined): string {
  const [first] = pair.asked ?? pair.api.routes;
  return of?.routes[0] ?? `${first?.method} ${first?.path}`;
}

/** @param route e.g. `GET /items/{id}`; its parameters get a value */
function routeArn({ deployed: { pair } }: Evaluated, route: string): string {
  const { api, stage, caller } = pair;
  const partition = caller.arn.split(':')[1] ?? 'aws';
  const [method, path = ''] = route.replaceAll(/[{}]/g, '').split(' ');
  return `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}/${stage}/${method}${path}`;
}

/** The AWS organization of both accounts. On AWS, the one in the stage's settings is assumed. */
function organizationOf({ real, organizationId, settings }: OpenStage): string | undefined {
  return real ? settings.organizationId : organizationId;
}

/** Whether the policies of the role as which a caller calls allow something. A denial only counts if they allow a route of the API. */
export async function evaluateGrant(
  evaluated: Evaluated,
  { action, resource, of }: RequestOf<'grant'>,
): Promise<Observation> {
  const { region } = evaluated.open;
  const principal = of?.invokeRoleArn ?? callingRole(evaluated.deployed.pair).arn;
  const reader = withOpenApi(evaluated.onePolicyReader, principal);
  const legal = invoke(evaluated, firstRoute(evaluated, of));
  return judgeDenial(
    await decide({ principal, ...legal, region }, reader),
    await decide({ principal, action, resource, region }, reader),
    'the routes are denied, too',
  );
}

/** Whether the deployed policies allow every step, from the caller function to the functions behind the API. */
export async function evaluateChain({ deployed, reader }: Evaluated): Promise<Observation> {
  const walked = await walkChain(deployed.pair, reader, circumstances());
  return observeChain(withConfiguration(deployed.configuration, walked));
}

/** Whether a chain holds. The message names the links that decide on it. */
export function observeChain({ state, links }: Chain): Observation {
  if (state === 'holds') return { outcome: 'allowed', message: '' };
  const titles = links.filter((link) => link.state === state).map(({ title }) => title);
  return { outcome: state === 'breaks' ? 'denied' : 'undecided', message: titles.join('; ') };
}

/** Whether the stage serves the routes of the API, no others, and each to signed requests only. */
export async function readServedRoutes({ open, deployed }: Evaluated): Promise<Observation> {
  const { api, stage } = deployed.pair;
  if (api.protocol === 'HTTP') return readHttpStage({ open, deployed });
  const client = open.api.apiGateway(open.region);
  const restApiId = api.apiId;
  const found = await open.api.read(() => client.send(new GetStageCommand({ restApiId, stageName: stage })));
  const { apiSummary = {} } = await client.send(
    new GetDeploymentCommand({ restApiId, deploymentId: found?.deploymentId, embed: ['apisummary'] }),
  );
  const served = Object.entries(apiSummary).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { authorizationType }]) => ({
      route: `${method} ${path}`,
      signed: authorizationType === 'AWS_IAM',
    })),
  );
  return compareRoutes(
    served,
    api.routes.map(({ method, path }) => `${method} ${path}`),
    openByIntention(deployed.pair),
  );
}

/** The routes that serverless.yml declares as open, and the answers to preflights of browsers, which reach no function. */
function openByIntention({ api, declaredOpen = [] }: Pair): readonly string[] {
  const preflights = api.routes.filter(
    ({ method, functionArn }) => method === 'OPTIONS' && functionArn === undefined,
  );
  return [...declaredOpen, ...preflights.map(routeName)];
}

/** An HTTP API does not tell what its stages serve. With automatic deployment, a stage serves all routes of the API. */
async function readHttpStage({ open, deployed }: Pick<Evaluated, 'open' | 'deployed'>): Promise<Observation> {
  const { api, stage: StageName } = deployed.pair;
  const client = open.api.apiGatewayV2(open.region);
  const input = { ApiId: api.apiId, StageName };
  const found = await open.api.read(() => client.send(new HttpStageCommand(input)));
  const { AutoDeploy, LastDeploymentStatusMessage: message = 'it does not deploy automatically' } =
    found ?? {};
  if (AutoDeploy !== true || !message.startsWith('Successfully')) return { outcome: 'outdated', message };
  const served = api.routes.map((route) => ({
    route: routeName(route),
    signed: route.authorizationType === 'AWS_IAM',
  }));
  return compareRoutes(served, api.routes.map(routeName), openByIntention(deployed.pair));
}

/**
 * Compares the routes that a stage serves with those of its API.
 * @param mayBeOpen the routes that are meant to be open
 */
export function compareRoutes(
  served: readonly { readonly route: string; readonly signed: boolean }[],
  configured: readonly string[],
  mayBeOpen: readonly string[] = [],
): Observation {
  const names = served.map(({ route }) => route);
  const removed = names.filter((route) => !configured.includes(route));
  const missing = configured.filter((route) => !names.includes(route));
  const open = served.filter(({ signed }) => !signed).map(({ route }) => route);
  const unsigned = open.filter((route) => !mayBeOpen.includes(route));
  const meant = open.filter((route) => mayBeOpen.includes(route));
  const differences = [
    removed.length > 0 && `still serves ${removed.join(', ')}`,
    missing.length > 0 && `does not serve ${missing.join(', ')}`,
  ].filter(Boolean);
  const signed = meant.length === 0 ? 'all signed' : `all signed but ${meant.join(', ')}, which is open`;
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
export function judgeDenial(legal: Verdict, attack: Verdict, whyVain: string): Observation {
  if (attack.allowed) return { outcome: 'allowed', message: '' };
  if (!legal.allowed) return { outcome: 'undecided', message: whyVain };
  return { outcome: 'denied', message: attack.reason };
}

/** Decides a question on the deployed policies. */
export async function decide(
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
    Principal: { AWS: roleArn.split(':')[4] },
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
export function withFullAccess(reader: PolicyReader, arn: string): PolicyReader {
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
