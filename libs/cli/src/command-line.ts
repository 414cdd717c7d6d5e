import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Argument, type Command, type Options, UsageError } from '@cross-account-api/command-line';

export { type Option, type OptionValues, readNumber, UsageError } from '@cross-account-api/command-line';

/**
 * Makes a command.
 * @param summary one sentence for `--help`, or more
 * @param options in addition to `--help`, which every command has
 * @param main does the work and returns the exit code
 * @param argument the command's argument, if it takes one
 */
export function command<const Known extends Options>(
  summary: string,
  options: Known,
  main: Command<Known>['main'],
  argument?: Argument,
): Command<Known> {
  return { summary, options, argument, main };
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
