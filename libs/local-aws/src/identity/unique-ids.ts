import { randomBytes } from 'node:crypto';

/**
 * The prefixes that tell what an ID belongs to.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
export type IdPrefix = 'AIDA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Session tokens of the real STS begin with these characters. */
const TOKEN_PREFIX = 'IQoJb3JpZ2luX2Vj';

/** A new random ID: the prefix, and 16 characters for access keys (`AKIA`, `ASIA`) or 17 for everything else. */
export function newUniqueId(prefix: IdPrefix): string {
  const length = prefix === 'AKIA' || prefix === 'ASIA' ? 16 : 17;
  return prefix + [...randomBytes(length)].map((byte) => BASE32[byte % 32]).join('');
}

/** A new random secret access key: 40 characters of base64. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64');
}

/** A new random session token. */
export function newSessionToken(): string {
  return TOKEN_PREFIX + randomBytes(240).toString('base64');
}
