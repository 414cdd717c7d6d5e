import { parseSync } from '@swc/core';

/** A command that a text tells somebody to type. */
export interface TypedCommand {
  /** As it stands in the text, with `<…>` for what is known only when it is printed. */
  readonly text: string;
  readonly program: string;
  /** The words before the first option. */
  readonly words: readonly string[];
  /** Names without dashes, with the values that follow. An option without a value has none. */
  readonly options: ReadonlyMap<string, string | undefined>;
  /** The options after `--`, which npm passes on. */
  readonly passedOn: ReadonlyMap<string, string | undefined>;
}

/** The programs that texts name, also the AWS CLI whose profile is known only later: `<…> iam get-role --…`. `npx` and `npm run` are left out: what they run is the program. */
const PROGRAMS =
  /(?<![\w./@-])(aws(?= [a-z])|<…>(?= [a-z0-9]+ [a-z]+-[a-z-]+ --)|npm (?:run|start|test)|npx [\w@.-]+|sls(?= [a-z<])|node_modules\/\.bin\/[\w-]+|kubectl|keytool)(?![\w=:@/])/g;

/** A node of a parsed program, as far as strings need it. */
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly operator?: string;
  readonly left?: Node;
  readonly right?: Node;
  readonly expressions?: readonly Node[];
  readonly quasis?: readonly { readonly cooked?: string; readonly raw: string }[];
}

/**
 * The strings of a program, with `<…>` for what is computed. Parts that `+` joins are one.
 * @param source TypeScript
 * @param tsx whether it may have elements of JSX
 */
export function stringsIn(source: string, tsx: boolean): string[] {
  const found: string[] = [];
  const textOf = (node: Node): string | undefined => {
    if (node.type === 'StringLiteral') return String(node.value);
    if (node.type === 'TemplateLiteral') {
      return node.quasis?.map(({ cooked, raw }) => cooked ?? raw).join('<…>');
    }
    if (node.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
    const parts = [node.left, node.right].map((part) => part && textOf(part));
    return parts.every((part) => part === undefined)
      ? undefined
      : parts.map((part) => part ?? '<…>').join('');
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      const text = textOf(value);
      if (text !== undefined) found.push(text);
      if (text === undefined) Object.values(value).forEach(visit);
      // What a template computes may have further strings.
      else visit((value as Node).expressions);
    }
  };
  visit(parseSync(source, { syntax: 'typescript', target: 'es2024', tsx }).body);
  return found;
}

/** The commands in a text: each begins with a program, and ends with its options, or with its words. */
export function commandsIn(text: string): TypedCommand[] {
  return [...text.matchAll(PROGRAMS)].map(({ 0: shown, index }) => {
    const program = PLAIN[shown] ?? shown.replace(/^np[mx] /, '');
    return { ...readRest(shown, program, text.slice(index + shown.length)), program };
  });
}

const PLAIN: Readonly<Record<string, string>> = { '<…>': 'aws' };

/** A word of a command line: quoted, or without blanks outside of a placeholder. */
const WORD = /^ +(?:\\\n *)?("(?:[^"\\]|\\.)*"|'[^']*'|(?:<[^>]*>|[^\s"'`()])+)/;

function readRest(shown: string, program: string, text: string): Omit<TypedCommand, 'program'> {
  let rest = text;
  const read: string[] = [shown];
  const words: string[] = [];
  const options = new Map<string, string | undefined>();
  const passedOn = new Map<string, string | undefined>();
  let target = options;
  let valued: string | undefined;
  for (let match = WORD.exec(rest); match !== null; match = WORD.exec(rest)) {
    const [, given = ''] = match;
    // A sentence goes on, or ends, behind the command.
    const word = given.replace(/(?<!\.)[.,;:]$/, '');
    if (word === '--') target = passedOn;
    else if (/^--?[A-Za-z]/.test(word)) {
      const [name = '', value] = word.replace(/^--?/, '').split(/=(.*)/s);
      target.set(name, value);
      valued = value === undefined && !FLAGS.has(name) ? name : undefined;
    } else if (valued !== undefined) {
      target.set(valued, word);
      valued = undefined;
    } else if (
      words.length < wordsOf(program, words, options.size) &&
      target === options &&
      SUBCOMMAND.test(word)
    ) {
      words.push(word);
    } else break;
    read.push(word);
    rest = rest.slice(match[0].length);
    if (word !== given) break;
  }
  return { text: read.join(' '), words, options, passedOn };
}

/** The most words that a command of this program has. */
function wordsOf(program: string, words: readonly string[], options: number): number {
  if (program === 'kubectl') return 2;
  if (options > 0 && program !== 'run') return 0;
  if (program === 'aws') return words[1] === 'wait' ? 3 : 2;
  return { sls: 2, cdk: 2, keytool: 0, start: 0, test: 0 }[program] ?? 1;
}

const SUBCOMMAND = /^[\w<:/.…-]/;

/** Options that take no value, after which a sentence may go on. */
const FLAGS = new Set(['silent', 'help', 'verbose', 'yes', 'i', 'invoked-via-function-url']);
