import { createHash } from 'node:crypto';
import { lstat, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Deployed code is smaller: Lambda's limit for an unpacked package, in bytes. */
const MAX_BYTES = 250 * 1024 * 1024;

/**
 * Hashes the deployed files that a stack names. Ignores files outside the package: the function itself wrote the stack.
 * @param taskRoot the folder of the unpacked package
 * @returns SHA-256 in hexadecimal, by path in the package
 */
export async function hashFiles(
  stack: readonly string[],
  taskRoot: string,
): Promise<Readonly<Record<string, string>>> {
  const files = new Set(stack.flatMap((line) => fileIn(line, taskRoot) ?? []));
  const hashed = await Promise.all(
    [...files].map(async (file) => [file, await hash(file, taskRoot)] as const),
  );
  return Object.fromEntries(hashed.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The file of a line of a stack, relative to the package: `file:///…/src/a.mjs:1:2`, `/…/a.js:1:2` or `File "/…/a.py", line 2`. */
function fileIn(line: string, taskRoot: string): string | undefined {
  const [, url, plain, python] =
    /(file:\/\/[^\s()]+?)(?::\d+){1,2}\)?$|(\/[^()]+?)(?::\d+){1,2}\)?$|File "([^"]+)"/.exec(line) ?? [];
  try {
    const file = url === undefined ? (plain ?? python) : fileURLToPath(url);
    if (file === undefined) return undefined;
    // The temporary folder may be behind a symbolic link, which Node resolves in stacks.
    const name = `${path.sep}${path.basename(taskRoot)}${path.sep}`;
    const start = file.indexOf(name);
    const relative = path.normalize(file.slice(start + name.length));
    return start < 0 || relative.startsWith('..') ? undefined : relative;
  } catch {
    return undefined;
  }
}

async function hash(file: string, taskRoot: string): Promise<string | undefined> {
  try {
    const [root, real] = await Promise.all([realpath(taskRoot), realpath(path.join(taskRoot, file))]);
    const stats = await lstat(real);
    const isOwn = real.startsWith(`${root}${path.sep}`) && stats.isFile();
    if (!isOwn || stats.size > MAX_BYTES) return undefined;
    return createHash('sha256')
      .update(await readFile(real))
      .digest('hex');
  } catch {
    return undefined;
  }
}
