import {
  type AssumedRole,
  type AuthorizationRequest,
  type ConditionKeys,
  contextOf,
  decideAs,
  parseArn,
  type RoleFacts,
  sessionOf,
} from '@cross-account-api/iam';
import { type Found, find } from '../aws/find.ts';
import { type ApiWalk, type Caller, callerAccountOf, isFunction, short, type Walk } from './call.ts';
import { judge, type UnreadSides } from './judge.ts';
import { type About, broken, type Link, notRead } from './link.ts';

/** The result of a search for a role by its ARN. A role with the same name and another path is another role. */
type FoundRole = Found<RoleFacts> & { readonly otherPath?: string };

export async function findRole({ reader }: Pick<Walk, 'reader'>, arn: string): Promise<FoundRole> {
  const found = await find(parseArn(arn).accountId, () => reader.role(arn));
  return found.facts === undefined || found.facts.arn === arn ? found : { otherPath: found.facts.arn };
}

/** A placeholder for a role that could not be read. */
export function unreadRole(arn: string): RoleFacts {
  // A policy must have a statement: this one matches no principal.
  const Statement = {
    Effect: 'Deny',
    Principal: { Service: 'none.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const trust = {
    name: `the trust policy of ${arn}, which was not read`,
    document: { Version: '2012-10-17', Statement },
  };
  return { arn, uniqueId: 'AROANOTREAD', trust, policies: [], tags: {} };
}

/** The link of a caller whose role could not be read: nothing is known about its sessions. */
export function callerNotRead(about: About, caller: Caller): Link {
  const permission = `lambda:GetFunctionConfiguration on ${caller.arn}, or --caller with the ARN of its role`;
  return notRead(about, { accountId: callerAccountOf(caller), permission });
}

/** The session as which Lambda runs the caller. The session name of another caller is unknown. */
export function ownSession({ pair: { caller }, circumstances }: Walk, role: RoleFacts): AssumedRole {
  return sessionOf(role, isFunction(caller) ? caller.name : parseArn(role.arn).name, {
    ...circumstances,
    sessionPolicies: [],
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html */
export function fromFunction({ arn }: Caller): ConditionKeys {
  return arn === undefined ? {} : { 'lambda:SourceFunctionArn': arn };
}

/** The role as which the caller calls, with its session. */
export async function findInvoker(walk: ApiWalk) {
  const { pair, circumstances } = walk;
  const { caller, invokeRoleArn, sessionName } = pair;
  const arn = invokeRoleArn ?? caller.roleArn;
  if (arn === undefined) return undefined;
  const { facts, unread, otherPath } = await findRole(walk, arn);
  if (facts === undefined && unread === undefined) return { arn, otherPath };
  const role = facts ?? unreadRole(arn);
  const principal =
    invokeRoleArn === undefined ? ownSession(walk, role) : sessionOf(role, sessionName, circumstances);
  const context = contextOf(principal, pair.api.region, circumstances, {
    ...(pair.vpcEndpointId !== undefined && { 'aws:SourceVpce': pair.vpcEndpointId }),
    ...(invokeRoleArn === undefined && fromFunction(caller)),
  });
  return { arn, role, principal, context, unread };
}

export async function decided(
  { reader, organizations }: Walk,
  about: About,
  question: AuthorizationRequest,
  sides: UnreadSides = {},
  holder?: RoleFacts,
): Promise<Link> {
  const decision = await decideAs(holder ?? { policies: [] }, question, reader);
  return judge(about, decision, { organizations, ...sides });
}

/** @param user the part that is configured with the role, if any */
export function roleMissing(about: About, arn: string, user: string | undefined, otherPath?: string): Link {
  const why = user === undefined ? '' : `, which ${user} is configured with`;
  const hint = otherPath === undefined ? '' : ` There is ${otherPath}: the path is part of the ARN.`;
  return { ...broken(about, `There is no role ${arn}${why}.${hint}`), missing: arn };
}

/** The result for a role that does not exist: nothing can be said about its permissions. */
export function notJudged(roleArn: string): Omit<Link, keyof About> {
  return {
    state: 'unread',
    remedies: [],
    problem: `It cannot be told without ${short(roleArn)}: see above.`,
  };
}
