import type { Clock } from '../../../core/clock.ts';
import type { FullMethodSettings } from '../../apigateway/definition/stage-settings.ts';

/** Requests per second, and at once. */
export type Limits = Pick<FullMethodSettings, 'throttlingRateLimit' | 'throttlingBurstLimit'>;

const MAX_BUCKETS = 10_000;

/**
 * Makes the token buckets, one for each method of a stage
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).
 * @returns a function that takes one request, or returns `false` if it is one too many
 */
export function createThrottle(clock: Clock): (key: string, limits: Limits) => boolean {
  const buckets = new Map<string, { readonly tokens: number; readonly filledAt: number }>();
  return (key, { throttlingBurstLimit, throttlingRateLimit }) => {
    const now = clock.now().getTime();
    const { tokens, filledAt } = buckets.get(key) ?? { tokens: throttlingBurstLimit, filledAt: now };
    // A clock that was set back must not drain the bucket.
    const seconds = Math.max(0, now - filledAt) / 1000;
    const filled = Math.min(throttlingBurstLimit, tokens + seconds * throttlingRateLimit);
    const isAdmitted = filled >= 1;
    if (buckets.size >= MAX_BUCKETS && !buckets.has(key)) buckets.clear();
    buckets.set(key, { tokens: isAdmitted ? filled - 1 : filled, filledAt: now });
    return isAdmitted;
  };
}
