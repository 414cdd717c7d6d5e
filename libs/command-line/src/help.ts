import type { Command, Option, Options } from './command.ts';

/** What `--help` is made of. */
export type Helped = Pick<
  Command<Options>,
  'summary' | 'options' | 'version' | 'argument' | 'examples' | 'exitCodes' | 'page'
>;

/** Columns of the names of options: a longer one does not move all descriptions. */
const WIDEST_NAME = 26;

/** A command with options, as the user types it. npm passes on only options after `--`. */
export function withOptions(call: string, options: string): string {
  return `${call}${call.startsWith('npm ') ? ' --' : ''} ${options}`;
}

/** An option, as the user types it. @example labelOf('port', { type: 'string', value: 'N', description: '' }) // '--port N' */
export function labelOf(name: string, { value, optional }: Option): string {
  return `--${name}${value === undefined ? '' : optional ? `[=${value}]` : ` ${value}`}`;
}

/** The arguments of a command, as the user types them. */
export function argumentsOf({ argument }: Pick<Helped, 'argument'>): string {
  return `${argument === undefined ? '' : `${argument.name} `}[options]`;
}

/** The exit codes in one line. @example exitCodesOf({ 0: 'allowed', 1: 'denied' }) // '0 allowed; 1 denied' */
export function exitCodesOf(codes: NonNullable<Helped['exitCodes']>): string {
  return Object.entries(codes)
    .map(([code, meaning]) => `${code} ${meaning}`)
    .join('; ');
}

/**
 * What `--help` prints: one sentence, usage, options, examples, exit codes, and where the rest is.
 * @param call the user's words, e.g. `npm run explain`
 * @param width columns of the terminal
 */
export function renderHelp(call: string, command: Helped, width: number): string {
  const { summary, options, version, argument, examples = [], exitCodes, page } = command;
  const rows: (readonly [label: string, description: string])[] = [
    ...(argument === undefined ? [] : [[argument.name, argument.description] as const]),
    ...Object.entries<Option>(options).map(
      ([name, option]) => [labelOf(name, option), described(option)] as const,
    ),
    ...(version === undefined ? [] : [['--version', 'Prints the version'] as const]),
    ['-h, --help', 'Shows this'],
  ];
  const column = 4 + Math.max(...rows.map(([label]) => label.length).filter((size) => size <= WIDEST_NAME));
  const parts = [
    fill(summary, width, 0),
    [`Usage: ${withOptions(call, argumentsOf(command))}`],
    rows.flatMap(([label, description]) => fill(description, width, column, `  ${label}  `.padEnd(column))),
    examples.length === 0
      ? []
      : ['Examples:', ...examples.flatMap((each) => exampleLines(call, each, width))],
    exitCodes === undefined ? [] : fill(exitCodesOf(exitCodes), width, 11, 'Exit code: '),
    page === undefined ? [] : [`The rest: ${page}`],
  ];
  return `${parts
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The description of an option, with its default. */
function described({ description, default: otherwise }: Option): string {
  return otherwise === undefined ? description : `${description} (default ${otherwise})`;
}

/** An example that a shell takes as it is: the meaning is a comment, and a long command goes on after `\`. */
function exampleLines(
  call: string,
  [options, meaning]: readonly [options: string, meaning: string],
  width: number,
): readonly string[] {
  const words = options === '' ? call : withOptions(call, options);
  const line = `  ${words}  # ${meaning}`;
  if (line.length <= width) return [line];
  const command = words.split(/ (?=--\w)/).reduce<string[]>((lines, part) => {
    const last = lines.at(-1);
    // Room for the backslash.
    if (last !== undefined && last.length + part.length + 3 <= width)
      lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(`${last === undefined ? '  ' : '    '}${part}`);
    return lines;
  }, []);
  return [
    ...fill(meaning, width, 4, '  # ').map((text) => text.replace(/^ {4}/, '  # ')),
    command.join(' \\\n'),
  ];
}

/** Breaks text between words. The first line begins with `first`, the others with `indent` spaces. A word keeps all of its letters. */
function fill(text: string, width: number, indent: number, first = ' '.repeat(indent)): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(indent);
      isEmpty = true;
    }
    line += `${isEmpty ? '' : ' '}${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
