// Other packages compile this file, too, and find the declaration only by its path.
/// <reference path="./yauzl.d.ts" />
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fromBufferPromise } from 'yauzl';
import type { FunctionDefinition } from '../framework.ts';
import type { Package } from './quotas.ts';

/**
 * The sizes of the functions' zip files.
 * @param serviceDir the absolute path of the service's folder, to which the paths of artifacts are relative
 * @returns none for a function whose zip file is in S3, or that is a container image
 */
export async function packagesOf(
  functions: Readonly<Record<string, FunctionDefinition>>,
  serviceDir: string,
): Promise<readonly Package[]> {
  const packages: Package[] = [];
  // One after the other, so that one is in memory.
  for (const [functionName, { package: { artifact } = {} }] of Object.entries(functions)) {
    if (artifact === undefined || artifact.includes('://')) continue;
    const zip = await readFile(resolve(serviceDir, artifact));
    let unzippedBytes = 0;
    for await (const { uncompressedSize } of (await fromBufferPromise(zip)).eachEntry()) {
      unzippedBytes += uncompressedSize;
    }
    packages.push({ functionName, zippedBytes: zip.length, unzippedBytes });
  }
  return packages;
}
