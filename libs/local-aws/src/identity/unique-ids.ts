import { randomBytes } from 'node:crypto';

/**
 * The prefixes that tell what an ID belongs to
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids).
 */
export type IdPrefix = 'AIDA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA';

/** Where IDs and secrets come from. Injected, so that a test can foresee them. */
export interface IdSource {
  /** 16 further characters for access keys (`AKIA`, `ASIA`), 17 for the unique IDs of entities. */
  uniqueId(prefix: IdPrefix): string;
  /** A secret access key: 40 characters of base64. */
  secretAccessKey(): string;
  /** An opaque session token: some hundred characters of base64. */
  sessionToken(): string;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The bytes with which tokens of the real STS begin, so that ours are told apart from nothing by their look. */
const TOKEN_PREFIX = 'IQoJb3JpZ2luX2Vj';

/** IDs and secrets from the operating system's random source. */
export const randomIds: IdSource = {
  uniqueId(prefix) {
    const length = prefix === 'AKIA' || prefix === 'ASIA' ? 16 : 17;
    return prefix + [...randomBytes(length)].map((byte) => BASE32[byte % 32]).join('');
  },
  secretAccessKey: () => randomBytes(30).toString('base64'),
  sessionToken: () => TOKEN_PREFIX + randomBytes(240).toString('base64'),
};
