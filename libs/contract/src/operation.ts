import type * as v from 'valibot';
import type { Unsendable } from './sendable.ts';

/** The value of a query parameter. An array repeats the parameter; `undefined` leaves it out. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];

/** The value of a path parameter. */
export type PathValue = string | number;

/** A valibot schema of an object: `v.object(…)` or `v.strictObject(…)`. */
export type ObjectSchema<Input> = v.GenericSchema<Input, unknown> & { readonly entries: v.ObjectEntries };

/** An operation of the API: a route with its schemas. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with `/`; has no stage in it. A path parameter is one segment: `/messages/{id}`. */
  readonly path: `/${string}`;
  /** One sentence for people, also in the OpenAPI document. */
  readonly summary: string;
  /** The path parameters: one for each `{name}` of the path. */
  readonly pathParameters?: ObjectSchema<Readonly<Record<string, PathValue>>>;
  /** The query parameters. A list repeats its parameter. */
  readonly query?: ObjectSchema<Readonly<Record<string, QueryValue>>>;
  /** The request's body. Absent: the request has no body. */
  readonly request?: v.GenericSchema;
  /** The body of a successful response. Absent: the response has no body. */
  readonly response?: v.GenericSchema;
  /** The status of a successful response. */
  readonly status: number;
  /**
   * The API remembers the `Idempotency-Key` of a request, and executes a request that is repeated with its key once. The client sends
   * a key with each call. Without the mark it sends none, and the API refuses a `POST` or `PATCH` that has one.
   *
   * A `GET` cannot have it: it changes nothing, so it may be repeated without a key.
   */
  readonly idempotencyKey?: true;
  /** Example values, with which tools and documents fill in a request. */
  readonly example?: {
    readonly pathParameters?: Readonly<Record<string, PathValue>>;
    readonly query?: Readonly<Record<string, QueryValue>>;
    readonly body?: unknown;
  };
}

/** Operations by name. A name is also the client's function and the OpenAPI `operationId`. */
export type Operations = Readonly<Record<string, Operation>>;

/** The names in a path. @example ParameterNames<'/orders/{id}/items/{item}'> // 'id' | 'item' */
export type ParameterNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterNames<Rest>
  : never;

/** The client's input for a part of an operation; `never` if the operation has no such part. */
export type InputOf<O, Part extends 'pathParameters' | 'query' | 'request'> =
  O extends Readonly<Record<Part, infer Schema extends v.GenericSchema>> ? v.InferInput<Schema> : never;

type Names<O> = O extends { readonly pathParameters: { readonly entries: infer Entries } }
  ? keyof Entries
  : never;

type IsNever<T> = [T] extends [never] ? true : false;

/** The names of the parameters whose values cannot be read from the text of a request by their schema. */
type Unreadable<O, Part extends 'pathParameters' | 'query'> =
  O extends Readonly<Record<Part, { readonly entries: infer Entries }>>
    ? { [Name in keyof Entries]: IsReadable<Entries[Name]> extends true ? never : Name }[keyof Entries] &
        string
    : never;

/** What api-handler's `readParameters` can read. */
type IsReadable<Schema> = Schema extends {
  readonly type: 'string' | 'number' | 'boolean' | 'picklist' | 'enum' | 'literal';
}
  ? true
  : Schema extends { readonly wrapped: infer Wrapped }
    ? IsReadable<Wrapped>
    : Schema extends { readonly type: 'array'; readonly item: infer Item }
      ? IsReadable<Item>
      : Schema extends { readonly items: readonly (infer Item)[] }
        ? IsReadable<Schema extends { readonly rest: infer Rest } ? Item | Rest : Item>
        : Schema extends { readonly type: 'union'; readonly options: readonly (infer Option)[] }
          ? IsAmbiguous<Schema> extends true
            ? false
            : IsReadable<Option>
          : Schema extends v.GenericSchema<string | readonly string[] | undefined, unknown>
            ? true
            : false;

/** Whether a union has any text, and values that are written as texts. */
type IsAmbiguous<Schema> =
  Schema extends v.GenericSchema<infer Input, unknown>
    ? string extends Input
      ? IsNever<Extract<Input, number | boolean>> extends true
        ? false
        : true
      : false
    : never;

/** Names of the client's input that no path parameter may have. */
type ReservedName = 'query' | 'body';

type Readable<O, Part extends 'pathParameters' | 'query'> =
  IsNever<Unreadable<O, Part>> extends true
    ? unknown
    : {
        readonly [Key in Part]: `${Unreadable<O, Part>}: this schema cannot read the text of a request. Write a string, number, boolean, picklist or literal, or a list of these.`;
      };

type Sendable<O, Part extends 'request' | 'response', IsResponse extends boolean> =
  O extends Readonly<Record<Part, infer Schema>>
    ? IsNever<Unsendable<Schema, IsResponse>> extends true
      ? unknown
      : { readonly [Key in Part]: `${Part}${Unsendable<Schema, IsResponse>}` }
    : unknown;

/** Rules that the type `Operation` cannot express. The texts appear in the compiler's error. */
type Agreement<O extends Operation> = (IsNever<Exclude<ParameterNames<O['path']>, Names<O>>> extends true
  ? unknown
  : {
      pathParameters: `the path has a parameter without a schema: ${Exclude<ParameterNames<O['path']>, Names<O>>}`;
    }) &
  (IsNever<Exclude<Names<O>, ParameterNames<O['path']>>> extends true
    ? unknown
    : { path: `the path lacks the parameter: ${Exclude<Names<O>, ParameterNames<O['path']>> & string}` }) &
  (IsNever<Extract<Names<O>, ReservedName>> extends true
    ? unknown
    : { path: `a path parameter must not be called: ${Extract<Names<O>, ReservedName> & string}` }) &
  (O extends { readonly method: 'GET'; readonly idempotencyKey: true }
    ? { idempotencyKey: 'a GET changes nothing, so it may be repeated without a key' }
    : unknown) &
  Readable<O, 'pathParameters'> &
  Readable<O, 'query'> &
  Sendable<O, 'request', false> &
  Sendable<O, 'response', true> &
  // A member that an operation does not have is misspelt.
  Readonly<Record<Exclude<keyof O, keyof Operation>, never>> & {
    readonly example?: {
      readonly pathParameters?: InputOf<O, 'pathParameters'>;
      readonly query?: InputOf<O, 'query'>;
      readonly body?: InputOf<O, 'request'>;
    };
  };

/**
 * Declares an operation. It does not compile if the names in the path and those of `pathParameters` differ, if the example breaks the
 * schemas, or if a `GET` remembers keys.
 * @example
 * operation({
 *   method: 'GET',
 *   path: '/orders/{id}',
 *   summary: 'Reads an order.',
 *   pathParameters: v.object({ id: v.string() }),
 *   response: v.object({ id: v.string(), total: v.number() }),
 *   status: 200,
 *   example: { pathParameters: { id: '42' } },
 * })
 */
export function operation<const O extends Operation>(declared: O & Agreement<O>): O {
  return declared;
}

/** An operation whose API remembers the `Idempotency-Key` of a request: {@link Operation.idempotencyKey}. */
export type RemembersKeys = { readonly idempotencyKey: true };

/**
 * The header that makes a request to such an operation safe to repeat: the same key goes out on each attempt, and the API executes the
 * request once and repeats its response (draft-ietf-httpapi-idempotency-key-header).
 */
export const IDEMPOTENCY_KEY_HEADER = 'Idempotency-Key';
