import * as v from 'valibot';
import type { InputOf } from './agreement.ts';
import type { HeaderValue, Operation, Operations, QueryValue, RemembersKeys } from './operation.ts';
import { pathOf } from './path.ts';

/** The request that the client passes to {@link JsonApi.json}. */
export interface JsonApiRequest {
  readonly method: string;
  /** Query parameters, not encoded yet. */
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body, which is sent as JSON. */
  readonly json?: unknown;
  /** The body, which is sent as it is. */
  readonly body?: string | undefined;
  /** The response's body must match it. */
  readonly schema: v.GenericSchema<unknown, unknown>;
  /** `true` sends a new `Idempotency-Key`, the same on each attempt: then the request may be repeated. */
  readonly idempotencyKey?: string | true | undefined;
}

/** A response of {@link JsonApi}. */
export interface JsonApiResponse {
  /** Without it, a response without a body to a conditional GET counts as 304. */
  readonly status?: number;
  readonly body: unknown;
  /** Finds a header without regard to case, as `Headers` does. */
  readonly headers?: { get(name: string): string | null };
}

/**
 * The interface through which the client sends requests. `SignedFetch` of signed-fetch fits. So does any other object that signs a
 * request, sends it, throws an error for an error response, and checks the body by the schema.
 */
export interface JsonApi {
  json(path: string, request: JsonApiRequest): Promise<JsonApiResponse>;
  /** The same, for a response whose body is text. Operations with such a `responseMediaType` need it. */
  text?(path: string, request: JsonApiRequest): Promise<JsonApiResponse>;
}

/**
 * The options that a call of an operation may add: those of the {@link JsonApi}, except those that the operation sets. A key is one of
 * them only if the operation remembers keys, or is known at run time only.
 */
export type CallOptions<Api extends JsonApi, O extends Operation = Operation> = Omit<
  NonNullable<Parameters<Api['json']>[1]>,
  'method' | 'schema' | 'json' | 'body' | 'query' | 'idempotencyKey'
> & {
  /** The `Idempotency-Key`. By default, each call sends a new one to an operation that remembers keys. */
  readonly idempotencyKey?: KeyOf<O> | undefined;
};

/** The text appears in the compiler's error. */
type KeyOf<O extends Operation> = O extends RemembersKeys
  ? string
  : Operation extends O
    ? string
    : 'the operation remembers no keys: declare it with idempotencyKey: true, or leave the key out';

/** The response of the {@link JsonApi} with the type of the body. */
export type TypedResponse<Api extends JsonApi, Body, O = unknown> = Omit<
  Awaited<ReturnType<Api['json']>>,
  'body' | 'headers'
> &
  HeadersOf<O, Awaited<ReturnType<Api['json']>>> & { readonly body: Body };

/** The headers of a response: `get` of a declared header that is required has no `null`. */
type HeadersOf<O, Response> = Response extends { readonly headers: infer Given }
  ? {
      readonly headers: O extends { readonly responseHeaders: infer Schema extends v.GenericSchema }
        ? { get(name: RequiredNames<v.InferInput<Schema>>): string } & Given
        : Given;
    }
  : unknown;

type RequiredNames<Headers> = {
  [Name in keyof Headers & string]: undefined extends Headers[Name] ? never : Name | Lowercase<Name>;
}[keyof Headers & string];

/** Whether a member may be left out: one that may be `undefined`, or a query or headers without required members. */
type IsOptional<Name extends string, Value> = undefined extends Value
  ? true
  : Name extends 'query' | 'headers'
    ? Record<never, never> extends Value
      ? true
      : false
    : false;

type Member<Name extends string, Value> = [Value] extends [never]
  ? unknown
  : IsOptional<Name, Value> extends true
    ? { readonly [Key in Name]?: Value }
    : { readonly [Key in Name]: Value };

type PathParameters<Value> = [Value] extends [never] ? unknown : Readonly<Value>;

/** An object type that the compiler's errors show with all its members. */
type Flat<T> = { [Key in keyof T]: T[Key] };

/** The input of a client's function: the path parameters by name, `query`, `headers` and `body`. */
export type OperationInput<O> = Flat<
  PathParameters<InputOf<O, 'pathParameters'>> &
    Member<'query', InputOf<O, 'query'>> &
    Member<'headers', InputOf<O, 'headers'>> &
    Member<'body', InputOf<O, 'request'>>
>;

type ResponseBody<O> =
  O extends Readonly<Record<'response', infer Schema extends v.GenericSchema>>
    ? v.InferOutput<Schema> | (IsConditional<O> extends true ? undefined : never)
    : undefined;

/** Whether the response may be 304, which has no body. */
type IsConditional<O> = O extends {
  readonly method: 'GET';
  readonly headers: { readonly entries: infer Entries };
}
  ? [Extract<Lowercase<keyof Entries & string>, 'if-none-match' | 'if-modified-since'>] extends [never]
    ? false
    : true
  : false;

/** A function of {@link ApiClient}. Without input, its only parameter is the options. */
export type ApiFunction<Api extends JsonApi, O extends Operation> = (
  ...given: keyof OperationInput<O> extends never
    ? [options?: CallOptions<Api, O>]
    : Record<never, never> extends OperationInput<O>
      ? [input?: OperationInput<O>, options?: CallOptions<Api, O>]
      : [input: OperationInput<O>, options?: CallOptions<Api, O>]
) => Promise<TypedResponse<Api, ResponseBody<O>, O>>;

/** Operations as functions, by their names. */
export type ApiClient<Api extends JsonApi, Own extends Operations> = {
  readonly [Name in keyof Own]: ApiFunction<Api, Own[Name]>;
};

/**
 * Makes a client with a function for each operation of the API. It encodes path parameters and query. To an operation that remembers
 * keys, it sends an `Idempotency-Key`, so the request can be repeated even if it may have been executed.
 * @param api signs and sends, e.g. `context.api` of signed-fetch's middleware
 * @param operations the operations of the API, by the names of the client's functions
 * @example
 * const api = createApiClient(context.api, operations);
 * const { body } = await api.postOrder({ body: { items: ['pen'] } }, { timeoutMs: 5_000 });
 * const { body: order } = await api.getOrder({ id: body.id, query: { expand: 'items' } });
 */
export function createApiClient<Api extends JsonApi, Own extends Operations>(
  api: Api,
  operations: Own,
): ApiClient<Api, Own> {
  const functions = Object.entries<Operation>(operations).map(([name, operation]) => {
    const takesInput = operation.pathParameters ?? operation.query ?? operation.headers ?? operation.request;
    return [
      name,
      takesInput === undefined
        ? (options?: CallOptions<Api>) => callOperation(api, operation, {}, options)
        : (input?: UntypedInput, options?: CallOptions<Api>) => callOperation(api, operation, input, options),
    ] as const;
  });
  // The operations determine the types, but the compiler cannot follow them through the list.
  return Object.fromEntries(functions) as unknown as ApiClient<Api, Own>;
}

/** The input of an operation that is known at run time only: {@link OperationInput} without its types. */
export interface UntypedInput {
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly headers?: Readonly<Record<string, HeaderValue>> | undefined;
  readonly body?: unknown;
  readonly [pathParameter: string]: unknown;
}

/** A call has an `Idempotency-Key`, and its operation remembers none: a repetition of the request would be executed again. */
export class UnsupportedIdempotencyKey extends Error {
  override readonly name = 'UnsupportedIdempotencyKey';
  readonly code = 'UnsupportedIdempotencyKey';
}

/** The response lacks declared headers, or they break their schema. The request was executed. */
export class InvalidResponseHeaders extends Error {
  override readonly name = 'InvalidResponseHeaders';
  readonly code = 'InvalidResponseHeaders';
}

/** A conditional GET was answered with a success other than 304, and without the body that the contract declares. */
export class EmptyResponse extends Error {
  override readonly name = 'EmptyResponse';
  readonly code = 'EmptyResponse';
}

/**
 * Calls an operation that is known at run time only. Each function of {@link createApiClient} does this.
 * @throws InvalidPathParameter or UnsupportedIdempotencyKey before anything is sent, InvalidResponseHeaders, EmptyResponse, and the errors of the
 * {@link JsonApi}
 * @example
 * const found = findOperation(operations, 'GET', '/orders/1');
 * if (found) await callOperation(api, found.operation, { ...found.pathParameters, query: { expand: 'items' } });
 */
export async function callOperation<Api extends JsonApi>(
  api: Api,
  operation: Operation,
  { query, headers, body, ...pathParameters }: UntypedInput = {},
  { idempotencyKey: givenKey, ...options }: CallOptions<Api> = {} as CallOptions<Api>,
): Promise<TypedResponse<Api, unknown>> {
  const { method, path, response: schema = v.undefined(), idempotencyKey: remembersKeys } = operation;
  const { requestMediaType, responseMediaType, responseHeaders } = operation;
  // Before version 0.4, `false` asked for no key. Code that is not type-checked may still have it.
  const hasKey = givenKey !== undefined && (givenKey as unknown) !== false;
  if (hasKey && remembersKeys === undefined) {
    throw new UnsupportedIdempotencyKey(
      `${method} ${path} remembers no keys, so it would execute a repetition again. Leave idempotencyKey out, or declare the operation with idempotencyKey: true. Nothing was sent.`,
    );
  }
  const mayBeUnchanged = Object.keys(operation.headers?.entries ?? {}).some((name) => CONDITION.test(name));
  const sent = {
    ...('headers' in options && options.headers),
    ...(responseMediaType && { Accept: `${responseMediaType}, application/problem+json` }),
    ...(requestMediaType && body !== undefined && { 'Content-Type': requestMediaType }),
    ...textsOf(headers),
  };
  const request = {
    ...options,
    method,
    schema: mayBeUnchanged ? orEmpty(schema, responseMediaType) : schema,
    ...(Object.keys(sent).length > 0 && { headers: sent }),
    ...(query !== undefined && { query }),
    ...(body !== undefined && { [isJson(requestMediaType) ? 'json' : 'body']: body }),
    ...(remembersKeys && { idempotencyKey: givenKey ?? remembersKeys }),
  };
  const target = pathOf(path, pathParameters);
  const response = isJson(responseMediaType)
    ? await api.json(target, request)
    : await textApi(api).text(target, request);
  const isEmpty = response.body === undefined || (response.body === '' && !isJson(responseMediaType));
  const isUnchanged = mayBeUnchanged && (response.status ?? (isEmpty ? 304 : 200)) === 304;
  if (mayBeUnchanged && isEmpty && !isUnchanged && !v.is(schema, response.body)) {
    throw new EmptyResponse(
      `${method} ${path} answered ${response.status} without a body, and the contract declares one. The request was executed. Only 304 says that nothing has changed.`,
    );
  }
  if (responseHeaders !== undefined && !isUnchanged) {
    const { issues = [] } = v.safeParse(responseHeaders, declaredHeaders(operation, response));
    if (issues.length > 0) {
      const names = issues.map((issue) => v.getDotPath(issue));
      throw new InvalidResponseHeaders(
        `${method} ${path} answered without these headers, or with values that break the contract: ${names.join(', ')}. The request was executed.`,
      );
    }
  }
  // The JsonApi has checked the body by the schema, from which the type follows.
  return response as TypedResponse<Api, unknown>;
}

/** The declared headers of a response that it has, by their declared names. */
export function declaredHeaders(
  { responseHeaders }: Operation,
  { headers }: JsonApiResponse,
): Readonly<Record<string, string>> {
  const names = Object.keys(responseHeaders?.entries ?? {});
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers?.get(name);
      return value == null ? [] : [[name, value]];
    }),
  );
}

/** The schema of a response that may be 304, which has no body. */
function orEmpty(schema: v.GenericSchema, mediaType: string | undefined): v.GenericSchema {
  return isJson(mediaType) ? v.optional(schema) : v.union([v.literal(''), schema]);
}

/** Headers with which a GET may be answered 304. */
const CONDITION = /^if-(?:none-match|modified-since)$/i;

function isJson(mediaType = 'application/json'): boolean {
  return /^[^;]+[/+]json\b/i.test(mediaType);
}

/** Numbers and booleans as text. The {@link JsonApi} refuses other values. */
function textsOf(headers: UntypedInput['headers'] = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, /number|boolean/.test(typeof value) ? String(value) : (value as string)]];
    }),
  );
}

function textApi(api: JsonApi): Required<JsonApi> {
  if (api.text === undefined) throw new TypeError('The API has no method text, so it cannot read text.');
  return api as Required<JsonApi>;
}
