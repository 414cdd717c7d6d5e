import { GetDeploymentCommand, GetStageCommand } from '@aws-sdk/client-api-gateway';
import {
  type AskedQuestion,
  answerQuestion,
  type PolicyReader,
  type RoleFacts,
  UnknownPrincipalError,
  walkChain,
} from '@cross-account-api/local-aws/explain';
import type { DeployedPair } from '../explain/deployed-pair.ts';
import type { OpenStage } from '../explain/open-stage.ts';
import type { FurtherCaller, Observation, ProbeRequest } from './probe.ts';

/** What the evaluating probes work with. */
export interface Evaluated {
  readonly open: OpenStage;
  readonly deployed: DeployedPair;
  readonly reader: PolicyReader;
}

type RequestOf<Kind extends ProbeRequest['kind']> = Extract<ProbeRequest, { kind: Kind }>;

/**
 * Whether the trust policy of the invoke role admits a principal. The principal's own account is taken to allow it
 * everything, as that of an attacker would. A denial only counts if the same policy admits the caller's role.
 */
export async function evaluateTrust(evaluated: Evaluated, attack: RequestOf<'trust'>): Promise<Observation> {
  const { pair } = evaluated.deployed;
  const { of } = attack;
  const { roleArn: principal, externalId } = of ?? { ...pair, roleArn: pair.caller.roleArn };
  const legal = await decideTrust(evaluated, { principal, externalId, of });
  const attacked = await decideTrust(evaluated, attack);
  return judgeDenial(legal, attacked, 'the caller’s role is not admitted either');
}

function decideTrust(
  { deployed: { pair }, open, reader }: Evaluated,
  { principal, externalId, of, organizationId = organizationOf(open) }: Asked,
): Promise<Verdict> {
  const resource = (of ?? pair).invokeRoleArn;
  const asked = { principal, action: 'sts:AssumeRole', resource, region: open.region };
  const context = {
    'sts:RoleSessionName': pair.sessionName,
    ...(of === undefined && { 'lambda:SourceFunctionArn': pair.caller.arn }),
    ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    ...(organizationId !== undefined && { 'aws:PrincipalOrgID': organizationId }),
  };
  return decide(asked, withAlmighty(reader, principal), context);
}

type Asked = Pick<RequestOf<'trust'>, 'principal' | 'externalId' | 'organizationId'> & {
  readonly of?: FurtherCaller | undefined;
};

/** Whether a further caller's role is admitted by its invoke role, and that one may call its routes. */
export async function evaluateFurtherCaller(
  evaluated: Evaluated,
  { of }: RequestOf<'further caller'>,
): Promise<Observation> {
  const { roleArn: principal, externalId, routes, invokeRoleArn } = of;
  const { open, reader } = evaluated;
  const denied = (await decideTrust(evaluated, { principal, externalId, of })).allowed
    ? []
    : ['its role may not assume its invoke role'];
  for (const route of routes) {
    const resource = routeArn(evaluated, route);
    const asked = { principal: invokeRoleArn, action: 'execute-api:Invoke', resource, region: open.region };
    if (!(await decide(asked, reader)).allowed) denied.push(`its invoke role may not call ${route}`);
  }
  return denied.length === 0
    ? { outcome: 'allowed', message: '' }
    : { outcome: 'denied', message: `${of.name}: ${denied.join('; ')}` };
}

/** @param route e.g. `GET /items/{id}`; its parameters get a value */
function routeArn({ deployed: { pair } }: Evaluated, route: string): string {
  const { api, stage, caller } = pair;
  const partition = caller.arn.split(':')[1] ?? 'aws';
  const [method, path = ''] = route.replaceAll(/[{}]/g, '').split(' ');
  return `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}/${stage}/${method}${path}`;
}

/** The AWS organization of both accounts. On AWS it is taken to be the one that the stage's settings name. */
function organizationOf({ real, organizationId, trustedOrganizationId }: OpenStage): string | undefined {
  return real ? trustedOrganizationId : organizationId;
}

/** Whether the invoke role's policies allow something. A denial only counts if they allow a route of the API. */
export async function evaluateGrant(
  evaluated: Evaluated,
  { action, resource, of }: RequestOf<'grant'>,
): Promise<Observation> {
  const { deployed, open, reader } = evaluated;
  const { region } = open;
  const principal = (of ?? deployed.pair).invokeRoleArn;
  const [first] = deployed.pair.api.routes;
  const route = of?.routes[0] ?? `${first?.method} ${first?.path}`;
  const legal = { action: 'execute-api:Invoke', resource: routeArn(evaluated, route) };
  return judgeDenial(
    await decide({ principal, ...legal, region }, reader),
    await decide({ principal, action, resource, region }, reader),
    'the routes are denied, too',
  );
}

/** Whether the deployed policies allow every step, from the caller function to the functions behind the API. */
export async function evaluateChain({ open, deployed, reader }: Evaluated): Promise<Observation> {
  const organizationId = organizationOf(open);
  const context = organizationId === undefined ? {} : { 'aws:PrincipalOrgID': organizationId };
  const { links } = await walkChain(deployed.pair, reader, { ...circumstances(), context });
  const broken = [deployed.configuration, ...links].filter(({ holds }) => !holds);
  if (broken.length === 0) return { outcome: 'allowed', message: '' };
  return { outcome: 'denied', message: broken.map(({ title }) => title).join('; ') };
}

/** Whether the stage serves the routes of the API, no others, and each to signed requests only. */
export async function readServedRoutes({ open, deployed }: Evaluated): Promise<Observation> {
  const { api, stage } = deployed.pair;
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
  );
}

/** Compares the routes that a stage serves with those of its API. */
export function compareRoutes(
  served: readonly { readonly route: string; readonly signed: boolean }[],
  configured: readonly string[],
): Observation {
  const names = served.map(({ route }) => route);
  const removed = names.filter((route) => !configured.includes(route));
  const missing = configured.filter((route) => !names.includes(route));
  const open = served.filter(({ signed }) => !signed).map(({ route }) => route);
  const differences = [
    removed.length > 0 && `still serves ${removed.join(', ')}`,
    missing.length > 0 && `does not serve ${missing.join(', ')}`,
  ].filter(Boolean);
  return {
    outcome: differences.length === 0 ? 'as configured' : 'outdated',
    message: [...differences, open.length === 0 ? 'all signed' : `unsigned: ${open.join(', ')}`].join('; '),
  };
}

interface Verdict {
  readonly allowed: boolean;
  readonly reason: string;
}

function judgeDenial(legal: Verdict, attack: Verdict, whyVain: string): Observation {
  if (attack.allowed) return { outcome: 'allowed', message: '' };
  if (!legal.allowed) return { outcome: 'undecided', message: whyVain };
  return { outcome: 'denied', message: attack.reason };
}

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

/** A reader to which a role exists, and is allowed everything by its own account. */
function withAlmighty(reader: PolicyReader, arn: string): PolicyReader {
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
