import {
  type Command,
  type Options,
  packageVersion,
  runCommand as runNamedCommand,
} from '@cross-account-api/command-line';
import { projectRoot } from './project.ts';

export { readNumber, UsageError } from '@cross-account-api/command-line';

/**
 * Runs a command of this repository.
 * @param command its name in `npm run`
 * @param summary one sentence for `--help`
 * @param options in addition to `--help`, which every command has
 * @param main does the work and returns the exit code
 */
export async function runCommand<const Known extends Options>(
  command: string,
  summary: string,
  options: Known,
  main: Command<Known>['main'],
): Promise<void> {
  await runNamedCommand(`npm run ${command}`, {
    summary,
    options,
    version: packageVersion(projectRoot),
    main,
  });
}
