import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes a file, or a folder with all that is in it, even if it has read-only folders. It is no error if it does not exist. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await makeWritable(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** Follows no symbolic link. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
