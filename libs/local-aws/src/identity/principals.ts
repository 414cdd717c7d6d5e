import type { AssumedRole, IamUser, Principal } from '@cross-account-api/iam';
import { defined } from '../core/defined.ts';
import type { Role, User } from './entities.ts';
import type { Session } from './sessions.ts';

/** An IAM user, with the tags it has now. */
export function userPrincipal(user: User): IamUser {
  return {
    type: 'User',
    accountId: user.accountId,
    arn: user.arn,
    principalArn: user.arn,
    userId: user.uniqueId,
    userName: user.name,
    tags: Object.fromEntries(user.tags),
  };
}

/** A session of a role: the role's tags as they are now, overridden by the session's. */
export function assumedRolePrincipal(role: Role, session: Session): AssumedRole {
  const { sessionName, issuedAt, sessionPolicies, transitiveTagKeys } = session;
  const { sourceIdentity, issuedTo, sourceFunctionArn } = session;
  return {
    type: 'AssumedRole',
    accountId: role.accountId,
    arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`,
    principalArn: role.arn,
    userId: `${role.uniqueId}:${sessionName}`,
    tags: overrideTags(Object.fromEntries(role.tags), session.tags),
    roleName: role.name,
    roleId: role.uniqueId,
    sessionName,
    issuedAt,
    sessionPolicies,
    transitiveTagKeys,
    ...defined({ sourceIdentity, issuedTo, sourceFunctionArn }),
  };
}

/** The unique ID of the role or user whose policies a principal has. */
export function ownerIdOf(principal: Principal): string {
  return principal.type === 'AssumedRole' ? principal.roleId : principal.userId;
}

/** Adds tags to others. Tag keys are compared without regard to case, and the overriding tag's spelling wins. */
export function overrideTags(
  tags: Readonly<Record<string, string>>,
  overriding: Readonly<Record<string, string>>,
): Record<string, string> {
  const overridden = new Set(Object.keys(overriding).map((key) => key.toLowerCase()));
  const kept = Object.entries(tags).filter(([key]) => !overridden.has(key.toLowerCase()));
  return Object.fromEntries([...kept, ...Object.entries(overriding)]);
}
