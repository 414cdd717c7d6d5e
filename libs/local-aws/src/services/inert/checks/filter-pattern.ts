/**
 * Reads filter patterns of CloudWatch Logs: terms, `{ JSON }` and `[fields]`
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html). Where the documentation is silent, a pattern
 * passes.
 */

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html */
const MAX_LENGTH = 1_024;
const MAX_EXPRESSIONS = 2;
const MAX_WILDCARDS = 3;

class PatternProblem extends Error {}

/** What is wrong with a filter pattern, in AWS's words where they are known: a sentence without its full stop. */
export function filterPatternProblem(pattern: string): string | undefined {
  try {
    check(pattern.trim());
  } catch (error) {
    if (error instanceof PatternProblem) return error.message;
    throw error;
  }
  return undefined;
}

function check(pattern: string): void {
  if (pattern.length > MAX_LENGTH)
    throw new PatternProblem(`The filter pattern has more than ${MAX_LENGTH} characters`);
  const [first] = pattern;
  if (first !== '{' && first !== '[') {
    checkTerms(pattern);
    return;
  }
  const last = first === '{' ? '}' : ']';
  // As AWS says it: https://github.com/jorgebastida/awslogs/issues/210
  if (!pattern.endsWith(last)) {
    throw new PatternProblem(`If a filter pattern starts with '${first}' it must end with '${last}'`);
  }
  const inner = pattern.slice(1, -1);
  if (first === '{') new Conditions(inner, 'JSON').readAll();
  else checkFields(inner);
}

/** Characters that AWS was seen to refuse in a term without quotation marks. */
const REFUSED = /[:,()[\]{}\\`'"%\u2018-\u201f]/u;

function checkTerms(pattern: string): void {
  let rest = pattern;
  while (rest !== '') {
    const [term] = /^[?-]?\s*(?:"(?:[^"\\]|\\.)*"|%[^%]*%|[^\s"%]+)\s*/.exec(rest) ?? [];
    if (term === undefined) throw new PatternProblem(`The text after ${rest.charAt(0)} is not closed`);
    const text = term.trim().replace(/^[?-]\s*/, '');
    if (text.startsWith('%')) checkRegularExpression(text);
    else if (!text.startsWith('"')) checkWord(text);
    rest = rest.slice(term.length);
  }
}

function checkWord(word: string): void {
  const [wrong] = REFUSED.exec(word) ?? [];
  if (wrong === undefined) return;
  throw new PatternProblem(
    `Invalid character(s) in term '${wrong}'. A term that has other characters than letters, digits and _ needs quotation marks: "${word}"`,
  );
}

/** Checks the text between %: only some characters, and no parentheses. Their codes, such as \x28, do instead. */
function checkRegularExpression(text: string): void {
  const source = text.slice(1, -1);
  const [wrong] = /[^\w:#=@/;,\-^$?[\]{}|\\*+. \t]/u.exec(source) ?? [];
  if (wrong !== undefined) {
    throw new PatternProblem(
      `Invalid character(s) in term '${wrong}'. A regular expression cannot have it: write \\x and its code in two hexadecimal digits`,
    );
  }
  try {
    new RegExp(source);
  } catch {
    throw new PatternProblem(`Invalid regular expression ${text}`);
  }
}

/** The fields of a space-delimited pattern, which are separated by commas: a name, with or without conditions, or `...`. */
function checkFields(inner: string): void {
  const fields = inner.match(/(?:"(?:[^"\\]|\\.)*"|%[^%]*%|[^,"%])+|["%]/g) ?? [];
  const conditions = fields.map((field) => field.trim()).filter((field) => field !== '' && field !== '...');
  const expressions = conditions.reduce((sum, field) => sum + new Conditions(field, 'field').readAll(), 0);
  checkCount(expressions, MAX_EXPRESSIONS, 'regular expressions');
}

function checkCount(count: number, most: number, things: string): void {
  if (count > most)
    throw new PatternProblem(`The filter pattern has ${count} ${things}, and may have ${most}`);
}

const TOKEN =
  /\s*("(?:[^"\\]|\\.)*"|%[^%]*%|&&|\|\||!=|<=|>=|[=<>()]|\$(?:\.?\[(?:'[^']*'|"[^"]*"|\d+|\*)\]|\.[^\s=!<>()[\]&|"%,.{}]+)+|(?:[^\s=<>()&|"%,{}!]|!(?!=))+)/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Conditions that are joined by && and ||: those of a JSON pattern, or of one field. */
class Conditions {
  private readonly tokens: readonly string[];
  private readonly kind: 'JSON' | 'field';
  private position = 0;
  private expressions = 0;
  private wildcards = 0;

  constructor(text: string, kind: 'JSON' | 'field') {
    this.tokens = tokensOf(text);
    this.kind = kind;
  }

  /** @returns the number of regular expressions */
  readAll(): number {
    this.readAlternatives();
    if (this.next !== undefined) throw this.unexpected();
    checkCount(this.wildcards, MAX_WILDCARDS, 'wildcard selectors');
    checkCount(this.expressions, MAX_EXPRESSIONS, 'regular expressions');
    return this.expressions;
  }

  private get next(): string | undefined {
    return this.tokens[this.position];
  }

  private takeIf(...texts: readonly string[]): string | undefined {
    const found = texts.find((text) => text === this.next?.toUpperCase());
    if (found !== undefined) this.position += 1;
    return found;
  }

  private unexpected(): PatternProblem {
    const after = this.tokens[this.position - 1];
    return new PatternProblem(
      this.next === undefined
        ? `Invalid metric filter pattern: it ends${after === undefined ? '' : ` after ${after}`}, where more is expected`
        : `Invalid metric filter pattern: ${this.next} is not expected${after === undefined ? ' at its beginning' : ` after ${after}`}`,
    );
  }

  private readAlternatives(): void {
    do {
      if (this.takeIf('(') === undefined) this.readCondition();
      else {
        this.readAlternatives();
        if (this.takeIf(')') === undefined) throw this.unexpected();
      }
    } while (this.takeIf('&&', '||') !== undefined);
  }

  private readCondition(): void {
    const subject = this.next;
    const isSubject =
      subject !== undefined && (this.kind === 'JSON' ? /^\$[.[]./ : /^[^=<>()&|"%]/).test(subject);
    if (!isSubject) throw this.unexpected();
    this.position += 1;
    if (this.kind === 'JSON') this.countWildcards(subject);
    if (this.takeIf('IS') !== undefined) {
      if (this.takeIf('NULL', 'TRUE', 'FALSE') === undefined) throw this.unexpected();
    } else if (this.takeIf('NOT') !== undefined) {
      if (this.takeIf('EXISTS') === undefined) throw this.unexpected();
    } else {
      const operator = this.takeIf('=', '!=', '<', '>', '<=', '>=');
      if (operator !== undefined) this.readValue(operator);
      // A field may have a name only. A property has a condition.
      else if (this.kind === 'JSON') throw this.unexpected();
    }
  }

  private readValue(operator: string): void {
    const value = this.next;
    if (value === undefined || /^(?:&&|\|\||!=|<=|>=|[=<>()])$/.test(value)) throw this.unexpected();
    const isNumeric = /[<>]/.test(operator);
    if (isNumeric && !NUMBER.test(value) && !/^[\d.*]+$/.test(value)) {
      throw new PatternProblem(`Invalid metric filter pattern: ${operator} needs a number, and has ${value}`);
    }
    this.position += 1;
    if (value.startsWith('%')) {
      this.expressions += 1;
      checkRegularExpression(value);
    } else if (!value.startsWith('"') && /[\u2018-\u201f`\\]/u.test(value)) checkWord(value);
  }

  private countWildcards(selector: string): void {
    const count = selector.match(/\.\*|\[\*\]/g)?.length ?? 0;
    checkCount(count, 1, `wildcard selectors in ${selector}`);
    this.wildcards += count;
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  let position = 0;
  while (position < trimmed.length) {
    TOKEN.lastIndex = position;
    const [whole, token] = TOKEN.exec(trimmed) ?? [];
    if (whole === undefined || token === undefined) {
      const rest = trimmed.slice(position).trimStart();
      throw new PatternProblem(
        /^["%]/.test(rest)
          ? `Invalid metric filter pattern: the text after ${rest.charAt(0)} is not closed`
          : `Invalid character(s) in term '${rest.charAt(0)}'`,
      );
    }
    tokens.push(token);
    position += whole.length;
  }
  return tokens;
}
