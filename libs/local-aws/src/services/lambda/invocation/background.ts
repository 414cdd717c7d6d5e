import type { InvocationResult } from './result.ts';

/** Throttled events are tried again for up to six hours, as on AWS. */
const MAX_AGE_MS = 6 * 60 * 60 * 1000;
const MAX_THROTTLE_DELAY_MS = 5 * 60 * 1000;

/**
 * Event invocations: run in the background, and again after an error, at most as often as there are delays
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
 */
export class AsyncInvocations {
  readonly #retryDelaysMs: readonly number[];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  /** @param retryDelaysMs AWS waits one minute, then two */
  constructor(retryDelaysMs: readonly number[]) {
    this.#retryDelaysMs = retryDelaysMs;
  }

  /** Accepts an event; `run` runs it once. */
  accept(run: () => Promise<InvocationResult>): void {
    this.#attempt(run, { errors: 0, throttles: 0, acceptedAt: performance.now() });
  }

  /** Resolves when no event is running; those that wait for another try do not count. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Drops what waits. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #attempt(
    run: () => Promise<InvocationResult>,
    state: { errors: number; throttles: number; readonly acceptedAt: number },
  ): void {
    if (this.#closed) return;
    const attempt = run().then(
      (result) => {
        this.#running.delete(attempt);
        const delay = this.#delay(result, state);
        if (delay !== undefined) this.#later(delay, () => this.#attempt(run, state));
      },
      () => void this.#running.delete(attempt),
    );
    this.#running.add(attempt);
  }

  #delay(
    result: InvocationResult,
    state: { errors: number; throttles: number; readonly acceptedAt: number },
  ): number | undefined {
    switch (result.kind) {
      case 'function-error':
        state.errors += 1;
        return this.#retryDelaysMs[state.errors - 1];
      case 'throttled':
      case 'failed':
        state.throttles += 1;
        return performance.now() - state.acceptedAt > MAX_AGE_MS
          ? undefined
          : Math.min(1000 * 2 ** (state.throttles - 1), MAX_THROTTLE_DELAY_MS);
      default:
        return undefined;
    }
  }

  #later(delayMs: number, action: () => void): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }
}
