import * as v from 'valibot';
import type { InputOf, Operation, Operations, QueryValue, RemembersKeys } from './operation.ts';
import { pathOf } from './path.ts';

/** The request that the client passes to {@link JsonApi.json}. */
export interface JsonApiRequest {
  readonly method: string;
  /** Query parameters, not encoded yet. */
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  /** The body, which is sent as JSON. */
  readonly json?: unknown;
  /** The response's body must match it. */
  readonly schema: v.GenericSchema<unknown, unknown>;
  /** `true` sends a new `Idempotency-Key`, the same on each attempt: then the request may be repeated. */
  readonly idempotencyKey?: string | true | undefined;
}

/**
 * The interface through which the client sends requests. `SignedFetch` of signed-fetch fits. So does any other object that signs a
 * request, sends it, throws an error for an error response, and checks the body by the schema.
 */
export interface JsonApi {
  json(path: string, request: JsonApiRequest): Promise<{ readonly body: unknown }>;
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
export type TypedResponse<Api extends JsonApi, Body> = Omit<Awaited<ReturnType<Api['json']>>, 'body'> & {
  readonly body: Body;
};

/** Whether a member may be left out: one that may be `undefined`, or a query without required members. */
type IsOptional<Name extends string, Value> = undefined extends Value
  ? true
  : Name extends 'query'
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

/** The input of a client's function: the path parameters by name, `query` and `body`. */
export type OperationInput<O> = Flat<
  PathParameters<InputOf<O, 'pathParameters'>> &
    Member<'query', InputOf<O, 'query'>> &
    Member<'body', InputOf<O, 'request'>>
>;

type ResponseBody<O> =
  O extends Readonly<Record<'response', infer Schema extends v.GenericSchema>>
    ? v.InferOutput<Schema>
    : undefined;

/** A function of {@link ApiClient}. Without input, its only parameter is the options. */
export type ApiFunction<Api extends JsonApi, O extends Operation> = (
  ...given: keyof OperationInput<O> extends never
    ? [options?: CallOptions<Api, O>]
    : Record<never, never> extends OperationInput<O>
      ? [input?: OperationInput<O>, options?: CallOptions<Api, O>]
      : [input: OperationInput<O>, options?: CallOptions<Api, O>]
) => Promise<TypedResponse<Api, ResponseBody<O>>>;

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
    const takesInput = operation.pathParameters ?? operation.query ?? operation.request;
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
  readonly body?: unknown;
  readonly [pathParameter: string]: unknown;
}

/** A call has an `Idempotency-Key`, and its operation remembers none: a repetition of the request would be executed again. */
export class UnsupportedIdempotencyKey extends Error {
  override readonly name = 'UnsupportedIdempotencyKey';
  readonly code = 'UnsupportedIdempotencyKey';
}

/**
 * Calls an operation that is known at run time only. Each function of {@link createApiClient} does this.
 * @throws InvalidPathParameter or UnsupportedIdempotencyKey before anything is sent, and the errors of the {@link JsonApi}
 * @example
 * const found = findOperation(operations, 'GET', '/orders/1');
 * if (found) await callOperation(api, found.operation, { ...found.pathParameters, query: { expand: 'items' } });
 */
export async function callOperation<Api extends JsonApi>(
  api: Api,
  { method, path, response: schema = v.undefined(), idempotencyKey: remembersKeys }: Operation,
  { query, body, ...pathParameters }: UntypedInput = {},
  { idempotencyKey: givenKey, ...options }: CallOptions<Api> = {} as CallOptions<Api>,
): Promise<TypedResponse<Api, unknown>> {
  if (givenKey !== undefined && remembersKeys === undefined) {
    throw new UnsupportedIdempotencyKey(
      `${method} ${path} remembers no keys, so it would execute a repetition again. Leave idempotencyKey out, or declare the operation with idempotencyKey: true. Nothing was sent.`,
    );
  }
  const response = await api.json(pathOf(path, pathParameters), {
    ...options,
    method,
    schema,
    ...(query !== undefined && { query }),
    ...(body !== undefined && { json: body }),
    ...(remembersKeys && { idempotencyKey: givenKey ?? remembersKeys }),
  });
  // The JsonApi has checked the body by the schema, from which the type follows.
  return response as TypedResponse<Api, unknown>;
}
