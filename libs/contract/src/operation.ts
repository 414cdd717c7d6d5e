import type * as v from 'valibot';
import type { Agreement } from './agreement.ts';

/** The value of a query parameter. An array repeats the parameter; `undefined` leaves it out. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];

/** The value of a path parameter. */
export type PathValue = string | number;

/** The value of a request header. */
export type HeaderValue = string | number | boolean | undefined;

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
  /** The request headers that the handler reads, such as `If-Match`. Names are compared without case. */
  readonly headers?: ObjectSchema<Readonly<Record<string, HeaderValue>>>;
  /** The request's body. Absent: the request has no body. */
  readonly request?: v.GenericSchema;
  /**
   * The media type of the request's body. With one of text, such as `text/csv`, the schema `request` is one of a string. Bytes are not
   * carried: let the client send a file by a presigned URL of S3. @default application/json
   */
  readonly requestMediaType?: string;
  /** The body of a successful response. Absent: the response has no body. */
  readonly response?: v.GenericSchema;
  /** The media type of the response's body, as {@link requestMediaType}. @default application/json */
  readonly responseMediaType?: string;
  /** The headers of a successful response that clients read, such as `ETag`. Names are compared without case. */
  readonly responseHeaders?: ObjectSchema<Readonly<Record<string, string | undefined>>>;
  /** The status of a successful response. */
  readonly status: number;
  /** The errors of the API's own that clients tell apart, by names of their choice. */
  readonly problems?: Readonly<Record<string, DeclaredProblem>>;
  /** Clients should no longer call the operation. It is served all the same. */
  readonly deprecated?: true;
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
    readonly headers?: Readonly<Record<string, HeaderValue>>;
    readonly body?: unknown;
  };
}

/** An error that an operation declares: a problem document (RFC 9457). */
export interface DeclaredProblem {
  /** 400 to 599. */
  readonly status: number;
  /** A URI that names the kind of problem. Two problems of one status need different ones. @default about:blank */
  readonly type?: string;
  /** The kind of problem in a few words. */
  readonly title: string;
  /** The members that the document has beside those of every problem. */
  readonly members?: ObjectSchema<Readonly<Record<string, unknown>>>;
}

/** Operations by name. A name is also the client's function and the OpenAPI `operationId`. */
export type Operations = Readonly<Record<string, Operation>>;

/**
 * Declares an operation. It does not compile if the names in the path and those of `pathParameters` differ, if the example breaks the
 * schemas, if a `GET` remembers keys, or if a part cannot be carried: a parameter that text cannot express, a header that is reserved, a
 * value that JSON does not have, a media type of bytes. The compiler's error names the part.
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
export function operation<const O extends Operation>(declared: O & Agreement<O, keyof Operation>): O {
  return declared;
}

/** An operation whose API remembers the `Idempotency-Key` of a request: {@link Operation.idempotencyKey}. */
export type RemembersKeys = { readonly idempotencyKey: true };

/**
 * The header that makes a request to such an operation safe to repeat: the same key goes out on each attempt, and the API executes the
 * request once and repeats its response (draft-ietf-httpapi-idempotency-key-header).
 */
export const IDEMPOTENCY_KEY_HEADER = 'Idempotency-Key';
