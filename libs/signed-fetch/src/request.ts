import { randomUUID } from 'node:crypto';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { check, InvalidPath } from './errors.ts';
import { propertiesOf } from './properties.ts';
import { decodeHex, matches } from './text.ts';
import { type TraceContext, traceHeaders } from './trace-context.ts';

/** A value of a query parameter. An array repeats the parameter; `undefined` leaves it out. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];

/** Query parameters. */
export type QueryInput = Readonly<Record<string, QueryValue>>;

/** The number of attempts and the waits between them. */
export interface RetryOptions {
  /** All attempts, the first one included: 1 to 20. 1 turns retries off. @default 4 */
  readonly maxAttempts?: number | undefined;
  /** The n-th wait is a random time of up to `baseDelayMs · 2ⁿ⁻¹`, and 5 seconds: 1 to 60000 ms. @default 100 */
  readonly baseDelayMs?: number | undefined;
  /** As `baseDelayMs`, after the API has throttled the call (429). @default 1000, as in AWS's SDKs */
  readonly throttlingBaseDelayMs?: number | undefined;
  /**
   * Whether calls share a retry quota, as in AWS's SDKs: while most of the calls of a client fail, they are no longer repeated. @default true
   */
  readonly quota?: boolean | undefined;
}

/** The options of one call. */
export interface RequestOptions {
  /** @default `POST` with a body, `GET` without */
  readonly method?: string | undefined;
  /** Added to the parameters in the path. */
  readonly query?: QueryInput | undefined;
  /** Headers to send. Those of the signature and the connection, `sec-*` and `proxy-*` are refused. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body, sent unchanged. Not together with `json`. */
  readonly body?: string | Uint8Array | undefined;
  /** A value to send as JSON. Not together with `body`. */
  readonly json?: unknown;
  /** Sent as `Idempotency-Key`: makes a `POST` or `PATCH` safe to repeat, if the API honours it. `true` makes a key. */
  readonly idempotencyKey?: string | true | undefined;
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | null | undefined;
  /** As the client's option. */
  readonly timeoutMs?: number | undefined;
  /** As the client's option. */
  readonly retry?: RetryOptions | undefined;
}

/** The options of a call whose response is not parsed. */
export interface FetchOptions extends RequestOptions {
  /**
   * Whether to return the last answer, whatever its status, instead of throwing AccessDenied, Throttled or ApiError. The call is repeated all the
   * same. @default false
   */
  readonly anyStatus?: boolean | undefined;
}

/** The options of a call whose response is parsed. */
export interface JsonRequestOptions<Schema extends StandardSchemaV1 | undefined = undefined>
  extends RequestOptions {
  /** Checks the response's body. Any Standard Schema, such as valibot's, zod's or arktype's. */
  readonly schema?: Schema | undefined;
}

/** The time-out of an attempt and the limits of retries. */
export interface AttemptLimits {
  readonly timeoutMs: number;
  readonly retry: { readonly [Option in keyof RetryOptions]-?: NonNullable<RetryOptions[Option]> };
}

/** A checked call, as each attempt sends it except for the signature. */
export interface PreparedRequest extends AttemptLimits {
  readonly method: string;
  readonly href: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** For people: `POST https://…/messages`, without the query. */
  readonly displayUrl: string;
  /** Whether executing it twice does no harm: the method is idempotent, or a key makes it so. */
  readonly repeatable: boolean;
  /** Whether it has an idempotency key. */
  readonly hasIdempotencyKey: boolean;
  /** Whether 304 may answer it: a GET or HEAD with a condition (RFC 9110, section 15.4.5). */
  readonly conditional: boolean;
  /** Whether an answer with an error's status is returned. */
  readonly anyStatus: boolean;
  /** Ends the call. */
  readonly signal: AbortSignal | undefined;
}

/** The limits and the trace of one invocation. */
export interface InvocationScope {
  /** Milliseconds that the invocation has left: `() => context.getRemainingTimeInMillis()`. */
  readonly remainingTimeInMillis?: (() => number) | undefined;
  /** The X-Ray trace header to pass on. @default the environment's `_X_AMZN_TRACE_ID` */
  readonly traceHeader?: string | undefined;
  /** The trace in the form of the W3C to pass on, if the call has no header `traceparent`. The middleware reads it from the event. */
  readonly traceContext?: TraceContext | undefined;
  /** Ends all calls of the invocation. */
  readonly signal?: AbortSignal | undefined;
}

/** The options that a client gives to all of its calls. */
export interface RequestDefaults extends AttemptLimits, Pick<PreparedRequest, 'headers'> {
  /** Scheme, host and port of the API. */
  readonly origin: string;
  /** The path of the stage, without a slash at its end: `/dev`, or `''`. */
  readonly basePath: string;
  readonly scope: InvocationScope;
}

/** The methods that API Gateway has. */
const METHODS = /^(?:GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)$/;

/** The names of {@link RequestOptions}. */
const CALL_OPTIONS: readonly string[] = [
  'method',
  'query',
  'headers',
  'body',
  'json',
  'idempotencyKey',
  'signal',
  'timeoutMs',
  'retry',
] satisfies (keyof RequestOptions)[];

/** Headers of the signature, the connection and this library; `fetch` overwrites `sec-*`, and proxies read `proxy-*`. */
const RESERVED =
  /^(?:authorization|connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|x-amz-(?:content-sha256|date|security-token)|x-amzn-trace-id|(?:sec|proxy)-.*)$/;

/** The header of the option `idempotencyKey`. */
export const KEY_HEADER = 'idempotency-key';

const KEY = /^[!-~]{1,255}$/;

/**
 * Checks a call and gives it the form that is sent.
 * @param further the names of options that the caller reads itself
 */
export function prepareRequest(
  path: unknown,
  options: FetchOptions,
  defaults: RequestDefaults,
  further: readonly string[] = [],
): PreparedRequest {
  checkObject('options', options);
  for (const name of Object.keys(options)) {
    check(CALL_OPTIONS.includes(name) || further.includes(name), name, 'is not an option of this call');
  }
  const { json, signal, idempotencyKey, anyStatus = false } = options;
  check(typeof anyStatus === 'boolean', 'anyStatus', 'must be true or false');
  const { scope } = defaults;
  const { href, displayUrl } = resolveUrl(defaults, path, options.query);
  const body = readBody(options);
  const { method: given = body ? 'POST' : 'GET' } = options;
  const method = typeof given === 'string' ? given.toUpperCase() : '';
  const isMethod = METHODS.test(method) && !(body && /GET|HEAD/.test(method));
  check(isMethod, 'method', 'must be one of API Gateway, and not GET or HEAD with a body');
  check(signal == null || signal instanceof AbortSignal, 'signal', 'must be an AbortSignal');
  const trace = scope.traceHeader ?? process.env._X_AMZN_TRACE_ID;
  const own = { ...defaults.headers, ...readHeaders(options.headers) };
  const headers: Record<string, string> = {
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...(!('traceparent' in own) && traceHeaders(scope.traceContext)),
    ...own,
    // The environment may hold any text, even one that HTTP cannot carry.
    ...(matches(trace, /^[!-~]{1,1000}$/) && { 'x-amzn-trace-id': trace }),
  };
  const isJson = json === undefined || /^application\/(?:.+\+)?json\b/i.test(String(headers['content-type']));
  check(isJson, 'json', 'is sent as JSON, so Content-Type must be a type of JSON. Send other text as body');
  const isHeader = KEY_HEADER in headers;
  const mayBeSent = !isHeader || matches(headers[KEY_HEADER], KEY);
  check(mayBeSent, 'headers', '"Idempotency-Key" must be 1 to 255 visible ASCII characters');
  if (idempotencyKey !== undefined) {
    const key = idempotencyKey === true ? randomUUID() : idempotencyKey;
    check(!isHeader, 'idempotencyKey', 'must not be given beside a header Idempotency-Key');
    const rule =
      'must be true or 1 to 255 visible ASCII characters. Give other text, such as the key of an object in S3, as its hash';
    check(matches(key, KEY), 'idempotencyKey', rule);
    headers[KEY_HEADER] = key;
  }
  const hasIdempotencyKey = KEY_HEADER in headers;
  const hasCondition = 'if-none-match' in headers || 'if-modified-since' in headers;
  return {
    method,
    href,
    headers,
    body,
    displayUrl: `${method} ${displayUrl}`,
    // RFC 9110, section 9.2.2: the others are idempotent.
    repeatable: hasIdempotencyKey || !/POST|PATCH/.test(method),
    hasIdempotencyKey,
    conditional: hasCondition && /GET|HEAD/.test(method),
    anyStatus,
    ...readAttemptLimits(options, defaults),
    // Node keeps track of each combined signal, so there is one only if there are two to combine.
    signal: signal && scope.signal ? AbortSignal.any([signal, scope.signal]) : (signal ?? scope.signal),
  };
}

/** Accepts plain objects only: no array, Map or `Headers`. */
export function checkObject(option: string, value: unknown): asserts value is object {
  const isObject = typeof value === 'object' && value !== null && !(Symbol.iterator in value);
  check(isObject, option, 'must be an object');
}

/** Returns headers with names in lower case. Refuses reserved ones, and names and values that HTTP cannot carry. */
export function readHeaders(headers: unknown = {}): Record<string, string> {
  checkObject('headers', headers);
  const read: Record<string, string> = Object.create(null);
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    const quoted = JSON.stringify(given);
    const isName = /^[\w!#$%&'*+.^`|~-]{1,200}$/.test(name) && !RESERVED.test(name);
    check(isName, 'headers', `${quoted} is reserved, or not the name of a header`);
    check(!(name in read), 'headers', `${quoted} is given twice. Join the values`);
    const isValue = matches(value, /^(?:[!-~](?:[ -~\t]*[!-~])?)?$/);
    check(isValue, 'headers', `${quoted} must be ASCII text without spaces around it`);
    read[name] = value;
  }
  return read;
}

/** Reads a number from `min` to `max`. */
export function readNumber(option: string, value: unknown, min: number, max: number, byDefault: number) {
  if (value === undefined) return byDefault;
  const isNumber = typeof value === 'number';
  const rule = `must be a number from ${min} to ${max}, not ${isNumber ? value : typeof value}`;
  // NaN is within no bounds.
  check(isNumber && value >= min && value <= max, option, rule);
  return value;
}

/** Reads the options that a client and its calls have in common. */
export function readAttemptLimits(
  { timeoutMs, retry = {} }: { readonly timeoutMs?: unknown; readonly retry?: unknown },
  byDefault: AttemptLimits,
): AttemptLimits {
  checkObject('retry', retry);
  const { maxAttempts, baseDelayMs, throttlingBaseDelayMs, quota, ...others } = propertiesOf(retry);
  refuseOthers(others, 'retry.');
  check(quota === undefined || typeof quota === 'boolean', 'retry.quota', 'must be true or false');
  const usual = byDefault.retry;
  const readDelay = (option: 'baseDelayMs' | 'throttlingBaseDelayMs', value: unknown) =>
    readNumber(`retry.${option}`, value, 1, 60_000, usual[option]);
  return {
    timeoutMs: readNumber('timeoutMs', timeoutMs, 1, 900_000, byDefault.timeoutMs),
    retry: {
      maxAttempts: readNumber('retry.maxAttempts', maxAttempts, 1, 20, usual.maxAttempts),
      baseDelayMs: readDelay('baseDelayMs', baseDelayMs),
      throttlingBaseDelayMs: readDelay('throttlingBaseDelayMs', throttlingBaseDelayMs),
      quota: quota ?? usual.quota,
    },
  };
}

/** Refuses unknown options. */
export function refuseOthers(others: object, prefix = ''): void {
  for (const name of Object.keys(others)) check(false, prefix + name, 'is not an option');
}

function readBody({ body, json }: RequestOptions): Uint8Array<ArrayBuffer> | undefined {
  check(json === undefined || body === undefined, 'json', 'cannot be combined with body');
  if (json !== undefined) return Buffer.from(stringify(json));
  if (body === undefined) return undefined;
  check(typeof body === 'string' || body instanceof Uint8Array, 'body', 'must be a string or a Uint8Array');
  // A copy: a later attempt must send the same bytes.
  return Buffer.from(body as Uint8Array);
}

function stringify(json: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(json);
  } catch {}
  check(text !== undefined, 'json', 'must not be a function, nor hold a cycle or a BigInt');
  return text;
}

/** The domains of AWS's partitions, for IPv4 and dual-stack. A test compares them with the AWS SDK's. */
const DOMAINS = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
  'api.aws',
  'api.amazonwebservices.com.cn',
  'api.amazonwebservices.eu',
  'api.aws.ic.gov',
  'api.aws.scloud',
  'api.cloud-aws.adc-e.uk',
  'api.aws.hci.ic.gov',
];

/** The region in the host name of an API (also private, `<api>-<vpce>`) or of a VPC endpoint. */
function regionIn(hostname: string): string | undefined {
  const [, region, domain = ''] = /\.execute-api\.([a-z\d-]+)\.(?:vpce\.)?(.+)$/.exec(hostname) ?? [];
  return DOMAINS.includes(domain) ? region : undefined;
}

/**
 * The labels of hosts that other services have for resources of their users. They check a signature for themselves, and would answer 403
 * with a text that reads like a wrong key or clock. Sources: the developer guides of the services (2026-11).
 */
const OTHER_SERVICES = /\.(appsync(?:-realtime)?-api|es|aos|aoss|vpc-lattice-svcs)\./;

/** The host of a function URL, with its region: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html */
const FUNCTION_URL = /^[a-z\d]+\.lambda-url\.([a-z\d-]+)\.on\.aws$/;

function refuseOtherServices(hostname: string): void {
  const isOfAws = ['on.aws', ...DOMAINS].some((domain) => hostname.endsWith(`.${domain}`));
  const [, label] = OTHER_SERVICES.exec(hostname) ?? [];
  const rule = `is a host of another service (${label}): this package signs for API Gateway (execute-api) and function URLs only`;
  check(!isOfAws || label === undefined, 'baseUrl', rule);
}

/** Unencrypted only to this machine. */
const ORIGIN = /^https:|^http:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/;

/** Reads the base URL and finds the service and the region to sign for. */
export function readBaseUrl(baseUrl: unknown, region?: unknown) {
  const url = typeof baseUrl === 'string' || baseUrl instanceof URL ? URL.parse(String(baseUrl)) : null;
  check(
    url !== null && ORIGIN.test(url.origin) && url.href === url.origin + url.pathname,
    'baseUrl',
    'must be https:// with host and stage: https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  );
  refuseOtherServices(url.hostname);
  const [, ofFunction] = FUNCTION_URL.exec(url.hostname) ?? [];
  const named = ofFunction ?? regionIn(url.hostname);
  const found = region ?? named;
  check(found !== undefined, 'region', 'must be given: baseUrl has none. It is the region of the API');
  check(matches(found, /^[a-z\d-]{1,30}$/), 'region', 'must be the name of a region, such as us-east-1');
  check(
    found === (named ?? found),
    'region',
    `must be ${named}, the region in baseUrl, not ${found}. Set it to ${named}, or leave it out`,
  );
  const service = ofFunction === undefined ? 'execute-api' : 'lambda';
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, ''), region: found, service };
}

/**
 * Joins the base URL, a path and query parameters. Characters that RFC 3986 does not allow in a path are percent-encoded.
 * Encoded ones do not change. Returns `href` to send, and `displayUrl` for people: without the query.
 */
export function resolveUrl(
  { origin, basePath }: Pick<RequestDefaults, 'origin' | 'basePath'>,
  path: unknown,
  query?: QueryInput,
) {
  if (typeof path !== 'string') throw new InvalidPath(typeof path, 'must be a string that begins with /');
  const [ownPath = ''] = path.split('?', 1);
  checkPath(ownPath);
  const sent = basePath + ownPath.replaceAll(/[^\w\-.~!$&'()*+,;=:@/%]+/g, encodeURIComponent);
  const inPath = path.slice(ownPath.length);
  const search = inPath !== '' || query !== undefined ? readQuery(inPath, query) : '';
  const displayUrl = origin + sent;
  const url = new URL(displayUrl + (search && `?${search}`));
  // The rules for paths exist to prevent this. This check does not depend on them.
  if (url.origin !== origin || url.pathname !== sent)
    throw new InvalidPath(ownPath, 'leads out of the base URL');
  return { href: url.href, displayUrl };
}

function checkPath(path: string): void {
  const rule = (condition: boolean, text: string): void => {
    if (!condition) throw new InvalidPath(path, text);
  };
  rule(path.isWellFormed(), 'must be well-formed text');
  rule(!/#|%(?![0-9a-f]{2})/i.test(path), 'must not contain # or a bare %: write %23 and %25');
  // A proxy or server may read the path as it is, or decoded once, twice and so on.
  let reading = path;
  for (let last: unknown, decodings = 0; reading !== last; decodings += 1) {
    rule(decodings < 6, 'is encoded too often');
    rule(/^\/(?!\/)/.test(reading), 'must begin with one /');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule looks for them
    rule(!/[\\\u0000-\u001f\u007f]/.test(reading), 'must not contain a backslash or a control character');
    // `..;x` is `..` to servers that know path parameters.
    rule(!/\/\.\.?(?:;[^/]*)?(?:\/|$)/.test(reading), 'must not contain the segment . or ..');
    last = reading;
    // Byte by byte: invalid UTF-8 must not hide the text next to it.
    reading = decodeHex(reading, /%([0-9a-f]{2})/gi);
  }
}

/** Reads parameters as forms write them (`+` is a space), and writes them by RFC 3986 (`%20`), as SigV4 requires. */
function readQuery(inPath: string, query: unknown = {}): string {
  const parameters = new URLSearchParams(inPath);
  checkObject('query', query);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) {
      if (one === undefined) continue;
      check(
        /^(?:string|number|boolean)$/.test(typeof one),
        'query',
        `${JSON.stringify(name)} must be text, a number or a boolean`,
      );
      parameters.append(name, String(one));
    }
  }
  // AWS does not say how it signs them. aws4 and aws4fetch leave them out, AWS's own SDKs do not.
  check(!parameters.has(''), 'query', 'must not have a parameter without a name');
  // URLSearchParams encodes as forms do.
  return parameters.toString().replaceAll('+', '%20').replaceAll('*', '%2A').replaceAll('%7E', '~');
}
