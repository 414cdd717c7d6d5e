import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The disk space that the files of a folder take, in MB (1,048,576 bytes, as `du -m` counts).
 * @param except names of entries of the folder that do not count
 */
export async function folderMegabytes(folder: string, except: readonly string[] = []): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let blocks = 0;
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || except.some((name) => path.startsWith(join(folder, name)))) continue;
    blocks += (await stat(path)).blocks;
  }
  return (blocks * 512) / 1_048_576;
}
