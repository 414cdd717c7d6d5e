import type { InvocationResult } from './result.ts';

/** The waits before retries of a throttled event: doubled up to five minutes, as on AWS, for about six hours. */
const throttleDelaysMs = Array.from({ length: 80 }, (_, index) => Math.min(1_000 * 2 ** index, 300_000));

/** Runs event invocations in the background. */
export type BackgroundInvocations = ReturnType<typeof createBackgroundInvocations>;

/**
 * Runs events, and failed events again (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
 * @param retryDelaysMs the waits before retries after an error. Default one minute, then two, as on AWS
 */
export function createBackgroundInvocations(retryDelaysMs: readonly number[] = [60_000, 120_000]) {
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let isClosed = false;
  return {
    /** Accepts an event. @param run runs it once and does not throw */
    accept(run: () => Promise<InvocationResult>): void {
      let errors = 0;
      let throttles = 0;
      const delayAfter = ({ kind }: InvocationResult): number | undefined => {
        if (kind === 'function-error') return retryDelaysMs[errors++];
        return kind === 'throttled' || kind === 'failed' ? throttleDelaysMs[throttles++] : undefined;
      };
      const attempt = () => {
        if (isClosed) return;
        const attempted = run().then((result) => {
          running.delete(attempted);
          const delayMs = delayAfter(result);
          if (delayMs === undefined) return;
          const timer = setTimeout(() => {
            timers.delete(timer);
            attempt();
          }, delayMs).unref();
          timers.add(timer);
        });
        running.add(attempted);
      };
      attempt();
    },
    /** Resolves when no event is running. Events that wait for a retry do not count. */
    async settled(): Promise<void> {
      while (running.size > 0) await Promise.all(running);
    },
    /** Drops the waiting events. */
    close(): void {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
