import { parseArgs } from 'node:util';

/** An option of a command. */
export interface Option {
  readonly type: 'boolean' | 'string';
  readonly description: string;
  /** The value in `--help`, e.g. `N`. */
  readonly value?: string;
  readonly multiple?: true;
}

/** The options of a command, by name. */
export type Options = Readonly<Record<string, Option>>;

/** The values of options. */
export type OptionValues<Known extends Options> = {
  readonly [Name in keyof Known]?: Known[Name] extends { readonly multiple: true }
    ? readonly string[]
    : Known[Name]['type'] extends 'boolean'
      ? boolean
      : string;
};

/** A command: what it takes, and what it does. */
export interface Command<Known extends Options> {
  readonly summary: string;
  readonly options: Known;
  /** Returns the exit code. */
  main(values: OptionValues<Known>): Promise<number>;
}

/** The user's mistake: printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs a command: exit code 2 for a usage error, 1 if it failed. @param call what the user types for it, e.g. `npm run explain` */
export async function runCommand<const Known extends Options>(
  call: string,
  { summary, options, main }: Command<Known>,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  // `npm run demo | head` closes the output early. The command still has to clean up.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    const values = readOptions(call, options, args);
    if (values === 'help') {
      process.stdout.write(usage(call, summary, options));
      return;
    }
    process.exitCode = await main(values);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** Reads a number. @throws UsageError that names the option, the value and the rule */
export function readNumber(
  name: string,
  value: string | undefined,
  rule: {
    readonly default: number;
    readonly min: number;
    readonly max: number;
    readonly fractions?: true;
  },
): number {
  if (value === undefined) return rule.default;
  const number = Number(value);
  const isOfKind = rule.fractions === true ? Number.isFinite(number) : Number.isInteger(number);
  if (!isOfKind || value.trim() === '' || number < rule.min || number > rule.max) {
    const kind = rule.fractions === true ? 'number' : 'whole number';
    throw new UsageError(`--${name} ${value}: must be a ${kind} from ${rule.min} to ${rule.max}.`);
  }
  return number;
}

/** A command with options, as the user types it: npm takes options for itself up to `--`. */
export function withOptions(call: string, options: string): string {
  return `${call}${call.startsWith('npm ') ? ' --' : ''} ${options}`;
}

function readOptions<Known extends Options>(
  call: string,
  options: Known,
  args: readonly string[],
): OptionValues<Known> | 'help' {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(
          Object.entries(options).map(([name, { type, multiple }]) => [
            name,
            { type, multiple: multiple === true },
          ]),
        ),
        help: { type: 'boolean', short: 'h' },
      },
      strict: true,
    });
    return values.help === true ? 'help' : (values as OptionValues<Known>);
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n${withOptions(call, '--help')} lists the options.`);
  }
}

function usage(call: string, summary: string, options: Options): string {
  const rows = Object.entries({
    ...options,
    help: { type: 'boolean', description: 'Shows this' } as Option,
  }).map(([name, { value, description }]) => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    description,
  ]);
  const width = Math.max(...rows.map(([option = '']) => option.length));
  const lines = rows.map(([option = '', description = '']) => `  ${option.padEnd(width)}  ${description}`);
  return `${summary}\n\nUsage: ${withOptions(call, '[options]')}\n\n${lines.join('\n')}\n`;
}

/** An error with a code is worded for the user. Any other is a defect, and comes with its stack. */
function explain(error: unknown): string {
  const isForUser = !(error instanceof Error) || error instanceof UsageError || 'code' in error;
  return isForUser ? messageOf(error) : (error.stack ?? error.message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
