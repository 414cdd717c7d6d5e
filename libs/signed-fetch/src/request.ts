import { randomUUID } from 'node:crypto';
import { check, InvalidPath } from './errors.ts';
import type { StandardSchema } from './response.ts';
import type { Repeatability, RetryOptions } from './retry.ts';
import type { Signable } from './sign.ts';

/** A value of a query parameter. An array repeats the parameter; `undefined` leaves it out. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];

/** Query parameters. */
export type QueryInput = Readonly<Record<string, QueryValue>>;

/** The options of one call. */
export interface RequestOptions {
  /** @default `POST` with a body, `GET` without */
  readonly method?: string | undefined;
  /** Added to the parameters in the path. */
  readonly query?: QueryInput | undefined;
  /** Headers to send. Those of the signature and the connection, `sec-*` and `proxy-*` are refused. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body as it is. Not together with `json`. */
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

/** The options of a call whose response is parsed. */
export interface JsonRequestOptions<Schema extends StandardSchema | undefined = undefined>
  extends RequestOptions {
  /** Checks the response's body. Any Standard Schema, such as valibot's, zod's or arktype's. */
  readonly schema?: Schema;
}

/** A checked call, as it is sent on each attempt except for the signature. */
export interface PreparedRequest extends Signable, Repeatability {
  /** For people: `POST https://…/messages`, without the query. */
  readonly shown: string;
  readonly timeoutMs: number;
}

/** What a client prepares once for all its calls. */
export interface RequestDefaults extends Pick<PreparedRequest, 'headers' | 'timeoutMs' | 'retry'> {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The path of the stage, without a slash at its end: `/dev`, or `''`. */
  readonly basePath: string;
}

/** The methods that API Gateway has. */
const METHODS = /^(?:GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)$/;

/** Headers of the signature, the connection and this library; `fetch` overwrites `sec-*`, and proxies read `proxy-*`. */
const RESERVED =
  /^(?:authorization|connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|x-amz-(?:content-sha256|date|security-token)|x-amzn-trace-id|(?:sec|proxy)-.*)$/;

/** The header of the option `idempotencyKey`. */
export const KEY_HEADER = 'idempotency-key';

type Numbers = Readonly<Record<string, readonly [min: number, max: number, byDefault: number]>>;

/** The options of a client that are numbers: smallest, largest and default value. */
export const CLIENT_NUMBERS = {
  timeoutMs: [1, 900_000, 10_000],
  marginMs: [0, 60_000, 500],
  maxResponseBytes: [1, 2 ** 30, 11 * 2 ** 20],
} satisfies Numbers;

const CALL_NUMBERS = { timeoutMs: CLIENT_NUMBERS.timeoutMs } satisfies Numbers;

const RETRY_NUMBERS = {
  maxAttempts: [1, 20, 4],
  baseDelayMs: [1, 60_000, 100],
} satisfies Numbers;

/**
 * Checks a call and gives it the form that is sent.
 * @param traceHeader left out if HTTP cannot carry it: the environment may hold anything
 * @throws InvalidPath, SignedFetchOptionError
 */
export function prepareRequest(
  path: unknown,
  options: RequestOptions,
  defaults: RequestDefaults,
  traceHeader: unknown,
): PreparedRequest {
  checkObject('options', options);
  const { json, signal, idempotencyKey } = options;
  const { href, shown } = resolveUrl(defaults, path, options.query);
  check(json === undefined || options.body === undefined, 'json', 'cannot be combined with body');
  const body = readBody(json === undefined ? options.body : stringify(json));
  const { method: given = body ? 'POST' : 'GET' } = options;
  const method = typeof given === 'string' ? given.toUpperCase() : '';
  const isMethod = METHODS.test(method) && !(body && /GET|HEAD/.test(method));
  check(isMethod, 'method', 'must be one of API Gateway, and not GET or HEAD with a body');
  check(signal == null || signal instanceof AbortSignal, 'signal', 'must be an AbortSignal');
  const headers: Record<string, string> = {
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...defaults.headers,
    ...readHeaders(options.headers),
    ...(matches(traceHeader, /^[!-~]{1,1000}$/) && { 'x-amzn-trace-id': traceHeader }),
  };
  if (idempotencyKey !== undefined) {
    const key = idempotencyKey === true ? randomUUID() : idempotencyKey;
    const isKey = matches(key, /^[!-~]{1,255}$/) && !(KEY_HEADER in headers);
    check(isKey, 'idempotencyKey', 'must be true or 1 to 255 visible ASCII characters, and no header too');
    headers[KEY_HEADER] = key;
  }
  const keyed = KEY_HEADER in headers;
  return {
    method,
    href,
    headers,
    body,
    shown: `${method} ${shown}`,
    // RFC 9110, section 9.2.2: the others are idempotent.
    repeatable: keyed || !/POST|PATCH/.test(method),
    keyed,
    ...readNumbers({ timeoutMs: options.timeoutMs }, CALL_NUMBERS, defaults),
    retry: options.retry === undefined ? defaults.retry : readRetry(options.retry, defaults.retry),
  };
}

/** Whether a value is text that matches a pattern. */
export function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

/** Refuses all but objects, and lists such as an array, a Map or `Headers`. */
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
    const rule = (condition: boolean, text: string) =>
      check(condition, 'headers', `${JSON.stringify(given)} ${text}`);
    const isName = /^[\w!#$%&'*+.^`|~-]{1,200}$/.test(name);
    rule(isName && !RESERVED.test(name), 'is reserved, or not the name of a header');
    rule(!(name in read), 'is given twice. Join the values');
    rule(matches(value, /^(?:[!-~](?:[ -~\t]*[!-~])?)?$/), 'must be ASCII text without spaces around it');
    read[name] = value;
  }
  return read;
}

/**
 * Reads options that are all numbers. Refuses unknown ones, and those out of bounds.
 * @param inherited the values of those that are left out, if not the defaults
 * @param prefix of the options' names in messages
 */
export function readNumbers<Rules extends Numbers>(
  options: object,
  rules: Rules,
  inherited: { readonly [Name in keyof Rules]?: number } = {},
  prefix = '',
): Record<keyof Rules, number> {
  const given: Partial<Record<string, unknown>> = { ...options };
  for (const name of Object.keys(given)) {
    check(Object.hasOwn(rules, name), prefix + name, 'is not an option');
  }
  const read = Object.entries(rules).map(([name, [min, max, byDefault]]) => {
    const { [name]: value = inherited[name] ?? byDefault } = given;
    const isNumber = typeof value === 'number';
    const rule = `must be a number from ${min} to ${max}, not ${isNumber ? value : typeof value}`;
    // NaN is within no bounds.
    check(isNumber && value >= min && value <= max, prefix + name, rule);
    return [name, value];
  });
  return Object.fromEntries(read);
}

/** Reads the options of retries. */
export function readRetry(retry: unknown = {}, inherited?: Required<RetryOptions>): Required<RetryOptions> {
  checkObject('retry', retry);
  return readNumbers(retry, RETRY_NUMBERS, inherited, 'retry.');
}

function readBody(body: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined) return undefined;
  check(typeof body === 'string' || body instanceof Uint8Array, 'body', 'must be a string or a Uint8Array');
  // A copy: what is signed now must be what a later attempt sends.
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

/**
 * Joins the base URL, a path and query parameters. What RFC 3986 does not allow in a path is percent-encoded; what is
 * already encoded stays as it is. A query is read as forms write it (`+` is a space) and sent by RFC 3986 (`%20`).
 * @returns `href` to send, and `shown` for people: without the query
 * @throws InvalidPath if the path could lead out of the base URL
 */
export function resolveUrl(
  { origin, basePath }: Pick<RequestDefaults, 'origin' | 'basePath'>,
  path: unknown,
  query?: QueryInput,
): { readonly href: string; readonly shown: string } {
  if (typeof path !== 'string') throw new InvalidPath(typeof path, 'must be a string that begins with /');
  const [ownPath = ''] = path.split('?', 1);
  checkPath(ownPath);
  const sent = basePath + ownPath.replaceAll(/[^\w\-.~!$&'()*+,;=:@/%]+/g, encodeURIComponent);
  const search = readQuery(path.slice(ownPath.length), query);
  const shown = origin + sent;
  const url = new URL(shown + (search && `?${search}`));
  // The rules of paths make this impossible. It is what they are for, so it is checked by itself.
  if (url.origin !== origin || url.pathname !== sent)
    throw new InvalidPath(ownPath, 'leads out of the base URL');
  return { href: url.href, shown };
}

function checkPath(path: string): void {
  const rule = (condition: boolean, text: string): void => {
    if (!condition) throw new InvalidPath(path, text);
  };
  rule(path.isWellFormed(), 'must be well-formed text');
  rule(!/#|%(?![0-9a-f]{2})/i.test(path), 'must not contain # or a bare %: write %23 and %25');
  // Whoever is on the way may read the path as it is, or decoded once, twice and so on.
  let reading = path;
  for (let last: unknown, decodings = 0; reading !== last; decodings += 1) {
    rule(decodings < 6, 'is encoded too often');
    rule(/^\/(?!\/)/.test(reading), 'must begin with one /');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    rule(!/[\\\u0000-\u001f\u007f]/.test(reading), 'must not contain a backslash or a control character');
    // `..;x` is `..` to servers that know path parameters.
    rule(!/\/\.\.?(?:;[^/]*)?(?:\/|$)/.test(reading), 'must not contain the segment . or ..');
    last = reading;
    // Byte by byte: invalid UTF-8 must not hide what stands beside it.
    reading = decodeHex(reading, /%([0-9a-f]{2})/gi);
  }
}

/** Replaces codes, such as `%41`, by the characters that they stand for. */
export function decodeHex(text: string, code: RegExp): string {
  return text.replaceAll(code, (_, hex) => String.fromCharCode(Number(`0x${hex}`)));
}

/** Joins the parameters in a path and those of an option, encoded by RFC 3986, as SigV4 requires. */
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
