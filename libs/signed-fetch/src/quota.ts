/**
 * The tokens with which a client begins, and the price of a retry, as in AWS's SDKs since 2026. With these figures, an API that fails
 * each request gets 35 retries of a process, however many calls there are.
 * @see https://github.com/smithy-lang/smithy-typescript/tree/main/packages/core/src/submodules/retry
 */
const TOKENS = 500;
const PRICE = 14;

/**
 * The retry quota of a client: the retries that it may make while calls fail. Without it, each call to an API that is down is repeated, and
 * four times the load keeps it down.
 */
export interface RetryQuota {
  tokens: number;
}

/** Makes the quota of a client, which all calls of the process share. */
export function createQuota(): RetryQuota {
  return { tokens: TOKENS };
}

/** Pays a retry. Returns the tokens that were spent; 0 if too few are left. */
export function spend(quota: RetryQuota): number {
  if (quota.tokens < PRICE) return 0;
  quota.tokens -= PRICE;
  return PRICE;
}

/** A call has succeeded: returns what its last retry cost, or one token. */
export function refund(quota: RetryQuota, spent: number): void {
  quota.tokens = Math.min(TOKENS, quota.tokens + Math.max(1, spent));
}
