import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ControlError, callControl, messageOf } from '../control/client.ts';
import { SOURCE_MAPS_PATH } from '../control/source-map-control.ts';
import { codeWithoutComment, withFileUrls } from '../services/lambda/inspection/source-map-text.ts';

/** The source map of a file that is about to be deployed. */
interface SentSourceMap {
  /** SHA-256 of the code without the comment that names a source map, in hexadecimal. */
  readonly sha256: string;
  /** JSON. Its sources are URLs of files. */
  readonly map: string;
}

/** The members of serverless-esbuild's plugin that this needs (https://github.com/floydspace/serverless-esbuild/blob/master/src/index.ts). */
interface EsbuildPlugin {
  readonly buildOptions: Record<string, unknown>;
  readonly buildDirPath: string;
  readonly functionEntries: readonly { readonly entry: string }[];
  readonly plugins: readonly unknown[];
}

/** The parts of esbuild that this needs. */
interface Esbuild {
  build(options: object): Promise<{
    readonly outputFiles: readonly { readonly path: string; readonly text: string }[];
  }>;
}

/** Options of serverless-esbuild that are not esbuild's: those that its `bundle.ts` leaves out. */
const OWN_OPTIONS: ReadonlySet<string> = new Set([
  'concurrency',
  'zipConcurrency',
  'exclude',
  'nativeZip',
  'packager',
  'packagePath',
  'watch',
  'keepOutputDirectory',
  'packagerOptions',
  'installExtraArgs',
  'outputFileExtension',
  'outputBuildFolder',
  'outputWorkFolder',
  'nodeExternals',
  'skipBuild',
  'skipRebuild',
  'skipBuildExcludeFns',
  'stripEntryResolveExtensions',
  'disposeContext',
]);

/**
 * Lets serverless-esbuild keep each line and each name of the sources, if functions of a local AWS are inspected: minified, a constant can be
 * written where it is used, and a breakpoint at its line is then set and never reached.
 * @param plugins of the framework
 */
export async function keepLines(
  aws: { readonly url: string; readonly root: string },
  plugins: readonly object[],
): Promise<void> {
  const esbuild = plugins.find(isEsbuildPlugin);
  if (esbuild === undefined || !(await callControl(aws, 'GET', SOURCE_MAPS_PATH)).ok) return;
  for (const name of Object.keys(esbuild.buildOptions)) {
    if (name.startsWith('minify')) esbuild.buildOptions[name] = false;
  }
}

/**
 * Makes the source maps of a service's functions and sends them to a local AWS, if it takes them.
 * @throws ControlError, or the error of esbuild or of one of its plugins
 */
export async function sendSourceMaps(
  aws: { readonly url: string; readonly root: string },
  ...service: Parameters<typeof makeSourceMaps>
): Promise<void> {
  if (!(await callControl(aws, 'GET', SOURCE_MAPS_PATH)).ok) return;
  // One by one: together they may be larger than a request.
  for (const map of await makeSourceMaps(...service)) await send(aws, map);
}

/**
 * Sends the source map of code that is about to be put into a function to a local AWS to whose functions a debugger may attach.
 * @param map JSON, as esbuild makes it
 * @param outdir the folder that the paths in the map are relative to
 * @throws ControlError
 */
export async function sendSourceMap(
  aws: { readonly url: string; readonly root: string },
  { code, map, outdir }: { readonly code: string; readonly map: string; readonly outdir: string },
): Promise<void> {
  await send(aws, { sha256: sha256Of(code), map: withFileUrls(JSON.parse(map), outdir) });
}

async function send(aws: { readonly url: string; readonly root: string }, map: SentSourceMap): Promise<void> {
  const answer = await callControl(aws, 'PUT', SOURCE_MAPS_PATH, JSON.stringify({ maps: [map] }));
  if (!answer.ok) throw new ControlError(messageOf(answer));
}

/**
 * Makes the source maps of a service's functions: those that serverless-esbuild bundles are bundled again, in memory, and other JavaScript
 * is its own source.
 * @param plugins of the framework
 * @param handlers of the service's functions, e.g. `src/hello.handler`
 * @throws the error of esbuild, or of one of its plugins
 */
export async function makeSourceMaps(
  serviceDir: string,
  plugins: readonly object[],
  handlers: readonly string[],
): Promise<readonly SentSourceMap[]> {
  const esbuild = plugins.find(isEsbuildPlugin);
  if (esbuild !== undefined) return bundleAgain(serviceDir, esbuild);
  const modules = new Set(handlers.map((handler) => handler.replace(/\.[^./]+$/, '')));
  const maps = await Promise.all([...modules].map((module) => mapToItself(serviceDir, module)));
  return maps.filter((map) => map !== undefined);
}

function isEsbuildPlugin(plugin: object): plugin is EsbuildPlugin {
  return 'buildOptions' in plugin && 'buildDirPath' in plugin && 'functionEntries' in plugin;
}

async function bundleAgain(
  serviceDir: string,
  { buildOptions, buildDirPath, functionEntries, plugins }: EsbuildPlugin,
): Promise<readonly SentSourceMap[]> {
  const { build } = createRequire(join(serviceDir, 'package.json'))('esbuild') as Esbuild;
  const { external, exclude, outputFileExtension } = buildOptions;
  const excluded = [exclude].flat().includes('*') ? [] : [exclude].flat();
  const options = {
    ...Object.fromEntries(Object.entries(buildOptions).filter(([name]) => !OWN_OPTIONS.has(name))),
    external: [external, excluded].flat(2).filter((name) => typeof name === 'string'),
    plugins,
    ...(outputFileExtension !== '.js' && { outExtension: { '.js': outputFileExtension } }),
    absWorkingDir: serviceDir,
    sourcemap: 'external',
    metafile: false,
    write: false,
    logLevel: 'silent',
  };
  const maps: SentSourceMap[] = [];
  for (const entry of new Set(functionEntries.map((each) => each.entry))) {
    const outdir = join(buildDirPath, dirname(entry));
    const { outputFiles } = await build({ ...options, entryPoints: [entry], outdir });
    const map = outputFiles.find(({ path }) => path.endsWith('.map'));
    const code = outputFiles.find((file) => file.path === map?.path.replace(/\.map$/, ''));
    if (map === undefined || code === undefined) continue;
    maps.push({ sha256: sha256Of(code.text), map: withFileUrls(JSON.parse(map.text), dirname(map.path)) });
  }
  return maps;
}

/** A map with which a deployed file leads to the same lines in the service's folder. */
async function mapToItself(serviceDir: string, module: string): Promise<SentSourceMap | undefined> {
  const file = ['.js', '.mjs', '.cjs']
    .map((extension) => join(serviceDir, module + extension))
    .find(existsSync);
  if (file === undefined) return undefined;
  const code = await readFile(file, 'utf8');
  const lines = code.split('\n').length;
  const map = {
    version: 3,
    sources: [pathToFileURL(file).href],
    sourcesContent: [code],
    names: [],
    // Each line begins with the next line of the source (https://tc39.es/ecma426/#sec-mappings).
    mappings: `AAAA${';AACA'.repeat(lines - 1)}`,
  };
  return { sha256: sha256Of(code), map: JSON.stringify(map) };
}

function sha256Of(code: string): string {
  return createHash('sha256').update(codeWithoutComment(code)).digest('hex');
}
