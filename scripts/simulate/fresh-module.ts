import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { projectRoot } from '../lib/project.ts';
import { plantIn } from './plant.ts';

/**
 * Reads a module that each environment loads anew, because it keeps variables and clients. Node would keep each copy for good.
 * The modules that it imports by a relative path are loaded anew too, and packages once for all environments.
 * @param file below the root of the repository
 * @returns a function that loads it, and returns its exports
 */
export async function readFreshModule<Exports>(file: string): Promise<() => Exports> {
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
    plugins: [plantedSources, sharedPackages(packages)],
  });
  const text = `${outputFiles[0]?.text}\nreturn loaded;`;
  const load = compileFunction(text, ['packages'], { filename: file });
  return () => load(packages);
}

/** Reads sources with the defect that is planted in this thread. */
const plantedSources: Plugin = {
  name: 'planted-sources',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: plantIn(path, readFileSync(path, 'utf8')),
      loader: 'ts',
    }));
  },
};

/** Takes packages from an object. @param packages gets them, by their names */
function sharedPackages(packages: Record<string, object>): Plugin {
  return {
    name: 'shared-packages',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
        kind === 'entry-point' ? undefined : { path, namespace: 'shared' },
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
