import type { Operation, Operations } from './operation.ts';

/** A parameter in a path: `{id}`. */
const PARAMETER = /\{([^{}]+)\}/g;

/** A value that cannot be a path parameter. */
export class InvalidPathParameter extends Error {
  override readonly name = 'InvalidPathParameter';
  readonly code = 'InvalidPathParameter';
}

/**
 * Fills in the parameters of a path: strings and numbers. Each value is percent-encoded, so it stays one segment.
 * @throws InvalidPathParameter for a value that a server would read as another path
 * @example pathOf('/messages/{id}', { id: 'a/b' }) // '/messages/a%2Fb'
 */
export function pathOf(path: string, parameters: Readonly<Record<string, unknown>> = {}): string {
  return path.replace(PARAMETER, (_, name: string) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    const refuse = (rule: string) =>
      new InvalidPathParameter(`The parameter ${name} of the path ${path} ${rule}. Nothing was sent.`);
    if (typeof value !== 'string' && typeof value !== 'number')
      throw refuse(`must be a string or a number, not ${value === null ? null : typeof value}`);
    const text = String(value);
    if (['', '.', '..'].includes(text)) {
      throw refuse(`must not be ${JSON.stringify(text)}: the path would lead to another route`);
    }
    if (!text.isWellFormed()) throw refuse('must be well-formed text: it has half of a surrogate pair');
    // signed-fetch refuses these in a path, and cannot know whose they are.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule looks for them
    if (/[\\\u0000-\u001f\u007f]/.test(text))
      throw refuse('must not contain a backslash or a control character');
    return encodeURIComponent(text);
  });
}

/** The operation that matches a request. */
export interface OperationMatch {
  readonly name: string;
  readonly operation: Operation;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * Finds the operation that matches a request. As in API Gateway, a literal segment wins over a parameter.
 * @param path without query, below the stage
 * @example findOperation(operations, 'GET', '/messages/a%2Fb')?.pathParameters // { id: 'a/b' }
 */
export function findOperation(
  operations: Operations,
  method: string,
  path: string,
): OperationMatch | undefined {
  let best: (OperationMatch & { readonly rank: string }) | undefined;
  for (const [name, operation] of Object.entries(operations)) {
    const pathParameters = operation.method === method ? match(operation.path, path) : undefined;
    const rank = rankOf(operation.path);
    if (pathParameters !== undefined && (best === undefined || rank < best.rank)) {
      best = { name, operation, pathParameters, rank };
    }
  }
  return best && { name: best.name, operation: best.operation, pathParameters: best.pathParameters };
}

/** `undefined` if the path does not match, or if a value cannot be decoded. */
function match(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const expected = template.split('/');
  const segments = path.split('/');
  if (segments.length !== expected.length) return undefined;
  const parameters: [name: string, value: string][] = [];
  for (const [index, part] of expected.entries()) {
    const segment = segments[index] ?? '';
    const name = /^\{([^{}]+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (segment !== part) return undefined;
      continue;
    }
    const value = decode(segment);
    if (value === undefined || value === '') return undefined;
    parameters.push([name, value]);
  }
  return Object.fromEntries(parameters);
}

/** In the order of the ranks, a better match comes first. */
function rankOf(template: string): string {
  return template
    .split('/')
    .map((part) => (part.startsWith('{') ? '1' : '0'))
    .join('');
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
