import {
  type Command,
  type Options,
  packageVersion,
  runCommand,
  UsageError,
} from '@cross-account-api/command-line';
import { callOf } from './call-of.ts';

/** The purpose and the module of each command, by name. A module is loaded when its command runs. */
const commands = {
  explain: {
    purpose: 'says why a call is refused, in which account, and which change allows it',
    load: async () => (await import('./commands/explain/command.ts')).explainCommand,
  },
  verify: {
    purpose: 'makes the call to a deployed API, and attacks that must fail',
    load: async () => (await import('./commands/verify/command.ts')).verifyCommand,
  },
  review: {
    purpose: 'finds what works and is weak: permissions, trust, and the settings of the stage',
    load: async () => (await import('./commands/review/command.ts')).reviewCommand,
  },
  repair: {
    purpose: 'puts back what somebody changed past CloudFormation',
    load: async () => (await import('./commands/repair/command.ts')).repairCommand,
  },
  check: {
    purpose: 'finds what keeps a stage from being deployed, before it is',
    load: async () => (await import('./commands/check/command.ts')).checkCommand,
  },
  call: {
    purpose: 'calls an operation of the contract as the caller function does',
    load: async () => (await import('./commands/call/command.ts')).callCommand,
  },
  handover: {
    purpose: 'writes what the team of another account needs to call the API',
    load: async () => (await import('./commands/handover/command.ts')).handoverCommand,
  },
  demo: {
    purpose: 'deploys both services to a local AWS, and shows the call',
    load: async () => (await import('./commands/demo/command.ts')).demoCommand,
  },
  start: {
    purpose: 'runs local AWS in the foreground, with both services deployed',
    load: async () => (await import('./commands/start/command.ts')).startCommand,
  },
  seed: {
    purpose: 'puts into local AWS what the services find there: the setting seed',
    load: async () => (await import('./commands/seed/command.ts')).seedCommand,
  },
  logs: {
    purpose: 'prints the log of one function',
    load: async () => (await import('./commands/logs/command.ts')).logsCommand,
  },
  'stack-trace': {
    purpose: 'replaces positions in a bundle by those in the sources',
    load: async () => (await import('./commands/stack-trace/command.ts')).stackTraceCommand,
  },
  outdated: {
    purpose: 'says which releases followed the packages in vendor/, and which mend a weakness',
    load: async () => (await import('./commands/outdated/command.ts')).outdatedCommand,
  },
  openapi: {
    purpose: 'writes the OpenAPI document of the contract',
    load: async () => (await import('./commands/openapi/command.ts')).openapiCommand,
  },
} as const;

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
export async function run([name = '--help', ...args]: readonly string[]): Promise<void> {
  if (['--help', '-h', 'help'].includes(name)) {
    process.stdout.write(help);
    return;
  }
  const version = packageVersion(import.meta.dirname);
  if (name === '--version') {
    process.stdout.write(`${version}\n`);
    return;
  }
  if (!isCommand(name)) {
    process.stderr.write(
      `cross-account has no command "${name}". node_modules/.bin/cross-account --help lists the commands.\n`,
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
  await runCommand(callOf(name), { ...command, version }, args);
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
