import ipaddr from 'ipaddr.js';
import { splitArn } from '../arn.ts';
import { arnMatches, parseArnPattern } from './arn-pattern.ts';
import { parsePattern, patternMatches, resolveText } from './pattern.ts';
import type { RequestContext } from './request-context.ts';

/** Compares one value of the request with one value of the policy. */
type Comparison = (actual: string, context: RequestContext) => boolean;

/** Reads a value of the policy. Returns `undefined` if it does not have the operator's type. */
type Compile = (value: string, variables: boolean) => Comparison | undefined;

interface Operator {
  readonly compile: Compile;
  /** Whether it is a negation, such as `StringNotEquals`: it holds if the comparison does not. */
  readonly negated: boolean;
}

/** One key under one operator of a statement's `Condition`, ready to be evaluated many times. */
export interface Condition {
  /** The operator in the policy's spelling, e.g. `ForAnyValue:StringLike`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
  /** Whether `${key}` in a value is a variable. */
  readonly variables: boolean;
  holds(context: RequestContext): boolean;
}

/** Reads one key under one operator; `undefined` for an unknown operator, or a value of another type. */
export function compileCondition(
  operator: string,
  key: string,
  values: readonly string[],
  variables: boolean,
): Condition | undefined {
  const [, set, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?([a-z]+?)(IfExists)?$/i.exec(operator) ?? [];
  if (name.toLowerCase() === 'null') {
    if (set !== undefined || ifExists !== undefined) return undefined;
    return compileNull(operator, key, values);
  }
  const base = operators.get(name.toLowerCase());
  if (base === undefined) return undefined;
  const comparisons: Comparison[] = [];
  for (const value of values) {
    const comparison = base.compile(value, variables);
    if (comparison === undefined) return undefined;
    comparisons.push(comparison);
  }
  const qualifier = set?.toLowerCase();
  const holdsFor = (actual: string, context: RequestContext) =>
    comparisons.some((compare) => compare(actual, context)) !== base.negated;

  return {
    operator,
    key,
    values,
    variables,
    holds(context) {
      const actual = context.get(key);
      if (actual === undefined) {
        if (ifExists !== undefined || qualifier === 'forallvalues') return true;
        return qualifier === undefined && base.negated;
      }
      const actuals = typeof actual === 'string' ? [actual] : actual;
      if (qualifier === 'forallvalues') return actuals.every((value) => holdsFor(value, context));
      if (qualifier === 'foranyvalue') return actuals.some((value) => holdsFor(value, context));
      // A key with several values needs a set operator; without one the condition does not hold.
      return typeof actual === 'string' && holdsFor(actual, context);
    },
  };
}

function compileNull(operator: string, key: string, values: readonly string[]): Condition | undefined {
  const wanted = values.map((value) => value.toLowerCase());
  if (!wanted.every((value) => value === 'true' || value === 'false')) return undefined;
  return {
    operator,
    key,
    values,
    variables: false,
    holds: (context) => wanted.includes(context.get(key) === undefined ? 'true' : 'false'),
  };
}

function string(wildcards: boolean): Compile {
  return (value, variables) => {
    const pattern = parsePattern(value, { wildcards, variables });
    return (actual, context) => patternMatches(pattern, actual, context);
  };
}

function stringIgnoringCase(value: string, variables: boolean): Comparison {
  const pattern = parsePattern(value, { wildcards: false, variables });
  return (actual, context) => resolveText(pattern, context)?.toLowerCase() === actual.toLowerCase();
}

/**
 * AWS does not say what these operators do with a value that is not an ARN. Here it matches no pattern, so `ArnNotLike` and
 * `ArnNotEquals` hold for it: "Negated matching for ARN", which "returns true only if all values evaluate to false".
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
function arn(value: string, variables: boolean): Comparison {
  const pattern = parseArnPattern(value, { wildcards: true, variables });
  return (actual, context) => {
    const parts = splitArn(actual);
    return parts !== undefined && arnMatches(pattern, parts, context);
  };
}

function bool(value: string): Comparison | undefined {
  const wanted = value.toLowerCase();
  if (wanted !== 'true' && wanted !== 'false') return undefined;
  return (actual) => actual.toLowerCase() === wanted;
}

function binary(value: string): Comparison | undefined {
  const wanted = decodeBase64(value);
  return wanted === undefined ? undefined : (actual) => decodeBase64(actual) === wanted;
}

/** The bytes of a base64 text, one character for each. Returns `undefined` if the text is not base64. */
function decodeBase64(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

function ipAddress(value: string): Comparison | undefined {
  const [, text = '', prefix] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(value) ?? [];
  const range = parseAddress(text);
  if (range === undefined) return undefined;
  const length = range.toByteArray().length * 8;
  const bits = Number(prefix ?? length);
  if (bits > length) return undefined;
  return (actual) => {
    const address = addressOf(actual);
    return address?.kind() === range.kind() && address.match(range, bits);
  };
}

/** Most requests come from one client, one after another. */
let latest: { readonly text: string; readonly address: ReturnType<typeof parseAddress> } | undefined;

function addressOf(text: string): ReturnType<typeof parseAddress> {
  if (latest?.text !== text) latest = { text, address: parseAddress(text) };
  return latest.address;
}

/** Parses an IPv4 address of four decimal parts, or an IPv6 address. An IPv4 address that is written as IPv6 is IPv4. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const isAddress =
    ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text));
  return isAddress && !text.includes('%') ? ipaddr.process(text) : undefined;
}

function ordered(
  parse: (text: string) => number | undefined,
  holds: (actual: number, wanted: number) => boolean,
): Compile {
  return (value) => {
    const wanted = parse(value);
    if (wanted === undefined) return undefined;
    return (text) => {
      const actual = parse(text);
      return actual !== undefined && holds(actual, wanted);
    };
  };
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** Reads a date as IAM does, a W3C date or seconds since 1970, in milliseconds since 1970. */
function parseDate(text: string): number | undefined {
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text) * 1000;
  if (!/^\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?$/i.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function orderedFamily(name: string, parse: (text: string) => number | undefined): Record<string, Compile> {
  return {
    [`${name}[Not]Equals`]: ordered(parse, (actual, wanted) => actual === wanted),
    [`${name}LessThan`]: ordered(parse, (actual, wanted) => actual < wanted),
    [`${name}LessThanEquals`]: ordered(parse, (actual, wanted) => actual <= wanted),
    [`${name}GreaterThan`]: ordered(parse, (actual, wanted) => actual > wanted),
    [`${name}GreaterThanEquals`]: ordered(parse, (actual, wanted) => actual >= wanted),
  };
}

/**
 * The operators by their names in lower case. `[Not]` in the table: the operator also has a negation.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    'String[Not]Equals': string(false),
    'String[Not]EqualsIgnoreCase': stringIgnoringCase,
    'String[Not]Like': string(true),
    ...orderedFamily('Numeric', parseNumber),
    ...orderedFamily('Date', parseDate),
    Bool: bool,
    BinaryEquals: binary,
    '[Not]IpAddress': ipAddress,
    'Arn[Not]Equals': arn,
    'Arn[Not]Like': arn,
  }).flatMap(([name, compile]) =>
    (name.includes('[Not]') ? ['', 'Not'] : ['']).map((not): [string, Operator] => [
      name.replace('[Not]', not).toLowerCase(),
      { compile, negated: not !== '' },
    ]),
  ),
);
