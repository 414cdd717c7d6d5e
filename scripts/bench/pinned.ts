import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The program and arguments that run Node on one core. */
export interface Pinned {
  readonly execPath: string;
  /** Arguments before those of Node. */
  readonly prefix: string[];
}

let available: boolean | undefined;

/** Whether processes can be pinned to a core: this machine has `taskset` and more than one core. */
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

/** Pins a process to a core, if that is possible here. @param core from 0 */
export function pinned(core: number): Pinned {
  return canPin()
    ? { execPath: 'taskset', prefix: ['-c', String(core), process.execPath] }
    : { execPath: process.execPath, prefix: [] };
}
