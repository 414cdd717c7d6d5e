import { parseArgs } from 'node:util';
import { StepFailed } from './steps.ts';

/** An option of a command. */
export interface Option {
  readonly type: 'boolean' | 'string';
  /** For `--help`. */
  readonly description: string;
  /** Name of the value in `--help`, e.g. `N`. */
  readonly value?: string;
  readonly multiple?: true;
}

/** The values of options, as a command gets them. */
export type OptionValues<Options extends Readonly<Record<string, Option>>> = {
  readonly [Name in keyof Options]?: Options[Name] extends { readonly multiple: true }
    ? readonly string[]
    : Options[Name]['type'] extends 'boolean'
      ? boolean
      : string;
};

/** The user's mistake: printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Runs a command: reads its options, prints `--help`, and turns errors into exit codes (2: usage; 1: failed).
 * @param command what `npm run` calls it
 * @param summary one sentence for `--help`
 * @param options beside `--help`, which every command has
 * @param main does the work and returns the exit code
 */
export async function runCommand<const Options extends Readonly<Record<string, Option>>>(
  command: string,
  summary: string,
  options: Options,
  main: (values: OptionValues<Options>) => Promise<number>,
): Promise<void> {
  // `npm run demo | head` closes the output early. The command still has to clean up.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    const values = readOptions(command, options);
    if (values === 'help') {
      process.stdout.write(usage(command, summary, options));
      return;
    }
    process.exitCode = await main(values);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 2;
    } else {
      const known = error instanceof StepFailed || (error instanceof Error && 'code' in error);
      process.stderr.write(`${known || !(error instanceof Error) ? messageOf(error) : error.stack}\n`);
      process.exitCode = 1;
    }
  }
}

/**
 * Reads a number; a whole one, unless the rule allows fractions.
 * @throws UsageError that names the option, the value and the rule
 */
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

/** @throws UsageError if `--stage` has a value that cannot be the name of a stage */
export function checkStage(stage: string | undefined): void {
  if (stage === undefined || /^[a-z][a-z0-9-]{0,31}$/i.test(stage)) return;
  throw new UsageError(
    `--stage ${stage}: a stage begins with a letter and has at most 32 letters, digits and hyphens.`,
  );
}

function readOptions<Options extends Readonly<Record<string, Option>>>(
  command: string,
  options: Options,
): OptionValues<Options> | 'help' {
  try {
    const { values } = parseArgs({
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
    return values.help === true ? 'help' : (values as OptionValues<Options>);
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\nnpm run ${command} -- --help lists the options.`);
  }
}

function usage(command: string, summary: string, options: Readonly<Record<string, Option>>): string {
  const rows = Object.entries({
    ...options,
    help: { type: 'boolean', description: 'Shows this' } as Option,
  }).map(([name, { value, description }]) => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    description,
  ]);
  const width = Math.max(...rows.map(([option = '']) => option.length));
  const lines = rows.map(([option = '', description = '']) => `  ${option.padEnd(width)}  ${description}`);
  return `${summary}\n\nUsage: npm run ${command} -- [options]\n\n${lines.join('\n')}\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
