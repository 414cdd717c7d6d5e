import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';

const modules = join(import.meta.dirname, '../../../../node_modules');

/** Makes a folder in which a test bundles modules that import packages of this repository. */
export async function bundleFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  await symlink(modules, join(folder, 'node_modules'));
  return {
    path: folder,

    /** Bundles a module. @returns the bundle */
    bundle: async (source: string, options: BuildOptions): Promise<string> => {
      const { outputFiles } = await build({
        stdin: { contents: source, resolveDir: folder, sourcefile: 'handler.js' },
        bundle: true,
        minify: true,
        format: 'esm',
        platform: 'node',
        mainFields: ['module', 'main'],
        logLevel: 'silent',
        ...options,
        write: false,
      });
      return outputFiles[0]?.text ?? '';
    },

    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Runs a bundle in a process.
 * @returns the result of its `handler`, and whether the load of the module and the call of the handler loaded `fetch`
 */
export async function runBundle(
  folder: string,
  code: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ result: unknown; loadsFetch: boolean; callLoadsFetch: boolean }> {
  const file = join(folder, 'bundle.mjs');
  await writeFile(file, code);
  const script = `
    const loaded = () => process.moduleLoadList.some((name) => name.includes('undici/undici'));
    const { handler } = await import(${JSON.stringify(file)});
    const loadsFetch = loaded();
    const result = await handler();
    process.stdout.write(JSON.stringify({ result, loadsFetch, callLoadsFetch: loaded() }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env.PATH, ...environment },
  });
  return JSON.parse(stdout);
}
