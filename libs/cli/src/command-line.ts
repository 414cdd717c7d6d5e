import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, type Options, UsageError } from '@cross-account-api/command-line';

export { type Option, type OptionValues, readNumber, UsageError } from '@cross-account-api/command-line';

/** What a command says about itself, besides its options. */
export type About = Pick<Command<Options>, 'summary' | 'argument' | 'examples' | 'exitCodes' | 'manual'>;

/**
 * Makes a command.
 * @param about its summary, and what else the help and the page say
 * @param options in addition to `--help`, which every command has
 * @param main does the work and returns the exit code
 */
export function command<const Known extends Options>(
  about: About,
  options: Known,
  main: Command<Known>['main'],
): Command<Known> {
  return { ...about, options, main };
}

/** @throws UsageError if `--stage` has a value that cannot be the name of a stage */
export function checkStage(stage: string | undefined): void {
  if (stage === undefined || /^[a-z][a-z0-9-]{0,31}$/i.test(stage)) return;
  throw new UsageError(
    `--stage ${stage}: a stage begins with a letter and has at most 32 letters, digits and hyphens.`,
  );
}

/**
 * Checks that a file can be written, before any work is done for it.
 * @param option the option that names the file, e.g. `html`
 * @throws UsageError that names the option, the file and the remedy
 */
export async function checkOutputFile(option: string, file: string): Promise<void> {
  const refuse = (problem: string) => new UsageError(`--${option} ${file}: ${problem}`);
  const codeOf = (error: unknown) => String((error as NodeJS.ErrnoException).code);
  const existing = await stat(file).catch((error: unknown) => codeOf(error));
  if (typeof existing === 'object' && existing.isDirectory()) throw refuse('is a folder. Name a file in it.');
  const folder = dirname(file);
  const written = existing === 'ENOENT' ? folder : file;
  await access(written, constants.W_OK).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT')
      throw refuse(`the folder ${folder} does not exist. Make it, or name another file.`);
    throw refuse(`cannot be written (${codeOf(error)}). Name a file that you may write.`);
  });
}
