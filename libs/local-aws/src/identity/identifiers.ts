import { randomBytes } from 'node:crypto';
import { type IamArn, parseIamArn } from '@cross-account-api/iam';

/** Parses an ARN of IAM or STS in `aws`, the only partition of local AWS. @returns `undefined` for any other text */
export function parseIdentityArn(arn: string): IamArn | undefined {
  const parsed = parseIamArn(arn);
  return parsed?.partition === 'aws' ? parsed : undefined;
}

/** The ARN of a role, user, group or policy. */
export function iamArn(
  accountId: string,
  kind: 'role' | 'user' | 'group' | 'policy',
  path: string,
  name: string,
): string {
  return `arn:aws:iam::${accountId}:${kind}${path}${name}`;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * A new random ID: 16 characters for access keys (`AKIA`, `ASIA`), 17 for everything else.
 * @param prefix the ID's type: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
export function newUniqueId(prefix: 'AIDA' | 'AROA' | 'AGPA' | 'ANPA' | 'AKIA' | 'ASIA'): string {
  const length = prefix === 'AKIA' || prefix === 'ASIA' ? 16 : 17;
  return prefix + [...randomBytes(length)].map((byte) => BASE32[byte % 32]).join('');
}

/** A new random secret access key: 40 characters of base64. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64');
}
