import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The environment variable that marks the processes of an execution environment. Its value is the path of a file below the
 * temporary folder. A function's process makes this file when it starts its first child: without it, there is nothing to search for.
 */
export const PROCESS_MARK = 'LOCAL_AWS_ENVIRONMENT';

/** The time that killed processes get to disappear, in milliseconds. */
const DISAPPEAR_MS = 2_000;

/** A process of this machine, as far as the search needs it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly isMarked: boolean;
}

/** Processes to signal: whole groups, and processes outside of these. */
export interface ProcessFamily {
  readonly groups: readonly number[];
  readonly pids: readonly number[];
}

/**
 * Selects the marked processes, their descendants, and everything in the process groups of these. A process that replaced its
 * environment has no mark, but it usually shares the group: Chromium's renderers and their browser are an example.
 * @param own the process group of local AWS, which is never selected as a whole
 */
export function familyOf(processes: readonly ListedProcess[], own: number): ProcessFamily {
  const members = new Set<number>();
  const groups = new Set<number>();
  for (let before = -1; before < members.size + groups.size; ) {
    before = members.size + groups.size;
    for (const { pid, parent, group, isMarked } of processes) {
      if (!isMarked && !groups.has(group) && !members.has(parent)) continue;
      members.add(pid);
      if (group > 1 && group !== own) groups.add(group);
    }
  }
  const outside = processes.filter(({ pid, group }) => members.has(pid) && !groups.has(group));
  return { groups: [...groups], pids: outside.map(({ pid }) => pid) };
}

/**
 * Finds this user's processes whose mark begins with a text, and the processes that belong to them: see {@link familyOf}.
 * @param mark the value of {@link PROCESS_MARK}, or its beginning
 */
export async function findMarkedFamily(mark: string): Promise<ProcessFamily> {
  const listed = await listProcesses();
  const own = listed.find(({ pid }) => pid === process.pid)?.group ?? 0;
  const variable = `${SEPARATOR}${PROCESS_MARK}=${mark}`;
  // Local AWS never selects itself, even if a function has started it.
  const others = listed.filter(({ pid }) => pid !== process.pid);
  const isMarked = ({ environment }: ProcessWithEnvironment) => environment.includes(variable);
  return familyOf(
    others.map((each) => ({ ...each, isMarked: isMarked(each) })),
    own,
  );
}

/** Kills the processes that {@link findMarkedFamily} finds, also frozen ones, and waits for their end. */
export async function endMarkedFamily(mark: string): Promise<void> {
  const end = Date.now() + DISAPPEAR_MS;
  for (;;) {
    const family = await findMarkedFamily(mark);
    // Even if the time is over: on a busy machine, one search can take all of it.
    signalFamily(family, 'SIGKILL');
    if (family.groups.length + family.pids.length === 0 || Date.now() > end) return;
    // The next round finds processes that were started during this one.
    await delay(2);
  }
}

/** Signals all processes of a family. */
export function signalFamily({ groups, pids }: ProcessFamily, signal: NodeJS.Signals): void {
  for (const group of groups) signalProcess(-group, signal);
  for (const pid of pids) signalProcess(pid, signal);
}

/**
 * Sends a signal. It is no error if the process has ended.
 * @param pid the process, or the negative ID of a process group
 */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** `environment`: each variable follows a {@link SEPARATOR}. On macOS, the command line comes first. */
type ProcessWithEnvironment = Omit<ListedProcess, 'isMarked'> & { readonly environment: string };

const SEPARATOR = process.platform === 'linux' ? '\0' : ' ';

/** The search that is about to begin. Environments that end at the same time share it: it reads files of all processes. */
let search: Promise<ProcessWithEnvironment[]> | undefined;

function listProcesses(): Promise<ProcessWithEnvironment[]> {
  search ??= new Promise((resolve) => {
    setImmediate(() => {
      search = undefined;
      resolve(process.platform === 'linux' ? linuxProcesses() : psProcesses());
    });
  });
  return search;
}

function linuxProcesses(): ProcessWithEnvironment[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.flatMap((pid) => {
    // The name, in parentheses, may contain anything.
    const [, parent, group] = /\) \S (\d+) (\d+) [^)]*$/.exec(readProc(`/proc/${pid}/stat`)) ?? [];
    if (parent === undefined) return [];
    const environment = `\0${readProc(`/proc/${pid}/environ`)}`;
    return [{ pid, parent: Number(parent), group: Number(group), environment }];
  });
}

/** @returns an empty text if the process has ended, or belongs to another user */
function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function psProcesses(): Promise<ProcessWithEnvironment[]> {
  return new Promise((resolve) => {
    execFile(
      'ps',
      ['-axEww', '-o', 'pid=,ppid=,pgid=,command='],
      { maxBuffer: 2 ** 27, encoding: 'utf8' },
      (_error, stdout) => resolve(parsePs(stdout)),
    );
  });
}

/** Reads `ps -axEww -o pid=,ppid=,pgid=,command=` of macOS, which hides the environment of Apple's own programs. */
export function parsePs(output: string): ProcessWithEnvironment[] {
  return output.split('\n').flatMap((line) => {
    const [, pid, parent, group, environment = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), environment }];
  });
}
