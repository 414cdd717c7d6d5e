// Other packages compile this file, too, and find the declaration only by its path.
/// <reference path="./yauzl.d.ts" />
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fromBufferPromise } from 'yauzl';
import { AwsError, errorMessage } from '../../../core/errors.ts';
import { isStorageFailure } from '../../../temporary/index.ts';
import { invalid } from '../functions/errors.ts';

/** The largest deployment package unpacked, in bytes. */
export const MAX_UNZIPPED_BYTES = 250 * 1024 * 1024;

/** File type bits of a Unix mode: a symbolic link. */
const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;
const UNIX = 3;
/** The longest path on Linux, in bytes. */
const MAX_LINK_BYTES = 4_096;

/**
 * Unpacks a zip into an empty folder, which is read-only then, as on AWS (not for root, who may write everywhere). No entry can leave the
 * folder: `..` and absolute names are refused, and so are symbolic links that lead to files of this machine. Links may lead into the
 * package, which is `/var/task` in them, and to `/tmp`.
 */
export async function unzip(zip: Buffer, folder: string): Promise<void> {
  let unzippedBytes = 0;
  const folders = new Set([folder]);
  const names = new Set<string>();
  const links = new Map<string, string>();
  const makeFolder = async (target: string) => {
    await mkdir(target, { recursive: true });
    for (let each = target; !folders.has(each); each = path.dirname(each)) folders.add(each);
  };
  try {
    const archive = await fromBufferPromise(zip);
    for await (const entry of archive.eachEntry()) {
      unzippedBytes += entry.uncompressedSize;
      if (unzippedBytes > MAX_UNZIPPED_BYTES)
        throw invalid(`Unzipped size must be smaller than ${MAX_UNZIPPED_BYTES} bytes`);
      const mode = entry.versionMadeBy >> 8 === UNIX ? entry.externalFileAttributes >>> 16 : 0;
      const target = path.join(folder, entry.fileName);
      if (path.relative(folder, target).startsWith('..'))
        throw refusal(`${entry.fileName} leaves the folder`);
      if (entry.fileName.endsWith('/')) {
        await makeFolder(path.resolve(target));
        continue;
      }
      if (names.has(entry.fileName)) throw refusal(`${entry.fileName} is in the zip twice`);
      names.add(entry.fileName);
      await makeFolder(path.dirname(target));
      if ((mode & FILE_TYPE) === SYMLINK) {
        if (entry.uncompressedSize > MAX_LINK_BYTES) throw refusal(`${entry.fileName} is no symbolic link`);
        links.set(target, await text(await archive.openReadStreamPromise(entry)));
        continue;
      }
      // `wx` fails for a second entry of the same name.
      const permissions = 0o444 | (mode & 0o111);
      if (entry.uncompressedSize === 0) await writeFile(target, '', { flag: 'wx', mode: permissions });
      else {
        const content = await archive.openReadStreamPromise(entry);
        await pipeline(content, createWriteStream(target, { flags: 'wx', mode: permissions }));
      }
    }
    // Last, so that no file is written through a link.
    for (const [target, given] of links) await link(folder, target, given);
    // A link through another one can lead elsewhere than its text says, also through one that comes after it.
    const root = await realpath(folder);
    for (const [target, given] of links) {
      // What does not exist leads nowhere.
      const real = await realpath(target).catch(() => undefined);
      if (real !== undefined && !isAllowed(real, root, given)) throw outside(folder, target, given);
    }
  } catch (error) {
    if (error instanceof AwsError || isStorageFailure(error)) throw error;
    throw refusal(errorMessage(error));
  }
  if (unzippedBytes === 0) throw invalid('Uploaded file must be a non-empty zip');
  for (const each of folders) await chmod(each, 0o555);
}

/** Makes a symbolic link, if its text leads into the folder or to `/tmp`. @param given the text of the link */
async function link(folder: string, target: string, given: string): Promise<void> {
  const leadsTo = given.replace(/^\/var\/task(?=\/|$)/, folder);
  if (!isAllowed(path.resolve(path.dirname(target), leadsTo), folder, given)) {
    throw outside(folder, target, given);
  }
  await symlink(leadsTo, target);
}

/** Whether a link may lead to a file. @param root of the package @param given the text of the link */
function isAllowed(file: string, root: string, given: string): boolean {
  // The package itself is below the temporary folder of this machine, so only a link that says /tmp may lead there.
  const roots = /^\/tmp(\/|$)/.test(given) ? [root, '/tmp'] : [root];
  return roots.some((each) => file === each || file.startsWith(`${each}/`));
}

function outside(folder: string, target: string, given: string): AwsError {
  return refusal(
    `${path.relative(folder, target)} is a symbolic link to ${given}, which is outside of the package: on this machine, it would be another file`,
  );
}

function refusal(reason: string): AwsError {
  return invalid(
    `Could not unzip uploaded file. Please check your file, then try to upload again. (${reason})`,
  );
}
