import { accountNamed, parseArn } from '../arn.ts';
import type { Element, PrincipalValue } from '../language/policy-language.ts';
import type { Principal, ServicePrincipal } from '../principal.ts';

/**
 * How closely a statement names the principal, from the least close to the closest:
 * - `account`: it names the account. The account's own policies must allow, too.
 * - `role`: it names the role of the session. Boundary and session policies still limit it.
 * - `direct`: it names the session, the user or the service itself, or everyone. Of the account's own policies, only
 *   explicit denies limit it.
 *
 * Source: "Resource-based policies", https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html, which
 * counts `"Principal": "*"` (usually with a condition on `aws:PrincipalArn`) as direct.
 */
export type PrincipalMatch = 'none' | 'account' | 'role' | 'direct';

const rank: Readonly<Record<PrincipalMatch, number>> = { none: 0, account: 1, role: 2, direct: 3 };

/** The closer of two. */
export function closer(one: PrincipalMatch, other: PrincipalMatch): PrincipalMatch {
  return rank[one] >= rank[other] ? one : other;
}

/** The facts about the principal that the statements of a resource-based policy need. */
export interface Asking {
  readonly principal: Principal | ServicePrincipal;
  readonly hasPermissionsBoundary: boolean;
}

/** How an element `Principal` or `NotPrincipal` applies to the principal of the request. */
export function matchPrincipal(
  element: Element<PrincipalValue>,
  effect: 'Allow' | 'Deny',
  asking: Asking,
): PrincipalMatch {
  const matches = element.values.map((value) => matchValue(value, asking.principal));
  if (!element.negated) return matches.reduce(closer, 'none');
  return isExempt(matches, effect, asking) ? 'none' : 'direct';
}

/**
 * Whether `NotPrincipal` exempts the principal. With `Deny`, it must list the account and the user or, for a session, the
 * account, the role and the session itself, as AWS checks each of them. Such a Deny "will always deny any IAM principal that
 * has a permissions boundary policy attached". AWS advises against it: "We recommend using the aws:PrincipalArn context key with ARN
 * condition operators instead."
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html,
 * https://aws.amazon.com/blogs/security/how-to-restrict-amazon-s3-bucket-access-to-a-specific-iam-role/
 */
function isExempt(matches: readonly PrincipalMatch[], effect: 'Allow' | 'Deny', asking: Asking): boolean {
  if (effect === 'Allow') return matches.some((match) => match !== 'none');
  if (asking.hasPermissionsBoundary) return false;
  const { principal } = asking;
  switch (principal.type) {
    case 'Service':
      return matches.includes('direct');
    case 'Root':
      return matches.includes('account');
    case 'User':
      return matches.includes('account') && matches.includes('direct');
    case 'AssumedRole':
      return matches.includes('account') && matches.includes('role') && matches.includes('direct');
  }
}

function matchValue(
  { type, value }: PrincipalValue,
  principal: Principal | ServicePrincipal,
): PrincipalMatch {
  if (type === 'AWS' && value === '*') return 'direct';
  if (principal.type === 'Service') {
    if (type === 'Federated' && value === '*') return isProvider(principal.service) ? 'direct' : 'none';
    return (type === 'Service' || type === 'Federated') && value === principal.service ? 'direct' : 'none';
  }
  if (type !== 'AWS') return 'none';
  const account = accountNamed(value);
  if (account !== undefined) return account === principal.accountId ? 'account' : 'none';
  switch (principal.type) {
    case 'AssumedRole':
      if (value === principal.arn) return 'direct';
      // IAM stores a role that a policy names by its unique ID. A role that is created again under the same name has another ID.
      return value === principal.principalArn || value === principal.roleId ? 'role' : 'none';
    case 'User':
      return value === principal.arn || value === principal.userId ? 'direct' : 'none';
    case 'Root':
      return 'none';
  }
}

/** Whether a token of an identity provider is meant, not a service: the ARN of a provider, or the name of one that is built in. */
export function isProvider(name: string): boolean {
  const { service, resource } = parseArn(name);
  return (service === 'iam' && /^(?:oidc|saml)-provider\//.test(resource)) || builtInProviders.has(name);
}

/**
 * The identity providers that each account has without making them. Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity
 */
export const builtInProviders: ReadonlySet<string> = new Set([
  'accounts.google.com',
  'cognito-identity.amazonaws.com',
  'graph.facebook.com',
  'www.amazon.com',
]);
