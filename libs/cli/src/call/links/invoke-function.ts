import { type NamedPolicy, parseArn } from '@cross-account-api/iam';
import {
  contextOf,
  type FunctionFacts,
  prove,
  type Remedy,
  type RouteFacts,
  routeName,
  sessionOf,
  sourceArn,
} from '@cross-account-api/iam/explanation';
import { type Found, find } from '../../aws/find.ts';
import { callerNotRead, decided, findInvoker, findRole, roleMissing } from '../holders.ts';
import { type About, broken, type Link, notRead } from '../link.ts';
import {
  type ApiWalk,
  apiArn,
  apiGatewayService,
  type CallingPrincipal,
  functionNameIn,
  type Pair,
  stageArn,
} from '../pair.ts';

/** API Gateway invokes the function behind a route: as itself, as a role, or as the caller. */
export async function invokeFunction(
  walk: ApiWalk,
  route: RouteFacts,
  functionArn: string,
  target: Found<FunctionFacts>,
): Promise<Link> {
  const name = target.facts?.name ?? functionNameIn(functionArn);
  const about = {
    kind: 'invoke function',
    title: `API Gateway invokes ${name} for ${routeName(route)}`,
  } as const;
  if (target.unread !== undefined) return notRead(about, target.unread);
  if (target.facts === undefined) {
    return { ...broken(about, `There is no function ${functionArn}.`), missing: functionArn };
  }
  if (route.credentials === undefined) return invokeAsItself(walk, about, route, functionArn);
  return route.credentials.includes(':role/')
    ? invokeAsRole(walk, about, functionArn, route.credentials)
    : invokeAsCaller(walk, about, functionArn);
}

async function readPolicy({ reader }: ApiWalk, functionArn: string): Promise<Found<NamedPolicy>> {
  return find(parseArn(functionArn).accountId, () => reader.functionPolicy(functionArn));
}

/** The policy of the function decides. The permission that its stack has is the remedy, if it is enough. */
async function invokeAsItself(
  walk: ApiWalk,
  about: About,
  route: RouteFacts,
  functionArn: string,
): Promise<Link> {
  const { pair, circumstances } = walk;
  const policy = await readPolicy(walk, functionArn);
  const context = contextOf(apiGatewayService, undefined, circumstances, {
    'aws:SourceArn': sourceArn(stageArn(pair), route),
    'aws:SourceAccount': pair.api.accountId,
  });
  const question = { ...questionOn(functionArn, policy), principal: apiGatewayService, context };
  return withRemedyOfStack(
    pair,
    functionArn,
    await decided(walk, about, question, { resource: policy.unread }),
  );
}

function questionOn(functionArn: string, policy: Found<NamedPolicy>) {
  return {
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: parseArn(functionArn).accountId,
    resourcePolicy: policy.facts,
  };
}

function withRemedyOfStack(pair: Pair<CallingPrincipal>, functionArn: string, link: Link): Link {
  const restored = permissionOfStack(pair, functionArn);
  const isProven = restored !== undefined && link.decision !== undefined && prove(link.decision, [restored]);
  return isProven
    ? { ...link, remedies: [{ ...restored, accountId: parseArn(functionArn).accountId }] }
    : link;
}

/** Whether API Gateway may become a role that an integration names, and that role may invoke the function. */
async function invokeAsRole(
  walk: ApiWalk,
  about: About,
  functionArn: string,
  roleArn: string,
): Promise<Link> {
  const { circumstances, pair } = walk;
  const note = `API Gateway invokes it as ${roleArn}.`;
  const { facts: role, unread } = await findRole(walk, roleArn);
  if (unread !== undefined) return notRead(about, unread, note);
  if (role === undefined) return { ...roleMissing(about, roleArn, 'the integration'), note };
  const resourceAccountId = parseArn(roleArn).accountId;
  const trust = await decided(walk, about, {
    principal: apiGatewayService,
    action: 'sts:AssumeRole',
    resource: roleArn,
    resourceAccountId,
    context: contextOf(apiGatewayService, undefined, circumstances),
    resourcePolicy: role.trust,
  });
  if (trust.state !== 'holds') return { ...trust, note };
  const policy = await readPolicy(walk, functionArn);
  const principal = sessionOf(role, 'BackplaneAssumeRoleSession', { ...circumstances, sessionPolicies: [] });
  const context = contextOf(principal, pair.api.region, circumstances);
  const question = { ...questionOn(functionArn, policy), principal, context };
  return { ...(await decided(walk, about, question, { resource: policy.unread }, role)), note };
}

/** Whether the caller may invoke the function: API Gateway uses the caller's credentials. */
async function invokeAsCaller(walk: ApiWalk, about: About, functionArn: string): Promise<Link> {
  const { pair, circumstances } = walk;
  const note = 'API Gateway invokes it with the credentials of the caller.';
  const invoker = await findInvoker(walk);
  if (invoker?.holder === undefined) return callerNotRead(about, pair.caller);
  const { holder, principal, unread } = invoker;
  const policy = await readPolicy(walk, functionArn);
  const context = contextOf(principal, pair.api.region, circumstances);
  const question = { ...questionOn(functionArn, policy), principal, context };
  const sides = { principal: unread, resource: policy.unread };
  return { ...(await decided(walk, about, question, sides, holder)), note };
}

/** The permission that the Serverless Framework puts into the stack for a function with an `http` or `httpApi` event. */
function permissionOfStack(
  pair: Pair<CallingPrincipal>,
  functionArn: string,
): Extract<Remedy, { readonly change: 'add statement' }> | undefined {
  const Sid = pair.project?.permissionIds.get(functionArn);
  if (Sid === undefined) return undefined;
  return {
    change: 'add statement',
    kind: 'resource-based policy',
    where: `the resource-based policy of ${functionArn}`,
    statement: {
      Sid,
      Effect: 'Allow',
      Principal: { Service: apiGatewayService.service },
      Action: 'lambda:InvokeFunction',
      Resource: functionArn,
      Condition: {
        ArnLike: { 'aws:SourceArn': `${apiArn(pair)}/${pair.api.protocol === 'HTTP' ? '*' : '*/*'}` },
      },
    },
  };
}
