import {
  type ClientSettings,
  type CredentialSource,
  checkCredentials,
  type InvocationScope,
  makeCall,
} from './call.ts';
import { check } from './errors.ts';
import {
  CLIENT_NUMBERS,
  checkObject,
  type JsonRequestOptions,
  KEY_HEADER,
  matches,
  prepareRequest,
  type RequestOptions,
  readHeaders,
  readNumbers,
  readRetry,
} from './request.ts';
import {
  type ApiResponse,
  type JsonResponse,
  type OutputOf,
  parseJson,
  type StandardSchema,
  type SuccessfulCall,
  textOf,
} from './response.ts';
import type { RetryOptions } from './retry.ts';
import { createSigner, type SigningCredentials } from './sign.ts';
import { sendByFetch, sendByNode } from './transport.ts';

/** A source, a provider function of AWS SDK v3, or fixed credentials. */
export type CredentialsInput = CredentialSource | (() => Promise<SigningCredentials>) | SigningCredentials;

/** The options of a client. */
export interface SignedFetchOptions {
  /** The API's URL with its stage: `https://abc123.execute-api.eu-west-1.amazonaws.com/dev`. */
  readonly baseUrl: string | URL;
  /** What to sign with. */
  readonly credentials: CredentialsInput;
  /** The API's region. @default the one in the host name; a custom domain names none, so it needs this option */
  readonly region?: string | undefined;
  /** How long one attempt may take, the response's body included: 1 to 900000 ms. @default 10000 */
  readonly timeoutMs?: number | undefined;
  /** Calls end this long before the invocation does, so that the handler can react: 0 to 60000 ms. @default 500 */
  readonly marginMs?: number | undefined;
  /** The largest body of a response, decompressed: 1 to 1073741824 bytes. @default 11534336; API Gateway's limit is 10 MB */
  readonly maxResponseBytes?: number | undefined;
  /** How often and how patiently a call is repeated. */
  readonly retry?: RetryOptions | undefined;
  /** Headers of every request. @default `User-Agent` with the name of the library */
  readonly headers?: Readonly<Record<string, string>> | undefined;
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
   * @throws a SignedFetchError if the call fails, or what the source of credentials throws
   */
  fetch(path: string, options?: RequestOptions): Promise<ApiResponse>;
  /**
   * Sends a signed request and parses the response as JSON.
   * @throws as {@link SignedFetch.fetch}, and InvalidResponse if the response is not JSON or does not match the schema
   * @example const { body } = await api.json('/messages', { json: { foo: 'bar' }, schema: messageSchema })
   */
  json<Schema extends StandardSchema | undefined = undefined>(
    path: string,
    options?: JsonRequestOptions<Schema>,
  ): Promise<JsonResponse<Schema extends StandardSchema ? OutputOf<Schema> : unknown>>;
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
 * @example
 * const api = createSignedFetch({
 *   baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
 *   credentials: fromNodeProviderChain(),
 * });
 * const { status, body, requestId, attempts } = await api.json('/messages', { json: { foo: 'bar' } });
 */
export function createSignedFetch(options: SignedFetchOptions): SignedFetchClient {
  checkObject('options', options);
  const { baseUrl, region, credentials, retry, headers, fetch, ...numbers } = options;
  check(fetch === undefined || typeof fetch === 'function', 'fetch', 'must be a function');
  const target = readBaseUrl(baseUrl, region);
  const own = readHeaders(headers);
  check(!(KEY_HEADER in own), 'headers', `must not have ${KEY_HEADER}: each request needs its own`);
  const settings: ClientSettings = {
    ...target,
    ...readNumbers(numbers, CLIENT_NUMBERS),
    retry: readRetry(retry),
    headers: { 'user-agent': 'cross-account-api-signed-fetch', ...own },
    source: readCredentials(credentials),
    sign: createSigner(target.region),
    send: fetch === undefined ? sendByNode : sendByFetch(fetch),
    clock: { offsetMs: 0 },
    scope: {},
  };
  const bind: SignedFetchClient['bind'] = (scope, source = settings.source) =>
    bound({ ...settings, scope, source });
  return { ...bind({}), bind };
}

function bound(settings: ClientSettings): SignedFetch {
  const { signal, traceHeader } = settings.scope;
  const jsonSettings = {
    ...settings,
    headers: { accept: 'application/json, application/problem+json', ...settings.headers },
  };
  const send = <Result>(
    path: string,
    options: RequestOptions,
    own: ClientSettings,
    read: (call: SuccessfulCall) => Result | Promise<Result>,
  ): Promise<Result> => {
    // A call that is pending when its invocation ends must not end the process by its rejection.
    const silence = (): void => {
      result.catch(() => undefined);
    };
    const call = async (): Promise<Result> => {
      const request = prepareRequest(path, options, own, traceHeader ?? process.env._X_AMZN_TRACE_ID);
      // Node keeps track of each combined signal, so there is one only if there are two to combine.
      const both = signal && options.signal && AbortSignal.any([signal, options.signal]);
      return read(await makeCall(request, own, both ?? options.signal ?? signal));
    };
    signal?.addEventListener('abort', silence);
    const result = call().finally(() => signal?.removeEventListener('abort', silence));
    return result;
  };
  return {
    baseUrl: settings.origin + settings.basePath,
    fetch: (path, options = {}) =>
      send(path, options, settings, ({ response: { body, ...response } }) =>
        present(response, { body, text: () => textOf(body) }),
      ),
    json: (path, options: JsonRequestOptions<StandardSchema | undefined> = {}) =>
      send(path, options, jsonSettings, async (call) => {
        const body = (await parseJson(call, options.schema)) as never;
        return present(call.response, { body });
      }),
  };
}

/** A response as users get it. `Headers` are made for those who read them: the class comes with all of `fetch`. */
function present<Own extends object>(
  { status, headers, requestId, attempts }: Omit<SuccessfulCall['response'], 'body'>,
  own: Own,
) {
  let made: Headers | undefined;
  return {
    status,
    get headers() {
      made ??= new Headers([...headers]);
      return made;
    },
    requestId,
    attempts,
    ...own,
  };
}

/** Makes a source of whatever credentials come as. */
export function readCredentials(input: unknown): CredentialSource {
  const { getCredentials }: Partial<CredentialSource> = Object(input);
  if (typeof getCredentials === 'function') return input as CredentialSource;
  if (typeof input === 'function') return { getCredentials: async () => input() };
  const fixed = checkCredentials(input);
  return { getCredentials: async () => fixed };
}

/** Host names with a region in them: an API's (also private, `<api>-<vpce>`; dual-stack; China; EU), a VPC endpoint's. */
const HOST = /\.execute-api\.([a-z\d-]+)\.(?:(?:vpce\.)?amazonaws\.(?:com(?:\.cn)?|eu)|api\.aws)$/;

/** Unencrypted only to this machine. */
const ORIGIN = /^https:|^http:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/;

/** Reads the base URL and finds the region to sign for. */
export function readBaseUrl(baseUrl: unknown, region?: unknown) {
  const url = typeof baseUrl === 'string' || baseUrl instanceof URL ? URL.parse(String(baseUrl)) : null;
  check(
    url !== null && ORIGIN.test(url.origin) && url.href === url.origin + url.pathname,
    'baseUrl',
    'must be https:// with host and stage: https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  );
  const [, named] = HOST.exec(url.hostname) ?? [];
  const found = region ?? named;
  check(
    matches(found, /^[a-z\d-]{1,30}$/) && found === (named ?? found),
    'region',
    'must be the one in baseUrl, or given if that has none: eu-west-1',
  );
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, ''), region: found };
}
