import * as v from 'valibot';
import type { InputOf, Operation, Operations, QueryValue } from './operation.ts';
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

/** The options that a call may add: those of the {@link JsonApi}, except those that the operation sets. */
export type CallOptions<Api extends JsonApi> = Omit<
  NonNullable<Parameters<Api['json']>[1]>,
  'method' | 'schema' | 'json' | 'body' | 'query' | 'idempotencyKey'
> & {
  /**
   * The `Idempotency-Key`. A `POST` sends a new one for each call by default. `false` sends none: for an API that ignores
   * keys. Such a request is not repeated if it may have been executed.
   */
  readonly idempotencyKey?: string | boolean | undefined;
};

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
    ? [options?: CallOptions<Api>]
    : Record<never, never> extends OperationInput<O>
      ? [input?: OperationInput<O>, options?: CallOptions<Api>]
      : [input: OperationInput<O>, options?: CallOptions<Api>]
) => Promise<TypedResponse<Api, ResponseBody<O>>>;

/** Operations as functions, by their names. */
export type ApiClient<Api extends JsonApi, Own extends Operations> = {
  readonly [Name in keyof Own]: ApiFunction<Api, Own[Name]>;
};

/**
 * Makes a client with a function for each operation of the API. It encodes path parameters and query. A `POST` is sent with an
 * `Idempotency-Key`, so it can be repeated even if it may have been executed.
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

/**
 * Calls an operation that is known at run time only. Each function of {@link createApiClient} does this.
 * @throws InvalidPathParameter before anything is sent, and the errors of the {@link JsonApi}
 * @example
 * const found = findOperation(operations, 'GET', '/orders/1');
 * if (found) await callOperation(api, found.operation, { ...found.pathParameters, query: { expand: 'items' } });
 */
export async function callOperation<Api extends JsonApi>(
  api: Api,
  { method, path, response: schema = v.undefined() }: Operation,
  { query, body, ...pathParameters }: UntypedInput = {},
  { idempotencyKey = method === 'POST', ...options }: CallOptions<Api> = {} as CallOptions<Api>,
): Promise<TypedResponse<Api, unknown>> {
  const response = await api.json(pathOf(path, pathParameters), {
    ...options,
    method,
    schema,
    ...(query !== undefined && { query }),
    ...(body !== undefined && { json: body }),
    ...(idempotencyKey !== false && { idempotencyKey }),
  });
  // The JsonApi has checked the body by the schema, from which the type follows.
  return response as TypedResponse<Api, unknown>;
}
