import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundleModules, zipFile } from '../../services/bundle/plugin.js';
import { projectRoot } from '../lib/project.ts';

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

/** A function's code. */
export interface Bundle {
  /** Name of the module in the zip file, e.g. `index.cjs`. */
  readonly file: string;
  readonly code: Uint8Array;
  readonly zip: Buffer;
}

const peers = join(import.meta.dirname, 'peers');

/** Installs the packages of the other contenders, if that has not been done. */
export async function installPeers(): Promise<void> {
  const installed = await access(join(peers, 'node_modules')).then(
    () => true,
    () => false,
  );
  if (!installed) await promisify(execFile)('npm', ['ci', '--ignore-scripts'], { cwd: peers });
}

/** Bundles a contender: ours as `sls deploy` does, the others as esbuild's documentation does for Node, minified as well. */
export async function bundleContender(contender: Contender): Promise<Bundle> {
  if (contender === 'ours') return bundleFunction('services/caller', 'src/caller');
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
  return toBundle('index.cjs', outputFiles[0]?.contents);
}

/**
 * Bundles a function of the services as `sls deploy` does.
 * @param service its folder, e.g. `services/api`
 * @param source without extension, e.g. `src/whoami`
 */
export async function bundleFunction(service: string, source: string): Promise<Bundle> {
  const { outputFiles } = await bundleModules(join(projectRoot, service), [source]);
  return toBundle('index.mjs', outputFiles[0]?.contents);
}

async function toBundle(file: string, code: Uint8Array = new Uint8Array()): Promise<Bundle> {
  return { file, code, zip: await zipFile(file, code) };
}
