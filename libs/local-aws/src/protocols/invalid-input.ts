import type * as v from 'valibot';
import { AwsError } from '../core/errors.ts';

/*
 * The errors for inputs that a schema refuses, in the words of AWS's services. https://smithy.io/2.0/spec/constraint-traits.html has
 * the constraints. The words are those of public reports: https://github.com/mbailey/bash-my-aws/pull/100 (a length),
 * https://github.com/aws-actions/aws-cloudformation-github-deploy/issues/130 (a list), https://github.com/architect/dynalite (types).
 */

type Issue = v.BaseIssue<unknown>;

/** The error codes of a service for an invalid input. */
export interface InvalidInputCodes {
  /** The member has the wrong type. */
  readonly type: string;
  /** A constraint of AWS's model is violated. */
  readonly constraint: string;
  /** A rule that is not in AWS's model, e.g. because local AWS lacks a feature. */
  readonly other: string;
}

/** The codes of services with the query protocol. */
export const queryInputCodes: InvalidInputCodes = {
  type: 'MalformedInput',
  constraint: 'ValidationError',
  other: 'ValidationError',
};

/** Makes the error for an input that its schema refuses. It names each wrong member with its value and the constraint. */
export function invalidInputError(issues: readonly Issue[], codes: InvalidInputCodes): AwsError {
  const flat = issues.flatMap((issue) => innermost(issue));
  const mismatch = flat.map(({ issue }) => typeMismatch(issue)).find((message) => message !== undefined);
  if (mismatch !== undefined) return new AwsError(codes.type, mismatch);
  const described = flat.map(describe);
  const [only] = described;
  if (described.length === 1 && only?.isAnswer === true) return new AwsError(codes.other, only.message);
  const isOther = described.some(({ isConstraint }) => !isConstraint);
  const count = `${described.length} validation error${described.length === 1 ? '' : 's'}`;
  const text = described.map(({ message }) => message).join('; ');
  return new AwsError(isOther ? codes.other : codes.constraint, `${count} detected: ${text}`);
}

interface Located {
  readonly issue: Issue;
  readonly path: readonly v.IssuePathItem[];
}

/** A union only reports that nothing fits. The alternative that fits best reports what is wrong. */
function innermost(issue: Issue, above: readonly v.IssuePathItem[] = []): Located[] {
  const path = [...above, ...(issue.path ?? [])];
  const inner: readonly Issue[] = issue.type === 'union' ? (issue.issues ?? []) : [];
  const deeper = inner.filter((one) => one.path !== undefined);
  if (deeper.length > 0) return deeper.flatMap((one) => innermost(one, path));
  const [first] = inner;
  return [{ issue: first ?? issue, path }];
}

/** AWS's names of the types that schemas expect. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'String',
  picklist: 'String',
  number: 'Integer',
  boolean: 'Boolean',
};

/** The message for a value of the wrong type, as the JSON protocols word it; `undefined` for other issues. */
function typeMismatch({ kind, type, input, message }: Issue): string | undefined {
  if (kind !== 'schema' || input === undefined || !message.startsWith('Invalid type')) return undefined;
  const expected = TYPES[type];
  if (expected === undefined) {
    const isContainer = /^(array|object|strict_object|record)$/.test(type);
    if (!isContainer) return undefined;
    return typeof input === 'object'
      ? 'Start of structure or map found where not expected'
      : 'Unexpected field type';
  }
  if (typeof input === 'string')
    return type === 'picklist' ? undefined : `STRING_VALUE cannot be converted to ${expected}`;
  if (typeof input === 'boolean')
    return `${input ? 'TRUE' : 'FALSE'}_VALUE cannot be converted to ${expected}`;
  if (typeof input === 'number') {
    return `${Number.isInteger(input) ? 'NUMBER' : 'DECIMAL'}_VALUE cannot be converted to ${expected}`;
  }
  return Array.isArray(input)
    ? `Unrecognized collection type class java.lang.${expected}`
    : 'Start of structure or map found where not expected';
}

interface Description {
  readonly message: string;
  /** Whether a constraint of AWS's model is violated. */
  readonly isConstraint: boolean;
  /** Whether the message is a sentence that needs no other word, such as an answer of AWS. */
  readonly isAnswer: boolean;
}

function describe({ issue, path }: Located): Description {
  const violated = constraintOf(issue);
  const last = path.at(-1);
  if (violated.startsWith('Value ')) return { message: violated, isConstraint: true, isAnswer: false };
  if (last === undefined || !violated.startsWith('Member ')) {
    const at = path.map(({ key }) => String(key)).join('.');
    const isAnswer = /^[A-Z]/.test(violated);
    return {
      message: at === '' || isAnswer ? violated : `${at}: ${violated}`,
      isConstraint: false,
      isAnswer,
    };
  }
  // AWS reports an item of a list of texts at the list.
  const isItem = last.type === 'array' && typeof issue.input !== 'object';
  const value = isItem ? last.input : issue.input;
  const shown = value === undefined ? 'null' : `'${textOf(value).slice(0, 1024)}'`;
  const constraint = isItem ? `Member must satisfy constraint: [${violated}]` : violated;
  const member = memberPath(isItem ? path.slice(0, -1) : path);
  return {
    message: `Value ${shown} at '${member}' failed to satisfy constraint: ${constraint}`,
    isConstraint: true,
    isAnswer: false,
  };
}

/** @example memberPath(…) // 'tags.1.member.key' */
function memberPath(path: readonly v.IssuePathItem[]): string {
  const names = path.map(({ type, key }) => {
    const name = String(key);
    return type === 'array' ? `${Number(name) + 1}.member` : name.charAt(0).toLowerCase() + name.slice(1);
  });
  return names.join('.');
}

/** The violated constraint. A schema's own message stays. */
function constraintOf(issue: Issue): string {
  const { kind, type, message, requirement, expected } = issue as Issue & { readonly requirement?: unknown };
  if (!message.startsWith('Invalid ')) return message;
  if (kind === 'schema' && issue.input === undefined) return 'Member must not be null';
  switch (type) {
    case 'picklist':
      return `Member must satisfy enum value set: [${optionsOf(expected).join(', ')}]`;
    case 'literal':
      return `local AWS only has ${optionsOf(expected).join(', ')}.`;
    case 'min_length':
    case 'length':
      return `Member must have length greater than or equal to ${requirement}`;
    case 'max_length':
      return `Member must have length less than or equal to ${requirement}`;
    case 'min_value':
      return `Member must have value greater than or equal to ${requirement}`;
    case 'max_value':
      return `Member must have value less than or equal to ${requirement}`;
    case 'regex':
      return `Member must satisfy regular expression pattern: ${requirement instanceof RegExp ? patternOf(requirement) : requirement}`;
    default:
      return 'Member has an invalid value';
  }
}

/** A pattern as AWS's models have it: without anchors, and with plain slashes. */
function patternOf({ source }: RegExp): string {
  return source.replace(/^\^|\$$/g, '').replaceAll('\\/', '/');
}

/** @param expected how valibot shows the values: `("A" | "B")` */
function optionsOf(expected: string | null): string[] {
  return [...(expected ?? '').matchAll(/"([^"]*)"|[\w.-]+/g)].map(([whole, quoted]) => quoted ?? whole);
}

/** A value as AWS shows it: a list as `[a, b]`, a structure as `{key=value}`. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([name, inner]) => `${name}=${textOf(inner)}`);
  return `{${members.join(', ')}}`;
}
