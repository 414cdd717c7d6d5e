import {
  contextOf,
  type FunctionFacts,
  parseArn,
  prove,
  type Remedy,
  type RouteFacts,
  routeName,
  sessionOf,
  sourceArn,
} from '@cross-account-api/iam';
import { type Found, find } from '../../aws/find.ts';
import { type ApiWalk, apiArn, apiGateway, type Caller, type Pair, stageArn } from '../call.ts';
import { callerNotRead, decided, findInvoker, findRole, roleMissing } from '../holders.ts';
import { type About, broken, type Link, notRead } from '../link.ts';

export async function invokeFunction(
  walk: ApiWalk,
  route: RouteFacts,
  functionArn: string,
  target: Found<FunctionFacts>,
): Promise<Link> {
  const { pair, reader, circumstances } = walk;
  const { accountId, name: lastPart } = parseArn(functionArn);
  const name = target.facts?.name ?? lastPart;
  const title = `API Gateway invokes ${name} for ${routeName(route)}`;
  const about = { kind: 'invoke function', title } as const;
  if (target.unread !== undefined) return notRead(about, target.unread);
  if (target.facts === undefined) {
    return { ...broken(about, `There is no function ${functionArn}.`), missing: functionArn };
  }
  if (route.credentials !== undefined) {
    return route.credentials.includes(':role/')
      ? invokeAsRole(walk, about, functionArn, route.credentials)
      : invokeAsCaller(walk, about, functionArn);
  }
  const policy = await find(accountId, () => reader.functionPolicy(functionArn));
  const link = await decided(
    walk,
    about,
    {
      principal: apiGateway,
      action: 'lambda:InvokeFunction',
      resource: functionArn,
      resourceAccountId: accountId,
      context: contextOf(apiGateway, undefined, circumstances, {
        'aws:SourceArn': sourceArn(stageArn(pair), route),
        'aws:SourceAccount': pair.api.accountId,
      }),
      resourcePolicy: policy.facts,
    },
    { resource: policy.unread },
  );
  const restored = permissionOfStack(pair, functionArn);
  const isProven = restored !== undefined && link.decision !== undefined && prove(link.decision, [restored]);
  return isProven ? { ...link, remedies: [{ ...restored, accountId }] } : link;
}

/** Whether API Gateway may become a role that an integration names, and that role may invoke the function. */
async function invokeAsRole(
  walk: ApiWalk,
  about: About,
  functionArn: string,
  roleArn: string,
): Promise<Link> {
  const { reader, circumstances, pair } = walk;
  const note = `API Gateway invokes it as ${roleArn}.`;
  const { facts: role, unread } = await findRole(walk, roleArn);
  if (unread !== undefined) return notRead(about, unread, note);
  if (role === undefined) return { ...roleMissing(about, roleArn, 'the integration'), note };
  const resourceAccountId = parseArn(roleArn).accountId;
  const trust = await decided(walk, about, {
    principal: apiGateway,
    action: 'sts:AssumeRole',
    resource: roleArn,
    resourceAccountId,
    context: contextOf(apiGateway, undefined, circumstances),
    resourcePolicy: role.trust,
  });
  if (trust.state !== 'holds') return { ...trust, note };
  const { accountId } = parseArn(functionArn);
  const policy = await find(accountId, () => reader.functionPolicy(functionArn));
  const principal = sessionOf(role, 'BackplaneAssumeRoleSession', { ...circumstances, sessionPolicies: [] });
  const question = {
    principal,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: accountId,
    context: contextOf(principal, pair.api.region, circumstances),
    resourcePolicy: policy.facts,
  };
  return { ...(await decided(walk, about, question, { resource: policy.unread }, role)), note };
}

/** Whether the caller may invoke the function: API Gateway uses the caller's credentials. */
async function invokeAsCaller(walk: ApiWalk, about: About, functionArn: string): Promise<Link> {
  const { pair, reader, circumstances } = walk;
  const note = 'API Gateway invokes it with the credentials of the caller.';
  const invoker = await findInvoker(walk);
  if (invoker?.role === undefined) return callerNotRead(about, pair.caller);
  const { role, principal, unread } = invoker;
  const { accountId } = parseArn(functionArn);
  const policy = await find(accountId, () => reader.functionPolicy(functionArn));
  const question = {
    principal,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: accountId,
    context: contextOf(principal, pair.api.region, circumstances),
    resourcePolicy: policy.facts,
  };
  const sides = { principal: unread, resource: policy.unread };
  return { ...(await decided(walk, about, question, sides, role)), note };
}

/** The permission that the Serverless Framework puts into the stack for a function with an `http` or `httpApi` event. */
function permissionOfStack(
  pair: Pair<Caller>,
  functionArn: string,
): Extract<Remedy, { readonly change: 'add statement' }> | undefined {
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
      Condition: {
        ArnLike: { 'aws:SourceArn': `${apiArn(pair)}/${pair.api.protocol === 'HTTP' ? '*' : '*/*'}` },
      },
    },
  };
}
