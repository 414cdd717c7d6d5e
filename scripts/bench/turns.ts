import { errorMessage } from '../../libs/local-aws/src/core/errors.ts';

/** What could not be measured, and why. */
export interface Failure {
  readonly name: string;
  readonly reason: string;
}

/** Several contenders that have their turns one after another. */
export interface Turns<Name, Collected> {
  /** Gives each contender that has not failed a turn. */
  each(turn: (name: Name, into: Collected) => Promise<void>): Promise<void>;
  /** The contenders that have not failed. */
  readonly running: ReadonlyMap<Name, Collected>;
  readonly failures: readonly Failure[];
}

/**
 * A contender that fails has no further turns, and the others go on.
 * @param contenders and what is collected of each
 * @param giveUp ends what is left of one that failed
 */
export function takeTurns<Name extends string, Collected>(
  contenders: readonly (readonly [Name, Collected])[],
  giveUp: (name: Name) => Promise<unknown>,
): Turns<Name, Collected> {
  const running = new Map(contenders);
  const failures: Failure[] = [];
  return {
    running,
    failures,
    async each(turn) {
      for (const [name, into] of running) {
        try {
          await turn(name, into);
        } catch (error) {
          running.delete(name);
          failures.push({ name, reason: errorMessage(error) });
          await giveUp(name).catch(() => {});
        }
      }
    },
  };
}

/** Does work several times at once. Waits for all, also if one fails, so that nothing runs into the next contender's turn. */
export async function atOnce(count: number, work: () => Promise<unknown>): Promise<void> {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, work));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
