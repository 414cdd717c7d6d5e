import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { bundleFunction } from '../project/bundle-function.ts';
import { projectRoot } from '../project/project.ts';

/** The source map of a function's bundle, e.g. of `src/caller.mjs`; `undefined` if no service has such a function. */
export type Bundles = (
  file: string,
) => Promise<{ readonly map: SourceMap; readonly outdir: string } | undefined>;

/** Bundles a function as `sls deploy` does, with a source map. */
export const bundles: Bundles = async (file) => {
  for (const service of ['services/api', 'services/caller']) {
    const folder = join(projectRoot(), service);
    const configuration = await readFile(join(folder, 'serverless.yml'), 'utf8');
    const source = file.replace(/\.mjs$/, '');
    if (!new RegExp(`handler: ${source}\\.`).test(configuration)) continue;
    const { outputFiles } = await bundleFunction(folder, `${source}.ts`, { sourcemap: 'external' });
    const map = outputFiles.find(({ path }) => path.endsWith('.map'));
    if (map !== undefined) return { map: new SourceMap(JSON.parse(map.text)), outdir: dirname(map.path) };
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
