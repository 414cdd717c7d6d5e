import { setTimeout } from 'node:timers/promises';

/** How {@link poll} waits. */
export interface PollOptions {
  readonly signal?: AbortSignal | undefined;
  /** The first pause between two questions, in milliseconds; it doubles up to 5 seconds. Default: 500 */
  readonly pauseMs?: number | undefined;
}

const LONGEST_PAUSE_MS = 5_000;

/**
 * Asks until an answer is final.
 * @throws what `ask` throws; once the signal is aborted, its reason: an `AbortError`, or a `TimeoutError` if it is a time limit
 */
export async function poll<Answer>(
  ask: () => Promise<Answer>,
  isOver: (answer: Answer) => boolean,
  { signal, pauseMs = 500 }: PollOptions,
): Promise<Answer> {
  for (let pause = pauseMs; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const answer = await ask();
    if (isOver(answer)) return answer;
    await setTimeout(pause, undefined, signal && { signal }).catch((error: unknown) => {
      throw signal?.reason ?? error;
    });
  }
}
