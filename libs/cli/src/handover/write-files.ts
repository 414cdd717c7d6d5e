import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { HandoverFile } from './files.ts';

/**
 * Writes files that only this user can read, also over earlier ones.
 * @param folder is made if it does not exist
 * @returns its absolute path
 */
export async function writeFiles(folder: string, files: readonly HandoverFile[]): Promise<string> {
  const target = resolve(folder);
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (const { name, text } of files) {
    const file = join(target, name);
    await writeFile(file, text, { mode: 0o600 });
    // The mode above is for new files only.
    await chmod(file, 0o600);
  }
  return target;
}
