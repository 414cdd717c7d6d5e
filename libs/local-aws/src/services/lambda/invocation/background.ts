import type { InvocationResult } from './result.ts';

/** The waits before a throttled event is tried again: doubled up to five minutes, as on AWS, for some six hours. */
const throttleDelaysMs = Array.from({ length: 80 }, (_, index) => Math.min(1_000 * 2 ** index, 300_000));

/**
 * Runs event invocations in the background. An event that fails runs again, once for each delay
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
 */
export class BackgroundInvocations {
  readonly #retryDelaysMs: readonly number[];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  /** @param retryDelaysMs the waits before an event is tried again after an error. Default one minute, then two, as on AWS */
  constructor(retryDelaysMs: readonly number[] = [60_000, 120_000]) {
    this.#retryDelaysMs = retryDelaysMs;
  }

  /** Accepts an event. @param run runs it once and does not throw */
  accept(run: () => Promise<InvocationResult>): void {
    let errors = 0;
    let throttles = 0;
    const delayAfter = ({ kind }: InvocationResult): number | undefined => {
      if (kind === 'function-error') return this.#retryDelaysMs[errors++];
      return kind === 'throttled' || kind === 'failed' ? throttleDelaysMs[throttles++] : undefined;
    };
    const attempt = () => {
      if (this.#isClosed) return;
      const running = run().then((result) => {
        this.#running.delete(running);
        const delayMs = delayAfter(result);
        if (delayMs !== undefined) this.#schedule(attempt, delayMs);
      });
      this.#running.add(running);
    };
    attempt();
  }

  /** Resolves when no event is running. Events that wait to be tried again do not count. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Drops the events that wait. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #schedule(attempt: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      attempt();
    }, delayMs).unref();
    this.#timers.add(timer);
  }
}
