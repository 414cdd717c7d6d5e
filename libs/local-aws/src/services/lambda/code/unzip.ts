// Other packages compile this file, too, and find the declaration only by its path.
/// <reference path="./yauzl.d.ts" />
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
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

/**
 * Unpacks a zip into an empty folder, which is read-only then, as on AWS (not for root, who may write everywhere). No entry can leave the folder: `..`, absolute names and symbolic links are refused.
 */
export async function unzip(zip: Buffer, folder: string): Promise<void> {
  let unzippedBytes = 0;
  const folders = new Set([folder]);
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
      if ((mode & FILE_TYPE) === SYMLINK) {
        throw refusal(`${entry.fileName} is a symbolic link, which local AWS does not unpack`);
      }
      const target = path.join(folder, entry.fileName);
      if (path.relative(folder, target).startsWith('..'))
        throw refusal(`${entry.fileName} leaves the folder`);
      if (entry.fileName.endsWith('/')) {
        await makeFolder(path.resolve(target));
        continue;
      }
      await makeFolder(path.dirname(target));
      // `wx` fails for a second entry of the same name.
      const permissions = 0o444 | (mode & 0o111);
      if (entry.uncompressedSize === 0) await writeFile(target, '', { flag: 'wx', mode: permissions });
      else {
        const content = await archive.openReadStreamPromise(entry);
        await pipeline(content, createWriteStream(target, { flags: 'wx', mode: permissions }));
      }
    }
  } catch (error) {
    if (error instanceof AwsError || isStorageFailure(error)) throw error;
    throw refusal(errorMessage(error));
  }
  if (unzippedBytes === 0) throw invalid('Uploaded file must be a non-empty zip');
  for (const each of folders) await chmod(each, 0o555);
}

function refusal(reason: string): AwsError {
  return invalid(
    `Could not unzip uploaded file. Please check your file, then try to upload again. (${reason})`,
  );
}
