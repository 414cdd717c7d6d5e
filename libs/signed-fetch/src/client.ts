import { requestIdOf } from './answer.ts';
import { parseBaseUrl } from './base-url.ts';
import { type CallEnvironment, type CallResult, makeCall } from './call.ts';
import { credentialSource } from './credential-source.ts';
import { InvalidOption } from './errors/invalid-option.ts';
import {
  type CallDefaults,
  prepareCall,
  readHeaders,
  readNumber,
  readRetry,
  readTimeout,
} from './prepare.ts';
import { parseJson } from './response-body.ts';
import { anySignal, systemRuntime } from './runtime.ts';
import type { StandardSchema } from './standard-schema.ts';
import type {
  ApiResponse,
  CredentialSource,
  InvocationScope,
  JsonRequestOptions,
  JsonResponse,
  RequestOptions,
  SignedFetch,
  SignedFetchOptions,
} from './types.ts';
import { userAgent } from './user-agent.ts';

/** A client of one API for a whole execution environment. */
export interface SignedFetchClient extends SignedFetch {
  /**
   * The same client within one invocation: it ends its calls before the invocation ends. What it learns, such as the
   * server's clock, it shares with the others.
   * @example
   * const invocationApi = api.bind({ remainingTimeInMillis: () => context.getRemainingTimeInMillis() });
   */
  bind(scope: InvocationScope, source?: CredentialSource): SignedFetch;
}

const DEFAULT_RETRY = { maxAttempts: 4, baseDelayMs: 100, maxDelayMs: 5_000 };

/**
 * API Gateway's own limit is 10 MB.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const DEFAULT_MAX_RESPONSE_BYTES = 11 * 2 ** 20;

/** The names of all options; anything else is a typing error. */
const OPTIONS: ReadonlySet<string> = new Set<keyof SignedFetchOptions>([
  'baseUrl',
  'credentials',
  'region',
  'timeoutMs',
  'marginMs',
  'maxResponseBytes',
  'retry',
  'headers',
  'userAgent',
  'fetch',
  'runtime',
]);

/**
 * Makes a client that signs its requests for one API. Make it once, outside the handler.
 * @throws InvalidOption naming the option
 * @example
 * const api = createSignedFetch({
 *   baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
 *   credentials: createAssumedRole({ roleArn: 'arn:aws:iam::111111111111:role/api-dev-invoke' }),
 * });
 * const { status, body, requestId, attempts } = await api.json('/messages', { json: { foo: 'bar' } });
 */
export function createSignedFetch(options: SignedFetchOptions): SignedFetchClient {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOption('options', 'must be an object with baseUrl and credentials');
  }
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) {
      throw new InvalidOption(name, `is no option. The options are: ${[...OPTIONS].join(', ')}`);
    }
  }
  const base = parseBaseUrl(options.baseUrl, options.region);
  const defaults: CallDefaults = {
    base,
    headers: readHeaders(options.headers),
    userAgent: userAgent(options.userAgent),
    timeoutMs: readTimeout(options.timeoutMs, 10_000),
    retry: readRetry(options.retry, DEFAULT_RETRY),
  };
  const { fetch } = options;
  if (fetch !== undefined && typeof fetch !== 'function')
    throw new InvalidOption('fetch', 'must be a function');
  const environment: CallEnvironment = {
    source: credentialSource(options.credentials),
    region: base.region,
    marginMs: readNumber('marginMs', options.marginMs, 500, 0, 60_000),
    maxResponseBytes: readNumber(
      'maxResponseBytes',
      options.maxResponseBytes,
      DEFAULT_MAX_RESPONSE_BYTES,
      1,
      2 ** 30,
    ),
    // Looked up for each call: instrumentation may replace the global one after this module was loaded.
    fetch: () => fetch ?? globalThis.fetch,
    runtime: options.runtime ?? systemRuntime,
    clock: { offsetMs: 0 },
  };
  const bind = (scope: InvocationScope, source = environment.source): SignedFetch =>
    bound(defaults, { ...environment, source }, scope);
  return { ...bind({}), bind };
}

function bound(defaults: CallDefaults, environment: CallEnvironment, scope: InvocationScope): SignedFetch {
  const { remainingTimeInMillis = () => Number.POSITIVE_INFINITY } = scope;
  const perform = async (path: string, options: RequestOptions, headers: Record<string, string> = {}) => {
    const call = prepareCall(path, options, { ...defaults, headers: { ...headers, ...defaults.headers } });
    const result = await makeCall(call, environment, {
      remainingMs: remainingTimeInMillis,
      traceHeader: traceHeader(scope.traceHeader ?? process.env._X_AMZN_TRACE_ID),
      signal:
        scope.signal === undefined
          ? (options.signal ?? undefined)
          : anySignal(options.signal ?? undefined, scope.signal),
    });
    return { call, result };
  };
  return {
    baseUrl: defaults.base.origin + defaults.base.path,
    fetch: (path, options = {}) =>
      quietAfter(scope.signal, async () => apiResponse((await perform(path, options)).result)),
    json: <Schema extends StandardSchema | undefined = undefined>(
      path: string,
      { schema, ...options }: JsonRequestOptions<Schema> = {},
    ) =>
      quietAfter(scope.signal, async () => {
        const { call, result } = await perform(path, options, { accept: ACCEPT });
        const { status, headers, body, requestId, attempts } = apiResponse(result);
        const parsed = await parseJson({
          method: call.method,
          status,
          body,
          schema,
          secrets: result.secrets,
          call: call.shown,
          attempts: result.attempts,
        });
        return { status, headers, body: parsed, requestId, attempts } as JsonResponse<never>;
      }),
  };
}

/**
 * Does some work. Should it still be going on when the signal aborts, then nobody waits for it any more (the handler
 * has returned), and its rejection must not end the process.
 */
function quietAfter<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  const silence = (): void => {
    promise.catch(() => undefined);
  };
  const watched = async (): Promise<T> => {
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', silence);
    }
  };
  signal.addEventListener('abort', silence);
  const promise = watched();
  return promise;
}

const ACCEPT = 'application/json, application/problem+json';

function apiResponse({ answer, counted }: CallResult): ApiResponse {
  const { status, headers, body } = answer;
  return {
    status,
    headers,
    body,
    requestId: requestIdOf(headers),
    attempts: counted,
    text: () => new TextDecoder().decode(body),
  };
}

/** A trace header that can be sent; what the environment holds may be anything. */
function traceHeader(value: string | undefined): string | undefined {
  return value !== undefined && /^[!-~]{1,1000}$/.test(value) ? value : undefined;
}
