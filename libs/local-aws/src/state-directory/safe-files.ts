import { hash, randomUUID } from 'node:crypto';
import { constants, link, lstat, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '../core/errors.ts';
import { StateDirectoryError } from './errors.ts';
import { ROOT_VARIABLE } from './state-files.ts';

/** Age at which a lock counts as left from a dead process, in ms. */
const LOCK_MS = 5_000;

/** Largest file or response that is read, in bytes. */
export const LARGEST_FILE = 64 * 1024;

/** Reads a file that another user may have put there: nothing if it is not a plain file, an empty text if it is too large. */
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

/** Creates a file with all of its text at once. @returns `false` if it exists already */
export async function createExclusively(path: string, text: string): Promise<boolean> {
  const temporary = temporaryFor(path);
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      // The file system has no hard links. This is exclusive, too, but the text is not there at once.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(error.code ?? '')) throw error;
      return writeFile(path, text, { flag: 'wx', mode: 0o600 });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw notWritable(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Removes a file, unless another process has replaced it since it was read. A lock admits one process at a time.
 * @param judged the text that was read; `undefined` if it was not a plain file
 */
export async function removeIfUnchanged(path: string, judged: string | undefined): Promise<void> {
  const digest = hash('sha256', judged ?? '').slice(0, 16);
  const lock = join(dirname(path), `.${basename(path)}.${digest}.lock`);
  if (!(await createExclusively(lock, ''))) {
    await delay(20);
    // A lock is held for moments. An old one is left from a process that died.
    const stats = await lstat(lock).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > LOCK_MS) await rm(lock, { force: true });
    return;
  }
  try {
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined || (await readSmallFile(path)) !== judged) return;
    // Another process has made the file meanwhile.
    if (judged === undefined && stats.isFile()) return;
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw notWritable(path, error);
  } finally {
    await rm(lock, { force: true });
  }
}

/** Writes a file, mode 0600. Readers see the old text or the new one. A symbolic link is replaced, not followed. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw notWritable(path, error);
  }
}

function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
}

/** The error for a file or directory that cannot be written. */
export function notWritable(path: string, cause: unknown): StateDirectoryError {
  const remedy = remedyFor((cause as NodeJS.ErrnoException).code);
  const message = `${path} cannot be written (${errorMessage(cause)}). Local AWS keeps its keys and its address there. ${remedy}`;
  return new StateDirectoryError('NotWritable', path, message, { cause });
}

function remedyFor(code: string | undefined): string {
  const elsewhere = `ame another folder with --state or ${ROOT_VARIABLE}.`;
  switch (code) {
    case 'EROFS':
      return `N${elsewhere}`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `Free space on its disk, or n${elsewhere}`;
    case 'EACCES':
    case 'EPERM':
      return `Make it writable for this user, or n${elsewhere}`;
    default:
      return 'Remove it, or make it writable for this user.';
  }
}
