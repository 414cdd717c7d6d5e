import { parseArgs, styleText } from 'node:util';
import type { Command, Options, OptionValues } from './command.ts';
import { renderHelp, withOptions } from './help.ts';
import { nearest } from './nearest.ts';
import type { Palette } from './text/text.ts';

/** A mistake of the user. It is printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads options and runs a command. Exit code 2: usage error; 1: failure. @param call the user's words, e.g. `npm run explain` */
export async function runCommand<const Known extends Options>(
  call: string,
  command: Command<Known>,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  // `npm run demo | head` closes the output early. The command still has to clean up.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    const read = readArguments(call, command, args);
    if (read === 'help' || read === 'version') {
      const text =
        read === 'help' ? renderHelp(call, command, process.stdout.columns ?? 80) : `${command.version}\n`;
      process.stdout.write(text);
      return;
    }
    process.exitCode = await command.main(read.values, read.argument);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** Reads a number, a whole one unless the rule allows fractions. @throws UsageError that names the option, the value and the rule */
export function readNumber(
  name: string,
  value: string | undefined,
  rule: { readonly default: number; readonly min: number; readonly max: number; readonly fractions?: true },
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

function readArguments<Known extends Options>(
  call: string,
  { options, version, argument }: Pick<Command<Known>, 'options' | 'version' | 'argument'>,
  args: readonly string[],
): { readonly values: OptionValues<Known>; readonly argument: string | undefined } | 'help' | 'version' {
  try {
    const known = Object.entries(options).map(
      ([name, { type, multiple = false }]) => [name, { type, multiple }] as const,
    );
    const help = { type: 'boolean', short: 'h' } as const;
    const given = args.map((arg, index) => {
      const option = arg.startsWith('--') ? options[arg.slice(2)] : undefined;
      if (option?.optional !== true) return arg;
      const next = args[index + 1];
      if (argument === undefined && next !== undefined && !next.startsWith('-'))
        throw new Error(`${arg} ${next}: write ${arg}=${next}.`);
      return `${arg}=`;
    });
    const { values, positionals } = parseArgs({
      args: given,
      options: {
        ...Object.fromEntries(known),
        ...(version !== undefined && { version: { type: 'boolean' } as const }),
        help,
      },
      allowPositionals: argument !== undefined,
    });
    if (values.help === true) return 'help';
    if (version !== undefined && values.version === true) return 'version';
    const [first, second] = positionals;
    if (second !== undefined) throw new Error(`${second}: give only one ${argument?.name}.`);
    return { values: values as OptionValues<Known>, argument: first };
  } catch (error) {
    const reason = reasonOf(error, call, [...Object.keys(options), 'help']);
    throw new UsageError(`${reason}\n${withOptions(call, '--help')} lists the options.`);
  }
}

/** What is wrong with the arguments, and what the user probably meant. */
function reasonOf(error: unknown, call: string, known: readonly string[]): string {
  const { code, message = String(error) } = error as { readonly code?: unknown; readonly message?: string };
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const [, option = ''] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
    const meant = nearest(option.replace(/^-+/, ''), known);
    return `Unknown option ${option}.${meant === undefined ? '' : ` Did you mean --${meant}?`}`;
  }
  // npm takes `--stage` of `npm run verify --stage dev` for itself.
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' && call.startsWith('npm '))
    return `${message}. npm passes on only options after "--": ${withOptions(call, '--…')}`;
  return message;
}

/** An error with a code has a message for the user. Any other error is a defect, and is shown with its stack. */
function explain(error: unknown): string {
  const isForUser = !(error instanceof Error) || error instanceof UsageError || 'code' in error;
  return isForUser ? messageOf(error) : (error.stack ?? error.message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The colours of commands. */
export interface TerminalPalette extends Palette {
  /** For what waits, or needs attention. */
  readonly warning: (text: string) => string;
  /** For an address to open, and for a step that is under way. */
  readonly link: (text: string) => string;
}

/** Colours for a terminal; plain text if the output is not a terminal or `NO_COLOR` is set. */
export const terminalPalette: TerminalPalette = {
  allowed: (text) => styleText('green', text),
  denied: (text) => styleText('red', text),
  strong: (text) => styleText('bold', text),
  faint: (text) => styleText('dim', text),
  warning: (text) => styleText('yellow', text),
  link: (text) => styleText('cyan', text),
};

/** Columns of the terminal; 80 if the output is a file or a pipe. */
export const terminalWidth = process.stdout.columns ?? 80;

/** The exit code of a command that Ctrl-C has ended, as in shells. */
export const INTERRUPTED = 130;

/** `npm run` passes on the signal, which the terminal has already sent to the command. */
const SAME_KEY_MS = 1_000;

/** Returns a signal that Ctrl-C aborts, and tells the user at once. A second Ctrl-C ends the command. */
export function listenForInterruption(): AbortSignal {
  const stop = new AbortController();
  let firstAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) {
        if (performance.now() - firstAt > SAME_KEY_MS) process.exit(INTERRUPTED);
        return;
      }
      firstAt = performance.now();
      process.stderr.write('\nEnding what was started. Ctrl-C again ends at once.\n');
      stop.abort();
    });
  }
  return stop.signal;
}
