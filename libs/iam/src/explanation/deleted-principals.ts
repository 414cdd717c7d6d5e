import { isObject } from '../json.ts';
import type { NamedPolicy } from '../principal.ts';

type Statement = Readonly<Record<string, unknown>>;

/**
 * The unique ID of a role or user that was deleted. IAM shows an existing one by its ARN.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
const deletedId = /^A(?:IDA|ROA)[A-Z0-9]{10,}$/;

/**
 * Removes principals that were deleted from the elements `Principal` of a policy, and each statement that names nobody else. IAM does not
 * store a document with them.
 * @returns the policy itself if it names none
 */
export function withoutDeletedPrincipals(policy: NamedPolicy | undefined): {
  readonly policy?: NamedPolicy;
  readonly deletedPrincipals: readonly string[];
} {
  const deleted = new Set<string>();
  const statements = [policy?.document.Statement ?? []].flat().flatMap((statement) => {
    if (!isObject(statement) || !isObject(statement.Principal)) return [statement];
    const ids = [statement.Principal.AWS].flat();
    const existing = ids.filter((id) => typeof id !== 'string' || !deletedId.test(id));
    if (existing.length === ids.length) return [statement];
    for (const id of ids) if (typeof id === 'string' && deletedId.test(id)) deleted.add(id);
    return withPrincipal(statement, { ...statement.Principal, AWS: existing });
  });
  if (policy === undefined || deleted.size === 0) return { ...(policy && { policy }), deletedPrincipals: [] };
  return {
    policy: { ...policy, document: { ...policy.document, Statement: statements } },
    deletedPrincipals: [...deleted],
  };
}

/** A statement with other principals; none if it names nobody. */
function withPrincipal(statement: Statement, principals: Statement): Statement[] {
  const named = Object.entries(principals).filter(([, ids]) => !Array.isArray(ids) || ids.length > 0);
  if (named.length === 0) return [];
  const Principal = Object.fromEntries(
    named.map(([type, ids]) => [type, Array.isArray(ids) && ids.length === 1 ? ids[0] : ids]),
  );
  return [{ ...statement, Principal }];
}
