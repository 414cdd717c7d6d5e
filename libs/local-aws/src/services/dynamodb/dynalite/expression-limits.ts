import { isObject } from '../../../core/is-object.ts';
import {
  type CheckedInput,
  isNode,
  type Node,
  type Operand,
  type Path,
  type UpdateSection,
} from './dynalite.ts';
import { validationException } from './table-checks.ts';

/*
 * The limits of expressions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
 * The words are AWS's: https://github.com/nubo-db/dynamodb-conformance (expressionSize, run on AWS),
 * https://github.com/pynamodb/PynamoDB/issues/979 and https://github.com/aws/aws-sdk-java-v2/issues/4597 (size),
 * https://github.com/aws/aws-sdk-js/issues/3721 (operators).
 */

/** The most bytes of an expression, before names and values are put in. */
export const MAX_EXPRESSION_BYTES = 4_096;

/** The most operators and functions of an expression. */
const MAX_OPERATORS = 300;

/** The most operands of `IN`, which is one operator. */
const MAX_OPERANDS = 100;

/** The most names and indices of a path. */
const MAX_PATH_LEVELS = 32;

/** The most bytes of all names and values of a request. */
const MAX_SUBSTITUTED_BYTES = 2 * 1024 * 1024;

/** The members with expressions, and those of dynalite with what it parsed. */
const PARSED = {
  ConditionExpression: '_condition',
  FilterExpression: '_filter',
  KeyConditionExpression: '_keyCondition',
  ProjectionExpression: '_projection',
  UpdateExpression: '_updates',
} as const;

type Kind = keyof typeof PARSED;

const KINDS = Object.keys(PARSED) as Kind[];

/** Refuses expressions that DynamoDB does not read, and those that are too deep for dynalite's parser. @throws AwsError */
export function checkExpressionTexts(operation: string, input: object): void {
  for (const part of partsOf(input)) {
    for (const kind of KINDS) {
      const text = part[kind];
      if (typeof text !== 'string') continue;
      const bytes = Buffer.byteLength(text);
      // Only the messages of reads have the size.
      const size = isRead(operation) ? ` expression size: ${bytes}` : '';
      if (bytes > MAX_EXPRESSION_BYTES) {
        throw refused(operation, kind, `Expression size has exceeded the maximum allowed size;${size}`);
      }
      const reason = tooDeep(text);
      if (reason !== undefined) throw refused(operation, kind, reason);
    }
    const { ExpressionAttributeNames, ExpressionAttributeValues } = part;
    const substituted = textBytes(ExpressionAttributeNames) + textBytes(ExpressionAttributeValues);
    if (substituted > MAX_SUBSTITUTED_BYTES) {
      throw validationException('ExpressionAttributeValues exceeds max size');
    }
  }
}

/** Refuses parsed expressions with too many operators, operands or levels of a path. @throws AwsError */
export function checkParsedExpressions(operation: string, input: CheckedInput): void {
  for (const kind of KINDS) {
    const { nodes, paths } = partsOfParsed(input[PARSED[kind]]);
    if (nodes.length > MAX_OPERATORS) throw refused(operation, kind, TOO_MANY);
    const wide = nodes.find(({ type, args }) => type === 'in' && args.length - 1 > MAX_OPERANDS);
    if (wide !== undefined) {
      const reason = 'The IN operator is provided with too many operands; number of operands:';
      throw refused(operation, kind, `${reason} ${wide.args.length - 1}`);
    }
    const long = paths.find(({ length }) => length > MAX_PATH_LEVELS);
    if (long !== undefined) {
      const reason = 'The document path has too many nesting levels; nesting levels:';
      throw refused(operation, kind, `${reason} ${long.length}`);
    }
  }
}

/** DynamoDB stops counting there. */
const TOO_MANY = `The expression contains too many operators; operator count: ${MAX_OPERATORS + 1}`;

function isRead(operation: string): boolean {
  return /^(Get|BatchGet|Query|Scan)/.test(operation);
}

function refused(operation: string, kind: Kind, reason: string) {
  return validationException(
    `${isRead(operation) ? '' : '1 validation error detected: '}Invalid ${kind}: ${reason}`,
  );
}

/** The input, and its parts about single tables. */
function partsOf(input: object): Readonly<Record<string, unknown>>[] {
  const { RequestItems }: { readonly RequestItems?: unknown } = input;
  return [{ ...input }, ...(isObject(RequestItems) ? Object.values(RequestItems).filter(isObject) : [])];
}

/** The bytes of all texts within a value: names, and the contents of values. */
function textBytes(value: unknown): number {
  let bytes = 0;
  const pending = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === 'string') bytes += Buffer.byteLength(next);
    else if (typeof next === 'object' && next !== null) pending.push(...Object.values(next));
  }
  return bytes;
}

/** What dynalite parsed of an expression of any kind. */
interface Parsed {
  readonly expression?: Operand;
  readonly sections?: readonly UpdateSection[];
  readonly paths?: readonly Path[];
}

/** The operators and functions of an expression, and its paths. */
function partsOfParsed(parsed: unknown): { readonly nodes: Node[]; readonly paths: Path[] } {
  const { expression, sections = [], paths: projected = [] }: Parsed = isObject(parsed) ? parsed : {};
  const nodes: Node[] = [];
  const paths: Path[] = [...projected, ...sections.map(({ path }) => path)];
  const pending = [expression, ...sections.map(({ val }) => val)].filter((one) => one !== undefined);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (Array.isArray(next)) paths.push(next);
    if (!isNode(next)) continue;
    nodes.push(next);
    pending.push(...next.args);
  }
  return { nodes, paths };
}

const FUNCTIONS =
  /^(attribute_exists|attribute_not_exists|attribute_type|begins_with|contains|size|if_not_exists|list_append|and|or|not|in|between)$/i;

/**
 * Why an expression with more than 300 levels of parentheses is invalid: each level that is not redundant has an operator or a
 * function of its own. dynalite's parser would need more stack than there is.
 * @returns `undefined` for an expression with fewer levels
 */
function tooDeep(text: string): string | undefined {
  let level = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '(') level += 1;
    if (character === ')') level -= 1;
    deepest = Math.max(deepest, level);
  }
  if (deepest <= MAX_OPERATORS) return undefined;
  if (level !== 0) return `Syntax error; token: "${level > 0 ? '<EOF>' : ')'}", near: "${text.slice(-2)}"`;
  const called = [...text.matchAll(/([A-Za-z_]\w*)\s*\(/g)].map(([, name = '']) => name);
  const unknown = called.find((name) => !FUNCTIONS.test(name));
  if (unknown !== undefined) return `Invalid function name; function: ${unknown}`;
  const words = text.match(/\b(?:and|or|not|in|between)\b|[<>]=?|=|[+-]/gi) ?? [];
  const functions = called.filter((name) => !/^(and|or|not|in|between)$/i.test(name));
  return words.length + functions.length > MAX_OPERATORS
    ? TOO_MANY
    : 'The expression has redundant parentheses;';
}
