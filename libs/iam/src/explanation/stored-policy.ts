import { iamArnIn } from '../arn.ts';
import type { PolicyKind } from '../decision/decision.ts';
import { isObject } from '../json.ts';
import { type PolicyDocumentKind, validatePolicy } from '../language/policy-validation.ts';
import type { NamedPolicy, PolicyDocument } from '../principal.ts';
import { permissionSetOf, whyProtected } from './protected-roles.ts';

/** A statement that is to be stored. */
interface Added {
  readonly kind: PolicyKind;
  /** Names the role or user of an identity-based policy. */
  readonly where: string;
  readonly statement: Readonly<Record<string, unknown>>;
}

/** The longest policies that AWS stores. */
interface Quota {
  readonly name: string;
  /** In characters. */
  readonly most: number;
  /** What every account may have without asking. Absent: no account may have more than that. */
  readonly raisedFrom?: number;
  readonly countsSpaces?: true;
}

/**
 * IAM raises the length of trust policies on request, to 4,096 characters in 2023 and to 8,192 in 2026.
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
 * https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
const quotas = {
  trust: { name: 'Role trust policy length', most: 8_192, raisedFrom: 2_048 },
  api: { name: 'Maximum resource policy size in bytes', most: Number.POSITIVE_INFINITY, raisedFrom: 8_192 },
  managed: { name: 'Managed policy length', most: 6_144 },
  endpoint: { name: 'Characters per VPC endpoint policy', most: 20_480, countsSpaces: true },
  ofFunction: { name: 'Function resource-based policy', most: 20_480, countsSpaces: true },
  ofRole: { name: 'Inline policies of a role', most: 10_240 },
  ofUser: { name: 'Inline policies of a user', most: 2_048 },
} as const satisfies Readonly<Record<string, Quota>>;

const documentKinds: Readonly<Partial<Record<PolicyKind, PolicyDocumentKind>>> = {
  'identity-based policy': 'identity',
  'permissions boundary': 'identity',
  'session policy': 'session',
  'role trust policy': 'trust',
  'resource-based policy': 'resource',
  'VPC endpoint policy': 'resource',
};

/**
 * The reason why AWS would not store a statement: its form, or the length of the policy with it.
 * @param document the whole policy with the statement; absent if the statement is stored alone
 * @param identity the policies that the principal has
 * @returns a sentence or more; `undefined` if AWS stores it
 */
export function whyNotStored(
  added: Added,
  document: PolicyDocument | undefined,
  identity: readonly NamedPolicy[],
): string | undefined {
  const kind = documentKinds[added.kind];
  const alone = { Version: '2012-10-17', Statement: [added.statement] };
  const [problem] = kind === undefined ? [] : validatePolicy(alone, kind);
  if (problem !== undefined) {
    return `AWS refuses a statement that allows it: ${problem} Compare action and resource with what the service knows.`;
  }
  const protection = whyRoleIsProtected(added);
  if (protection !== undefined) return protection;
  const quota = quotaOf(added);
  if (quota === undefined) return undefined;
  const length =
    document === undefined
      ? inlineLength(identity, added.where) + lengthOf(alone, quota)
      : lengthOf(document, quota);
  if (length <= quota.most) return undefined;
  return `${added.where.charAt(0).toUpperCase()}${added.where.slice(1)} has no room for a statement that allows it: with it, there would be ${length} characters, and AWS stores at most ${quota.most} (${quota.name}). Shorten or remove statements first${quota === quotas.ofRole || quota === quotas.ofUser ? ', or put the statement into a managed policy' : ''}.`;
}

/**
 * The quota that an account must have raised to store a policy.
 * @param document the whole policy
 * @returns a sentence without its full stop; `undefined` if every account can store it
 */
export function quotaAbove(added: Added, document: PolicyDocument): string | undefined {
  const quota: Quota | undefined = quotaOf(added);
  if (quota?.raisedFrom === undefined) return undefined;
  const length = lengthOf(document, quota);
  return length <= quota.raisedFrom
    ? undefined
    : `the policy then has ${length} characters: above ${quota.raisedFrom}, the account needs a higher quota "${quota.name}"`;
}

function whyRoleIsProtected({ kind, where }: Added): string | undefined {
  const role = iamArnIn(where, 'role');
  if (role === undefined) return undefined;
  if (kind === 'identity-based policy' && permissionSetOf(role) !== undefined) return undefined;
  return kind === 'identity-based policy' || kind === 'role trust policy' ? whyProtected(role) : undefined;
}

function quotaOf({ kind, where, statement }: Added): Quota | undefined {
  switch (kind) {
    case 'role trust policy':
      return quotas.trust;
    case 'permissions boundary':
      return quotas.managed;
    case 'VPC endpoint policy':
      return quotas.endpoint;
    case 'identity-based policy':
      if (permissionSetOf(where) !== undefined) return undefined;
      return where.includes(':user/') ? quotas.ofUser : quotas.ofRole;
    case 'resource-based policy':
      if (String(statement.Action).startsWith('lambda:')) return quotas.ofFunction;
      return statement.Action === 'execute-api:Invoke' ? quotas.api : undefined;
    default:
      return undefined;
  }
}

/** "IAM doesn't count white space when calculating the size of a policy against these quotas." */
function lengthOf(document: object, { countsSpaces }: Quota): number {
  const text = JSON.stringify(document);
  return countsSpaces === true ? text.length : text.replace(/\s/g, '').length;
}

/** The length of the inline policies that a role or user has itself. A managed policy has its ARN as its name. */
function inlineLength(identity: readonly NamedPolicy[], where: string): number {
  const holder = where.split('/').at(-1);
  return identity
    .filter(({ name }) => /^inline policy /.test(name) && name.endsWith(` ${holder}`))
    .reduce((sum, { document }) => sum + (isObject(document) ? lengthOf(document, quotas.ofRole) : 0), 0);
}
