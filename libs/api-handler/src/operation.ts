import type { Operation as DeclaredOperation } from '@cross-account-api/contract';
import type * as v from 'valibot';
import type { GivenHeaders } from './response-parts.ts';

/** A [valibot](https://valibot.dev) schema that validates synchronously. */
export type Schema = v.GenericSchema;

/**
 * The parts of an operation that a handler needs: its route, the schemas of its requests and responses, and the status of a success.
 * `operation` of `@cross-account-api/contract` declares one.
 */
export interface HandledOperation
  extends Omit<
    DeclaredOperation,
    'summary' | 'example' | 'deprecated' | 'pathParameters' | 'query' | 'headers' | 'responseHeaders'
  > {
  /** The path parameters. The schema says which of them are numbers. */
  readonly pathParameters?: Schema;
  /**
   * The query parameters. The schema says which of them are numbers, booleans and lists. A parameter without a schema is a string if
   * the request has one of the name, and a list if it has several. A strict schema refuses unknown parameters; any other ignores them.
   */
  readonly query?: Schema;
  /** The request headers that the handler reads: an object schema. Names are compared without case. */
  readonly headers?: Schema & { readonly entries: v.ObjectEntries };
  /** The headers of a successful response that clients read: an object schema. */
  readonly responseHeaders?: Schema & { readonly entries: v.ObjectEntries };
}

/** The output of the schema for a part of the request; `undefined` if the operation has no such schema. */
export type PartOf<
  Op extends HandledOperation,
  Part extends 'pathParameters' | 'query' | 'headers' | 'request',
> = Op extends {
  readonly [K in Part]: infer Given extends Schema;
}
  ? v.InferOutput<Given>
  : undefined;

/** A handler's answer. */
export type Answer<Op extends HandledOperation> = BodyOf<Op> &
  HeadersOf<Op> & {
    /**
     * Replaces the operation's status: 200 to 599. Any other makes the answer a 500. From 400 on, the request has failed, as if the
     * handler had thrown an error: an answer with such a status is not remembered under an `Idempotency-Key`.
     */
    readonly status?: number | undefined;
  };

/**
 * Added to the response, e.g. `Location`. One that is `undefined` is left out. One that HTTP cannot carry makes the answer a 500, and so
 * does a `Content-Type` that is not the operation's. Those that the operation declares as required must be there.
 */
type HeadersOf<Op extends HandledOperation> = Op extends {
  readonly responseHeaders: infer Given extends Schema;
}
  ? Record<never, never> extends v.InferInput<Given>
    ? { readonly headers?: (GivenHeaders & v.InferInput<Given>) | undefined }
    : { readonly headers: GivenHeaders & v.InferInput<Given> }
  : { readonly headers?: GivenHeaders | undefined };

/** A handler's return value: an answer or a promise of it. If the operation has no response body, it may return nothing. */
export type Returned<Op extends HandledOperation> =
  HasBody<Op> extends true
    ? Answer<Op> | Promise<Answer<Op>>
    : Answer<Op> | undefined | Promise<Answer<Op> | undefined> | Promise<void>;

type HasBody<Op extends HandledOperation> = Op extends
  | { readonly response: Schema }
  | { readonly responseHeaders: Schema }
  ? true
  : false;

type BodyOf<Op extends HandledOperation> = Op extends { readonly response: infer Given extends Schema }
  ? { readonly body: Sendable<v.InferInput<Given>> } | NotModified<Op>
  : { readonly body?: undefined };

/** The answer to a request whose condition says that the client has the response already: `{ status: 304 }`. */
type NotModified<Op extends HandledOperation> = Op extends {
  readonly method: 'GET';
  readonly headers: { readonly entries: infer Entries };
}
  ? [Extract<Lowercase<keyof Entries & string>, 'if-none-match' | 'if-modified-since'>] extends [never]
    ? never
    : { readonly status: number; readonly body?: undefined }
  : never;

/**
 * Excludes promises from a type, because `JSON.stringify` writes `{}` for a promise. Only `unknown`, `any` and `{}`
 * include promises.
 */
export type Sendable<T> = unknown extends T
  ? Json
  : T extends object
    ? keyof T extends never
      ? { readonly [name: string]: Json }
      : T extends Json | { toJSON(): unknown }
        ? T
        : { readonly [K in keyof T]: Sendable<T[K]> }
    : T;

/** A value that `JSON.stringify` writes unchanged. It leaves out members that are `undefined`. */
export type Json =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Json[]
  | { readonly [name: string]: Json };
