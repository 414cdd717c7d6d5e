import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { projectRoot } from '../project/project.ts';

/** The bundle of a function, with its source map. */
interface Bundle {
  readonly code: string;
  readonly map: SourceMap;
  /** The folder that the paths in the map are relative to. */
  readonly outdir: string;
}

/** Bundles a function, e.g. that of `src/caller.mjs`. `undefined` if no service has such a function. */
export type Bundles = (file: string) => Promise<Bundle | undefined>;

/** Bundles a function as `sls deploy` does, with a source map. */
export const bundles: Bundles = async (file) => {
  // Loads esbuild.
  const { bundleFunction } = await import('../project/bundle-function.ts');
  for (const service of ['services/api', 'services/caller']) {
    const folder = join(projectRoot(), service);
    const configuration = await readFile(join(folder, 'serverless.yml'), 'utf8');
    const source = file.replace(/\.mjs$/, '');
    if (!new RegExp(`handler: ${source}\\.`).test(configuration)) continue;
    const { outputFiles } = await bundleFunction(folder, `${source}.ts`, { sourcemap: 'external' });
    const map = outputFiles.find(({ path }) => path.endsWith('.map'));
    const code = outputFiles.find(({ path }) => path.endsWith('.mjs'));
    if (map === undefined || code === undefined) continue;
    return { code: code.text, map: new SourceMap(JSON.parse(map.text)), outdir: dirname(map.path) };
  }
  return undefined;
};

/** A position in a bundle: `src/caller.mjs:12:3456`, with any path before it. */
const POSITION = /(?:file:\/\/)?[^\s()"]*?\b(src\/[\w-]+\.mjs):(\d+):(\d+)/g;

/**
 * Replaces each position in a bundle by its position in the source. Other text does not change.
 * @example await withSources('at readEvent (file:///var/task/src/caller.mjs:3:120)', bundles)
 * // 'at readEvent (services/caller/src/event.ts:33:11)'
 */
export async function withSources(text: string, find: Bundles): Promise<string> {
  const files = new Set([...text.matchAll(POSITION)].map(([, file = '']) => file));
  const found = new Map(await Promise.all([...files].map(async (file) => [file, await find(file)] as const)));
  return text.replace(POSITION, (position, file: string, line: string, column: string) => {
    const bundle = found.get(file);
    const entry = bundle?.map.findEntry(Number(line) - 1, Number(column) - 1);
    if (bundle === undefined || entry === undefined || !('originalSource' in entry)) return position;
    const source = relative(projectRoot(), resolve(bundle.outdir, entry.originalSource));
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}
