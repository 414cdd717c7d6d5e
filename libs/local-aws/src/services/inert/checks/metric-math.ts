/**
 * Reads expressions of metric math. Functions and their arguments:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */

/** The least and the greatest number of arguments of each function. */
const functions: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['ABS', [1, 1]],
  ['ANOMALY_DETECTION_BAND', [1, 2]],
  ['AVG', [1, 1]],
  ['CEIL', [1, 1]],
  ['DATAPOINT_COUNT', [1, 1]],
  ['DATE', [1, 1]],
  ['DAY', [1, 1]],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-alarm-Performance-Insights.html
  ['DB_PERF_INSIGHTS', [3, 3]],
  ['DIFF', [1, 1]],
  ['DIFF_TIME', [1, 1]],
  ['EPOCH', [1, 1]],
  ['FILL', [2, 2]],
  ['FIRST', [1, 1]],
  ['FLOOR', [1, 1]],
  ['HOUR', [1, 1]],
  ['IF', [2, 3]],
  ['INSIGHT_RULE_METRIC', [2, 2]],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_MultiDataSources-Connect-Custom.html
  ['LAMBDA', [1, Number.POSITIVE_INFINITY]],
  ['LAST', [1, 1]],
  ['LOG', [1, 1]],
  ['LOG10', [1, 1]],
  ['MAX', [1, 1]],
  ['METRICS', [0, 1]],
  ['METRIC_COUNT', [1, 1]],
  ['MIN', [1, 1]],
  ['MINUTE', [1, 1]],
  ['MONTH', [1, 1]],
  ['PERIOD', [1, 1]],
  ['RATE', [1, 1]],
  ['REMOVE_EMPTY', [1, 1]],
  ['RUNNING_SUM', [1, 1]],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
  ['SEARCH', [2, 3]],
  ['SERVICE_QUOTA', [1, 1]],
  ['SLICE', [2, 3]],
  ['SORT', [3, 4]],
  ['STDDEV', [1, 1]],
  ['SUM', [1, 1]],
  ['TIME_SERIES', [1, 1]],
  ['YEAR', [1, 1]],
]);

/** The words that are arguments of one function, by its name. */
const words: ReadonlyMap<string, readonly string[]> = new Map([
  ['FILL', ['REPEAT', 'LINEAR']],
  ['SORT', ['AVG', 'MIN', 'MAX', 'SUM', 'ASC', 'DESC']],
]);

const OPERATORS = ['OR', '||', 'AND', '&&', '==', '!=', '<=', '>=', '<', '>', '+', '-', '*', '/', '^'];

/** The limit of `Expression` (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html). */
const MAX_LENGTH = 2_048;

/**
 * What is wrong with an expression of metric math, or with a query of Metrics Insights: a sentence without its full stop. What an
 * expression gives, a number or time series, is not judged: some examples of the documentation break its own rule.
 * @param isKnown whether the expression can refer to an ID
 */
export function expressionProblem(text: string, isKnown: (id: string) => boolean): string | undefined {
  if (text.length > MAX_LENGTH) return `it has more than ${MAX_LENGTH} characters`;
  if (/^\s*SELECT\b/i.test(text)) return queryProblem(text);
  try {
    new Reader(text, isKnown).read();
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message;
    throw error;
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html */
function queryProblem(text: string): string | undefined {
  const bare = text.replace(/"[^"]*"|'[^']*'/g, 'name');
  if (!/^\s*SELECT\s+[A-Z]+\s*\([^()]+\)\s+FROM\s+\S/i.test(bare)) {
    return 'a query of Metrics Insights begins with SELECT FUNCTION(metric) FROM namespace';
  }
  const isWhole = !/["']/.test(bare) && bare.split('(').length === bare.split(')').length;
  return isWhole ? undefined : 'a quotation mark or parenthesis is not closed';
}

class SyntaxProblem extends Error {}

interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'sign' | 'end';
  readonly text: string;
}

const PATTERNS = [
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['string', /"[^"]*"|'[^']*'/y],
  ['name', /[A-Za-z_]\w*/y],
  ['sign', /==|!=|<=|>=|&&|\|\||[-+*/^<>()[\],]/y],
] as const;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    while (/\s/.test(text.charAt(position))) position += 1;
    if (position >= text.length) return [...tokens, { kind: 'end', text: '' }];
    const token = tokenAt(text, position);
    if (token === undefined) {
      const rest = text.charAt(position);
      throw new SyntaxProblem(
        /["']/.test(rest) ? `the text after ${rest} is not closed` : `it has an unexpected ${rest}`,
      );
    }
    tokens.push(token);
    position += token.text.length;
  }
}

function tokenAt(text: string, position: number): Token | undefined {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, text: found };
  }
  return undefined;
}

class Reader {
  private readonly tokens: readonly Token[];
  private readonly isKnown: (id: string) => boolean;
  private position = 0;

  constructor(text: string, isKnown: (id: string) => boolean) {
    this.tokens = tokensOf(text);
    this.isKnown = isKnown;
  }

  read(): void {
    this.operation();
    if (this.next.kind !== 'end') throw this.unexpected();
  }

  private get next(): Token {
    return this.tokens[this.position] ?? { kind: 'end', text: '' };
  }

  private takeIf(text: string): boolean {
    if (this.next.text !== text) return false;
    this.position += 1;
    return true;
  }

  private expect(sign: string): void {
    if (this.takeIf(sign)) return;
    throw this.next.kind === 'end'
      ? new SyntaxProblem(`it ends where ${sign} is missing`)
      : this.unexpected(`, where ${sign} is missing`);
  }

  private unexpected(where = ''): SyntaxProblem {
    const { kind, text } = this.next;
    return new SyntaxProblem(kind === 'end' ? 'it ends too early' : `it has an unexpected ${text}${where}`);
  }

  /** Operands that are joined by operators. Which of them binds more changes nothing here. */
  private operation(): void {
    do this.operand();
    while (OPERATORS.some((operator) => this.takeIf(operator)));
  }

  private operand(): void {
    while (this.takeIf('-') || this.takeIf('+'));
    const { kind, text } = this.next;
    if (kind === 'number') this.position += 1;
    else if (this.takeIf('(')) {
      this.operation();
      this.expect(')');
    } else if (this.takeIf('[')) this.list('', ']');
    else if (kind === 'name') this.name(text);
    else throw this.unexpected();
  }

  private name(text: string): void {
    this.position += 1;
    if (this.next.text === '(') {
      this.call(text);
      return;
    }
    if (this.isKnown(text)) return;
    throw new SyntaxProblem(
      functions.has(text)
        ? `the function ${text} has no arguments`
        : `no other metric or expression has the Id ${text}`,
    );
  }

  private call(name: string): void {
    const [least, most] = functions.get(name) ?? [];
    if (least === undefined || most === undefined) {
      const capitals = name.toUpperCase();
      const instead = functions.has(capitals) ? `: write ${capitals}` : '';
      throw new SyntaxProblem(`metric math has no function ${name}${instead}`);
    }
    this.expect('(');
    const count = this.takeIf(')') ? 0 : this.list(name, ')');
    if (count >= least && count <= most) return;
    const expected =
      least === most ? least : most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
    throw new SyntaxProblem(
      `${name} takes ${expected} ${expected === 1 ? 'argument' : 'arguments'}, and has ${count}`,
    );
  }

  /** @returns the number of items */
  private list(name: string, end: string): number {
    let count = 0;
    do {
      this.argument(name);
      count += 1;
    } while (this.takeIf(','));
    this.expect(end);
    return count;
  }

  private argument(name: string): void {
    const { kind, text } = this.next;
    const isAlone = /^[,)\]]$/.test(this.tokens[this.position + 1]?.text ?? '');
    if (isAlone && (kind === 'string' || words.get(name)?.includes(text))) this.position += 1;
    else this.operation();
  }
}
