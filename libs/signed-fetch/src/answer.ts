/** A problem document (RFC 9457), as far as its members have the right types. Others are kept as they are. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
}

/** An answer as it came, its body wholly read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** An answer that tells of an error, read. */
export interface ErrorDetails {
  /** `x-amzn-ErrorType` without what may follow a colon. */
  readonly errorType: string | undefined;
  readonly requestId: string | undefined;
  /** In the API's own words, on one line. */
  readonly reason: string;
  readonly problem: Problem | undefined;
}

/** Whether an answer is a success: below 300, or 304 (the answer to a conditional request). */
export function isSuccess(status: number): boolean {
  return (status >= 200 && status < 300) || status === 304;
}

/**
 * API Gateway's request ID: `x-amzn-requestid` of a REST API, `apigw-requestid` of an HTTP API.
 * @param secrets an ID that repeats one of them is left out
 */
export function requestIdOf(headers: Headers, secrets: readonly string[] = []): string | undefined {
  return withoutSecret(headers.get('x-amzn-requestid') ?? headers.get('apigw-requestid'), secrets);
}

/**
 * Reads an error.
 * @param secrets if the answer repeats one of them, nothing of its body is shown
 */
export function readError({ status, headers, body }: Answer, secrets: readonly string[]): ErrorDetails {
  const text = new TextDecoder().decode(body);
  const parsed = parseObject(text);
  const hidden = [text, JSON.stringify(parsed) ?? ''].some((form) => repeatsSecret(form, secrets));
  const json = hidden ? undefined : parsed;
  const location = status < 400 ? headers.get('location') : null;
  const said = hidden
    ? HIDDEN
    : (firstText(json?.message, json?.Message, json?.detail, json?.title) ??
      (location === null ? bodyStart(text) : `a redirect to ${withoutSecret(location, secrets) ?? HIDDEN}`));
  return {
    errorType: withoutSecret(headers.get('x-amzn-errortype')?.split(':', 1)[0]?.trim(), secrets),
    requestId: requestIdOf(headers, secrets),
    reason: withoutCanonicalRequest(said) || 'no reason given',
    problem: /^application\/problem\+json\b/i.test(headers.get('content-type') ?? '') ? json : undefined,
  };
}

/**
 * The wait that the API asks for, in milliseconds: `Retry-After` in seconds or as a date.
 * @param now the server's time in milliseconds since the epoch, as far as it is known
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * How far the server's clock is ahead of the local one, in milliseconds, where the answer says that the signature's
 * time is off. `undefined` for all other answers.
 */
export function clockOffset(answer: Answer, details: ErrorDetails, now: number): number | undefined {
  if (answer.status !== 403 || details.errorType !== 'InvalidSignatureException') return undefined;
  if (!/Signature (?:expired|not yet current)/.test(details.reason)) return undefined;
  const date = Date.parse(answer.headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : date - now;
}

/** The start of a body for a message: one line, at most 200 characters. */
export function bodyStart(text: string): string {
  const line = oneLine(text.slice(0, 1_000));
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** Stands for what is not shown. */
export const HIDDEN = '(not shown, because it repeats a secret of the request)';

/**
 * Whether a text repeats a secret, in whatever encoding: raw, percent-encoded, escaped for HTML or JSON, or in base64.
 * All of them but base64 keep letters and digits, so the runs of letters and digits of the secret are looked for.
 */
export function repeatsSecret(text: string, secrets: readonly string[]): boolean {
  return secrets.flatMap(traces).some((trace) => text.includes(trace));
}

/** What a text that repeats the secret contains. Base64 has three forms, by the position in what is encoded. */
function traces(secret: string): string[] {
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from(`${'.'.repeat(offset)}${secret}`)
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
  return [secret, ...base64].flatMap(longRuns);
}

/** Runs of 8 to 16 letters and digits, which do not occur by chance; in a secret that has none, the longest one. */
function longRuns(text: string): string[] {
  const long = text.match(/[a-z0-9]{8,16}/gi);
  if (long !== null) return long;
  const short = text.match(/[a-z0-9]+/gi) ?? [];
  return short.toSorted((a, b) => b.length - a.length).slice(0, 1);
}

function withoutSecret(value: string | null | undefined, secrets: readonly string[]): string | undefined {
  return value && !repeatsSecret(value, secrets) ? value : undefined;
}

/** What API Gateway adds to a wrong signature: all that was signed, the session token among it. */
function withoutCanonicalRequest(text: string): string {
  const line = oneLine(text.split(/\s*The Canonical String/, 1)[0] ?? '');
  return line.length > 1_000 ? `${line.slice(0, 1_000)}…` : line;
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters would end up in a log
  return text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
