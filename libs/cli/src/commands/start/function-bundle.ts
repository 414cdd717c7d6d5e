import { dirname, relative, resolve } from 'node:path';
import { type BuildContext, context, formatMessages, type Message, type Metafile } from 'esbuild';
import { bundleOptions } from '../../project/bundle-function.ts';

/** A function's code, or the bundler's errors. */
export type Bundled =
  | {
      readonly file: string;
      readonly code: string;
      /** For debuggers: JSON, and the folder that its paths are relative to. */
      readonly map?: { readonly map: string; readonly outdir: string };
    }
  | { readonly errors: readonly Message[] };

/** The bundle of one function, which is made again when a source changes. */
export interface FunctionBundle {
  /** The absolute paths of the sources of the last bundle, without installed packages. */
  inputs(): ReadonlySet<string>;
  /** Bundles. esbuild reads again only the sources that have changed. */
  build(): Promise<Bundled>;
  close(): Promise<void>;
}

/**
 * Prepares to bundle a function as `sls deploy` does.
 * @param folder the service's folder
 * @param source the function's module, relative to the folder, e.g. `src/caller.ts`
 * @param isForDebugger keeps the lines of the sources, as a deployment does to a local AWS to whose functions debuggers attach, and makes a
 * source map
 */
export async function createFunctionBundle(
  folder: string,
  source: string,
  isForDebugger = false,
): Promise<FunctionBundle> {
  const options = {
    ...bundleOptions(folder, source),
    ...(isForDebugger && { minify: false, sourcemap: 'external' as const }),
  };
  const bundler: BuildContext<typeof options & { metafile: true }> = await context({
    ...options,
    metafile: true,
  });
  let inputs: ReadonlySet<string> = new Set([resolve(folder, source)]);
  return {
    inputs: () => inputs,
    async build() {
      try {
        const { metafile, outputFiles } = await bundler.rebuild();
        inputs = inputsOf(metafile, folder);
        const map = outputFiles.find(({ path }) => path.endsWith('.map'));
        const output = outputFiles.find((each) => each !== map);
        if (output === undefined) throw new Error(`esbuild made no bundle of ${source}.`);
        return {
          file: relative(folder, output.path),
          code: output.text,
          ...(map !== undefined && { map: { map: map.text, outdir: dirname(map.path) } }),
        };
      } catch (error) {
        const { errors } = error as { readonly errors?: readonly Message[] };
        if (errors === undefined) throw error;
        return { errors };
      }
    },
    close: () => bundler.dispose(),
  };
}

/** An input of the form `namespace:path` is not a file. */
function inputsOf({ inputs }: Metafile, folder: string): ReadonlySet<string> {
  const files = Object.keys(inputs).filter((input) => !/^[\w-]+:|node_modules/.test(input));
  return new Set(files.map((input) => resolve(folder, input)));
}

/** The errors that are printed in full. */
const MAX_ERRORS = 3;
/** Lines that fit on one screen, with the lines around them. */
const MAX_LINES = 20;

/**
 * The errors of the bundler, each with its place in the sources, on one screen.
 * @param width of the terminal, in columns
 */
export async function formatErrors(
  errors: readonly Message[],
  { color, width }: { readonly color: boolean; readonly width: number },
): Promise<string> {
  const formatted = await formatMessages(errors.slice(0, MAX_ERRORS), {
    kind: 'error',
    color,
    terminalWidth: width,
  });
  return onOneScreen(formatted, errors.length);
}

/**
 * The first errors, on one screen, and the number of the others.
 * @param errors each of one line or more
 * @param total the number of all errors
 */
export function onOneScreen(errors: readonly string[], total = errors.length): string {
  const lines = errors
    .slice(0, MAX_ERRORS)
    .map((error) => (error.endsWith('\n') ? error : `${error}\n`))
    .join('')
    .trimEnd()
    .split('\n');
  const more = total - MAX_ERRORS;
  return [
    ...lines.slice(0, MAX_LINES),
    ...(lines.length > MAX_LINES ? ['  …'] : []),
    ...(more > 0 ? [`${more} more ${more === 1 ? 'error' : 'errors'}.`] : []),
  ].join('\n');
}
