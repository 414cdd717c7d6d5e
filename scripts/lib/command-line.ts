import {
  type Command,
  type Options,
  packageVersion,
  runCommand as runNamedCommand,
} from '@cross-account-api/command-line';
import { projectRoot } from './project.ts';

export { readNumber, UsageError } from '@cross-account-api/command-line';

/** What a command says about itself, besides its options. */
type About = Pick<Command<Options>, 'summary' | 'examples' | 'exitCodes' | 'page'>;

/**
 * Runs a command of this repository.
 * @param command its name in `npm run`
 * @param about one sentence for `--help`, or that and more
 * @param options in addition to `--help`, which every command has
 * @param main does the work and returns the exit code
 */
export async function runCommand<const Known extends Options>(
  command: string,
  about: string | About,
  options: Known,
  main: Command<Known>['main'],
): Promise<void> {
  const { summary, examples, exitCodes, page }: About =
    typeof about === 'string' ? { summary: about } : about;
  await runNamedCommand(`npm run ${command}`, {
    summary,
    examples,
    exitCodes,
    page,
    options,
    version: packageVersion(projectRoot),
    main,
  });
}
