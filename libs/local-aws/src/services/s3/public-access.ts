import { isIP } from 'node:net';
import type { PolicyDocument } from '@cross-account-api/iam';
import { isArnOf } from '@cross-account-api/iam';
import { isObject } from '../../core/is-object.ts';
import { words } from '../../core/words.ts';

/*
 * S3 Block Public Access: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */

/** The settings of a bucket that block public access. */
export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  /** Refuses public bucket policies. */
  readonly BlockPublicPolicy: boolean;
  /** While the policy is public, only the bucket's account and services of AWS have access. */
  readonly RestrictPublicBuckets: boolean;
}

/** The settings of a new bucket. */
export const ALL_BLOCKED: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** Fills in the settings that a request or a template leaves out. */
export function publicAccessBlock(
  given: { readonly [Name in keyof PublicAccessBlock]?: boolean | undefined },
): PublicAccessBlock {
  const { BlockPublicAcls = false, IgnorePublicAcls = false } = given;
  const { BlockPublicPolicy = false, RestrictPublicBuckets = false } = given;
  return { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets };
}

/**
 * Whether a bucket policy is public: whether one of its statements allows more than fixed principals and fixed values of certain
 * condition keys. A fixed value has no wildcard and no policy variable.
 */
export function isPublic({ Statement: statements }: PolicyDocument): boolean {
  return [statements]
    .flat()
    .filter(isObject)
    .some(
      (statement) => statement.Effect === 'Allow' && !hasFixedPrincipals(statement) && !isLimited(statement),
    );
}

function hasFixedPrincipals({ Principal: principals }: Readonly<Record<string, unknown>>): boolean {
  return isObject(principals) && Object.values(principals).every((each) => textsOf(each).every(isFixed));
}

/** `aws:PrincipalArn` and `aws:PrincipalAccount` are not in AWS's list. Its first entry is "an AWS principal, user, role, or service principal". */
const LIMITING_KEYS: ReadonlySet<string> = new Set(
  words(`
    aws:principalorgid aws:principalarn aws:principalaccount aws:sourceip aws:sourcearn aws:sourcevpc
    aws:sourcevpce aws:sourceowner aws:sourceaccount aws:userid s3:dataaccesspointaccount
    s3:dataaccesspointarn
  `),
);

/** Operators that a request without the key does not satisfy. */
const LIMITING_OPERATOR =
  /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)$/i;

function isLimited({ Condition: conditions }: Readonly<Record<string, unknown>>): boolean {
  if (!isObject(conditions)) return false;
  return Object.entries(conditions)
    .filter(([operator, keys]) => LIMITING_OPERATOR.test(operator) && isObject(keys))
    .flatMap(([, keys]) => Object.entries(keys as object))
    .some(([key, values]) => {
      const name = key.toLowerCase();
      const isNarrow = LIMITS.get(name) ?? isFixed;
      return LIMITING_KEYS.has(name) && textsOf(values).every(isNarrow);
    });
}

const LIMITS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['aws:sourceip', isNarrowRange],
  // The name of the access point may have a wildcard, the account not.
  ['s3:dataaccesspointarn', (value) => isArnOf(value, 's3', 'accesspoint/')],
]);

/** Ranges broader than /8 (IPv4) and /32 (IPv6) count as public. */
function isNarrowRange(value: string): boolean {
  const [address = '', bits] = value.split('/');
  const version = isIP(address);
  return version !== 0 && Number(bits ?? 128) >= (version === 4 ? 8 : 32);
}

function isFixed(value: string): boolean {
  return !/[*?]|\$\{/.test(value);
}

function textsOf(values: unknown): string[] {
  return [values].flat().map(String);
}
