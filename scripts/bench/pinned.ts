import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** How a Node process is started that stays on one core. */
export interface Pinned {
  readonly execPath: string;
  /** Arguments before the script's. */
  readonly prefix: string[];
}

/** How a Node process is started that runs on any core. */
export const unpinned: Pinned = { execPath: process.execPath, prefix: [] };

let available: boolean | undefined;

/** Whether processes can be pinned to a core here: `taskset` is there, and more than one core. */
export function canPin(): boolean {
  if (available === undefined) {
    try {
      execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
      available = availableParallelism() > 1;
    } catch {
      available = false;
    }
  }
  return available;
}

/** @param core of those that there are; where processes cannot be pinned, any */
export function pinned(core: number): Pinned {
  return canPin() ? { execPath: 'taskset', prefix: ['-c', String(core), process.execPath] } : unpinned;
}
