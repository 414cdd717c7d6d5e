import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../lib/command-line.ts';

/** Something that was made: what the run looks for after the removal. */
export interface Made {
  readonly accountId: string;
  readonly type: string;
  readonly name: string;
}

/** A step that did not go as expected. */
export interface RunFinding {
  readonly step: string;
  readonly text: string;
}

/** What a run must know to go on after an interruption. */
export interface State {
  readonly version: 1;
  readonly stage: string;
  /** Which local AWS it is; absent on AWS. */
  readonly instanceId?: string;
  readonly begun: string;
  readonly externalIds: readonly [string, string];
  /** The key of the recording's pseudonyms. It is thrown away with this file. */
  readonly key: string;
  /** The actions that are done, as `step/position`. */
  readonly done: readonly string[];
  readonly made: readonly Made[];
  readonly findings: readonly RunFinding[];
}

/** The state of a stage's run, in files that only this user can read. */
export interface StateFolder {
  readonly path: string;
  read(): Promise<State | undefined>;
  write(state: State): Promise<void>;
  remove(): Promise<void>;
  /** Lets another run begin. */
  release(): Promise<void>;
}

export function newState(stage: string, instanceId: string | undefined): State {
  const random = () => randomBytes(16).toString('hex');
  return {
    version: 1,
    stage,
    ...(instanceId !== undefined && { instanceId }),
    begun: new Date().toISOString(),
    externalIds: [random(), random()],
    key: random(),
    done: [],
    made: [],
    findings: [],
  };
}

/**
 * Opens the folder of a stage's run, below the folder in which the project keeps what belongs to this machine.
 * @param root of the project
 * @throws UsageError if another run of the stage has it
 */
export async function openStateFolder(root: string, stage: string): Promise<StateFolder> {
  const path = join(root, '.local-aws/conformance', stage);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  const lock = join(path, 'lock');
  await takeLock(lock, stage);
  const file = join(path, 'state.json');
  return {
    path,
    async read() {
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined) return undefined;
      const state: State = JSON.parse(text);
      return state.version === 1 && state.stage === stage ? state : undefined;
    },
    async write(state) {
      const next = `${file}.next`;
      await writeFile(next, JSON.stringify(state, null, 2), { mode: 0o600 });
      await rename(next, file);
    },
    remove: () => rm(path, { recursive: true, force: true }),
    release: () => rm(lock, { force: true }),
  };
}

async function takeLock(lock: string, stage: string): Promise<void> {
  for (;;) {
    try {
      const handle = await open(lock, 'wx', 0o600);
      await handle.writeFile(String(process.pid));
      await handle.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (pid > 0 && isRunning(pid)) {
      throw new UsageError(
        `--stage ${stage}: another run of this stage goes on (process ${pid}). Wait until it ends, or end it with kill ${pid}.`,
      );
    }
    await rm(lock, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
