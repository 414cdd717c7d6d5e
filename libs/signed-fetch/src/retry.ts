import { type Answer, clockOffset, type ErrorDetails, isSuccess, retryAfter } from './answer.ts';
import type { ConnectionError } from './connection-error.ts';

/** What became of one attempt. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly details: ErrorDetails | undefined }
  | {
      readonly kind: 'too-large';
      readonly status: number;
      readonly requestId: string | undefined;
      readonly maxResponseBytes: number;
    }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'connection'; readonly error: ConnectionError };

/** What to do next. */
export type Step =
  | { readonly kind: 'succeed' }
  | { readonly kind: 'fail' }
  /** Wait and send again; it counts. */
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** Send again at once, silently: the request met a socket that had been closed while nobody looked. */
  | { readonly kind: 'resend' }
  /** Get other credentials and send again. */
  | { readonly kind: 'renew' }
  /** Sign for the server's time and send again. */
  | { readonly kind: 'correct-clock'; readonly offsetMs: number };

/** What the step depends on besides the outcome. */
export interface RetryState {
  /** Whether executing the request twice does no harm: the method is idempotent, or a key makes it so. */
  readonly repeatable: boolean;
  /** Whether an idempotency key goes out with it. */
  readonly keyed: boolean;
  /** Whether the source of credentials can get others. */
  readonly renewable: boolean;
  /** Attempts so far, this one included, but for those before a step that is taken once. */
  readonly counted: number;
  /** Which of the steps that are taken once have been. */
  readonly done: ReadonlySet<Step['kind']>;
  /** The server's time in milliseconds since the epoch, as far as it is known. */
  readonly serverTime: number;
  /** The local time in milliseconds since the epoch. */
  readonly now: number;
}

/** See `RetryOptions`. */
export interface RetryRules {
  readonly maxAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** Methods that may be executed twice (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Answers that a later try may change, and after which the request may have been executed nevertheless. */
const TRANSIENT = new Set([500, 502, 503, 504]);

const REFUSED_CREDENTIALS = new Set(['ExpiredTokenException', 'UnrecognizedClientException']);

/** The longest `Retry-After` that is waited for; a longer one is for whoever called. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Whether a method may be executed twice. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/**
 * A random wait of up to a bound that doubles with each attempt ("full jitter").
 * @param attempt the one that failed, from 1
 * @param random a number in [0, 1)
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitter(attempt: number, { baseDelayMs, maxDelayMs }: RetryRules, random: number): number {
  return random * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
}

/**
 * Decides what to do after an attempt. Pure.
 *
 * | outcome | idempotent, or with key | neither |
 * | --- | --- | --- |
 * | 429 | retry | retry |
 * | 500, 502, 503, 504 | retry | fail |
 * | no connection | retry | retry |
 * | connection broke, timeout | retry | fail |
 * | 409 with `Retry-After` and a key: the first try is still being executed | retry | – |
 * | 403, credentials expired or unknown | renew, once | renew, once |
 * | 403, clock skewed | correct the clock, once | correct the clock, once |
 */
export function nextStep(outcome: Outcome, state: RetryState, rules: RetryRules, random: number): Step {
  switch (outcome.kind) {
    case 'timeout':
      return state.repeatable ? retry(state, rules, random) : { kind: 'fail' };
    case 'connection':
      return afterConnectionError(outcome.error, state, rules, random);
    case 'too-large':
      return { kind: 'fail' };
    case 'answer':
      return afterAnswer(outcome.answer, outcome.details, state, rules, random);
  }
}

function afterConnectionError(
  error: ConnectionError,
  state: RetryState,
  rules: RetryRules,
  random: number,
): Step {
  if (error.permanent || !(error.notSent || state.repeatable)) return { kind: 'fail' };
  if (error.closed && !state.done.has('resend')) return { kind: 'resend' };
  return retry(state, rules, random);
}

function afterAnswer(
  answer: Answer,
  details: ErrorDetails | undefined,
  state: RetryState,
  rules: RetryRules,
  random: number,
): Step {
  const { status, headers } = answer;
  if (details === undefined || isSuccess(status)) return { kind: 'succeed' };
  if (status === 403) {
    const refused = details.errorType !== undefined && REFUSED_CREDENTIALS.has(details.errorType);
    if (refused && state.renewable && !state.done.has('renew')) return { kind: 'renew' };
    const offsetMs = clockOffset(answer, details, state.now);
    if (offsetMs !== undefined && !state.done.has('correct-clock'))
      return { kind: 'correct-clock', offsetMs };
    return { kind: 'fail' };
  }
  const asked = retryAfter(headers, state.serverTime);
  const again =
    status === 429 ||
    (state.repeatable && TRANSIENT.has(status)) ||
    (status === 409 && state.keyed && asked !== undefined);
  return again ? retry(state, rules, random, asked) : { kind: 'fail' };
}

function retry(state: RetryState, rules: RetryRules, random: number, askedMs = 0): Step {
  if (state.counted >= rules.maxAttempts || askedMs > MAX_RETRY_AFTER_MS) return { kind: 'fail' };
  return { kind: 'retry', afterMs: Math.max(askedMs, fullJitter(state.counted, rules, random)) };
}
