import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process of this machine has done so far. */
export interface ProcessActivity {
  /** CPU time, in seconds: of the system's clock ticks on Linux, of whole hundredths on macOS. */
  readonly cpuSeconds: number;
  /** Whether a signal has stopped it, as Ctrl-Z does. */
  readonly isStopped: boolean;
}

/** Linux counts CPU time in ticks of 10 ms for programs (`getconf CLK_TCK`), whatever its kernel uses. */
const TICKS_A_SECOND = 100;
/** The least CPU time of a process that works. One that waits for requests uses less in 2 seconds. */
const LEAST_SECONDS = 0.2;

/** The activity of a process; `undefined` if it has ended, or if the system does not say. */
export function activityOf(pid: number): ProcessActivity | undefined {
  try {
    return process.platform === 'linux'
      ? parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      : parsePs(execFileSync('ps', ['-o', 'state=,time=', '-p', String(pid)], { encoding: 'utf8' }));
  } catch {
    return undefined;
  }
}

/** Whether a process has worked between two looks at it. In doubt, it has not. */
export function hasWorked(before: ProcessActivity | undefined, after: ProcessActivity | undefined): boolean {
  return before !== undefined && after !== undefined && after.cpuSeconds - before.cpuSeconds >= LEAST_SECONDS;
}

/** Reads `/proc/<pid>/stat`. @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function parseStat(text: string): ProcessActivity | undefined {
  // The name, in parentheses, may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[11], fields[12]].map(Number);
  if (user === undefined || system === undefined || !Number.isFinite(user + system)) return undefined;
  return { cpuSeconds: (user + system) / TICKS_A_SECOND, isStopped: fields[0] === 'T' || fields[0] === 't' };
}

/** Reads `ps -o state=,time=` of macOS, e.g. `S+    0:01.23`. */
export function parsePs(text: string): ProcessActivity | undefined {
  const [, state = '', time = ''] = /^\s*([A-Za-z]\S*)\s+((?:\d+:)*\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (time === '') return undefined;
  const cpuSeconds = time.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
  return { cpuSeconds, isStopped: state.startsWith('T') };
}
