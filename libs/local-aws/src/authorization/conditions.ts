import { BlockList, isIP } from 'node:net';
import { arnMatches, parseArnPattern, splitArn } from './arn-pattern.ts';
import { parsePattern, patternMatches, resolveText } from './pattern.ts';
import type { RequestContext } from './request-context.ts';

/** Compares one value of the request with one value of the policy. */
type Comparison = (actual: string, context: RequestContext) => boolean;

interface Operator {
  /** Whether the operator is a negation, such as `StringNotEquals`: it holds if the comparison does not. */
  readonly negated: boolean;
  /** Reads a value of the policy. Returns `undefined` if it is not of the operator's type. */
  compile(value: string, variables: boolean): Comparison | undefined;
}

/** One key under one operator of a statement's `Condition`, ready to be evaluated many times. */
export interface Condition {
  /** As the policy spells it, e.g. `ForAnyValue:StringLike`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
  holds(context: RequestContext): boolean;
}

/**
 * Reads one key under one operator.
 * @returns `undefined` if there is no such operator, or if a value is not of its type
 */
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
    holds: (context) => wanted.includes(context.get(key) === undefined ? 'true' : 'false'),
  };
}

/** The operator with `Not`. */
function negate(operator: Operator): Operator {
  return { ...operator, negated: true };
}

function string(wildcards: boolean): Operator {
  return {
    negated: false,
    compile(value, variables) {
      const pattern = parsePattern(value, { wildcards, variables });
      return (actual, context) => patternMatches(pattern, actual, context);
    },
  };
}

const stringEqualsIgnoreCase: Operator = {
  negated: false,
  compile(value, variables) {
    const pattern = parsePattern(value, { wildcards: false, variables });
    return (actual, context) => resolveText(pattern, context)?.toLowerCase() === actual.toLowerCase();
  },
};

/**
 * A value that is not an ARN matches no pattern, so `ArnNotLike` and `ArnNotEquals` hold for it: they are "negated matching",
 * which "returns true only if all values evaluate to false".
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
const arnLike: Operator = {
  negated: false,
  compile(value, variables) {
    const pattern = parseArnPattern(value, { wildcards: true, variables });
    return (actual, context) => {
      const arn = splitArn(actual);
      return arn !== undefined && arnMatches(pattern, arn, context);
    };
  },
};

const bool: Operator = {
  negated: false,
  compile(value) {
    const wanted = value.toLowerCase();
    if (wanted !== 'true' && wanted !== 'false') return undefined;
    return (actual) => actual.toLowerCase() === wanted;
  },
};

const binaryEquals: Operator = {
  negated: false,
  compile(value) {
    const wanted = Buffer.from(value, 'base64');
    return (actual) => Buffer.from(actual, 'base64').equals(wanted);
  },
};

const ipAddress: Operator = {
  negated: false,
  compile(value) {
    const [, address = '', prefix] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(value) ?? [];
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    if (version === 0 || Number(prefix ?? bits) > bits) return undefined;
    const range = new BlockList();
    range.addSubnet(address, Number(prefix ?? bits), version === 4 ? 'ipv4' : 'ipv6');
    return (actual) => {
      const family = isIP(actual);
      return family !== 0 && range.check(actual, family === 4 ? 'ipv4' : 'ipv6');
    };
  },
};

function ordered(
  parse: (text: string) => number | undefined,
  holds: (actual: number, wanted: number) => boolean,
): Operator {
  return {
    negated: false,
    compile(value) {
      const wanted = parse(value);
      if (wanted === undefined) return undefined;
      return (text) => {
        const actual = parse(text);
        return actual !== undefined && holds(actual, wanted);
      };
    },
  };
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/**
 * Reads a date as IAM does: a W3C date (`2026-01-31`, `2026-01-31T10:00:00Z`) or seconds since 1970.
 * @returns milliseconds since 1970; `undefined` if it is not a date
 */
export function parseDate(text: string): number | undefined {
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text) * 1000;
  if (!/^\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?$/i.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

const equal = (actual: number, wanted: number) => actual === wanted;
const less = (actual: number, wanted: number) => actual < wanted;
const lessOrEqual = (actual: number, wanted: number) => actual <= wanted;
const greater = (actual: number, wanted: number) => actual > wanted;
const greaterOrEqual = (actual: number, wanted: number) => actual >= wanted;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    StringEquals: string(false),
    StringNotEquals: negate(string(false)),
    StringEqualsIgnoreCase: stringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase: negate(stringEqualsIgnoreCase),
    StringLike: string(true),
    StringNotLike: negate(string(true)),
    NumericEquals: ordered(parseNumber, equal),
    NumericNotEquals: negate(ordered(parseNumber, equal)),
    NumericLessThan: ordered(parseNumber, less),
    NumericLessThanEquals: ordered(parseNumber, lessOrEqual),
    NumericGreaterThan: ordered(parseNumber, greater),
    NumericGreaterThanEquals: ordered(parseNumber, greaterOrEqual),
    DateEquals: ordered(parseDate, equal),
    DateNotEquals: negate(ordered(parseDate, equal)),
    DateLessThan: ordered(parseDate, less),
    DateLessThanEquals: ordered(parseDate, lessOrEqual),
    DateGreaterThan: ordered(parseDate, greater),
    DateGreaterThanEquals: ordered(parseDate, greaterOrEqual),
    Bool: bool,
    BinaryEquals: binaryEquals,
    IpAddress: ipAddress,
    NotIpAddress: negate(ipAddress),
    ArnEquals: arnLike,
    ArnLike: arnLike,
    ArnNotEquals: negate(arnLike),
    ArnNotLike: negate(arnLike),
  } satisfies Record<string, Operator>).map(([name, operator]) => [name.toLowerCase(), operator]),
);
