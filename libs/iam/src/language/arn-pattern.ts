import type { ArnParts } from '../arn.ts';
import { type Pattern, type PatternSyntax, parsePattern, patternMatches } from './pattern.ts';
import type { RequestContext } from './request-context.ts';

/** A pattern over ARNs, as in `Resource` and in the values of `ArnLike`. */
export interface ArnPattern {
  readonly source: string;
  /** One pattern for each of an ARN's parts; `'any'` for `*`; `'none'` if it cannot match any ARN. */
  readonly parts: readonly Pattern[] | 'any' | 'none';
}

/**
 * Reads an element of `Resource`. Each part is matched against the same part of the ARN, so a wildcard in region or
 * account cannot match values that a client chooses. A shortened ARN matches any rest, as IAM's own errors show. Variables are
 * replaced "only in the resource portion of the ARN".
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-resource-element
 */
export function parseResourcePattern(source: string, variables: boolean): ArnPattern {
  if (/^\*+$/.test(source)) return { source, parts: 'any' };
  const texts = splitOutsideVariables(source);
  while (texts.length < 6) texts.push('*');
  return {
    source,
    parts: texts.map((text, index) =>
      parsePattern(text, { wildcards: true, variables: variables && index === 5 }),
    ),
  };
}

/** Reads a value of `ArnEquals` or `ArnLike`, which are the same: "each of the six colon-delimited components of the ARN is checked separately". */
export function parseArnPattern(source: string, syntax: PatternSyntax): ArnPattern {
  if (/^\*+$/.test(source)) return { source, parts: 'any' };
  const texts = splitOutsideVariables(source);
  return { source, parts: texts.length === 6 ? texts.map((text) => parsePattern(text, syntax)) : 'none' };
}

/** @param arn the ARN's parts; `undefined` if the request has no ARN (`*`) */
export function arnMatches(pattern: ArnPattern, arn: ArnParts | undefined, context: RequestContext): boolean {
  if (pattern.parts === 'any') return true;
  if (pattern.parts === 'none' || arn === undefined) return false;
  return pattern.parts.every((part, index) => patternMatches(part, arn[index] ?? '', context));
}

/** At most six parts; the last one has everything that is left. A colon in `${aws:username}` does not separate parts. */
function splitOutsideVariables(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length && parts.length < 5; index++) {
    if (text.startsWith('${', index)) {
      const end = text.indexOf('}', index);
      if (end !== -1) index = end;
    } else if (text[index] === ':') {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}
