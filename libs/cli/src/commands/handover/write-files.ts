import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { HandoverFile } from './files.ts';

/** The folder cannot take the files. The message has the reason and the remedy. */
export class HandoverFolderError extends Error {
  override readonly name = 'HandoverFolderError';
  readonly code = 'HANDOVER_FOLDER';
}

/** The start of the README in each folder of this command: see readme.ts. */
const OWN_README = /^# Call the API as `/;

/**
 * Writes files that only this user can read. An earlier folder of this command is overwritten, each file at once. It follows no
 * symbolic links: their targets are not written to.
 * @param folder is made if it does not exist
 * @param files with the README.md first, which identifies the folder the next time
 * @returns its absolute path
 * @throws HandoverFolderError if the folder has other files, or a link in the place of a file; then nothing was written
 */
export async function writeFiles(folder: string, files: readonly HandoverFile[]): Promise<string> {
  const target = resolve(folder);
  await checkFolder(target);
  for (const { name } of files) await checkFile(join(target, name));
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (const { name, content } of files) await replaceFile(target, name, content);
  return target;
}

async function checkFolder(target: string): Promise<void> {
  const found = await find(target);
  if (found === undefined) return;
  if (found.isSymbolicLink()) throw refused(target, 'is a symbolic link');
  if (!found.isDirectory()) throw refused(target, 'is not a folder');
  const names = await readdir(target);
  if (names.length === 0) return;
  const readme = join(target, 'README.md');
  const isFile = (await find(readme))?.isFile() === true;
  if (!isFile || !OWN_README.test(await readFile(readme, 'utf8'))) {
    throw refused(target, 'has files, and none of them is the README.md of an earlier handover');
  }
}

async function checkFile(file: string): Promise<void> {
  const found = await find(file);
  if (found === undefined || found.isFile()) return;
  const what = found.isSymbolicLink() ? 'is a symbolic link' : 'is not a file';
  throw refused(file, what, 'Remove it, or give');
}

function refused(path: string, what: string, remedy = 'Give'): HandoverFolderError {
  return new HandoverFolderError(
    `${path} ${what}. Nothing was written. ${remedy} a new or empty folder with --out.`,
  );
}

/** The file at a path, without following links; `undefined` if there is no file. */
function find(path: string) {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** Puts a new file in the place of an earlier one. A new link there is replaced, not followed. */
async function replaceFile(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(folder, `.${name}.${randomBytes(8).toString('hex')}`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(content);
    await handle.close();
    await rename(temporary, join(folder, name));
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
}
