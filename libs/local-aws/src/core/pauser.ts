import { setImmediate } from 'node:timers/promises';

/**
 * Makes a function to call before each step of long work. Once in `steps` calls, it lets the event loop take a turn, so other requests
 * are answered meanwhile.
 */
export function pauser(steps: number): () => Promise<void> | undefined {
  let taken = 0;
  return () => {
    taken += 1;
    return taken % steps === 0 ? setImmediate() : undefined;
  };
}
