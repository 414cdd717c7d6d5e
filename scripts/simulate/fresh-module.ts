import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compileFunction } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { projectRoot } from '../lib/project.ts';

/**
 * Reads a module that each environment loads anew, because it keeps variables and clients. Node would keep each copy for good.
 * The modules that it imports by a relative path are loaded anew too, and packages once for all environments.
 * @param file below the root of the repository
 * @param edits of sources, by their paths below the root: a text, and the one that replaces it. Packages in `sources` are read from there
 * @returns a function that loads it, and returns its exports
 * @throws Error if a source does not have the text
 */
export async function readFreshModule<Exports>(
  file: string,
  { edits = {}, sources = {} }: Edits = {},
): Promise<() => Exports> {
  const packages: Record<string, object> = {};
  const { outputFiles } = await build({
    entryPoints: [join(projectRoot, file)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'iife',
    globalName: 'loaded',
    logLevel: 'silent',
    alias: Object.fromEntries(Object.entries(sources).map(([name, path]) => [name, join(projectRoot, path)])),
    plugins: [editedSources(edits), sharedPackages(packages, Object.keys(sources))],
  });
  const text = `${outputFiles[0]?.text}\nreturn loaded;`;
  const load = compileFunction(text, ['packages'], { filename: file });
  return () => load(packages);
}

/** Another version of sources. */
export interface Edits {
  readonly edits?: Readonly<Record<string, readonly [text: string, by: string]>>;
  /** Packages that are loaded anew, with their entry points below the root. */
  readonly sources?: Readonly<Record<string, string>>;
}

/** Reads sources with edits. */
const editedSources = (edits: Required<Edits>['edits']): Plugin => ({
  name: 'edited-sources',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const [text, by] = edits[relative(projectRoot, path)] ?? ['', ''];
      if (!source.includes(text))
        throw new Error(`${path} does not have the text that is to be edited: ${text}`);
      return { contents: source.replace(text, by), loader: 'ts' };
    });
  },
});

/** Takes packages from an object. @param packages gets them, by their names. @param others are not taken from it */
function sharedPackages(packages: Record<string, object>, others: readonly string[]): Plugin {
  return {
    name: 'shared-packages',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
        kind === 'entry-point' || others.includes(path) ? undefined : { path, namespace: 'shared' },
      );
      onLoad({ filter: /./, namespace: 'shared' }, async ({ path }) => {
        const exports: object = await import(path);
        packages[path] = exports;
        const from = `packages[${JSON.stringify(path)}]`;
        // A name may be a word of the language, such as valibot's `enum`.
        const lines = Object.keys(exports).map(
          (name, index) => `const _${index} = ${from}.${name};\nexport { _${index} as ${name} };`,
        );
        return { contents: lines.join('\n') };
      });
    },
  };
}
