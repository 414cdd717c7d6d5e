import type { Outcome, RawResponse, ReadResponse } from './outcome.ts';
import { propertiesOf } from './properties.ts';
import type { PreparedRequest } from './request.ts';
import { hideSecrets, matches, start } from './text.ts';

/** The next step. Only `retry` uses up an attempt. `resend`, `renew` and `correct-clock` are done at once, at most once in a call. */
export type Step =
  | { readonly kind: 'succeed'; readonly answer: ReadResponse & { readonly body: Uint8Array } }
  | { readonly kind: 'fail' }
  /** Wait and send again. `paid` by the retry quota, unless the API says itself when to come again. */
  | { readonly kind: 'retry'; readonly afterMs: number; readonly paid: boolean }
  /** Ask again after a while for the response to a request that is being executed. */
  | { readonly kind: 'poll'; readonly afterMs: number }
  /** Send again: the connection was closed while the process was frozen or idle. Paid by the retry quota. */
  | { readonly kind: 'resend'; readonly paid: true }
  /** Get newer credentials and send again. */
  | { readonly kind: 'renew' }
  /** Sign for the server's time and send again. */
  | { readonly kind: 'correct-clock'; readonly byMs: number };

/** The state on which the next step depends, with the outcome and the request. */
export interface RetryState {
  /** Whether the source of credentials can get newer ones. */
  readonly renewable: boolean;
  /** The attempts so far that count, this one included. */
  readonly counted: number;
  /** The steps taken so far that are taken once. */
  readonly done: ReadonlySet<Step['kind']>;
  /** The milliseconds since the API first answered that the request is being executed. 0 if the invocation's end bounds the polls. */
  readonly polledMs: number;
  /** The server's time in milliseconds since the epoch: the local clock, corrected by the known difference. */
  readonly serverTime: number;
}

/** The properties of the request that decide the next step. */
type Repeatability = Pick<PreparedRequest, 'repeatable' | 'hasIdempotencyKey' | 'retry'>;

/** The longest wait, unless `Retry-After` asks for more. */
const MAX_DELAY_MS = 5_000;

/** A longer `Retry-After` is left to the caller. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * The problem type by which an API says that a request with this key is being executed. `@cross-account-api/api-handler` answers with it,
 * and with a `Retry-After` for clients that do not know it: the longest time that the execution can take.
 */
export const REQUEST_IN_PROGRESS = 'urn:problem-type:cross-account-api:request-in-progress';

/** The average time between two polls. */
const POLL_MS = 1_000;

/** The time for which a call without an invocation polls. */
const MAX_POLLED_MS = 60_000;

/**
 * Decides what to do after an attempt, as the table "What is repeated" in README.md says: a test takes each of its rows. A connection that was
 * closed while it was idle has a first retry at once.
 *
 * @param random a number in [0, 1)
 */
export function nextStep(
  outcome: Outcome,
  {
    repeatable,
    hasIdempotencyKey,
    retry: { maxAttempts, baseDelayMs, throttlingBaseDelayMs },
  }: Repeatability,
  { renewable, counted, done, serverTime, polledMs }: RetryState,
  random: number,
): Step {
  const fail: Step = { kind: 'fail' };
  const retry = (askedMs = 0, throttled = false): Step => {
    if (counted >= maxAttempts || askedMs > MAX_RETRY_AFTER_MS) return fail;
    const baseMs = throttled ? throttlingBaseDelayMs : baseDelayMs;
    // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    const jitter = random * Math.min(MAX_DELAY_MS, baseMs * 2 ** (counted - 1));
    return { kind: 'retry', afterMs: Math.max(askedMs, jitter), paid: !throttled && askedMs === 0 };
  };

  if (outcome.kind !== 'answered') {
    if (!repeatable && outcome.kind !== 'not-sent') return fail;
    if (outcome.kind === 'timed-out') return retry();
    if (outcome.permanent) return fail;
    return outcome.closed && !done.has('resend') ? { kind: 'resend', paid: true } : retry();
  }
  const { status, header, body, details } = outcome;
  if (body === undefined) return fail;
  if (!details) return { kind: 'succeed', answer: { ...outcome, body } };
  if (status === 403) {
    const refusal = `${details.errorType}: ${details.reason}`;
    const refused = /^(?:ExpiredToken|UnrecognizedClient)/.test(refusal);
    if (refused && renewable && !done.has('renew')) return { kind: 'renew' };
    const skewed = /^InvalidSignatureException: Signature (?:expired|not yet current)/.test(refusal);
    const byMs = millisecondsUntil(header('date'), serverTime);
    const correctable = skewed && byMs !== undefined && !done.has('correct-clock');
    return correctable ? { kind: 'correct-clock', byMs } : fail;
  }
  if (hasIdempotencyKey && isInProgress(outcome)) {
    const isOver = maxAttempts === 1 || polledMs >= MAX_POLLED_MS;
    return isOver ? fail : { kind: 'poll', afterMs: POLL_MS * (0.5 + random) };
  }
  const askedMs = retryAfter(header, serverTime);
  const again =
    status === 429 ||
    (repeatable && /^(?:408|50[0234])$/.test(String(status))) ||
    (status === 409 && hasIdempotencyKey && askedMs !== undefined);
  return again ? retry(askedMs, status === 429) : fail;
}

/** Whether the API answers that a request with the same key is being executed. */
export function isInProgress({ details }: Pick<ReadResponse, 'details'>): boolean {
  return details?.problem?.type === REQUEST_IN_PROGRESS;
}

/** The wait that the API asks for, in milliseconds: `Retry-After` in seconds or as a date. */
export function retryAfter(header: RawResponse['header'], serverTime: number): number | undefined {
  const value = header('retry-after');
  if (matches(value, /^\d{1,9}$/)) return Number(value) * 1_000;
  const ms = millisecondsUntil(value, serverTime);
  return ms && Math.max(0, ms);
}

/** Reads dates of HTTP only: `Date.parse` takes `1.5` for a day in 2001, and years that no signature can have. */
function millisecondsUntil(date: string | undefined, now: number): number | undefined {
  const ms = Date.parse(matches(date, /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/) ? date : '') - now;
  return Number.isNaN(ms) ? undefined : ms;
}

/** Errors of connections that did not come about, apart from those whose `syscall` says so. */
const BEFORE_CONNECTION = /^(?:ERR_PROXY_TUNNEL|(?:ERR_SOCKET_CONNECTION|UND_ERR_CONNECT)_TIMEOUT)$/;

/** Errors of connections that the peer closed. */
const CLOSED = /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED)$/;

/** Node's errors about the server's certificate. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;

/**
 * Classifies the error of a request. Only errors from before the connection was ready prove that nothing was sent. A
 * reset may come after the API has executed the request, and so may a TLS error (`ERR_SSL_*`, `EPROTO`).
 */
export function readConnectionError(error: unknown, secrets: readonly string[]): Outcome {
  // Node's `fetch` puts the reason into `cause`. An AggregateError (a host with several addresses) has several.
  let innermost = propertiesOf(error);
  for (let depth = 0; depth < 8; depth += 1) {
    const { errors, cause } = innermost;
    const [inner = cause]: unknown[] = Array.isArray(errors) ? errors : [];
    if (typeof inner === 'object' && inner !== null) innermost = propertiesOf(inner);
  }
  const { code: given, message: said, syscall } = innermost;
  const code = typeof given === 'string' ? given : 'UNKNOWN';
  const message = typeof said === 'string' ? hideSecrets(start(said, 300), secrets) : 'unknown reason';
  const permanent = CERTIFICATE.test(code);
  const whileConnecting =
    BEFORE_CONNECTION.test(code) ||
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    message.includes('before secure TLS connection');
  return {
    kind: permanent || whileConnecting ? 'not-sent' : 'broken',
    reason: `${code}: ${message}`,
    code,
    permanent,
    closed: CLOSED.test(code) && !whileConnecting,
  };
}
