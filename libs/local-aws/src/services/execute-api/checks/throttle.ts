import type { Clock } from '../../../core/clock.ts';
import type { FullMethodSettings } from '../../apigateway/definition/stage-settings.ts';

/** Requests per second, and at once. */
export type Limits = Pick<FullMethodSettings, 'throttlingRateLimit' | 'throttlingBurstLimit'>;

const MAX_BUCKETS = 10_000;

/**
 * Token buckets, one for each method of a stage
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { readonly tokens: number; readonly filledAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one request; `false` if it is one too many. */
  admit(key: string, { throttlingBurstLimit, throttlingRateLimit }: Limits): boolean {
    const now = this.#clock.now().getTime();
    const { tokens, filledAt } = this.#buckets.get(key) ?? { tokens: throttlingBurstLimit, filledAt: now };
    // A clock that was set back must not drain the bucket.
    const seconds = Math.max(0, now - filledAt) / 1000;
    const filled = Math.min(throttlingBurstLimit, tokens + seconds * throttlingRateLimit);
    const isAdmitted = filled >= 1;
    if (this.#buckets.size >= MAX_BUCKETS && !this.#buckets.has(key)) this.#buckets.clear();
    this.#buckets.set(key, { tokens: isAdmitted ? filled - 1 : filled, filledAt: now });
    return isAdmitted;
  }
}
