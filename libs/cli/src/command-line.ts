import { type Command, type Options, UsageError } from '@cross-account-api/local-aws/cli';

export {
  type Option,
  type OptionValues,
  readNumber,
  UsageError,
} from '@cross-account-api/local-aws/cli';

/**
 * Makes a command.
 * @param summary one sentence for `--help`, or more
 * @param options beside `--help`, which every command has
 * @param main does the work and returns the exit code
 */
export function command<const Known extends Options>(
  summary: string,
  options: Known,
  main: Command<Known>['main'],
): Command<Known> {
  return { summary, options, main };
}

/** @throws UsageError if `--stage` has a value that cannot be the name of a stage */
export function checkStage(stage: string | undefined): void {
  if (stage === undefined || /^[a-z][a-z0-9-]{0,31}$/i.test(stage)) return;
  throw new UsageError(
    `--stage ${stage}: a stage begins with a letter and has at most 32 letters, digits and hyphens.`,
  );
}
