import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The running processes that a process has started, directly and indirectly. */
export function descendantsOf(pid: number): readonly RunningProcess[] {
  const all = processes();
  const found: RunningProcess[] = [];
  for (const parents = [pid]; parents.length > 0; ) {
    const parent = parents.pop();
    for (const process of all.filter((candidate) => candidate.parent === parent)) {
      found.push(process);
      parents.push(process.pid);
    }
  }
  return found;
}

/** The running processes of functions, and their watchdogs, that this process has started. */
export function functionProcesses(): readonly RunningProcess[] {
  return descendantsOf(process.pid).filter(({ command }) =>
    /bootstrap\.cjs|local-aws-watchdog/.test(command),
  );
}

/** The processes that still run, frozen or not. */
export function survivors(earlier: readonly RunningProcess[]): readonly RunningProcess[] {
  const now = processes();
  return earlier.filter(({ pid, command }) =>
    now.some((process) => process.pid === pid && process.command === command),
  );
}

/** All processes that run now. */
function processes(): readonly RunningProcess[] {
  return existsSync('/proc/self/stat') ? linuxProcesses() : posixProcesses();
}

function linuxProcesses(): readonly RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name in parentheses may have any characters. State and parent follow it.
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

function posixProcesses(): readonly RunningProcess[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,command='], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, state = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      const left = pid === undefined || state.startsWith('Z') || command.startsWith('ps -A ');
      return left ? [] : [{ pid: Number(pid), parent: Number(parent), command: command.trim() }];
    });
}
