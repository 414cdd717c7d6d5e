import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { zipFile } from '../../services/bundle/plugin.js';
import { type Bundle, packageFunctions } from './packages.ts';

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

/** Bundles a contender: ours as `sls package` does, the others as esbuild's documentation does for Node, minified as well. */
export async function bundleContender(contender: Contender): Promise<Bundle> {
  if (contender === 'ours') {
    const ours = (await packageFunctions()).get('caller');
    if (ours === undefined) throw new Error('sls package wrote no zip file of the function caller.');
    return ours;
  }
  const { outputFiles } = await build({
    absWorkingDir: peers,
    entryPoints: [`${contender}.js`],
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The form in which esbuild can leave out what is not used.
    mainFields: ['module', 'main'],
    write: false,
  });
  const zip = await zipFile('index.cjs', outputFiles[0]?.contents ?? new Uint8Array());
  return { handler: 'index.handler', zip };
}
