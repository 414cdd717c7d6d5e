import { lstat, mkdtemp, readdir, rename, rmdir } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endMarkedFamily } from './marked-processes.ts';
import { removeTree } from './remove-folder.ts';

/** A folder that its owner removes. If the owner is killed, the next start of local AWS removes it. */
export interface TemporaryFolder {
  /** Absolute. Only this user may enter it. */
  readonly path: string;
  /** Can be called twice. */
  close(): Promise<void>;
}

/** No temporary folder can be made. The message names the folder, the reason and the remedy. */
export class TemporaryFolderError extends Error {
  override readonly name = 'TemporaryFolderError';
  readonly code = 'NoTemporaryFolder';

  constructor(parent: string, cause: unknown) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const message = `Local AWS cannot make its temporary folders in ${parent} (${reason}). Set TMPDIR to a folder that this user can write, and start it again.`;
    super(message, { cause });
  }
}

/** Checks that temporary folders can be made. @throws TemporaryFolderError */
export async function checkTemporaryFolders(parent = tmpdir()): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(parent, 'local-aws-check-')));
  } catch (error) {
    throw new TemporaryFolderError(parent, error);
  }
}

/** A socket in the folder, on which its owner listens: a connection shows whether the owner lives. */
const OWNER = 'owner';
const NAME = /^local-aws-[a-z]+-[A-Za-z0-9]{6}$/;

/**
 * Makes a folder that belongs to this process.
 * @param purpose a word, e.g. `lambda` for `local-aws-lambda-XXXXXX`
 * @throws TemporaryFolderError
 */
export async function createTemporaryFolder(purpose: string, parent = tmpdir()): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, `local-aws-${purpose}-`)).catch((error: unknown) => {
    throw new TemporaryFolderError(parent, error);
  });
  const owner = await listenAsOwner(path);
  return {
    path,
    async close() {
      owner?.close();
      await removeTree(path);
    },
  };
}

/** @returns `undefined` if no socket can be made, e.g. because the path is too long. The folder then stays if this process is killed */
async function listenAsOwner(folder: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  // Renamed once it listens: before, it looks like the socket of a dead owner.
  const temporary = join(folder, `${OWNER}.new`);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(temporary, resolve);
    });
    await rename(temporary, join(folder, OWNER));
    return server;
  } catch {
    server.close();
    return undefined;
  }
}

/** Removes folders that a killed local AWS has left, and ends the processes of its functions. In doubt, a folder stays. */
export async function removeAbandonedFolders(parent = tmpdir()): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    if (!NAME.test(name) || !(await isAbandoned(path))) continue;
    await endMarkedFamily(`${path}/`);
    await removeTree(path).catch(() => {});
  }
}

/** Whether the folder and its socket belong to this user, and no process listens on the socket. */
async function isAbandoned(path: string): Promise<boolean> {
  const socket = join(path, OWNER);
  try {
    const [folder, owner] = await Promise.all([lstat(path), lstat(socket)]);
    const user = process.getuid?.();
    if (!folder.isDirectory() || folder.uid !== user || (folder.mode & 0o077) !== 0) return false;
    if (!owner.isSocket() || owner.uid !== user) return false;
  } catch {
    return false;
  }
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    // Anything else, such as a queue that is full, does not prove that the owner is dead.
    probe.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
}
