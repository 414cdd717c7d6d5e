import type { RequestContext } from './request-context.ts';

/** `*`: any run of characters, even an empty one. */
export const ANY = -1;
/** `?`: any one character. */
export const ONE = -2;

/** A part of a policy's text: UTF-16 code units, {@link ANY} and {@link ONE}, and variables. */
type Part = readonly number[] | Variable;

interface Variable {
  /** The context key, e.g. `aws:username`. */
  readonly key: string;
  /** `${key, 'fallback'}` */
  readonly fallback?: string;
}

/** The syntax of a policy's text. */
export interface PatternSyntax {
  /** Whether `*` and `?` are wildcards. */
  readonly wildcards: boolean;
  /** Whether `${key}` is a variable; in documents of version 2008-10-17 it is plain text. */
  readonly variables: boolean;
}

/** A text of a policy, ready to be matched many times. */
export interface Pattern {
  readonly source: string;
  readonly parts: readonly Part[];
  /** The whole pattern, if it has no variables. */
  readonly codes?: readonly number[];
  /** The whole pattern, if it has neither variables nor wildcards. */
  readonly literal?: string;
}

/**
 * Reads a text of a policy.
 *
 * `${*}`, `${?}` and `${$}` are these characters themselves; an unclosed `${` is plain text.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function parsePattern(source: string, syntax: PatternSyntax): Pattern {
  const parts: Part[] = [];
  let codes: number[] = [];
  let hasWildcard = false;
  for (let index = 0; index < source.length; index++) {
    const end = syntax.variables && source.startsWith('${', index) ? source.indexOf('}', index) : -1;
    if (end !== -1) {
      const inside = source.slice(index + 2, end);
      if (inside === '*' || inside === '?' || inside === '$') {
        codes.push(inside.charCodeAt(0));
      } else {
        parts.push(codes, parseVariable(inside));
        codes = [];
      }
      index = end;
      continue;
    }
    const character = source[index];
    if (syntax.wildcards && (character === '*' || character === '?')) {
      hasWildcard = true;
      codes.push(character === '*' ? ANY : ONE);
    } else {
      codes.push(source.charCodeAt(index));
    }
  }
  if (parts.length > 0) return { source, parts: [...parts, codes] };
  return {
    source,
    parts: [codes],
    codes,
    // Only `${*}`, `${?}` and `${$}` have fewer codes than characters.
    ...(hasWildcard ? {} : { literal: codes.length === source.length ? source : textOf(codes) }),
  };
}

function parseVariable(inside: string): Variable {
  const [, key, fallback] = /^([^,]+), ?'([^']*)'$/.exec(inside) ?? [];
  return key === undefined || fallback === undefined ? { key: inside } : { key, fallback };
}

/**
 * Whether a text matches. A variable without a value matches nothing: its value "is effectively null. There is no equal or like
 * value" (AWS, "Policy variables with no value"). In a variable's value, `*` and `?` are plain text.
 */
export function patternMatches(pattern: Pattern, text: string, context: RequestContext): boolean {
  if (pattern.literal !== undefined) return pattern.literal === text;
  const codes = pattern.codes ?? resolveCodes(pattern, context);
  return codes !== undefined && globMatches(codes, text);
}

/** Makes a matcher for a pattern of policies: `*` for any characters, `?` for one. */
export function wildcardMatcher(source: string): (text: string) => boolean {
  const pattern = parsePattern(source, { wildcards: true, variables: false });
  return (text) => patternMatches(pattern, text, noContext);
}

const noContext: RequestContext = { get: () => undefined };

/** The condition keys that a pattern's variables name. */
export function variableKeys({ parts }: Pattern): string[] {
  return parts.flatMap((part) => ('key' in part ? [part.key] : []));
}

/** The pattern with its variables replaced. Returns `undefined` if a variable has no value. */
export function resolveText(pattern: Pattern, context: RequestContext): string | undefined {
  if (pattern.literal !== undefined) return pattern.literal;
  const codes = pattern.codes ?? resolveCodes(pattern, context);
  return codes && textOf(codes);
}

/** The pattern as text for a person. Variables that have a value are replaced, and the others stay. */
export function describePattern({ parts }: Pattern, context: RequestContext): string {
  return parts
    .map((part) => {
      if (!('key' in part)) return textOf(part);
      const value = context.get(part.key) ?? part.fallback;
      return typeof value === 'string' ? value : `\${${part.key}}`;
    })
    .join('');
}

function textOf(codes: readonly number[]): string {
  return codes.map((code) => (code === ANY ? '*' : code === ONE ? '?' : String.fromCharCode(code))).join('');
}

function resolveCodes(pattern: Pattern, context: RequestContext): readonly number[] | undefined {
  const codes: number[] = [];
  for (const part of pattern.parts) {
    if (!('key' in part)) {
      for (const code of part) codes.push(code);
      continue;
    }
    const value = context.get(part.key) ?? part.fallback;
    // A key with several values cannot be used as a variable.
    if (typeof value !== 'string') return undefined;
    for (let index = 0; index < value.length; index++) codes.push(value.charCodeAt(index));
  }
  return codes;
}

/** Matches without a regular expression, which could backtrack endlessly on foreign input: at most pattern × text steps. */
function globMatches(pattern: readonly number[], text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let starText = 0;
  while (t < text.length) {
    const code = pattern[p];
    if (code === ANY) {
      star = p++;
      starText = t;
    } else if (code !== undefined && (code === ONE || code === text.charCodeAt(t))) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[p] === ANY) p++;
  return p === pattern.length;
}
