import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { Mistake } from '../mistake.ts';
import type { PackageCheck } from './preflight.ts';

/** The extensions that serverless-esbuild looks for, in its order. */
const EXTENSIONS = ['.ts', '.js', '.jsx', '.tsx'];

/**
 * The file of each handler exists. serverless-esbuild's message names neither the handler nor a file.
 * @throws Mistake that names the missing file, and the nearest one
 */
export const checkHandlers: PackageCheck = ({ service, serviceDir }) => {
  for (const [name, { handler, skipEsbuild, runtime = service.provider.runtime }] of Object.entries(
    service.functions ?? {},
  )) {
    if (handler === undefined || skipEsbuild === true || !isOfNode(runtime)) continue;
    const module = handler.replace(/\.[^./]*$/, '');
    const candidates = EXTENSIONS.flatMap((extension) => [module + extension, `${module}/index${extension}`]);
    if (candidates.some((file) => existsSync(join(serviceDir, file)))) continue;
    const [missing = ''] = candidates;
    const there = globSync(`**/*{${EXTENSIONS.join(',')}}`, {
      cwd: serviceDir,
      exclude: (file) => /(^|\/)(node_modules|\.\w+)$|\.(test|testing|d)\.[jt]sx?$/.test(file),
    });
    const nearest = there.length === 0 ? undefined : closest(missing, there);
    const remedy =
      nearest === undefined
        ? 'Create the file, or correct the handler in serverless.yml.'
        : `The nearest file is ${nearest}, whose handler is ${nearest.replace(/(\/index)?\.[jt]sx?$/, '')}${handler.slice(module.length)}. Correct serverless.yml, or create the missing file.`;
    throw new Mistake(
      `The function ${name} has the handler ${handler}, but there is no file ${missing} in ${serviceDir}. ${remedy}`,
    );
  }
};

/** Whether serverless-esbuild bundles functions of a runtime. It leaves those of other languages to the framework. */
function isOfNode(runtime: string | undefined): boolean {
  return runtime === undefined || runtime.startsWith('nodejs');
}
