import { createHash } from 'node:crypto';
import { SourceMap } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { readFunctions } from '../../project/functions.ts';
import { projectRoot } from '../../project/project.ts';

/** The bundle of a function, with its source map. */
export interface Bundle {
  /** SHA-256 of the code, in hexadecimal. */
  readonly sha256: string;
  readonly map: SourceMap;
  /** The folder that the paths in the map are relative to. */
  readonly outdir: string;
  /** Whether it is not minified: it runs in a local AWS to whose functions debuggers attach, and never on AWS. */
  readonly isForDebugger: boolean;
}

/** Bundles the functions of all services whose code is a file, e.g. `src/caller.mjs`. Two services can have the same one. */
export type Bundles = (file: string) => Promise<readonly Bundle[]>;

/** A file that a stack trace names. */
export interface NamedFile {
  /** As the text has it, e.g. `file:///var/task/src/caller.mjs`. */
  readonly url: string;
  /** Its path in the deployment package, e.g. `src/caller.mjs`. */
  readonly file: string;
}

/** Bundles functions as `sls deploy` does, for AWS and for debuggers, with source maps. */
export const bundles: Bundles = async (file) => {
  // Loads esbuild.
  const { bundleFunction, findSource } = await import('../../project/bundle-function.ts');
  const found: Bundle[] = [];
  for (const { folder, module } of functionsOf(file)) {
    const path = join(projectRoot(), folder);
    const source = findSource(path, module);
    if (source === undefined) continue;
    for (const isForDebugger of [false, true]) {
      const { outputFiles } = await bundleFunction(path, source, {
        sourcemap: 'external',
        ...(isForDebugger && { minify: false }),
      });
      const map = outputFiles.find((output) => output.path.endsWith('.map'));
      const code = outputFiles.find((output) => output.path.endsWith('.mjs'));
      if (map === undefined || code === undefined) continue;
      const sourceMap = new SourceMap(JSON.parse(map.text));
      found.push({
        sha256: sha256Of(code.contents),
        map: sourceMap,
        outdir: dirname(map.path),
        isForDebugger,
      });
    }
  }
  return found;
};

/** The SHA-256 of a file, in hexadecimal. */
export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A position in a bundle, with any path before it: `/var/task/src/caller.mjs:12:3456`. */
const POSITION = /((?:file:\/\/)?[^\s()"]*?[^\s()":]\.mjs):(\d+):(\d+)/g;

/** The files of the project's functions that a text names. */
export function filesIn(text: string): readonly NamedFile[] {
  const urls = new Set([...text.matchAll(POSITION)].map(([, url = '']) => url));
  return [...urls].flatMap((url) => {
    const file = fileOf(url);
    return file === undefined ? [] : [{ url, file }];
  });
}

/**
 * Replaces each position in a bundle by its position in the source. Other text does not change.
 * @param choose returns the bundle of a file; `undefined` leaves its positions as they are
 * @example await withSources('at findByName (file:///var/task/src/caller.mjs:3:120)', choose)
 * // 'at findByName (libs/contract/src/call-asked.ts:58:9)'
 */
export async function withSources(
  text: string,
  choose: (named: NamedFile) => Promise<Bundle | undefined>,
): Promise<string> {
  const chosen = new Map<string, Bundle | undefined>();
  for (const named of filesIn(text)) chosen.set(named.url, await choose(named));
  return text.replace(POSITION, (position, url: string, line: string, column: string) => {
    const bundle = chosen.get(url);
    const entry = bundle?.map.findEntry(Number(line) - 1, Number(column) - 1);
    if (bundle === undefined || entry === undefined || !('originalSource' in entry)) return position;
    const source = relative(projectRoot(), resolve(bundle.outdir, entry.originalSource));
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** The functions whose code is in a file, one for each service and module. */
function functionsOf(file: string): { readonly folder: string; readonly module: string }[] {
  const found = new Map<string, { readonly folder: string; readonly module: string }>();
  for (const { folder, module } of readFunctions()) {
    if (module !== undefined && `${module}.mjs` === file)
      found.set(`${folder}/${module}`, { folder, module });
  }
  return [...found.values()];
}

/** The path in the package of the longest module that a file can be. */
function fileOf(url: string): string | undefined {
  // An installed package, or Lambda's runtime, can have a file of the same name.
  if (/\/(?:node_modules|var\/runtime)\//.test(url)) return undefined;
  return readFunctions()
    .flatMap(({ module }) => (module === undefined ? [] : [`${module}.mjs`]))
    .filter((file) => url === file || url.endsWith(`/${file}`))
    .toSorted((a, b) => b.length - a.length)[0];
}
