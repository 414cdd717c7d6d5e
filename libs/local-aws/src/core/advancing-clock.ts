import type { Clock } from './clock.ts';

/** A clock that can be set ahead of another. */
export class AdvancingClock implements Clock {
  readonly #base: Clock;
  #aheadMs = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  /** How far it is ahead, in milliseconds. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  now(): Date {
    const now = this.#base.now();
    return this.#aheadMs === 0 ? now : new Date(now.getTime() + this.#aheadMs);
  }

  /** @throws RangeError if the time would go back: sessions that have expired would be valid again */
  advance(ms: number): void {
    if (!(ms >= 0 && ms <= MOST_MS)) {
      throw new RangeError(
        `The clock can advance by 0 to ${MOST_MS} milliseconds, and not by ${ms}. reset() sets it back.`,
      );
    }
    this.#aheadMs += ms;
  }

  /** Goes with the other clock again. */
  reset(): void {
    this.#aheadMs = 0;
  }
}

/** Ten years. */
const MOST_MS = 10 * 365 * 86_400_000;
