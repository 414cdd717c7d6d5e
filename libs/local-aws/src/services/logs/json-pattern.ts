import { invalidPattern } from './invalid-pattern.ts';

type Matcher = (document: unknown) => boolean;

/**
 * Compiles a JSON filter pattern: comparisons (`= != < > <= >=`, `IS TRUE`, `IS FALSE`, `IS NULL`, `NOT EXISTS`) of
 * properties (`$.a.b[0]['c']`) with numbers and strings (in which `*` stands for any text), joined by `&&`, `||` and
 * parentheses.
 * @throws AwsError `InvalidParameterException`
 */
export function compileJsonPattern(pattern: string): (message: string) => boolean {
  const matches = new Parser(tokensOf(pattern)).pattern();
  return (message) => {
    let document: unknown;
    try {
      document = JSON.parse(message);
    } catch {
      return false;
    }
    return typeof document === 'object' && document !== null && matches(document);
  };
}

const token =
  /\s*(?:(\$(?:\.[\p{L}\p{N}_@-]+|\[\d{1,9}\]|\['[^']*'\]|\["[^"]*"\])+)|("(?:[^"\\]|\\.)*")|(&&|\|\||!=|<=|>=|[{}()=<>])|([^\s{}()=<>!&|"]+))/uy;

function tokensOf(pattern: string): readonly string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < pattern.length) {
    const start = token.lastIndex;
    const match = token.exec(pattern);
    if (match === null)
      throw invalidPattern(`Invalid character(s) at '${pattern.slice(start, start + 20)}'.`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

/** A pattern is at most 1024 characters long, so that its nesting is bounded too. */
class Parser {
  readonly #tokens: readonly string[];
  #position = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  pattern(): Matcher {
    this.#expect('{');
    const matches = this.#either();
    this.#expect('}');
    if (this.#position < this.#tokens.length) throw invalidPattern('there is more after the closing brace.');
    return matches;
  }

  #either(): Matcher {
    const alternatives = [this.#both()];
    while (this.#takes('||')) alternatives.push(this.#both());
    return (document) => alternatives.some((matches) => matches(document));
  }

  #both(): Matcher {
    const conditions = [this.#condition()];
    while (this.#takes('&&')) conditions.push(this.#condition());
    return (document) => conditions.every((matches) => matches(document));
  }

  #condition(): Matcher {
    if (this.#takes('(')) {
      const matches = this.#either();
      this.#expect(')');
      return matches;
    }
    const path = pathOf(this.#next('a property ($.name)'));
    const operator = this.#next('an operator').toUpperCase();
    if (operator === 'IS') return this.#is(path);
    if (operator === 'NOT') {
      this.#expectWord('EXISTS');
      return (document) => valueAt(document, path) === undefined;
    }
    const compare = comparisons.get(operator);
    if (compare === undefined) throw invalidPattern(`${operator} is not an operator.`);
    const test = compare(this.#next('a value'));
    return (document) => test(valueAt(document, path));
  }

  #is(path: readonly string[]): Matcher {
    const word = this.#next('TRUE, FALSE or NULL').toUpperCase();
    const wanted = constants.get(word);
    if (wanted === undefined) throw invalidPattern(`IS ${word}: only TRUE, FALSE and NULL can follow IS.`);
    return (document) => valueAt(document, path) === wanted;
  }

  #next(what: string): string {
    const next = this.#tokens[this.#position];
    if (next === undefined) throw invalidPattern(`it ends where ${what} must follow.`);
    this.#position += 1;
    return next;
  }

  #takes(wanted: string): boolean {
    const takes = this.#tokens[this.#position] === wanted;
    if (takes) this.#position += 1;
    return takes;
  }

  #expect(wanted: string): void {
    if (!this.#takes(wanted)) {
      throw invalidPattern(`${wanted} is expected in place of ${this.#tokens[this.#position] ?? 'its end'}.`);
    }
  }

  #expectWord(wanted: string): void {
    if (this.#next(wanted).toUpperCase() !== wanted) throw invalidPattern(`${wanted} is expected after NOT.`);
  }
}

const constants: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['TRUE', true],
  ['FALSE', false],
  ['NULL', null],
]);

type Comparison = (text: string) => (value: unknown) => boolean;

const comparisons: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['=', equals],
  [
    '!=',
    (text) => {
      const test = equals(text);
      // A property that is not there differs from nothing.
      return (value) => value !== undefined && !test(value);
    },
  ],
  ['<', numeric((value, limit) => value < limit)],
  ['>', numeric((value, limit) => value > limit)],
  ['<=', numeric((value, limit) => value <= limit)],
  ['>=', numeric((value, limit) => value >= limit)],
]);

function numeric(compare: (value: number, limit: number) => boolean): Comparison {
  return (text) => {
    const limit = numberOf(text);
    if (limit === undefined) throw invalidPattern(`${text} is not a number.`);
    return (value) => typeof value === 'number' && compare(value, limit);
  };
}

function equals(text: string): (value: unknown) => boolean {
  if (text.startsWith('%')) throw invalidPattern('local AWS does not support regular expressions in it.');
  const number = numberOf(text);
  const wanted = wildcard(text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text);
  return (value) =>
    typeof value === 'number'
      ? number === value || wanted(String(value))
      : (typeof value === 'string' || typeof value === 'boolean') && wanted(String(value));
}

/** Compares with a text in which `*` stands for any text, in linear time. */
function wildcard(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let position = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, position);
      if (found < 0) return false;
      position = found + piece.length;
    }
    return text.length - last.length >= position && text.endsWith(last);
  };
}

function numberOf(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function pathOf(selector: string): readonly string[] {
  if (!selector.startsWith('$')) throw invalidPattern(`a property begins with $, unlike ${selector}.`);
  return [...selector.matchAll(/\.([\p{L}\p{N}_@-]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/gu)].map(
    ([, name, index, single, double]) => name ?? index ?? single ?? double ?? '',
  );
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
