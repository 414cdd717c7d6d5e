import type { OutputOf, StandardSchema } from './standard-schema.ts';

/** Credentials to sign with. Those of AWS SDK v3 and of `assume-role` fit. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Present with temporary credentials. */
  readonly sessionToken?: string | undefined;
}

/**
 * Where credentials come from. Asked for each attempt anew, so it should cache, as `assume-role` does.
 */
export interface CredentialSource {
  getCredentials(): Promise<SigningCredentials>;
  /** Told when the API calls the credentials expired or unknown; the next `getCredentials` must give others. */
  invalidate?(rejected: SigningCredentials): void;
}

/** A source, a provider function of AWS SDK v3, or fixed credentials. */
export type CredentialsInput = CredentialSource | (() => Promise<SigningCredentials>) | SigningCredentials;

/** A value of a query parameter; an array repeats the parameter. `undefined` leaves it out. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];

/** Query parameters. */
export type QueryInput = URLSearchParams | Readonly<Record<string, QueryValue>>;

/** How often and how patiently a call is repeated. */
export interface RetryOptions {
  /**
   * Attempts in all, the first included: 1 to 20. 1 turns retries off.
   * @default 4
   */
  readonly maxAttempts?: number;
  /**
   * The n-th wait is a random time of up to `baseDelayMs · 2ⁿ⁻¹`: 1 to 60000 ms.
   * @default 100
   */
  readonly baseDelayMs?: number;
  /**
   * The most that a wait may be, `Retry-After` apart: 1 to 300000 ms.
   * @default 5000
   */
  readonly maxDelayMs?: number;
}

/** What is sent. */
export interface RequestOptions {
  /** @default `POST` with a body, `GET` without */
  readonly method?: string | undefined;
  /** Added to the parameters that the path has. */
  readonly query?: QueryInput | undefined;
  /** Headers to send. `Authorization`, `Host` and the like are the library's and refused. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body as it is. Not with `json`. */
  readonly body?: string | Uint8Array | ArrayBuffer;
  /** A value that is sent as JSON, with its content type. Not with `body`. */
  readonly json?: unknown;
  /**
   * Makes a `POST` or `PATCH` safe to repeat: sent as `Idempotency-Key`, alike on each attempt. `true` makes a key
   * for this call. Only where the API honours it.
   */
  readonly idempotencyKey?: string | true | undefined;
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | null | undefined;
  /** As the client's option, for this call. */
  readonly timeoutMs?: number;
  /** As the client's option, for this call. */
  readonly retry?: RetryOptions;
}

/** {@link RequestOptions} with a schema for the answer. */
export interface JsonRequestOptions<Schema extends StandardSchema | undefined = undefined>
  extends RequestOptions {
  /** Checks the answer's body: any Standard Schema, such as valibot's, zod's or arktype's. */
  readonly schema?: Schema;
}

/** A successful answer (status below 300, or 304), wholly read. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** API Gateway's request ID. */
  readonly requestId: string | undefined;
  /** How many requests it took, the successful one included. */
  readonly attempts: number;
  /** The body as UTF-8 text. */
  text(): string;
}

/** A successful answer with its body parsed. */
export interface JsonResponse<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** API Gateway's request ID. */
  readonly requestId: string | undefined;
  /** How many requests it took, the successful one included. */
  readonly attempts: number;
}

/** A client that is bound to one API. */
export interface SignedFetch {
  /** The API's URL, without a slash at its end. */
  readonly baseUrl: string;
  /**
   * Sends a signed request and reads the answer.
   * @param path below the base URL; begins with `/`, may have a query
   * @throws InvalidPath, InvalidOption before anything is sent
   * @throws SignedFetchError (one of its classes) where the call fails, or what the credential source throws
   * @example const { status } = await api.fetch('/messages/42', { method: 'DELETE' })
   */
  fetch(path: string, options?: RequestOptions): Promise<ApiResponse>;
  /**
   * Sends a signed request and parses the answer as JSON. The body is `undefined` if the answer is empty and answers
   * `HEAD` or has status 202, 204, 205 or 304.
   * @throws as {@link SignedFetch.fetch}, and InvalidResponse where the answer is not JSON or not what the schema says
   * @example const { body } = await api.json('/messages', { json: { foo: 'bar' }, schema: postMessageResponseSchema })
   */
  json<Schema extends StandardSchema | undefined = undefined>(
    path: string,
    options?: JsonRequestOptions<Schema>,
  ): Promise<JsonResponse<Schema extends StandardSchema ? OutputOf<Schema> : unknown>>;
}

/** How a client is made. */
export interface SignedFetchOptions {
  /**
   * The API's URL with its stage: `https://abc123.execute-api.eu-west-1.amazonaws.com/dev`. No path that a caller
   * gives leads out of it.
   */
  readonly baseUrl: string | URL;
  /** What to sign with. */
  readonly credentials: CredentialsInput;
  /**
   * The region to sign for.
   * @default the one in the host name; with a custom domain there is none, and it must be given
   */
  readonly region?: string | undefined;
  /**
   * How long one attempt may take, its answer's body included: 1 to 900000 ms.
   * @default 10000
   */
  readonly timeoutMs?: number;
  /**
   * What is left of the invocation's time for the handler to react: 0 to 60000 ms before its end every call ends.
   * @default 500
   */
  readonly marginMs?: number;
  /**
   * The largest body of an answer that is read, in bytes after decompression: 1 to 2³⁰. A larger one ends the call with
   * ResponseTooLarge.
   * @default 11534336 (11 MiB; API Gateway's own limit is 10 MB)
   */
  readonly maxResponseBytes?: number;
  /** How often and how patiently a call is repeated. */
  readonly retry?: RetryOptions;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Put before the library's own name in `User-Agent`, e.g. `caller/1.2`. */
  readonly userAgent?: string;
  /** What sends requests. @default the global `fetch` at the time of the call */
  readonly fetch?: typeof globalThis.fetch;
  /** Time and chance, for tests. @default the machine's own */
  readonly runtime?: Runtime;
}

/** What the middleware takes: {@link SignedFetchOptions}, except that the credentials may come from the context. */
export interface SignedFetchMiddlewareOptions<
  Key extends string = string,
  Credentials extends string | CredentialsInput = string | CredentialsInput,
> extends Omit<SignedFetchOptions, 'credentials'> {
  /** Credentials, or the name on the context under which a middleware before this one put their source. */
  readonly credentials: Credentials;
  /** The name of the client on the handler's context. @default 'api' */
  readonly contextKey?: Key;
}

/** What one invocation brings along. */
export interface InvocationScope {
  /** Milliseconds that the invocation has left, e.g. `() => context.getRemainingTimeInMillis()`. */
  readonly remainingTimeInMillis?: () => number;
  /** The X-Ray trace header to pass on. @default the environment's `_X_AMZN_TRACE_ID` */
  readonly traceHeader?: string | undefined;
  /** Ends all calls of the invocation. */
  readonly signal?: AbortSignal;
}

/** Time and chance, so that tests can hold them still. */
export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
