import { randomUUID } from 'node:crypto';
import type { BaseUrl } from './base-url.ts';
import { InvalidOption } from './errors/invalid-option.ts';
import { isIdempotent, type RetryRules } from './retry.ts';
import type { Signable } from './sign.ts';
import { resolveTarget } from './target.ts';
import type { RequestOptions, RetryOptions } from './types.ts';

/** A call as it is sent on each attempt, but for signature and trace header. */
export interface PreparedCall extends Signable {
  /** For people: `POST https://…/messages`. */
  readonly shown: string;
  /** Whether executing it twice does no harm. */
  readonly repeatable: boolean;
  /** Whether an idempotency key goes out with it. */
  readonly keyed: boolean;
  readonly timeoutMs: number;
  readonly retry: RetryRules;
}

/** What a client holds ready for each call. */
export interface CallDefaults {
  readonly base: BaseUrl;
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly retry: RetryRules;
}

/** The methods that API Gateway has. */
const METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Headers that belong to the signature, to the connection or to this library. */
const RESERVED = new Set([
  'authorization',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amzn-trace-id',
]);

const KEY_HEADER = 'idempotency-key';

/**
 * Checks a call and gives it the form that is sent.
 * @throws InvalidPath, InvalidOption
 */
export function prepareCall(path: unknown, options: RequestOptions, defaults: CallDefaults): PreparedCall {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOption('options', 'must be an object');
  }
  const target = resolveTarget(defaults.base, path, options.query);
  const { body, contentType } = readBody(options);
  const method = readMethod(options.method ?? (body === undefined ? 'GET' : 'POST'));
  if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw new InvalidOption('method', `is ${method}, which has no body. Use another, or the query`);
  }
  const headers: Readonly<Record<string, string>> = {
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...defaults.headers,
    ...readHeaders(options.headers),
    'user-agent': defaults.userAgent,
  };
  if (options.signal != null && !(options.signal instanceof AbortSignal)) {
    throw new InvalidOption('signal', 'must be an AbortSignal');
  }
  const key = readKey(options.idempotencyKey, headers[KEY_HEADER]);
  return {
    method,
    target,
    headers: key === undefined ? headers : { ...headers, [KEY_HEADER]: key },
    body,
    shown: `${method} ${target.shown}`,
    repeatable: isIdempotent(method) || key !== undefined,
    keyed: key !== undefined,
    timeoutMs: readTimeout(options.timeoutMs, defaults.timeoutMs),
    retry: readRetry(options.retry, defaults.retry),
  };
}

/**
 * Headers with names in lower case.
 * @throws InvalidOption for names and values that HTTP or the signature cannot carry, and for reserved ones
 */
export function readHeaders(headers: unknown): Record<string, string> {
  const read: Record<string, string> = Object.create(null);
  if (headers === undefined) return read;
  if (
    typeof headers !== 'object' ||
    headers === null ||
    headers instanceof Headers ||
    Array.isArray(headers)
  ) {
    throw new InvalidOption('headers', 'must be a plain object of strings');
  }
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    if (!/^[\w!#$%&'*+.^`|~-]{1,200}$/.test(name)) {
      throw new InvalidOption('headers', `has ${JSON.stringify(given)}, which is no name of a header`);
    }
    // `fetch` overwrites `sec-*`, and a proxy reads `proxy-*`.
    if (RESERVED.has(name) || /^(?:sec|proxy)-/.test(name)) {
      throw new InvalidOption('headers', `has ${given}, which the library or the connection sets. Remove it`);
    }
    if (name in read) throw new InvalidOption('headers', `has ${given} twice. Join the values with a comma`);
    if (typeof value !== 'string' || !/^(?:[!-~](?:[ -~\t]*[!-~])?)?$/.test(value)) {
      throw new InvalidOption(
        'headers',
        `has a value for ${given} that is no ASCII text, or begins or ends with white space. Encode or trim it`,
      );
    }
    read[name] = value;
  }
  return read;
}

/** @throws InvalidOption */
export function readTimeout(timeoutMs: unknown, fallback: number): number {
  return readNumber('timeoutMs', timeoutMs, fallback, 1, 900_000);
}

/** @throws InvalidOption */
export function readRetry(retry: RetryOptions | undefined, fallback: RetryRules): RetryRules {
  if (retry === undefined) return fallback;
  if (typeof retry !== 'object' || retry === null) {
    throw new InvalidOption('retry', 'must be an object: { maxAttempts: 1 } turns retries off');
  }
  const maxAttempts = readNumber('retry.maxAttempts', retry.maxAttempts, fallback.maxAttempts, 1, 20);
  if (!Number.isInteger(maxAttempts)) throw new InvalidOption('retry.maxAttempts', 'must be a whole number');
  return {
    maxAttempts,
    baseDelayMs: readNumber('retry.baseDelayMs', retry.baseDelayMs, fallback.baseDelayMs, 1, 60_000),
    maxDelayMs: readNumber('retry.maxDelayMs', retry.maxDelayMs, fallback.maxDelayMs, 1, 300_000),
  };
}

/** @throws InvalidOption */
export function readNumber(
  option: string,
  value: unknown,
  fallback: number,
  min: number,
  max: number,
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) {
    const shown = typeof value === 'number' ? String(value) : `of type ${typeof value}`;
    throw new InvalidOption(option, `is ${shown}, but must be a number from ${min} to ${max}`);
  }
  return value;
}

function readMethod(method: unknown): string {
  const upper = typeof method === 'string' ? method.toUpperCase() : '';
  if (!METHODS.has(upper)) {
    const shown =
      typeof method === 'string' ? JSON.stringify(method.slice(0, 20)) : `of type ${typeof method}`;
    throw new InvalidOption('method', `is ${shown}, but must be one of ${[...METHODS].join(', ')}`);
  }
  return upper;
}

function readBody({ body, json }: RequestOptions): {
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  readonly contentType?: string;
} {
  if (body !== undefined && json !== undefined) {
    throw new InvalidOption('json', 'cannot be given with body. Give one of them');
  }
  if (json !== undefined) {
    return { body: new TextEncoder().encode(stringify(json)), contentType: 'application/json' };
  }
  if (body === undefined) return { body: undefined };
  if (typeof body === 'string') return { body: new TextEncoder().encode(body) };
  // A copy: what is signed now must be what a later attempt sends.
  if (ArrayBuffer.isView(body)) {
    return { body: Uint8Array.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) };
  }
  if (body instanceof ArrayBuffer) return { body: new Uint8Array(body.slice(0)) };
  throw new InvalidOption('body', 'must be a string, bytes or an ArrayBuffer: a stream cannot be sent twice');
}

function stringify(json: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(json);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : '';
    throw new InvalidOption('json', `cannot be written as JSON: ${reason}`);
  }
  if (text === undefined)
    throw new InvalidOption('json', `is of type ${typeof json}, which JSON does not have`);
  return text;
}

function readKey(option: unknown, header: string | undefined): string | undefined {
  if (option === undefined) return header;
  if (header !== undefined) {
    throw new InvalidOption('idempotencyKey', 'is also given as a header. Give one of them');
  }
  if (option === true) return randomUUID();
  if (typeof option !== 'string' || !/^[!-~]{1,255}$/.test(option)) {
    throw new InvalidOption('idempotencyKey', 'must be true, or 1 to 255 visible ASCII characters');
  }
  return option;
}
