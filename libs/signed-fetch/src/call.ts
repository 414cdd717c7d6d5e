import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { type Attempt, DeadlineExceeded, type FailedCall, toError } from './errors.ts';
import { check, type PreparedRequest } from './request.ts';
import { type ApiResponse, readAtMost, readError, requestIdOf } from './response.ts';
import { isSuccess, nextStep, type Outcome, readConnectionError, type Step } from './retry.ts';
import type { Sign, Signed, SigningCredentials } from './sign.ts';

/**
 * Where credentials come from. It is asked before each attempt, so it should cache, as `assume-role` does.
 */
export interface CredentialSource {
  getCredentials(): Promise<SigningCredentials>;
  /** The API refused the credentials as expired or unknown. The next `getCredentials` must return newer ones. */
  invalidate?(rejected: SigningCredentials): void;
}

/** What the calls of one client share. */
export interface CallEnvironment {
  readonly source: CredentialSource;
  readonly sign: Sign;
  readonly marginMs: number;
  readonly maxResponseBytes: number;
  readonly fetch: () => typeof globalThis.fetch;
  /** How far the server's clock is ahead in milliseconds; learnt from refused signatures. */
  readonly clock: { offsetMs: number };
}

/** What limits one call. */
export interface CallLimits {
  /** Milliseconds that the invocation has left, the margin included; infinite outside an invocation. */
  readonly remainingMs: () => number;
  /** Ends the call. */
  readonly signal: AbortSignal | undefined;
}

/** A call that succeeded. */
export interface CallResult extends FailedCall {
  readonly response: Omit<ApiResponse, 'text'>;
  /** Must not be shown, should the response repeat them. */
  readonly secrets: readonly string[];
}

/**
 * Makes a call: signs, sends, decides, and again. `sign.ts` knows how to sign and `retry.ts` what to do next; this is the
 * order of things, and the time.
 * @throws a SignedFetchError, what the source of credentials throws, or a signal's reason
 */
export async function makeCall(
  request: PreparedRequest,
  { source, sign, marginMs, maxResponseBytes, fetch, clock }: CallEnvironment,
  { remainingMs, signal }: CallLimits,
): Promise<CallResult> {
  const attempts: Attempt[] = [];
  const call: FailedCall = { request, attempts };
  const done = new Set<Step['kind']>();
  let counted = 0;
  // Attempts that `renew` and `correct-clock` repeated: they do not use up those that are allowed.
  let free = 0;
  /** The time that is left, at most `ms`. setTimeout takes 31 bits; nothing in a Lambda function waits for longer. */
  const patience = (ms = 2 ** 31 - 1): number => {
    const left = Math.min(ms, remainingMs() - marginMs);
    if (left <= 0) throw outOfTime();
    return left;
  };
  const outOfTime = (): DeadlineExceeded =>
    new DeadlineExceeded(
      call,
      `no time left, except ${marginMs} ms for the handler. Last attempt: ${attempts.at(-1)?.reason ?? 'none'}`,
      'Give the function a longer timeout, or lower timeoutMs to leave time for another attempt.',
    );

  for (;;) {
    const credentials = await within(patience(), signal, async () =>
      checkCredentials(await source.getCredentials()),
    );
    if (credentials === TIMEOUT) throw outOfTime();
    const timeoutMs = patience(request.timeoutMs);
    const startedAt = Date.now();
    const signed = await sign(request, credentials, startedAt + clock.offsetMs);
    const outcome = await exchange(request, signed, timeoutMs, signal, maxResponseBytes, fetch());

    const now = Date.now();
    const { kind, reason } = outcome;
    attempts.push({
      outcome: kind,
      reason,
      durationMs: now - startedAt,
      ...(kind === 'answered' && {
        status: outcome.response.status,
        errorType: outcome.details?.errorType,
        requestId: outcome.response.requestId,
      }),
    });
    counted += 1;
    const serverTime = now + clock.offsetMs;
    const renewable = source.invalidate !== undefined;
    const state = { renewable, counted: counted - free, done, serverTime, now };
    const step = nextStep(outcome, request, state, Math.random());
    if (step.kind === 'succeed') {
      return { ...call, response: { ...step.response, attempts: counted }, secrets: signed.secrets };
    }
    if (kind === 'timed-out' && timeoutMs < request.timeoutMs) throw outOfTime();
    if (step.kind === 'fail') throw toError(call, outcome, serverTime);
    done.add(step.kind);
    if (step.kind === 'retry') {
      if (patience() <= step.afterMs) throw outOfTime();
      await within(step.afterMs, signal, () => new Promise<never>(() => undefined));
    } else if (step.kind === 'resend') {
      // It met a closed connection and never reached the API.
      counted -= 1;
    } else {
      free += 1;
      if (step.kind === 'renew') source.invalidate?.(credentials);
      else clock.offsetMs = step.offsetMs;
    }
  }
}

/**
 * Returns credentials that can sign.
 * @throws SignedFetchOptionError naming what is missing, and showing nothing of what is there
 */
export function checkCredentials(credentials: unknown): SigningCredentials {
  const {
    accessKeyId,
    secretAccessKey,
    sessionToken = '',
  }: Partial<Record<string, unknown>> = Object(credentials);
  const all = [accessKeyId, secretAccessKey, sessionToken];
  check(
    all.every((one) => typeof one === 'string') && /^\w{16,128}\n[!-~]+\n[!-~]*$/.test(all.join('\n')),
    'credentials',
    'must have an accessKeyId of 16 to 128 letters and digits, a secretAccessKey, and perhaps a sessionToken',
  );
  // A copy of texts that were just checked.
  return { accessKeyId, secretAccessKey, sessionToken } as SigningCredentials;
}

/** Sends one request and reads the whole response, so that time-out and retry cover the body too. */
async function exchange(
  { href, method, body }: PreparedRequest,
  { headers, secrets }: Signed,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  maxBytes: number,
  fetch: typeof globalThis.fetch,
): Promise<Outcome> {
  try {
    const outcome = await within(timeoutMs, outer, async (signal): Promise<Outcome> => {
      await noticeClosedConnections();
      // A redirect would take signature and session token to wherever it leads.
      const init: RequestInit = { method, headers, redirect: 'manual', signal };
      const response = await fetch(href, body === undefined ? init : { ...init, body });
      const { status, headers: received } = response;
      const read = await readAtMost(response, maxBytes);
      const details = read && !isSuccess(status) ? readError(status, received, read, secrets) : undefined;
      const problem = read ? details?.reason : `more than ${maxBytes} bytes`;
      return {
        kind: 'answered',
        reason: `answered ${[status, details?.errorType, problem].filter(Boolean).join(': ')}`,
        response: { status, headers: received, body: read, requestId: requestIdOf(received) },
        details,
      };
    });
    if (outcome !== TIMEOUT) return outcome;
    return { kind: 'timed-out', reason: `no complete response within ${Math.round(timeoutMs)} ms` };
  } catch (error) {
    outer?.throwIfAborted();
    return readConnectionError(error);
  }
}

/**
 * Lets Node notice which of its idle connections have been closed.
 *
 * A connection that the server closed while the process was frozen is found closed only when the event loop next looks:
 * after the handler has sent its first request over it, in vain. Two turns were enough in each of the cases tried (closed
 * and reset, with and without a freeze); the third is to spare. They take microseconds.
 */
async function noticeClosedConnections(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await eventLoopTurn();
}

const TIMEOUT = Symbol('timeout');

/**
 * Waits for some work, but not longer than `ms`.
 * @param work gets a signal that ends it when nobody waits for it any more
 * @throws what the work rejects with, or the reason of the signal that aborts
 */
async function within<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | typeof TIMEOUT> {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<typeof TIMEOUT>();
  const end = (): void => {
    resolve(TIMEOUT);
    controller.abort();
  };
  outer?.throwIfAborted();
  outer?.addEventListener('abort', end);
  const timer = setTimeout(end, ms);
  try {
    const result = await Promise.race([work(controller.signal), promise]);
    outer?.throwIfAborted();
    return result;
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', end);
  }
}
