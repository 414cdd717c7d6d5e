import type { MiddlewareObj } from '@middy/core';
import { decodeBody } from '@middy/util';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { InvalidRequest, MAX_SHOWN } from './http-error.ts';

/**
 * middy middleware that answers 400 if the body has an integer that `JSON.parse` changes: it makes 9007199254740992 of 9007199254740993,
 * which may be somebody's ID. It goes before the parser.
 */
export function refuseInexactIntegers(): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    before({ event: { body, isBase64Encoded } }) {
      const paths = inexactIntegers(decodeBody(body, isBase64Encoded) ?? '', MAX_SHOWN);
      if (paths.length === 0) return;
      const message = 'is an integer that a JavaScript number cannot hold: send it as text';
      throw new InvalidRequest(paths.map((path) => ({ in: 'body', path, message })));
    },
  };
}

/**
 * Finds the integers of a JSON text that `JSON.parse` changes. A text that is not JSON has none: its parser says so.
 * @param most how many are searched for
 * @returns their dotted paths, in the order of the text
 * @example inexactIntegers('{"id":9007199254740993}', 20) // ['id']
 */
export function inexactIntegers(text: string, most: number): string[] {
  // Integers of fewer digits are exact. Most bodies need no second look.
  if (!/\d{16}/.test(text)) return [];
  try {
    return largeNumbers(JSON.parse(text, asInfinity), most);
  } catch {
    return [];
  }
}

/** Of numbers, Node passes the source: https://github.com/tc39/proposal-json-parse-with-source */
function asInfinity(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? '';
  if (typeof value !== 'number' || !/^-?\d{16,}$/.test(source) || !Number.isFinite(value)) return value;
  return BigInt(source) === BigInt(value) ? value : Number.POSITIVE_INFINITY;
}

/**
 * Finds the numbers of a parsed JSON text that are too large for JavaScript: `JSON.parse` makes `Infinity` of `1e999`, and
 * `JSON.stringify` makes `null` of that. It does not recurse, so that deep nesting cannot overflow the stack.
 * @param most how many are searched for: each path of a deeply nested number is long
 * @returns their dotted paths, in the order of the text
 * @example largeNumbers(JSON.parse('{"a":[1,1e999]}'), 20) // ['a.1']
 */
export function largeNumbers(json: unknown, most: number): string[] {
  const found: string[] = [];
  /** The values that are being searched, outermost first. A list of all values would take many times the memory of the text. */
  const open = [childrenOf([json])];
  for (let innermost = open.at(-1); innermost !== undefined && found.length < most; innermost = open.at(-1)) {
    const value = innermost.next();
    if (value === END) open.pop();
    else if (typeof value === 'object' && value !== null) open.push(childrenOf(value));
    else if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      // The outermost key is that of the list around the value.
      const keys = open.slice(1).map(({ key }) => key());
      found.push(keys.join('.'));
    }
  }
  return found;
}

const END = Symbol('end');

/** Goes through the values of an object or array. Without `Object.entries`, which makes an array of each pair. */
function childrenOf(parent: object) {
  const keys = Array.isArray(parent) ? undefined : Object.keys(parent);
  const values = Array.isArray(parent) ? parent : undefined;
  const length = keys?.length ?? values?.length ?? 0;
  let index = -1;
  const key = () => keys?.[index] ?? String(index);
  return {
    /** The key of the current value. */
    key,
    /** Returns the next value; `END` after the last. */
    next: (): unknown => {
      index += 1;
      if (index >= length) return END;
      return values === undefined ? Reflect.get(parent, key()) : values[index];
    },
  };
}
