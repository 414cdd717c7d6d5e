import {
  type ApiFacts,
  type AssumedRole,
  type AuthorizationRequest,
  type Basis,
  type Circumstances,
  type ConditionKeys,
  contextOf,
  type Decision,
  decideAs,
  exactRole,
  type FunctionFacts,
  type PolicyReader,
  parseArn,
  prove,
  type Remedy,
  type RoleFacts,
  type RouteFacts,
  resourceTagKeys,
  type ServicePrincipal,
  sessionOf,
  smallestChange,
} from '@cross-account-api/iam';

/** Who calls: a function, or a role of which nothing else is known. */
export interface Caller extends Pick<FunctionFacts, 'name' | 'roleArn'> {
  /** Absent if it is not known to be a function. */
  readonly arn?: string | undefined;
}

/** A caller, and an API of another account that it calls: as a role of that account, or as itself. */
export interface Pair<Who extends Caller = FunctionFacts> {
  readonly caller: Who;
  /** The role that the caller assumes. Absent if it calls as its own role, which the API's resource policy has to admit. */
  readonly invokeRoleArn?: string | undefined;
  /** The external ID that the caller sends. */
  readonly externalId?: string | undefined;
  /** The session name that the caller sends with AssumeRole. */
  readonly sessionName: string;
  readonly api: ApiFacts;
  /** The API's stage. */
  readonly stage: string;
  /** By function ARN, the `Sid` that the function's stack gives the permission for this API. */
  readonly permissionIds: ReadonlyMap<string, string>;
  /** The VPC endpoint through which the caller reaches a private API. */
  readonly vpcEndpointId?: string | undefined;
}

/** What a link of the chain is about. */
export type LinkKind = 'configuration' | 'function role' | 'assume role' | 'invoke route' | 'invoke function';

/** One link: who does what to what, and whether it holds. */
export interface Link {
  readonly kind: LinkKind;
  readonly title: string;
  readonly holds: boolean;
  /** Absent if there was nothing to decide. */
  readonly decision?: Decision & Basis;
  /** What would let it hold, all of it together. Empty if it holds, or if no change is known. */
  readonly remedies: readonly Remedy[];
  /** Why it does not hold, if that is not a policy's doing. */
  readonly problem?: string;
  /** ARN of the role or function that does not exist, if that is the problem. */
  readonly missing?: string;
  readonly note?: string;
}

/** The whole way from the caller function to the functions behind the API. */
export interface Chain {
  readonly holds: boolean;
  readonly links: readonly Link[];
}

/**
 * Walks the chain: Lambda runs the caller as its role, if it is a function; that role assumes the invoke role, if there is one;
 * the role calls each route; API Gateway invokes the function behind it; Lambda runs that function as its role. Each link is
 * decided as if those before it held, so that everything that is broken shows at once.
 * @throws {Error} if something cannot be read
 */
export async function walkChain(
  pair: Pair<Caller>,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<Chain> {
  const { caller, api, invokeRoleArn } = pair;
  const walk = { pair, reader, circumstances };
  const invoker = await exactRole(reader, invokeRoleArn ?? caller.roleArn);
  const links: Link[] = isFunction(caller) ? [await runAsRole(walk, caller)] : [];
  if (invokeRoleArn !== undefined) links.push(await assumeInvokeRole(walk, invokeRoleArn, invoker));
  for (const route of api.routes) links.push(await invokeRoute(walk, route, invoker));

  const functions = new Map<string, FunctionFacts>();
  for (const route of api.routes) {
    if (route.functionArn === undefined) continue;
    const target = await reader.function(route.functionArn);
    if (target !== undefined) functions.set(target.arn, target);
    links.push(await invokeFunction(walk, { ...route, functionArn: route.functionArn }, target, invoker));
  }
  for (const target of functions.values()) links.push(await runAsRole(walk, target));
  return { holds: links.every(({ holds }) => holds), links };
}

function isFunction(caller: Caller): caller is Caller & { readonly arn: string } {
  return caller.arn !== undefined;
}

interface Walk {
  readonly pair: Pair<Caller>;
  readonly reader: PolicyReader;
  readonly circumstances: Circumstances;
}

const lambda: ServicePrincipal = { type: 'Service', service: 'lambda.amazonaws.com' };
const apiGateway: ServicePrincipal = { type: 'Service', service: 'apigateway.amazonaws.com' };
const anonymous: ServicePrincipal = { type: 'Service', service: 'anonymous' };

async function runAsRole(walk: Walk, { name, roleArn }: Caller): Promise<Link> {
  const about = { kind: 'function role', title: `Lambda runs ${name} as ${short(roleArn)}` } as const;
  const { reader, circumstances } = walk;
  const role = await exactRole(reader, roleArn);
  if (role === undefined) return roleMissing(about, roleArn, `function ${name}`);
  return decided(walk, about, {
    principal: lambda,
    action: 'sts:AssumeRole',
    resource: role.arn,
    resourceAccountId: parseArn(role.arn).accountId,
    context: contextOf(lambda, undefined, circumstances),
    resourcePolicy: role.trust,
  });
}

async function assumeInvokeRole(
  walk: Walk,
  invokeRoleArn: string,
  invokeRole: RoleFacts | undefined,
): Promise<Link> {
  const { pair, reader, circumstances } = walk;
  const { caller, externalId, sessionName } = pair;
  const about = { kind: 'assume role', title: `${caller.name} assumes ${short(invokeRoleArn)}` } as const;
  if (invokeRole === undefined) return roleMissing(about, invokeRoleArn, 'the caller');
  const role = await exactRole(reader, caller.roleArn);
  if (role === undefined) {
    return roleMissing(about, caller.roleArn, isFunction(caller) ? `function ${caller.name}` : undefined);
  }
  const principal = ownSession(walk, role);
  const region = isFunction(caller) ? parseArn(caller.arn).region : pair.api.region;
  const context = contextOf(principal, region, circumstances, {
    'sts:RoleSessionName': sessionName,
    ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    ...fromFunction(caller),
    ...resourceTagKeys(Object.entries(invokeRole.tags), 'iam'),
  });
  const resourceAccountId = parseArn(invokeRole.arn).accountId;
  const asked = { principal, action: 'sts:AssumeRole', resource: invokeRole.arn, resourceAccountId, context };
  return decided(walk, about, { ...asked, resourcePolicy: invokeRole.trust }, role);
}

/** The session as which Lambda runs the caller. */
function ownSession({ pair, circumstances }: Walk, role: RoleFacts): AssumedRole {
  return sessionOf(role, pair.caller.name, { ...circumstances, sessionPolicies: [] });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html */
function fromFunction({ arn }: Caller): ConditionKeys {
  return arn === undefined ? {} : { 'lambda:SourceFunctionArn': arn };
}

/** @param invoker the role as which the caller calls */
async function invokeRoute(walk: Walk, route: RouteFacts, invoker: RoleFacts | undefined): Promise<Link> {
  const { pair, circumstances } = walk;
  const { api, caller, sessionName, invokeRoleArn } = pair;
  const name = `${route.method} ${route.path}`;
  const title = `${short(invokeRoleArn ?? caller.roleArn)} calls ${name}`;
  const about = { kind: 'invoke route', title } as const;
  const question = {
    action: 'execute-api:Invoke',
    // Policies name a path with any value for its parameters.
    resource: methodArn(pair, route, route.path.replace(/\{[^}]{1,200}\}/g, '*')),
    resourceAccountId: api.accountId,
    resourcePolicy: api.policy,
  };
  if (route.authorizationType === 'NONE') {
    const open = { ...about, title: `anybody calls ${name}` };
    const note = 'The method has no authorization: signatures and identity policies mean nothing to it.';
    if (api.policy === undefined) return { ...open, holds: true, remedies: [], note };
    const context = contextOf(anonymous, api.region, circumstances);
    return { ...(await decided(walk, open, { ...question, principal: anonymous, context })), note };
  }
  if (route.authorizationType !== 'AWS_IAM') {
    return broken(
      about,
      `The method's authorization is ${route.authorizationType}: no IAM policy decides about it.`,
    );
  }
  if (invoker === undefined) {
    const isConfigured = invokeRoleArn !== undefined || isFunction(caller);
    return roleMissing(about, invokeRoleArn ?? caller.roleArn, isConfigured ? 'the caller' : undefined);
  }
  const isItself = invokeRoleArn === undefined;
  const principal = isItself ? ownSession(walk, invoker) : sessionOf(invoker, sessionName, circumstances);
  const context = contextOf(principal, api.region, circumstances, {
    ...(pair.vpcEndpointId !== undefined && { 'aws:SourceVpce': pair.vpcEndpointId }),
    ...(isItself && fromFunction(caller)),
  });
  return decided(walk, about, { ...question, principal, context }, invoker);
}

/** @param invoker the role that calls the API, as which API Gateway may invoke the function */
async function invokeFunction(
  walk: Walk,
  route: RouteFacts & { readonly functionArn: string },
  target: FunctionFacts | undefined,
  invoker: RoleFacts | undefined,
): Promise<Link> {
  const { functionArn, credentials } = route;
  const { pair, reader, circumstances } = walk;
  const name = target?.name ?? parseArn(functionArn).name;
  const title = `API Gateway invokes ${name} for ${route.method} ${route.path}`;
  const about = { kind: 'invoke function', title } as const;
  if (target === undefined) return broken(about, `There is no function ${functionArn}.`, functionArn);
  if (credentials !== undefined) {
    const isCaller = credentials === 'caller' || credentials.endsWith(':user/*');
    const role = isCaller ? invoker : await exactRole(reader, credentials);
    return invokeFunctionAs(walk, { ...about, credentials, functionArn, isCaller }, role);
  }
  const link = await decided(walk, about, {
    principal: apiGateway,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: parseArn(functionArn).accountId,
    context: contextOf(apiGateway, undefined, circumstances, {
      'aws:SourceArn': methodArn(pair, route, route.path),
      'aws:SourceAccount': pair.api.accountId,
    }),
    resourcePolicy: await reader.functionPolicy(functionArn),
  });
  const restored = permissionOfStack(pair, functionArn);
  const isProven = restored !== undefined && link.decision !== undefined && prove(link.decision, [restored]);
  return isProven ? { ...link, remedies: [restored] } : link;
}

/** API Gateway invokes a function with the credentials of a role: its own session of it, or the caller's. */
async function invokeFunctionAs(
  walk: Walk,
  {
    credentials,
    functionArn,
    isCaller,
    ...about
  }: About & { readonly credentials: string; readonly functionArn: string; readonly isCaller: boolean },
  role: RoleFacts | undefined,
): Promise<Link> {
  const { pair, reader, circumstances } = walk;
  if (role === undefined) {
    return isCaller
      ? broken(about, 'The role that calls the API is not known.')
      : roleMissing(about, credentials, 'the integration');
  }
  if (!isCaller) {
    const trust = await decided(walk, about, {
      principal: apiGateway,
      action: 'sts:AssumeRole',
      resource: role.arn,
      resourceAccountId: parseArn(role.arn).accountId,
      context: contextOf(apiGateway, undefined, circumstances),
      resourcePolicy: role.trust,
    });
    if (!trust.holds) return trust;
  }
  const name = isCaller ? pair.sessionName : 'BackplaneAssumeRoleSession';
  const isItself = isCaller && pair.invokeRoleArn === undefined;
  const principal = isItself ? ownSession(walk, role) : sessionOf(role, name, circumstances);
  const question = {
    principal,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: parseArn(functionArn).accountId,
    context: contextOf(principal, pair.api.region, circumstances),
    resourcePolicy: await reader.functionPolicy(functionArn),
  };
  const note = isCaller
    ? 'API Gateway invokes it with the credentials of the caller.'
    : `API Gateway invokes it as ${short(role.arn)}.`;
  return { ...(await decided(walk, about, question, role)), note };
}

/** The permission that the Serverless Framework puts into the stack for a function with an `http` event. */
function permissionOfStack(pair: Pair<Caller>, functionArn: string): Remedy | undefined {
  const Sid = pair.permissionIds.get(functionArn);
  if (Sid === undefined) return undefined;
  return {
    change: 'add statement',
    kind: 'resource-based policy',
    where: `the resource-based policy of ${functionArn}`,
    statement: {
      Sid,
      Effect: 'Allow',
      Principal: { Service: apiGateway.service },
      Action: 'lambda:InvokeFunction',
      Resource: functionArn,
      Condition: { ArnLike: { 'aws:SourceArn': `${apiArn(pair)}/*/*` } },
    },
  };
}

type About = Pick<Link, 'kind' | 'title'>;

async function decided(
  { reader }: Walk,
  about: About,
  question: AuthorizationRequest,
  holder?: RoleFacts,
): Promise<Link> {
  const decision = await decideAs(holder ?? { policies: [] }, question, reader);
  return { ...about, holds: decision.allowed, decision, remedies: smallestChange(decision).remedies };
}

function broken(about: About, problem: string, missing?: string): Link {
  return { ...about, holds: false, remedies: [], problem, ...(missing !== undefined && { missing }) };
}

/** @param user what is configured with the role, if anything is */
function roleMissing(about: About, arn: string, user: string | undefined): Link {
  const why = user === undefined ? '' : `, which ${user} is configured with`;
  return broken(about, `There is no role ${arn}${why}.`, arn);
}

function methodArn(pair: Pair<Caller>, { method }: RouteFacts, path: string): string {
  return `${apiArn(pair)}/${pair.stage}/${method === 'ANY' ? '*' : method}${path}`;
}

function apiArn({ api, caller }: Pair<Caller>): string {
  const { partition } = parseArn(caller.roleArn);
  return `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}`;
}

function short(roleArn: string): string {
  return `role ${parseArn(roleArn).name}`;
}
