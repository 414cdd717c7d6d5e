import type { Mutable, PolicyHolder, Role, User } from './entities.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import type { ManagedPolicies } from './managed-policies.ts';
import { policySize, type StoredPolicy } from './policy-documents.ts';

/** A role or user that the directory may change. */
export type MutableHolder = Mutable<Role> | Mutable<User>;

/** IAM's default quotas (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
const INLINE_POLICY_BYTES = { role: 10_240, user: 2_048 } as const;
const ATTACHED_POLICIES = 10;

const NOUN = { role: 'Role', user: 'User' } as const;

/**
 * Writes an inline policy, replacing the one of that name.
 * @throws AwsError `LimitExceeded` when all inline policies together would be too large
 */
export function putInlinePolicy(holder: MutableHolder, name: string, policy: StoredPolicy): void {
  const others = [...holder.inlinePolicies].filter(([other]) => other !== name);
  const size = others.reduce((sum, [, other]) => sum + policySize(other), policySize(policy));
  const limit = INLINE_POLICY_BYTES[holder.kind];
  if (size > limit) {
    throw limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${holder.kind} ${holder.name}`);
  }
  holder.inlinePolicies.set(name, policy);
}

/** @throws AwsError `NoSuchEntity` */
export function inlinePolicy(
  holder: PolicyHolder & { readonly kind: 'role' | 'user' },
  name: string,
): StoredPolicy {
  const policy = holder.inlinePolicies.get(name);
  if (policy === undefined)
    throw noSuchEntity(`The ${holder.kind} policy with name ${name} cannot be found.`);
  return policy;
}

/** @throws AwsError `NoSuchEntity` */
export function deleteInlinePolicy(holder: MutableHolder, name: string): void {
  inlinePolicy(holder, name);
  holder.inlinePolicies.delete(name);
}

/**
 * Attaches a managed policy; one that is attached already stays so.
 * @throws AwsError `NoSuchEntity`, `LimitExceeded`
 */
export function attachPolicy(holder: MutableHolder, arn: string, policies: ManagedPolicies): void {
  policies.requireAttachable(holder.accountId, arn);
  if (!holder.attachedPolicies.has(arn) && holder.attachedPolicies.size >= ATTACHED_POLICIES) {
    throw limitExceeded(`Cannot exceed quota for PoliciesPer${NOUN[holder.kind]}: ${ATTACHED_POLICIES}`);
  }
  holder.attachedPolicies.add(arn);
}

/** @throws AwsError `NoSuchEntity` */
export function detachPolicy(holder: MutableHolder, arn: string): void {
  if (!holder.attachedPolicies.delete(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
}

/** @throws AwsError `NoSuchEntity` for a boundary that does not exist */
export function setPermissionsBoundary(holder: MutableHolder, arn: string, policies: ManagedPolicies): void {
  if (policies.find(holder.accountId, arn) === undefined) {
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.${policies.hint(arn)}`);
  }
  holder.permissionsBoundary = arn;
}

/** @throws AwsError `NoSuchEntity` where there is none */
export function clearPermissionsBoundary(holder: MutableHolder): void {
  if (holder.permissionsBoundary === undefined) {
    throw noSuchEntity(`${NOUN[holder.kind]} ${holder.name} does not have a permissions boundary.`);
  }
  holder.permissionsBoundary = undefined;
}
