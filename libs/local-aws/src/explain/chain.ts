import type { AuthorizationQuestion, Decision } from '../authorization/decision.ts';
import { decide, prove, type Remedy, remediesFor } from '../authorization/index.ts';
import type { ServicePrincipal } from '../core/principal.ts';
import type { ApiFacts, FunctionFacts, PolicyReader, RoleFacts, RouteFacts } from './policy-reader.ts';
import { type Circumstances, contextOf, exactRole, parseArn, sessionOf, tagContext } from './principals.ts';

/** A function that calls an API of another account, by way of a role of that account. */
export interface Pair {
  readonly caller: FunctionFacts;
  /** The role that the caller assumes. */
  readonly invokeRoleArn: string;
  /** The external ID that the caller sends. */
  readonly externalId?: string;
  /** The session name that the caller gives. */
  readonly sessionName: string;
  readonly api: ApiFacts;
  /** The API's stage. */
  readonly stage: string;
  /** By function ARN, the `Sid` of the permission for this API that the function's stack is meant to have. */
  readonly permissionIds: ReadonlyMap<string, string>;
}

/** What a link of the chain is about. */
export type LinkKind = 'configuration' | 'function role' | 'assume role' | 'invoke route' | 'invoke function';

/** One link: who does what to what, and whether it holds. */
export interface Link {
  readonly kind: LinkKind;
  readonly title: string;
  readonly holds: boolean;
  /** Absent where there was nothing to decide. */
  readonly decision?: Decision;
  /** What would let it hold, all of it together. Empty where it holds, and where nothing is known. */
  readonly remedies: readonly Remedy[];
  /** What stands in the way where no policy is to blame. */
  readonly problem?: string;
  /** ARN of the role or function that does not exist, where that is the problem. */
  readonly missing?: string;
  readonly note?: string;
}

/** The whole way from the caller function to the functions behind the API. */
export interface Chain {
  readonly holds: boolean;
  readonly links: readonly Link[];
}

/**
 * Walks the chain link by link and decides each on its own, as if those before it held, so that all that is broken shows
 * at once: Lambda runs the caller as its role; that role assumes the invoke role; the invoke role calls each route; API
 * Gateway invokes the function behind it; Lambda runs that as its role.
 * @throws {Error} where something could not be read
 */
export async function walkChain(
  pair: Pair,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<Chain> {
  const { caller, api } = pair;
  const walk = { pair, reader, circumstances };
  const invokeRole = await exactRole(reader, pair.invokeRoleArn);
  const links: Link[] = [await runAsRole(walk, caller), await assumeInvokeRole(walk, invokeRole)];
  for (const route of api.routes) links.push(invokeRoute(walk, route, invokeRole));

  const functions = new Map<string, FunctionFacts>();
  for (const route of api.routes) {
    if (route.functionArn === undefined) continue;
    const target = await reader.function(route.functionArn);
    if (target !== undefined) functions.set(target.arn, target);
    links.push(await invokeFunction(walk, route, route.functionArn, target));
  }
  for (const target of functions.values()) links.push(await runAsRole(walk, target));
  return { holds: links.every(({ holds }) => holds), links };
}

interface Walk {
  readonly pair: Pair;
  readonly reader: PolicyReader;
  readonly circumstances: Circumstances;
}

const lambda: ServicePrincipal = { type: 'Service', service: 'lambda.amazonaws.com' };
const apiGateway: ServicePrincipal = { type: 'Service', service: 'apigateway.amazonaws.com' };
const nobody: ServicePrincipal = { type: 'Service', service: 'anonymous' };
const noPolicies = { identity: [], boundary: undefined, serviceControl: [] };

async function runAsRole({ reader, circumstances }: Walk, target: FunctionFacts): Promise<Link> {
  const about = {
    kind: 'function role',
    title: `Lambda runs ${target.name} as ${short(target.roleArn)}`,
  } as const;
  const role = await exactRole(reader, target.roleArn);
  if (role === undefined) return broken(about, missingRole(target.roleArn, `function ${target.name}`));
  return decided(about, {
    principal: lambda,
    action: 'sts:AssumeRole',
    resource: role.arn,
    resourceAccountId: parseArn(role.arn).accountId,
    context: contextOf(lambda, undefined, circumstances),
    resourcePolicy: role.trust,
  });
}

async function assumeInvokeRole(walk: Walk, invokeRole: RoleFacts | undefined): Promise<Link> {
  const { pair, reader, circumstances } = walk;
  const { caller, invokeRoleArn, externalId, sessionName } = pair;
  const about = { kind: 'assume role', title: `${caller.name} assumes ${short(invokeRoleArn)}` } as const;
  if (invokeRole === undefined) return broken(about, missingRole(invokeRoleArn, 'the caller'));
  const role = await exactRole(reader, caller.roleArn);
  if (role === undefined) return broken(about, missingRole(caller.roleArn, `function ${caller.name}`));
  const plain = { ...circumstances, sessionPolicies: [] };
  const principal = sessionOf(role, caller.name, plain);
  return decided(
    about,
    {
      principal,
      action: 'sts:AssumeRole',
      resource: invokeRole.arn,
      resourceAccountId: parseArn(invokeRole.arn).accountId,
      context: contextOf(principal, parseArn(caller.arn).region, circumstances, {
        'sts:RoleSessionName': sessionName,
        ...(externalId === undefined ? {} : { 'sts:ExternalId': externalId }),
        // https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        'lambda:SourceFunctionArn': caller.arn,
        ...tagContext(invokeRole.tags, 'iam'),
      }),
      resourcePolicy: invokeRole.trust,
    },
    role,
  );
}

function invokeRoute(walk: Walk, route: RouteFacts, invokeRole: RoleFacts | undefined): Link {
  const { pair, circumstances } = walk;
  const { api, stage, sessionName } = pair;
  const name = `${route.method} ${route.path}`;
  const about = { kind: 'invoke route', title: `${short(pair.invokeRoleArn)} calls ${name}` } as const;
  const question = {
    action: 'execute-api:Invoke',
    resource: `${apiArn(walk)}/${stage}/${route.method === 'ANY' ? '*' : route.method}${anyValue(route.path)}`,
    resourceAccountId: api.accountId,
    ...(api.policy === undefined ? {} : { resourcePolicy: api.policy }),
  };
  if (route.authorizationType === 'NONE') {
    const open = { ...about, title: `anybody calls ${name}` };
    const note = 'The method has no authorization: signatures and identity policies mean nothing to it.';
    if (api.policy === undefined) return { ...open, holds: true, remedies: [], note };
    const context = contextOf(nobody, api.region, circumstances);
    return { ...decided(open, { ...question, principal: nobody, context }), note };
  }
  if (route.authorizationType !== 'AWS_IAM') {
    return broken(about, {
      problem: `The method's authorization is ${route.authorizationType}: no IAM policy decides about it.`,
    });
  }
  if (invokeRole === undefined) return broken(about, missingRole(pair.invokeRoleArn, 'the caller'));
  const principal = sessionOf(invokeRole, sessionName, circumstances);
  const context = contextOf(principal, api.region, circumstances);
  return decided(about, { ...question, principal, context }, invokeRole);
}

async function invokeFunction(
  walk: Walk,
  route: RouteFacts,
  functionArn: string,
  target: FunctionFacts | undefined,
): Promise<Link> {
  const { pair, reader, circumstances } = walk;
  const name = target?.name ?? parseArn(functionArn).name;
  const title = `API Gateway invokes ${name} for ${route.method} ${route.path}`;
  const about = { kind: 'invoke function', title } as const;
  if (target === undefined) {
    return broken(about, { problem: `There is no function ${functionArn}.`, missing: functionArn });
  }
  if (route.credentials !== undefined) {
    const note = `API Gateway invokes it as ${route.credentials}; that role's policies are not looked at here.`;
    return { ...about, holds: true, remedies: [], note };
  }
  const resourcePolicy = await reader.functionPolicy(functionArn);
  const method = route.method === 'ANY' ? '*' : route.method;
  const link = decided(about, {
    principal: apiGateway,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: parseArn(functionArn).accountId,
    context: contextOf(apiGateway, undefined, circumstances, {
      'aws:SourceArn': `${apiArn(walk)}/${pair.stage}/${method}${route.path}`,
      'aws:SourceAccount': pair.api.accountId,
    }),
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
  });
  const restored = permissionOfStack(walk, functionArn);
  const isProven = restored !== undefined && link.decision !== undefined && prove(link.decision, [restored]);
  return isProven ? { ...link, remedies: [restored] } : link;
}

/** The permission that the Serverless Framework puts into the stack for a function with an `http` event. */
function permissionOfStack(walk: Walk, functionArn: string): Remedy | undefined {
  const Sid = walk.pair.permissionIds.get(functionArn);
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
      Condition: { ArnLike: { 'aws:SourceArn': `${apiArn(walk)}/*/*` } },
    },
  };
}

function decided(
  about: Pick<Link, 'kind' | 'title'>,
  question: AuthorizationQuestion,
  holder?: RoleFacts,
): Link {
  const policies = {
    ...noPolicies,
    ...(holder === undefined ? {} : { identity: holder.policies, boundary: holder.boundary }),
  };
  const decision = decide(question, policies);
  return { ...about, holds: decision.allowed, decision, remedies: remediesFor(decision) };
}

function broken(about: Pick<Link, 'kind' | 'title'>, problem: Pick<Link, 'problem' | 'missing'>): Link {
  return { ...about, holds: false, remedies: [], ...problem };
}

function missingRole(arn: string, user: string): Pick<Link, 'problem' | 'missing'> {
  return { problem: `There is no role ${arn}, which ${user} is configured with.`, missing: arn };
}

function apiArn({ pair: { api, caller } }: Walk): string {
  const { partition } = parseArn(caller.arn);
  return `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}`;
}

/** A path with any value for its parameters, as policies write it. */
function anyValue(path: string): string {
  return path.replace(/\{[^}]{1,200}\}/g, '*');
}

function short(roleArn: string): string {
  return `role ${parseArn(roleArn).name}`;
}
