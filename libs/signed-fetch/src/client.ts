import type { StandardSchemaV1 } from '@standard-schema/spec';
import { makeCall, type Settings } from './call.ts';
import { check } from './errors.ts';
import { type CallLogger, logAnswer, logFailure } from './log.ts';
import { primeInInitPhase } from './prime.ts';
import { propertiesOf } from './properties.ts';
import { createQuota } from './quota.ts';
import {
  checkObject,
  type FetchOptions,
  type InvocationScope,
  type JsonRequestOptions,
  KEY_HEADER,
  type PreparedRequest,
  prepareRequest,
  type RequestOptions,
  type RetryOptions,
  readAttemptLimits,
  readBaseUrl,
  readHeaders,
  readNumber,
  refuseOthers,
} from './request.ts';
import { type AnsweredCall, type ApiResponse, type JsonResponse, parseBody, textOf } from './response.ts';
import { type CredentialSource, type CredentialsInput, createSigner, readCredentials } from './sign.ts';
import { sendByFetch, sendByNode } from './transport.ts';

/** The limits of a client that is given no others: see {@link SignedFetchOptions}. */
export const DEFAULT_LIMITS = { timeoutMs: 10_000, marginMs: 500, maxResponseBytes: 11 * 2 ** 20 } as const;

/** The options of a client. */
export interface SignedFetchOptions {
  /** The API's URL with its stage: `https://abc123.execute-api.eu-west-1.amazonaws.com/dev`. */
  readonly baseUrl: string | URL;
  /** The credentials to sign with, or their source. */
  readonly credentials: CredentialsInput;
  /** The API's region. @default the one in the host name; a custom domain names none, so it needs this option */
  readonly region?: string | undefined;
  /** The time-out of one attempt, the response's body included: 1 to 900000 ms. @default 10000 */
  readonly timeoutMs?: number | undefined;
  /** Calls end this long before the invocation does, so that the handler can react: 0 to 60000 ms. @default 500 */
  readonly marginMs?: number | undefined;
  /** The largest body of a response, decompressed: 1 to 1073741824 bytes. @default 11534336; API Gateway's limit is 10 MB */
  readonly maxResponseBytes?: number | undefined;
  /** The number of attempts and the waits between them. */
  readonly retry?: RetryOptions | undefined;
  /** Headers of every request. @default `User-Agent` with the name of the library */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Gets a line for each call: its result, the number of attempts and the API's request IDs. @default none is written */
  readonly logger?: CallLogger | undefined;
  /** Sends the requests. @default `request` of `node:https`, which takes less time than the global `fetch` */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Calls to one API. */
export interface SignedFetch {
  /** The API's URL, without a slash at its end. */
  readonly baseUrl: string;
  /**
   * Sends a signed request and reads the response.
   * @param path below the base URL; begins with `/`, and may have a query
   * @throws SignedFetchOptionError before anything is sent
   * @throws a SignedFetchError if the call fails, or the error of the source of credentials
   */
  fetch(path: string, options?: FetchOptions): Promise<ApiResponse>;
  /**
   * Sends a signed request and parses the response as JSON.
   * @throws as {@link SignedFetch.fetch}, and InvalidResponse if the response is not JSON or does not match the schema
   * @example const { body } = await api.json('/messages', { json: { foo: 'bar' }, schema: messageSchema })
   */
  json<Schema extends StandardSchemaV1 | undefined = undefined>(
    path: string,
    options?: JsonRequestOptions<Schema>,
  ): Promise<JsonResponse<Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : unknown>>;
  /**
   * Sends a signed request and reads the response as UTF-8 text, such as CSV.
   * @throws as {@link SignedFetch.fetch}, and InvalidResponse if the text does not match the schema
   * @example const { body } = await api.text('/orders', { headers: { Accept: 'text/csv' }, schema: v.string() })
   */
  text<Schema extends StandardSchemaV1 | undefined = undefined>(
    path: string,
    options?: JsonRequestOptions<Schema>,
  ): Promise<JsonResponse<Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : string>>;
}

/** A client of one API for a whole execution environment. */
export interface SignedFetchClient extends SignedFetch {
  /**
   * The same client for one invocation: its calls end before the invocation does.
   * @param source of credentials, if not the client's
   */
  bind(scope: InvocationScope, source?: CredentialSource): SignedFetch;
}

/**
 * Makes a client that signs its requests for one API. Make it once, outside the handler.
 * @throws SignedFetchOptionError
 * @throws Error if Node is older than 22
 * @example
 * const api = createSignedFetch({
 *   baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
 *   credentials: fromNodeProviderChain(),
 * });
 * const { status, body, requestId, attempts } = await api.json('/messages', { json: { foo: 'bar' } });
 */
export function createSignedFetch(options: SignedFetchOptions): SignedFetchClient {
  // Otherwise each call would fail, and say that a function is missing. npm only warns of `engines`.
  if (Promise.withResolvers === undefined)
    throw new Error(`signed-fetch needs Node 22.3 or later, and this is Node ${process.versions.node}.`);
  checkObject('options', options);
  const { baseUrl, region, credentials, retry, headers, fetch, ...rest } = options;
  const { timeoutMs, marginMs, maxResponseBytes, logger, ...others } = rest;
  refuseOthers(others);
  check(fetch === undefined || typeof fetch === 'function', 'fetch', 'must be a function');
  const { info, warn, error } = propertiesOf(logger);
  const isLogger = [info, warn, error].every((method) => typeof method === 'function');
  check(
    logger === undefined || isLogger,
    'logger',
    'must be an object with the methods info, warn and error',
  );
  const target = readBaseUrl(baseUrl, region);
  const own = readHeaders(headers);
  check(!(KEY_HEADER in own), 'headers', `must not have ${KEY_HEADER}: each request needs its own`);
  const settings = {
    ...target,
    ...readAttemptLimits(
      { timeoutMs, retry },
      {
        timeoutMs: DEFAULT_LIMITS.timeoutMs,
        retry: { maxAttempts: 4, baseDelayMs: 100, throttlingBaseDelayMs: 1_000, quota: true },
      },
    ),
    marginMs: readNumber('marginMs', marginMs, 0, 60_000, DEFAULT_LIMITS.marginMs),
    maxResponseBytes: readNumber(
      'maxResponseBytes',
      maxResponseBytes,
      1,
      2 ** 30,
      DEFAULT_LIMITS.maxResponseBytes,
    ),
    headers: { 'user-agent': 'cross-account-api-signed-fetch', ...own },
    source: readCredentials(credentials),
    sign: createSigner(target.region, target.service),
    send: fetch === undefined ? sendByNode : sendByFetch(fetch),
    clock: { offsetMs: 0 },
    quota: createQuota(),
    scope: {},
    logger,
  } satisfies Settings;
  primeInInitPhase(settings, (own) => bound(own).json('/', { json: {} }));
  const bind: SignedFetchClient['bind'] = (scope, source = settings.source) =>
    bound({ ...settings, scope, source });
  return { ...bind({}), bind };
}

function bound(settings: Settings): SignedFetch {
  const jsonSettings = {
    ...settings,
    headers: { accept: 'application/json, application/problem+json', ...settings.headers },
  };
  const send = <Own extends object>(
    path: string,
    options: RequestOptions,
    own: Settings,
    readBody: (call: AnsweredCall) => Own | Promise<Own>,
    further?: readonly string[],
  ) => {
    const { logger } = settings;
    const run = async () => {
      const request = prepareRequest(path, options, own, further);
      try {
        const response = await make(request);
        logAnswer(logger, request.displayUrl, response);
        return response;
      } catch (error) {
        logFailure(logger, request.displayUrl, error);
        throw error;
      }
    };
    const make = async (request: PreparedRequest) => {
      const call = await makeCall(request, own);
      const { status, requestId, extendedRequestId, makeHeaders } = call.answer;
      let headers: Headers | undefined;
      return {
        status,
        get headers() {
          headers ??= makeHeaders();
          return headers;
        },
        requestId,
        extendedRequestId,
        attempts: call.attempts.length,
        ...(await readBody(call)),
      };
    };
    const result: ReturnType<typeof run> = run().catch((error: unknown) => {
      // After the end of the invocation, the handler may not await the call. Its rejection must not end the process.
      if (settings.scope.signal?.aborted) result.catch(() => undefined);
      throw error;
    });
    return result;
  };
  return {
    baseUrl: settings.origin + settings.basePath,
    fetch: (path, options = {}) =>
      send(path, options, settings, ({ answer: { body } }) => ({ body, text: () => textOf(body) }), [
        'anyStatus',
      ]),
    json: (path, options: JsonRequestOptions<StandardSchemaV1 | undefined> = {}) =>
      send(
        path,
        options,
        jsonSettings,
        async (call) => ({ body: (await parseBody(call, options.schema)) as never }),
        ['schema'],
      ),
    text: (path, options: JsonRequestOptions<StandardSchemaV1 | undefined> = {}) =>
      send(
        path,
        options,
        settings,
        async (call) => ({ body: (await parseBody(call, options.schema, textOf)) as never }),
        ['schema'],
      ),
  };
}
