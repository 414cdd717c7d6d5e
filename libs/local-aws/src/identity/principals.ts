import { defined } from '../core/defined.ts';
import type { AssumedRole, IamUser, Principal, RootUser } from '../core/principal.ts';
import type { Role, User } from './entities.ts';
import type { RoleSession, Session } from './sessions.ts';

/** The root user of an account. */
export function rootPrincipal(accountId: string, session?: Session): RootUser {
  const arn = `arn:aws:iam::${accountId}:root`;
  return {
    type: 'Root',
    ...{ accountId, arn, principalArn: arn, userId: accountId, tags: {} },
    ...originOf(session),
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
    ...originOf(session),
  };
}

/** What GetSessionToken credentials tell of their origin. */
function originOf(session: Session | undefined) {
  return session && { session: { issuedAt: session.issuedAt } };
}

/** The facts of a role's session that the role itself does not have. */
export type SessionTraits = Omit<RoleSession, 'roleName'> & Pick<Session, 'issuedAt'>;

/** A session of a role: the role's tags as they are now, overridden by the session's. */
export function assumedRolePrincipal(role: Role, session: SessionTraits): AssumedRole {
  const { sessionName, issuedAt, sessionPolicies, transitiveTagKeys } = session;
  const { sourceIdentity, issuedTo, sourceFunctionArn } = session;
  return {
    type: 'AssumedRole',
    accountId: role.accountId,
    arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`,
    principalArn: role.arn,
    userId: `${role.uniqueId}:${sessionName}`,
    tags: overrideTags(tagsOf(role), session.tags),
    roleName: role.name,
    roleId: role.uniqueId,
    ...{ sessionName, issuedAt, sessionPolicies, transitiveTagKeys },
    ...defined({ sourceIdentity, issuedTo, sourceFunctionArn }),
  };
}

/** The unique ID of the role or user whose policies a principal has; the account ID for a root user. */
export function ownerIdOf(principal: Principal): string {
  return principal.type === 'AssumedRole' ? principal.roleId : principal.userId;
}

function tagsOf(entity: Role | User): Record<string, string> {
  return Object.fromEntries(entity.tags);
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
