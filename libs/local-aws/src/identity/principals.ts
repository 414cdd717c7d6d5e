import type { AssumedRole, IamUser, Principal, RootUser } from '../core/principal.ts';
import type { Role, User } from './entities.ts';
import type { Session } from './sessions.ts';

/** The root user of an account. */
export function rootPrincipal(accountId: string, session?: Session): RootUser {
  const arn = `arn:aws:iam::${accountId}:root`;
  return {
    type: 'Root',
    ...{ accountId, arn, principalArn: arn, userId: accountId, tags: {} },
    ...(session === undefined ? {} : { session: { issuedAt: session.issuedAt } }),
  };
}

/** An IAM user, with the tags it has now. */
export function userPrincipal(user: User, session?: Session): IamUser {
  return {
    type: 'User',
    accountId: user.accountId,
    arn: user.arn,
    principalArn: user.arn,
    userId: user.uniqueId,
    userName: user.name,
    tags: tagsOf(user),
    ...(session === undefined ? {} : { session: { issuedAt: session.issuedAt } }),
  };
}

/** What a role's session is, besides the role. */
export type SessionTraits = Pick<
  AssumedRole,
  | 'sessionName'
  | 'issuedAt'
  | 'sessionPolicies'
  | 'transitiveTagKeys'
  | 'sourceIdentity'
  | 'issuedTo'
  | 'sourceFunctionArn'
> & { readonly tags: Readonly<Record<string, string>> };

/** A session of a role: the role's tags as they are now, overridden by the session's. */
export function assumedRolePrincipal(role: Role, session: SessionTraits): AssumedRole {
  const { sourceIdentity, issuedTo, sourceFunctionArn } = session;
  return {
    type: 'AssumedRole',
    accountId: role.accountId,
    arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${session.sessionName}`,
    principalArn: role.arn,
    userId: `${role.uniqueId}:${session.sessionName}`,
    tags: overrideTags(tagsOf(role), session.tags),
    roleName: role.name,
    roleId: role.uniqueId,
    sessionName: session.sessionName,
    issuedAt: session.issuedAt,
    sessionPolicies: session.sessionPolicies,
    transitiveTagKeys: session.transitiveTagKeys,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(issuedTo === undefined ? {} : { issuedTo }),
    ...(sourceFunctionArn === undefined ? {} : { sourceFunctionArn }),
  };
}

/** The account, unique ID and ARN of whom a principal's rights are: its role's, its user's, or the account's. */
export function ownerIdOf(principal: Principal): string {
  return principal.type === 'AssumedRole' ? principal.roleId : principal.userId;
}

function tagsOf(entity: Role | User): Record<string, string> {
  return Object.fromEntries(entity.tags);
}

/** Tag keys are compared without regard to case; the overriding tag's spelling wins. */
export function overrideTags(
  tags: Readonly<Record<string, string>>,
  overriding: Readonly<Record<string, string>>,
): Record<string, string> {
  const overridden = new Set(Object.keys(overriding).map((key) => key.toLowerCase()));
  const kept = Object.entries(tags).filter(([key]) => !overridden.has(key.toLowerCase()));
  return Object.fromEntries([...kept, ...Object.entries(overriding)]);
}
