import {
  type Command,
  type Options,
  runCommand as runNamedCommand,
  UsageError,
} from '../../libs/local-aws/src/cli/command-line.ts';

export {
  type Option,
  type OptionValues,
  readNumber,
  UsageError,
} from '../../libs/local-aws/src/cli/command-line.ts';

/**
 * Runs a command of this project.
 * @param command what `npm run` calls it
 * @param summary one sentence for `--help`
 * @param options beside `--help`, which every command has
 * @param main does the work and returns the exit code
 */
export async function runCommand<const Known extends Options>(
  command: string,
  summary: string,
  options: Known,
  main: Command<Known>['main'],
): Promise<void> {
  const call = command === 'start' ? 'npm start' : `npm run ${command}`;
  await runNamedCommand(call, { summary, options, main });
}

/** @throws UsageError if `--stage` has a value that cannot be the name of a stage */
export function checkStage(stage: string | undefined): void {
  if (stage === undefined || /^[a-z][a-z0-9-]{0,31}$/i.test(stage)) return;
  throw new UsageError(
    `--stage ${stage}: a stage begins with a letter and has at most 32 letters, digits and hyphens.`,
  );
}
