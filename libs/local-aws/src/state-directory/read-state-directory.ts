import type { Stats } from 'node:fs';
import { constants, lstat, open } from 'node:fs/promises';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { HEALTH_PATH } from '../network/health.ts';
import { quoteForShell } from './environment.ts';
import { parseInstance, type RunningInstance } from './instance.ts';
import { type StateFiles, stateFiles } from './state-files.ts';

/** Why no running instance was found. */
export type NotRunningReason =
  /** There is no state directory, or it names no instance. */
  | 'none'
  /** It names an instance that has ended without tidying up. */
  | 'stale'
  /** An instance has begun to start. */
  | 'starting'
  /** The instance's process lives, but does not answer. */
  | 'unresponsive'
  /** `endpoint.json` is not what local AWS writes. */
  | 'invalid'
  /** The directory is not this user's own plain directory, so what it says is not believed. */
  | 'untrusted';

/** What a state directory says, checked against the process and the port that it names. */
export type StateReading =
  | { readonly running: true; readonly instance: RunningInstance; readonly files: StateFiles }
  | {
      readonly running: false;
      readonly reason: NotRunningReason;
      /** The process that is meant, where one is known. */
      readonly pid?: number;
      /** What is the matter, for a person. */
      readonly message: string;
      /** What to do, for a person: a whole sentence. */
      readonly remedy: string;
    };

/** For how long a process may say that it is starting, in ms; then it is taken for dead. */
const STARTING_MS = 60_000;
const LARGEST_FILE = 64 * 1024;
const START = 'Start local AWS with `npm start`.';

/**
 * Finds the local AWS that runs with a state directory below `root`. It is believed only when its process lives and its
 * port answers with the same instance ID: a process ID, or a port, may belong to somebody else by now.
 * @param timeoutMs how long the port may take to answer. Default: 2000
 * @example
 * const reading = await readStateDirectory(projectRoot);
 * if (!reading.running) throw new Error(`${reading.message} ${reading.remedy}`);
 */
export async function readStateDirectory(
  root: string,
  { timeoutMs = 2_000 }: { readonly timeoutMs?: number } = {},
): Promise<StateReading> {
  const files = stateFiles(resolve(root));
  const stats = await lstat(files.directory).catch(ignoreMissing);
  if (stats === undefined) {
    return {
      running: false,
      reason: 'none',
      message: `No local AWS runs here: there is no ${files.directory}.`,
      remedy: START,
    };
  }
  const distrust = whyUntrusted(stats);
  if (distrust !== undefined) {
    return {
      running: false,
      reason: 'untrusted',
      message: `${files.directory} ${distrust}, so what it says is not believed.`,
      remedy: `Remove it (\`rm -rf ${quoteForShell(files.directory)}\`), then start local AWS with \`npm start\`.`,
    };
  }

  let text: string | undefined;
  try {
    text = await readSmallFile(files.endpoint);
  } catch (error) {
    return {
      running: false,
      reason: 'untrusted',
      message: `${files.endpoint} cannot be read (${error instanceof Error ? error.message : String(error)}).`,
      remedy: `Remove ${files.directory}, then start local AWS with \`npm start\`.`,
    };
  }
  if (text === undefined) {
    return {
      running: false,
      reason: 'none',
      message: `No local AWS runs here: there is no ${files.endpoint}.`,
      remedy: START,
    };
  }
  const instance = parseInstance(text);
  if (instance === undefined) {
    return {
      running: false,
      reason: 'invalid',
      message: `${files.endpoint} is not what local AWS writes (damaged, or of another version).`,
      remedy: 'Start local AWS with `npm start`, which replaces it.',
    };
  }

  const { pid } = instance;
  const stale = (why: string): StateReading => ({
    running: false,
    reason: 'stale',
    pid,
    message: `${files.endpoint} names a local AWS that has ended (${why}).`,
    remedy: START,
  });
  if (!isAlive(pid)) return stale(`there is no process ${pid}`);
  if (instance.status === 'starting') {
    if (Date.now() - Date.parse(instance.startedAt) > STARTING_MS)
      return stale('it never finished its start');
    return {
      running: false,
      reason: 'starting',
      pid,
      message: `A local AWS (process ${pid}) is just starting here.`,
      remedy: 'Try again in a few seconds.',
    };
  }
  const health = await askHealth(instance.port, timeoutMs);
  if (health.answer === 'refused') return stale(`nothing listens on port ${instance.port}`);
  if (health.answer === 'timeout') {
    return {
      running: false,
      reason: 'unresponsive',
      pid,
      message: `Local AWS (process ${pid}, port ${instance.port}) does not answer.`,
      remedy: `Stop it with \`kill ${pid}\`, then start it again with \`npm start\`.`,
    };
  }
  if (health.instanceId !== instance.instanceId)
    return stale(`port ${instance.port} belongs to another program now`);
  return { running: true, instance, files };
}

/**
 * Why a state directory is not to be trusted.
 * @param stats of the path itself, symbolic links not followed
 * @returns the end of a sentence; `undefined` where nothing speaks against it
 */
export function whyUntrusted(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link, not a directory';
  if (!stats.isDirectory()) return 'is not a directory';
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user) return `belongs to another user (${stats.uid}, not ${user})`;
  if ((stats.mode & 0o022) !== 0) return 'can be written by other users';
  return undefined;
}

/** @returns `undefined` where there is no such file, or no plain file of a sensible size */
export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    // Not through a symbolic link, and not waiting on a pipe that has no writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) return undefined;
      return stats.size > LARGEST_FILE ? '' : await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'EMLINK', 'ENXIO'].includes(String((error as NodeJS.ErrnoException).code))) {
      return undefined;
    }
    throw error;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it lives, as another user's
  }
}

type Health =
  | { readonly answer: 'refused' }
  | { readonly answer: 'timeout' }
  | { readonly answer: 'given'; readonly instanceId: unknown };

/** Asks the port who it is; directly, whatever proxy the environment names. */
function askHealth(port: number, timeoutMs: number): Promise<Health> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request(
      { host: '127.0.0.1', port, path: HEALTH_PATH, agent: false, signal },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > LARGEST_FILE) response.destroy();
        });
        response.on('close', () => resolve({ answer: 'given', instanceId: instanceIdOf(text) }));
        response.on('error', () => {});
      },
    );
    outgoing.on('error', () => resolve({ answer: signal.aborted ? 'timeout' : 'refused' }));
    outgoing.end();
  });
}

function instanceIdOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'instanceId' in value
      ? value.instanceId
      : undefined;
  } catch {
    return undefined;
  }
}
