import type { Clock } from '../../../core/clock.ts';
import type { FullMethodSettings } from '../../apigateway/definition/stage-settings.ts';

/** Requests per second, and at once. */
type Limits = Pick<FullMethodSettings, 'throttlingRateLimit' | 'throttlingBurstLimit'>;

/** Lets requests through at a steady rate, and some at once. */
export interface Throttle {
  /** Takes one request; `false` if it is one too many. */
  admit(key: string, limits: Limits): boolean;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

const MAX_BUCKETS = 10_000;

/**
 * Makes a throttle of token buckets, one a key (a method of a stage): it holds `throttlingBurstLimit` tokens and gains
 * `throttlingRateLimit` a second
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).
 */
export function createThrottle(clock: Clock): Throttle {
  const buckets = new Map<string, Bucket>();
  return {
    admit(key, { throttlingBurstLimit, throttlingRateLimit }) {
      const now = clock.now().getTime();
      const bucket = buckets.get(key) ?? { tokens: throttlingBurstLimit, filledAt: now };
      // A clock that was set back must not drain the bucket.
      const seconds = Math.max(0, now - bucket.filledAt) / 1000;
      bucket.tokens = Math.min(throttlingBurstLimit, bucket.tokens + seconds * throttlingRateLimit);
      bucket.filledAt = now;
      const admitted = bucket.tokens >= 1;
      if (admitted) bucket.tokens -= 1;
      if (buckets.size >= MAX_BUCKETS && !buckets.has(key)) buckets.clear();
      buckets.set(key, bucket);
      return admitted;
    },
  };
}
