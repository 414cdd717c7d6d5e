import { isObject } from '../json.ts';
import type { NamedPolicy } from '../principal.ts';

type Statement = Readonly<Record<string, unknown>>;

/**
 * The unique ID of a role or user that was deleted. IAM shows an existing one by its ARN.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
const deletedId = /^A(?:IDA|ROA)[A-Z0-9]{10,}$/;

/**
 * Removes principals that were deleted from the elements `Principal` and `NotPrincipal` of a policy, and each statement that names nobody else. IAM does not
 * store a document with them.
 * @returns the policy itself if it names none
 */
export function withoutDeletedPrincipals(policy: NamedPolicy | undefined): {
  readonly policy?: NamedPolicy;
  readonly deletedPrincipals: readonly string[];
} {
  const deleted = new Set<string>();
  const statements = [policy?.document.Statement ?? []].flat().flatMap((statement) => {
    if (!isObject(statement)) return [statement];
    const element = isObject(statement.NotPrincipal) ? 'NotPrincipal' : 'Principal';
    const principals = statement[element];
    if (!isObject(principals)) return [statement];
    const ids = [principals.AWS].flat();
    const existing = ids.filter((id) => typeof id !== 'string' || !deletedId.test(id));
    if (existing.length === ids.length) return [statement];
    for (const id of ids) if (typeof id === 'string' && deletedId.test(id)) deleted.add(id);
    return withPrincipals(statement, element, { ...principals, AWS: existing });
  });
  if (policy === undefined || deleted.size === 0) return { ...(policy && { policy }), deletedPrincipals: [] };
  return {
    policy: { ...policy, document: { ...policy.document, Statement: statements } },
    deletedPrincipals: [...deleted],
  };
}

/** A statement with other principals; none if it names nobody. A `NotPrincipal` that excepts nobody is about everybody. */
function withPrincipals(
  statement: Statement,
  element: 'Principal' | 'NotPrincipal',
  principals: Statement,
): Statement[] {
  const named = Object.entries(principals).filter(([, ids]) => !Array.isArray(ids) || ids.length > 0);
  if (named.length === 0) {
    const { NotPrincipal: _, ...others } = statement;
    return element === 'Principal' ? [] : [{ ...others, Principal: '*' }];
  }
  const those = Object.fromEntries(
    named.map(([type, ids]) => [type, Array.isArray(ids) && ids.length === 1 ? ids[0] : ids]),
  );
  return [{ ...statement, [element]: those }];
}
