import {
  type Command,
  nearest,
  type Options,
  packageFile,
  packageVersion,
  runCommand,
  UsageError,
} from '@cross-account-api/command-line';
import { callOf } from './call-of.ts';
import { commands } from './commands.ts';

const width = Math.max(...Object.keys(commands).map(({ length }) => length));

const help = `Tools for calls from one AWS account to an IAM-authorized API of another.

Usage: node_modules/.bin/cross-account <command> [options]

${Object.entries(commands)
  .map(([name, { purpose }]) => `  ${name.padEnd(width)}  ${purpose}`)
  .join('\n')}

node_modules/.bin/cross-account <command> --help lists the options of a command, and --version prints the version.
`;

/**
 * Runs `cross-account`, the program of this package.
 * @param args the arguments of the command line
 */
export async function run([first = '--help', ...rest]: readonly string[]): Promise<void> {
  // `help explain` is `explain --help`.
  const [name = '--help', ...args] = first === 'help' ? [rest[0] ?? '--help', '--help'] : [first, ...rest];
  if (['--help', '-h'].includes(name)) {
    process.stdout.write(help);
    return;
  }
  const version = packageVersion(import.meta.dirname);
  if (name === '--version') {
    process.stdout.write(`${version}\n`);
    return;
  }
  if (!isCommand(name)) {
    const meant = nearest(name, Object.keys(commands));
    process.stderr.write(
      `cross-account has no command "${name}".${meant === undefined ? '' : ` Did you mean "${meant}"?`} node_modules/.bin/cross-account --help lists the commands.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const command = await load(name);
  if (command instanceof UsageError) {
    process.stderr.write(`${command.message}\n`);
    process.exitCode = 2;
    return;
  }
  const page = `${packageFile(import.meta.dirname, 'COMMANDS.md')}#${name}`;
  await runCommand(callOf(name), { ...command, version, page }, args);
}

/** Loads a command. A package that is not installed is named, also if the command loads it later. @returns the reason if it cannot */
async function load(name: keyof typeof commands): Promise<Command<Options> | UsageError> {
  try {
    // Each command has other options. Its own main reads them.
    const command = (await commands[name].load()) as unknown as Command<Options>;
    return {
      ...command,
      main: (values, argument) =>
        command.main(values, argument).catch((error: unknown) => {
          throw missingPackage(name, error) ?? error;
        }),
    };
  } catch (error) {
    const missing = missingPackage(name, error);
    if (missing === undefined) throw error;
    return missing;
  }
}

/** The reason why a command cannot run, if it is a package that this one only needs for some commands. */
function missingPackage(name: string, error: unknown): UsageError | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) return undefined;
  const [, missing] = /^Cannot find package '([^']+)'/.exec(error.message) ?? [];
  if (missing === undefined) return undefined;
  const own = missing.startsWith('@cross-account-api/') ? ' from where this package came from' : '';
  return new UsageError(
    `"${name}" with these options needs the package ${missing}, which is not installed. Install it${own}. "explain" and "verify" of a call of any API need no further package.`,
  );
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name);
}
