import type { MiddlewareObj } from '@middy/core';
import { decodeBody } from '@middy/util';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { InvalidRequest } from './http-error.ts';

/**
 * How deep a body may be nested. `JSON.parse` with a reviver, which `@middy/http-json-body-parser` uses, and
 * `JSON.stringify` recurse: from about 2,300 levels on, the stack of a Lambda function overflows.
 */
const MAX_LEVELS = 1_000;

/**
 * middy middleware that answers 400 if the body has more than 1,000 levels of objects and arrays. It goes before
 * `@middy/http-json-body-parser`, which would call such a body malformed.
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
 * Counts how many objects and arrays are nested in each other at most.
 * @param json the count means nothing if this is not JSON
 * @example nestingDepth('{"a":[1,[2]]}') // 3
 */
export function nestingDepth(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (character === '"') inString = !inString;
    // Whatever a backslash escapes in a string, it ends none.
    else if (inString && character === '\\') index += 1;
    else if (inString) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
