import { wildcardMatcher } from '@cross-account-api/iam';
import { DEFAULT_ROUTE } from '@cross-account-api/iam/explanation';
import { type ApiOperation, type ContractOperation, fillPath } from '../project/contract.ts';
import type { PlainRequest } from './probe.ts';

/** An operation of an API that probes send, with the request of its example. */
export interface Sample<Operation extends ApiOperation = ApiOperation> {
  /** @example 'GET /orders/{id}' */
  readonly route: string;
  readonly operation: Operation;
  readonly request: PlainRequest;
}

/** An operation that probes do not execute. */
export interface LeftOut {
  /** @example 'POST /orders' */
  readonly route: string;
  /** @example 'it may write' */
  readonly reason: string;
}

type Wish = (operation: ApiOperation) => boolean;

const reads: Wish = ({ method }) => method === 'GET';
const needsInput: Wish = ({ path, requiredQuery = [], requiredHeaders = [] }) =>
  path.includes('{') || requiredQuery.length + requiredHeaders.length > 0;
const writes: Wish = (operation) =>
  operation.method === 'POST' &&
  operation.takesBody &&
  operation.example.body !== undefined &&
  isJson(operation.mediaType);

/**
 * The operations that probes execute, and the others with the reason.
 * @param executesAll Whether operations that may write, and those without an example, are executed, too
 */
export function executedOf<Operation extends ApiOperation>(
  operations: readonly Operation[],
  executesAll: boolean,
): { readonly samples: readonly Sample<Operation>[]; readonly leftOut: readonly LeftOut[] } {
  const reasonOf = (operation: Operation): string | undefined => {
    if (executesAll) return undefined;
    if (!reads(operation)) return 'it may write';
    const missing = missingExamples(operation);
    return missing.length === 0 ? undefined : `the contract has no example of ${missing.join(', ')}`;
  };
  const executed = operations.filter((operation) => reasonOf(operation) === undefined);
  const writing = writingOf(executed, executesAll);
  const reading = readingOf(executed);
  const first = [...(writing === undefined ? [] : [writing]), ...reading];
  const all = executed.map((operation) => sampleOf(operation));
  const others = all.filter(({ route }) => !first.some((each) => each.route === route));
  return {
    samples: [...first, ...others],
    leftOut: operations.flatMap((operation) => {
      const reason = reasonOf(operation);
      return reason === undefined ? [] : [{ route: sampleOf(operation).route, reason }];
    }),
  };
}

/**
 * The operations with which probes read: each GET, those without required input first, then those with examples of all of it.
 */
export function readingOf<Operation extends ApiOperation>(
  operations: readonly Operation[],
): readonly Sample<Operation>[] {
  const rank: Wish[] = [(each) => !needsInput(each), hasAllExamples, () => true];
  const rankOf = (operation: Operation) => rank.findIndex((wish) => wish(operation));
  return operations
    .filter(reads)
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map((operation) => sampleOf(operation));
}

/**
 * The operation to which probes send a body: a POST with an example of its body. One that executes a repeated request once is
 * preferred. Without the contract's example, it is unknown whether a POST is safe.
 * @param allowWrite whether a POST without an example may be sent, too
 * @returns `undefined` if there is no such operation
 */
export function writingOf<Operation extends ApiOperation>(
  operations: readonly Operation[],
  allowWrite = false,
): Sample<Operation> | undefined {
  const operation =
    operations.find((each) => writes(each) && each.takesKey) ??
    operations.find(writes) ??
    (allowWrite ? operations.find(({ method, takesBody }) => method === 'POST' && takesBody) : undefined);
  return operation && sampleOf(operation);
}

/** A sample for a route that is known by name only: a request without parameters and with an empty body. */
export function sampleOfRoute({ method, path }: { readonly method: string; readonly path: string }): Sample {
  return sampleOf({
    method,
    path,
    takesKey: false,
    takesBody: ['POST', 'PUT', 'PATCH'].includes(method),
    example: { pathParameters: {}, query: {}, body: undefined },
  });
}

function sampleOf<Operation extends ApiOperation>(operation: Operation): Sample<Operation> {
  return {
    route: `${operation.method} ${operation.path}`,
    operation,
    request: requestOf(operation),
  };
}

function hasAllExamples(operation: ApiOperation): boolean {
  return missingExamples(operation).length === 0;
}

/** The names of the required input for which the contract has no example: parameters, and `body`. */
export function missingExamples(operation: ApiOperation): readonly string[] {
  const { path, takesBody, requiredQuery = [], requiredHeaders = [], example } = operation;
  return [
    ...parametersOf(path).filter((name) => !Object.hasOwn(example.pathParameters, name)),
    ...requiredQuery.filter((name) => !Object.hasOwn(example.query, name)),
    ...requiredHeaders.filter((name) => !Object.hasOwn(example.headers ?? {}, name)),
    ...(takesBody && example.body === undefined ? ['body'] : []),
  ];
}

/** The names of the required members that an operation's input lacks, such as `id` or `query.page`. */
export function missingInput(
  operation: ApiOperation,
  input: Readonly<Record<string, unknown>>,
): readonly string[] {
  const { path, takesBody, requiredQuery = [], requiredHeaders = [] } = operation;
  const lacks = (value: unknown, name: string) =>
    !Object.keys(typeof value === 'object' ? (value ?? {}) : {}).some(
      (each) => each.toLowerCase() === name.toLowerCase(),
    );
  return [
    ...parametersOf(path).filter((name) => !Object.hasOwn(input, name)),
    ...requiredQuery.filter((name) => lacks(input.query, name)).map((name) => `query.${name}`),
    ...requiredHeaders.filter((name) => lacks(input.headers, name)).map((name) => `headers.${name}`),
    ...(takesBody && !Object.hasOwn(input, 'body') ? ['body'] : []),
  ];
}

/** The names of the parameters in a path. */
function parametersOf(path: string): string[] {
  return [...path.matchAll(/\{([^{}+]+)\+?\}/g)].map(([, name = '']) => name);
}

/**
 * The event for the caller function to call an operation with its example, `{ operation, input?, idempotencyKey? }`. As in
 * {@link requestOf}, a path parameter without an example gets its own name.
 */
export function eventOf(
  { name, path, takesBody, mediaType, example }: ContractOperation,
  idempotencyKey: string | undefined,
): object {
  const { pathParameters, query, headers = {}, body = emptyBody(mediaType) } = example;
  const input = {
    ...Object.fromEntries(
      parametersOf(path).map((each) => [
        each,
        Object.hasOwn(pathParameters, each) ? pathParameters[each] : each,
      ]),
    ),
    ...(Object.keys(query).length > 0 && { query }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(takesBody && { body }),
  };
  return {
    operation: name,
    ...(Object.keys(input).length > 0 && { input }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

/** The request of an operation's example. */
export function requestOf({ method, path, takesBody, mediaType, example }: ApiOperation): PlainRequest {
  const { body = emptyBody(mediaType) } = example;
  const headers = {
    ...Object.fromEntries(
      Object.entries(example.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    ...(takesBody && { 'content-type': mediaType ?? 'application/json' }),
  };
  const query = new URLSearchParams(
    Object.entries(example.query).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, String(one)]),
    ),
  ).toString();
  return {
    method,
    path: fillPath(path, example.pathParameters),
    ...(query !== '' && { query }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(takesBody && { body: isJson(mediaType) ? JSON.stringify(body) : String(body) }),
  };
}

function emptyBody(mediaType: string | undefined): unknown {
  return isJson(mediaType) ? {} : '';
}

function isJson(mediaType = 'application/json'): boolean {
  return /[/+]json$/.test(mediaType);
}

/** The parts of a route that these functions read. */
interface Route {
  /** `ANY` for all of them. */
  readonly method: string;
  /** @example '/orders/{id}' */
  readonly path: string;
}

/**
 * A path that no GET of an API serves and no policy for its routes admits.
 * @returns `undefined` if the API serves every path
 */
export function unservedPathOf(routes: readonly Route[]): string | undefined {
  const path = '/verify-no-such-route';
  return routes.some((route) => covers(route, 'GET', path)) ? undefined : path;
}

/**
 * A method that an API does not serve at a path and no policy for its routes admits there.
 * @returns `undefined` if the API serves all of them
 */
export function unservedMethodOf(routes: readonly Route[], path: string): string | undefined {
  return ['DELETE', 'PUT', 'PATCH', 'POST', 'GET'].find(
    (method) => !routes.some((route) => covers(route, method, path)),
  );
}

/** In a policy, the value of a path parameter may have slashes. */
function covers({ method, path: template }: Route, wantedMethod: string, path: string): boolean {
  if (method !== wantedMethod && method !== 'ANY') return false;
  if (template === DEFAULT_ROUTE) return true;
  return wildcardMatcher(template.replaceAll(/\{[^{}]+\}/g, '*'))(path);
}
