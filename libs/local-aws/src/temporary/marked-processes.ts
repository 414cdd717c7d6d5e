import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The environment variable, `<name of the temporary folder>/<UUID>`, which whatever a function's process starts inherits. */
export const PROCESS_MARK = 'LOCAL_AWS_ENVIRONMENT';

/** How long killed processes may take to disappear, in ms. */
const DISAPPEAR_MS = 2_000;

/**
 * Kills a process group, all descendants of its leader and all processes that have its mark, frozen ones too, and waits for their end.
 * The group stops before anything is searched for: a search takes long on a busy machine.
 */
export async function endProcessGroup(leader: number, mark: string): Promise<void> {
  // Stopped and not yet killed: the descendants of a process that has ended have another parent.
  signalProcess(-leader, 'SIGSTOP');
  const descendants = await descendantsOf(leader);
  for (const pid of [-leader, ...descendants]) signalProcess(pid, 'SIGKILL');
  await endMarkedProcesses(mark);
}

/** Kills this user's processes that have a mark, frozen ones too, and waits for their end. */
export async function endMarkedProcesses(mark: string): Promise<void> {
  const end = Date.now() + DISAPPEAR_MS;
  for (;;) {
    const pids = await markedProcesses(mark);
    // Also if the time is up: on a busy machine, the search alone can take so long.
    for (const pid of pids) signalProcess(pid, 'SIGKILL');
    if (pids.length === 0 || Date.now() > end) return;
    // What was started while they were looked for is found by the next round.
    await delay(2);
  }
}

/**
 * Sends a signal; that the process has ended meanwhile is no error.
 * @param pid the process, or the negative ID of a process group
 */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

async function markedProcesses(mark: string): Promise<number[]> {
  const variable = `${PROCESS_MARK}=${mark}`;
  if (process.platform !== 'linux') {
    return (await psProcesses()).filter(({ text }) => text.includes(variable)).map(({ pid }) => pid);
  }
  linuxSearch ??= new Promise((resolve) => {
    setImmediate(() => {
      linuxSearch = undefined;
      resolve(linuxMarks());
    });
  });
  return (await linuxSearch).filter(([, entry]) => entry.startsWith(variable)).map(([pid]) => pid);
}

/**
 * The search that is about to begin. All that is wanted until then is one search: it reads a file of each process of the machine,
 * and at the end of local AWS dozens of environments look for their own at once.
 */
let linuxSearch: Promise<ReturnType<typeof linuxMarks>> | undefined;

/** The processes that have a mark, each with the variable. */
function linuxMarks(): [number, string][] {
  return linuxPids('/proc').flatMap((pid): [number, string][] => {
    const environment = readProc(`/proc/${pid}/environ`).split('\0');
    const entry = environment.find((one) => one.startsWith(`${PROCESS_MARK}=`));
    return entry === undefined ? [] : [[pid, entry]];
  });
}

async function descendantsOf(root: number): Promise<number[]> {
  if (process.platform === 'linux') return linuxDescendantsOf(root);
  const all = await psProcesses();
  return withDescendants(root, (pid) => all.filter(({ parent }) => parent === pid).map((child) => child.pid));
}

/** All processes that a process has started, directly or not, and that still have a parent among these. Linux only. */
export function linuxDescendantsOf(root: number): number[] {
  return withDescendants(root, (pid) =>
    linuxPids(`/proc/${pid}/task`).flatMap((thread) =>
      readProc(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    ),
  );
}

function withDescendants(root: number, childrenOf: (pid: number) => readonly number[]): number[] {
  const found: number[] = [];
  for (const parents = [root]; parents.length > 0; ) {
    const children = childrenOf(parents.pop() ?? 0).filter((pid) => !found.includes(pid));
    found.push(...children);
    parents.push(...children);
  }
  return found;
}

function linuxPids(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return []; // It has ended.
  }
}

/** @returns an empty text if the process has ended, or is another user's */
function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** A process as `ps` lists it. */
export interface PsProcess {
  readonly pid: number;
  readonly parent: number;
  /** Command line and environment. macOS hides the environment of Apple's own programs. */
  readonly text: string;
}

function psProcesses(): Promise<PsProcess[]> {
  return new Promise((resolve) => {
    execFile(
      'ps',
      ['-axEww', '-o', 'pid=,ppid=,command='],
      { maxBuffer: 2 ** 27, encoding: 'latin1' },
      (_error, stdout) => resolve(parsePs(stdout)),
    );
  });
}

/** Reads `ps -axEww -o pid=,ppid=,command=` of macOS. */
export function parsePs(output: string): PsProcess[] {
  return output.split('\n').flatMap((line) => {
    const [, pid, parent, text = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), text }];
  });
}
