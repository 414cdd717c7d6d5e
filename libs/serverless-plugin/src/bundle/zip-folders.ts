import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What follows the name of a zip: the process, the time in milliseconds, and four random bytes. */
const ofProcess = (pid: number) => new RegExp(`-${pid}-\\d+-[0-9a-f]{8}$`);

/**
 * Removes the folders in which serverless-esbuild collected the files of each zip. It means to remove them itself, and fails silently,
 * because they are not empty (`zip` in its utils.js, 1.57). Those of other processes stay.
 * @param names of the zips, without their ending
 * @param folder the temporary folder
 * @param pid the process that packaged
 */
export async function removeZipFolders(
  names: readonly string[],
  folder = tmpdir(),
  pid = process.pid,
): Promise<void> {
  const ending = ofProcess(pid);
  const entries = await readdir(folder);
  const found = entries.filter((entry) => names.includes(entry.replace(ending, '')) && ending.test(entry));
  await Promise.all(found.map((entry) => rm(join(folder, entry), { recursive: true, force: true })));
}
