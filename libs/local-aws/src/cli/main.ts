#!/usr/bin/env node
import type { Command, Options } from '@cross-account-api/command-line';
import type { CommandName } from '../core/command-name.ts';

const OLDEST_NODE = 22;

const help = `AWS on this machine: accounts that enforce signatures and policies as AWS does.

Usage: node_modules/.bin/local-aws <command> [options]

  start    runs local AWS in the foreground
  explain  says why a request was refused, and which change would allow it
  faults   shows, sets and clears the faults that local AWS injects
  types    lists the resource types and properties that templates can have

node_modules/.bin/local-aws <command> --help lists the options of a command, and --version prints the version.
`;

/** Commands are loaded when they are needed, and when Node can run them. */
async function main([first = '--help', ...rest]: readonly string[]): Promise<void> {
  // `help start` is `start --help`.
  const [name = '--help', ...args] = first === 'help' ? [rest[0] ?? '--help', '--help'] : [first, ...rest];
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    return fail(`local-aws needs Node ${OLDEST_NODE} or later, and this is Node ${process.versions.node}.`);
  }
  switch (name) {
    case 'start':
      return run(name, (await import('../start/start.ts')).startCommand, args);
    case 'explain':
      return run(name, (await import('../explain/command.ts')).explainCommand, args);
    case 'faults':
      return run(name, (await import('./faults.ts')).faultsCommand, args);
    case 'types':
      return run(name, (await import('./types.ts')).typesCommand, args);
    case '--version':
      process.stdout.write(`${await ownVersion()}\n`);
      return;
    case '--help':
    case '-h':
      process.stdout.write(help);
      return;
    default:
      return fail(
        `local-aws has no command "${name}".${await whatWasMeant(name)} node_modules/.bin/local-aws --help lists the commands.`,
      );
  }
}

async function whatWasMeant(name: string): Promise<string> {
  const { nearest } = await import('@cross-account-api/command-line');
  const meant = nearest(name, ['start', 'explain', 'faults', 'types']);
  return meant === undefined ? '' : ` Did you mean "${meant}"?`;
}

async function run<Known extends Options>(
  name: CommandName,
  command: Command<Known>,
  args: readonly string[],
): Promise<void> {
  const [{ packageFile, runCommand }, { commandName }] = await Promise.all([
    import('@cross-account-api/command-line'),
    import('../core/command-name.ts'),
  ]);
  const page = `${packageFile(import.meta.dirname, 'REFERENCE.md')}#${name}`;
  await runCommand(commandName(name), { ...command, version: await ownVersion(), page }, args);
}

async function ownVersion(): Promise<string> {
  const { packageVersion } = await import('@cross-account-api/command-line');
  return packageVersion(import.meta.dirname);
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

void main(process.argv.slice(2));
