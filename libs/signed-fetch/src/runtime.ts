import type { Runtime } from './types.ts';

/** The machine's own. A sleep is part of a call and ends with it; none goes on in the background. */
export const systemRuntime: Runtime = {
  now: Date.now,
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/** How a bounded wait ended. */
export type Bounded<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'timeout' | 'aborted' };

/**
 * Waits for a promise, but no longer than `ms` and no longer than the signal allows. The promise itself goes on.
 * @param ms may be infinite
 * @throws what the promise rejects with, while it is waited for
 */
export async function bounded<T>(
  promise: Promise<T>,
  ms: number,
  signal: AbortSignal | undefined,
  runtime: Runtime,
): Promise<Bounded<T>> {
  const timer = new AbortController();
  const wait = anySignal(signal, timer.signal);
  try {
    return await Promise.race([
      promise.then((value) => ({ kind: 'value', value }) as const),
      // setTimeout takes 31 bits; nothing in a Lambda function waits for longer.
      runtime.sleep(Math.min(ms, 2 ** 31 - 1), wait).then(() => {
        return { kind: signal?.aborted ? 'aborted' : 'timeout' } as const;
      }),
    ]);
  } finally {
    timer.abort();
  }
}

/** A signal that aborts with either. Made only where there are two, as Node keeps track of each such signal. */
export function anySignal(first: AbortSignal | undefined, second: AbortSignal): AbortSignal {
  return first === undefined ? second : AbortSignal.any([first, second]);
}
