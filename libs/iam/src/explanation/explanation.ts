import { accountOf, parseIamArn } from '../arn.ts';
import type { Decision, Mismatch, PolicyKind, StatementReference } from '../decision/decision.ts';

type Denied = Exclude<Decision, { allowed: true }>;

/** The articles that AWS's errors put before a kind of policy: `in an identity-based policy`. */
const articles: Readonly<Record<PolicyKind, 'a' | 'an' | 'the'>> = {
  'identity-based policy': 'an',
  'resource-based policy': 'a',
  'role trust policy': 'the',
  'session policy': 'a',
  'permissions boundary': 'a',
  'VPC endpoint policy': 'a',
  'service control policy': 'a',
  'resource control policy': 'a',
};

/**
 * The last part of AWS's message for a denial.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 * @example denialReason(decision) // 'because no identity-based policy allows the execute-api:Invoke action'
 */
export function denialReason(decision: Denied): string {
  if (decision.denial === 'implicit') {
    return `because no ${decision.missing} allows the ${decision.action} action`;
  }
  const [by] = decision.decidedBy;
  if (by === undefined) return 'with an explicit deny';
  const arn = by.policyArn !== undefined && showsPolicyArn(decision) ? `: ${by.policyArn}` : '';
  return `with an explicit deny in ${articles[by.kind]} ${by.kind}${arn}`;
}

/**
 * Whether AWS's message has the ARN of the policy: "Policy ARNs are only included when the request originates from either" the same
 * account or the same organization.
 * Source: https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns
 */
function showsPolicyArn({ principalArn, context }: Denied): boolean {
  const organization = context['aws:PrincipalOrgID'];
  return (
    accountOf(principalArn) === context['aws:ResourceAccount'] ||
    (organization !== undefined && organization === context['aws:ResourceOrgID'])
  );
}

/** A decision in a few words, for a person: `no identity-based policy allows it`. */
export function verdictOf(decision: Decision): string {
  if (decision.allowed) return 'allowed';
  if (roleIsMissing(decision)) return 'there is no such role';
  if (isForeignPassRole(decision)) return 'a role can be passed in its own account only';
  if (isRootAssumingRole(decision)) return 'a root user cannot assume a role';
  return decision.denial === 'explicit' ? 'a policy denies it' : `no ${decision.missing} allows it`;
}

/** Whether a request was denied because its role does not exist. Every existing role has a trust policy. */
export function roleIsMissing(decision: Decision): boolean {
  return (
    !decision.allowed &&
    decision.denial === 'implicit' &&
    decision.missing === 'role trust policy' &&
    !decision.consulted.some(({ kind }) => kind === 'role trust policy')
  );
}

/**
 * Whether a principal wanted to pass a role of another account to a service. No policy can allow that: "You cannot use the PassRole
 * permission to pass a cross-account role." https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
export function isForeignPassRole({ allowed, action, principalArn, resource }: Decision): boolean {
  const [principal, role] = [principalArn, resource].map(accountOf);
  return !allowed && action === 'iam:PassRole' && Boolean(principal && role) && principal !== role;
}

/**
 * Whether a root user wanted to assume a role. No policy can allow that: "You cannot use AWS account root user credentials to call
 * AssumeRole." https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function isRootAssumingRole({ allowed, action, principalArn }: Decision): boolean {
  return !allowed && action === 'sts:AssumeRole' && parseIamArn(principalArn)?.kind === 'root';
}

/** @example 'condition StringEquals sts:ExternalId: expected "a", got "b"' */
export function describeMismatch({ element, expected, actual, note }: Mismatch): string {
  if (element === 'Principal' && expected === '(absent)') return 'Principal: the statement names nobody';
  const got = actual === '(absent)' ? 'it is absent' : `got "${actual}"`;
  return `${element}: expected ${/^(Not|condition (\w+:)?\w*Not)/.test(element) ? 'other than ' : ''}"${expected}", ${got}${note === undefined ? '' : ` (${note})`}`;
}

/** @example 'statement InvokeRoutes of inline policy Invoke of role caller (identity-based policy)' */
export function describeStatement({ kind, policy, statement }: StatementReference): string {
  return `statement ${statement} of ${policy} (${kind})`;
}
