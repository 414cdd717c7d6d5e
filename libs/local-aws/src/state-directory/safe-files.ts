import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { constants, lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '../core/errors.ts';
import { ROOT_VARIABLE } from './state-files.ts';

const LOCK_MS = 5_000;

/** Largest file or response that is read, in bytes. */
export const LARGEST_FILE = 64 * 1024;

/** Reads a file that another user may have made: `undefined` if it is not a plain file, `''` if it is too large. */
export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    // Does not follow a symbolic link, and does not wait for the writer of a pipe.
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

/** Reads a file of this user that no other user may read or write. @returns `undefined` if there is no such file */
export async function readOwnFile(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  const isOwn = stats?.isFile() === true && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
  return isOwn ? readSmallFile(path) : undefined;
}

/** Runs `work` while no other process does so for this folder, by a lock in it. @throws StateDirectoryError (`NotWritable`) */
export async function withLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const lock = join(folder, '.lock');
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritable(lock, error);
    }
    const stats = await lstat(lock).catch(() => undefined);
    // A lock is held for moments. An old one is left from a process that died.
    if (stats !== undefined && Date.now() - stats.mtimeMs > LOCK_MS)
      await rm(lock, { recursive: true, force: true });
    else await delay(20);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** Writes a file (0600): readers see the old or the new text. Replaces symbolic links. @throws StateDirectoryError (`NotWritable`) */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw notWritable(path, error);
  }
}

/** Whether {@link writeAtomically} made a file. A process that died may have left it. */
export function isTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f-]{36}\.tmp$/.test(name);
}

/** Makes the error for a file or directory that cannot be written. */
export function notWritable(path: string, cause: unknown): StateDirectoryError {
  const remedy = remedyFor((cause as NodeJS.ErrnoException).code);
  const message = `${path} cannot be written (${errorMessage(cause)}). Local AWS keeps its keys and its address there. ${remedy}`;
  return new StateDirectoryError('NotWritable', message, { cause });
}

function remedyFor(code = ''): string {
  const elsewhere = `ame another folder with --state or ${ROOT_VARIABLE}.`;
  if (code === 'EROFS') return `N${elsewhere}`;
  if (['ENOSPC', 'EDQUOT'].includes(code)) return `Free space on its disk, or n${elsewhere}`;
  if (['EACCES', 'EPERM'].includes(code)) return `Make it writable for this user, or n${elsewhere}`;
  return 'Remove it, or make it writable for this user.';
}

/** Why a state directory is not trusted, as the end of a sentence. @param stats from `lstat`, which follows no symbolic link */
export function whyUntrusted(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link, not a directory';
  if (!stats.isDirectory()) return 'is not a directory';
  if (isOfAnotherUser(stats)) return `belongs to another user (${stats.uid}, not ${process.getuid?.()})`;
  if ((stats.mode & 0o022) !== 0) return 'can be written by other users';
  return undefined;
}

/** Whether a directory belongs to another user. */
export function isOfAnotherUser({ uid }: Stats): boolean {
  return process.getuid !== undefined && process.getuid() !== uid;
}

/** A state directory cannot be used; the message names the path, the rule and the remedy. */
export class StateDirectoryError extends Error {
  override readonly name = 'StateDirectoryError';
  /** Another local AWS runs or starts with it, it is not a plain directory of this user, or it cannot be written. */
  readonly code: 'AlreadyRunning' | 'Untrusted' | 'NotWritable';

  constructor(code: StateDirectoryError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
