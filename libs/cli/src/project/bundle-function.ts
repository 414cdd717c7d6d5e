import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { projectRoot } from './project.ts';

/** Options of serverless-esbuild that services/esbuild.config.cjs has and that are not esbuild's. */
interface PluginOptions {
  readonly outputFileExtension: string;
  readonly exclude: readonly string[];
  readonly skipRebuild: boolean;
  readonly concurrency?: number;
  /** For packages that are not bundled. */
  readonly installExtraArgs?: readonly string[];
}

/** The extensions of a handler's module, in the order in which serverless-esbuild looks for it. */
const EXTENSIONS = ['.js', '.ts', '.jsx', '.tsx', '.cjs', '.mjs', '.cts', '.mts'];

/**
 * Finds the source of a handler's module.
 * @param folder the service's folder
 * @param module relative to the folder and without extension, e.g. `src/caller`
 * @returns relative to the folder, e.g. `src/caller.ts`; `undefined` if there is no such file
 */
export function findSource(folder: string, module: string): string | undefined {
  return EXTENSIONS.map((extension) => module + extension).find((file) => existsSync(join(folder, file)));
}

/**
 * Bundles a function as `sls deploy` does.
 * @param folder the service's folder
 * @param source the function's module, relative to the folder, e.g. `src/caller.ts`
 * @param further `sourcemap: 'external'` for a source map as a second file, `minify: false` as for debuggers
 * @returns the bundle, in memory
 */
export async function bundleFunction(
  folder: string,
  source: string,
  further: Pick<BuildOptions, 'sourcemap' | 'minify'> = {},
): Promise<BuildResult<{ write: false }>> {
  return build({ ...bundleOptions(folder, source), ...further });
}

/**
 * The options with which {@link bundleFunction} calls esbuild. The bundle stays in memory.
 * @param folder the service's folder
 * @param source the function's module, relative to the folder
 */
export function bundleOptions(folder: string, source: string): BuildOptions & { readonly write: false } {
  const config: () => BuildOptions & PluginOptions = createRequire(import.meta.url)(
    join(projectRoot(), 'services/esbuild.config.cjs'),
  );
  const { outputFileExtension, exclude, skipRebuild, concurrency, installExtraArgs, ...options } = config();
  return {
    ...options,
    absWorkingDir: folder,
    entryPoints: [source],
    outdir: join(folder, dirname(source)),
    outExtension: { '.js': outputFileExtension },
    logLevel: 'silent',
    write: false,
  };
}
