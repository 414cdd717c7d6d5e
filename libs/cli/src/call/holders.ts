import {
  type AssumedRole,
  type AuthorizationRequest,
  type ConditionKeys,
  type Principal,
  parseArn,
  UnreadablePolicyError,
} from '@cross-account-api/iam';
import {
  contextOf,
  decideAs,
  type HolderFacts,
  type RoleFacts,
  sessionOf,
} from '@cross-account-api/iam/explanation';
import { type Found, find } from '../aws/find.ts';
import { type About, broken, type Link, notRead } from './link.ts';
import { linkOfDecision, type UnreadSides } from './link-of-decision.ts';
import {
  type ApiWalk,
  type CallingPrincipal,
  callerAccountOf,
  isFunction,
  kindAndName,
  ownArnOf,
  type Walk,
} from './pair.ts';
import { sourceIdentityIn, tagsIn, withoutSessionKeys } from './session-tags.ts';

/** The result of a search by an ARN. A role with the same name and another path is another role. */
export type FoundHolder<Facts extends HolderFacts = HolderFacts> = Found<Facts> & {
  readonly otherPath?: string;
};

/** Finds a role. */
export async function findRole(
  { reader }: Pick<Walk, 'reader'>,
  arn: string,
): Promise<FoundHolder<RoleFacts>> {
  const found = await find(parseArn(arn).accountId, () => reader.role(arn));
  return found.facts === undefined || found.facts.arn === arn ? found : { otherPath: found.facts.arn };
}

/** Finds the role or user as which the caller acts itself. `undefined` if that is not known. */
export async function findOwn(walk: Walk): Promise<(FoundHolder & { readonly arn: string }) | undefined> {
  const { caller } = walk.pair;
  const arn = ownArnOf(caller);
  if (arn === undefined) return undefined;
  if (caller.kind !== 'user') return { ...(await findRole(walk, arn)), arn };
  return { ...(await find(parseArn(arn).accountId, () => walk.reader.user(arn))), arn };
}

/** A placeholder for a role or user that could not be read. */
export function unreadHolder(arn: string): RoleFacts {
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
export function callerNotRead(about: About, caller: CallingPrincipal): Link {
  const permission = `lambda:GetFunctionConfiguration on ${isFunction(caller) ? caller.arn : caller.name}, or --caller with the ARN of its role`;
  return notRead(about, { accountId: callerAccountOf(caller), permission });
}

/** Whether the name of the session in which the caller acts is known. That of a role is chosen by whoever assumes it. */
export function knowsSession(caller: CallingPrincipal): boolean {
  return caller.kind !== 'role' || caller.sessionName !== undefined;
}

/** The caller itself: a user, or the session in which Lambda runs a function. The session of another caller is made up. */
export function ownPrincipal({ pair: { caller }, circumstances }: Walk, holder: HolderFacts): Principal {
  const { accountId, name } = parseArn(holder.arn);
  if (caller.kind === 'user') {
    const base = {
      accountId,
      principalArn: holder.arn,
      arn: holder.arn,
      userId: holder.uniqueId,
      tags: holder.tags,
    };
    return { type: 'User', userName: name, ...base };
  }
  const ofRole = caller.kind === 'role' ? caller.sessionName : undefined;
  const sessionName = isFunction(caller) ? caller.name : (ofRole ?? name);
  return sessionOf({ ...unreadHolder(holder.arn), ...holder }, sessionName, {
    ...circumstances,
    sessionPolicies: [],
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html */
export function fromFunction(caller: CallingPrincipal): Readonly<Record<string, string>> {
  return isFunction(caller) ? { 'lambda:SourceFunctionArn': caller.arn } : {};
}

/** The principal as which the caller calls the API: the session of the role that it assumes, or itself. */
export async function findInvoker(walk: ApiWalk) {
  const { pair, circumstances } = walk;
  const { caller, invokeRoleArn, sessionName } = pair;
  const found =
    invokeRoleArn === undefined
      ? await findOwn(walk)
      : { ...(await findRole(walk, invokeRoleArn)), arn: invokeRoleArn };
  if (found === undefined) return undefined;
  const { arn, facts, unread, otherPath } = found;
  if (facts === undefined && unread === undefined) return { arn, otherPath };
  const holder = facts ?? unreadHolder(arn);
  const principal =
    invokeRoleArn === undefined
      ? ownPrincipal(walk, holder)
      : taggedSession(
          sessionOf({ ...unreadHolder(arn), ...holder }, sessionName, circumstances),
          walk.sent ?? circumstances.context,
        );
  const ofCall = { ...circumstances, context: withoutSessionKeys(circumstances.context) };
  const context = contextOf(principal, pair.api.region, ofCall, {
    ...throughEndpoint(walk),
    ...(invokeRoleArn === undefined && fromFunction(caller)),
  });
  return { arn, holder, principal, context, unread };
}

/**
 * The session of a role with the tags and the source identity that AssumeRole got. A session tag replaces the tag of the role.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
function taggedSession(session: AssumedRole, sent: ConditionKeys): AssumedRole {
  const tags = Object.entries(tagsIn(sent));
  const replaced = new Set(tags.map(([name]) => name.toLowerCase()));
  const kept = Object.entries(session.tags).filter(([name]) => !replaced.has(name.toLowerCase()));
  const sourceIdentity = sourceIdentityIn(sent);
  return {
    ...session,
    tags: Object.fromEntries([...kept, ...tags]),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  };
}

/** The condition key of a request that comes through a VPC endpoint. */
export function throughEndpoint({
  pair: { vpcEndpoint },
}: Pick<ApiWalk, 'pair'>): Readonly<Record<string, string>> {
  return vpcEndpoint === undefined ? {} : { 'aws:SourceVpce': vpcEndpoint.id };
}

/**
 * Decides a question by the policies of a holder, and makes a link of the decision. A policy that is not in the policy language leaves
 * the link unread.
 */
export async function decided(
  { reader, organizations }: Walk,
  about: About,
  question: AuthorizationRequest,
  sides: UnreadSides = {},
  holder?: HolderFacts,
): Promise<Link> {
  try {
    const decision = await decideAs(holder ?? { policies: [] }, question, reader);
    return linkOfDecision(about, decision, { organizations, ...sides });
  } catch (error) {
    if (!(error instanceof UnreadablePolicyError)) throw error;
    return { ...about, state: 'unread', remedies: [], problem: error.message };
  }
}

/** @param user the part that is configured with the role, if any */
export function roleMissing(about: About, arn: string, user: string | undefined, otherPath?: string): Link {
  const why = user === undefined ? '' : `, which ${user} is configured with`;
  const hint = otherPath === undefined ? '' : ` There is ${otherPath}: the path is part of the ARN.`;
  return {
    ...broken(about, `There is no ${kindAndName(arn).split(' ')[0]} ${arn}${why}.${hint}`),
    missing: arn,
  };
}

/** The result for a role that does not exist: nothing can be said about its permissions. */
export function notJudged(roleArn: string): Omit<Link, keyof About> {
  return {
    state: 'unread',
    remedies: [],
    problem: `It cannot be told without ${kindAndName(roleArn)}: see above.`,
  };
}
