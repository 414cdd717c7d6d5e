import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PackagedFunction, packageFolder, packageService } from '../lib/package-service.ts';

/** The caller that others are compared with, the ways in which others call the same API, and an unsigned request. */
export const contenders = {
  ours: 'this project',
  article: 'as in the article: the whole SDK, AssumeRole each time',
  smithy: '@smithy/signature-v4 and fromTemporaryCredentials',
  axios: 'axios with aws4-axios',
  aws4fetch: 'aws4fetch alone',
  floor: 'unsigned fetch to an open route',
} as const;

/** The name of a contender. */
export type Contender = keyof typeof contenders;

const peers = join(import.meta.dirname, 'peers');

/** Installs the packages of the other contenders, if that has not been done. */
export async function installPeers(): Promise<void> {
  const installed = await access(join(peers, 'node_modules')).then(
    () => true,
    () => false,
  );
  if (!installed) await promisify(execFile)('npm', ['ci', '--ignore-scripts'], { cwd: peers });
}

/** Packages contenders with `sls package`. */
export async function packageContenders(
  only: readonly Contender[],
): Promise<Map<Contender, PackagedFunction>> {
  const others = only.some((contender) => contender !== 'ours') ? await packageFolder(peers) : new Map();
  const caller = only.includes('ours') ? await packageService('caller') : new Map();
  const packaged = new Map<string, PackagedFunction>([...others, ['ours', caller.get('caller')]]);
  return new Map(
    only.map((contender) => {
      const found = packaged.get(contender);
      if (found === undefined) throw new Error(`sls package wrote no zip file of ${contender}.`);
      return [contender, found];
    }),
  );
}
