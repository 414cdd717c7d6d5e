import type { MiddlewareObj } from '@middy/core';
import { decodeBody } from '@middy/util';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { InvalidRequest } from './http-error.ts';

/**
 * The most levels that a body may have. `JSON.parse` with a reviver, which `@middy/http-json-body-parser` uses, and
 * `JSON.stringify` recurse: from about 2,300 levels on, the stack of a Lambda function overflows.
 */
const MAX_LEVELS = 1_000;

/**
 * middy middleware that answers 400 if the body has more than 1,000 levels of objects and arrays. It goes before
 * `@middy/http-json-body-parser`, which would report such a body as malformed.
 */
export function limitNesting(): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    before({ event: { body, isBase64Encoded } }) {
      if (nestingDepth(decodeBody(body, isBase64Encoded) ?? '') <= MAX_LEVELS) return;
      throw new InvalidRequest([
        { in: 'body', path: '', message: `has more than ${MAX_LEVELS} levels of nesting` },
      ]);
    },
  };
}

/**
 * Counts the levels of nested objects and arrays.
 * @param json must be JSON; otherwise the count has no meaning
 * @example nestingDepth('{"a":[1,[2]]}') // 3
 */
export function nestingDepth(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (character === '"') inString = !inString;
    // An escaped character never ends the string.
    else if (inString && character === '\\') index += 1;
    else if (inString) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
