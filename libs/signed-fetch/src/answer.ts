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
  /** In the API's own words, free of secrets, on one line. */
  readonly reason: string;
  readonly problem: Problem | undefined;
}

/** Whether an answer is a success: below 300, or 304 (the answer to a conditional request). */
export function isSuccess(status: number): boolean {
  return (status >= 200 && status < 300) || status === 304;
}

/** API Gateway's request ID: `x-amzn-requestid` of a REST API, `apigw-requestid` of an HTTP API. */
export function requestIdOf(headers: Headers): string | undefined {
  return headers.get('x-amzn-requestid') ?? headers.get('apigw-requestid') ?? undefined;
}

/**
 * Reads an error.
 * @param secrets removed from whatever is shown
 */
export function readError({ status, headers, body }: Answer, secrets: readonly string[]): ErrorDetails {
  const shown = (value: string | null | undefined) => value && redact(value, secrets);
  const text = redact(new TextDecoder().decode(body), secrets);
  const json = parseObject(text, secrets);
  const problem = /^application\/problem\+json\b/i.test(headers.get('content-type') ?? '') ? json : undefined;
  const location = headers.get('location');
  const said =
    firstText(json?.message, json?.Message, json?.detail, json?.title) ??
    (status < 400 && location !== null ? `a redirect to ${redact(location, secrets)}` : bodyStart(text));
  return {
    errorType: shown(headers.get('x-amzn-errortype')?.split(':', 1)[0]?.trim()) || undefined,
    requestId: shown(requestIdOf(headers)) || undefined,
    reason: withoutCanonicalRequest(said) || 'no reason given',
    problem,
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

/** A text without the secrets of the request that it answers, also where they are encoded for a URL. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text);
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

/** JSON may spell a secret in another way than the text that was searched for it: `\\/` for `/`. */
function parseObject(text: string, secrets: readonly string[]): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text, (_, part: unknown) =>
      typeof part === 'string' ? redact(part, secrets) : part,
    );
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
