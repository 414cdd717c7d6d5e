import { type Attempt, type AttemptedCall, DeadlineExceeded, SignedFetchError } from './errors.ts';
import type { CallLogger } from './log.ts';
import type { Outcome } from './outcome.ts';
import { type RetryQuota, refund, spend } from './quota.ts';
import type { PreparedRequest, RequestDefaults } from './request.ts';
import { type AnsweredCall, readResponse } from './response.ts';
import { nextStep, readConnectionError, type Step } from './retry.ts';
import { type CredentialSource, checkCredentials, type createSigner } from './sign.ts';
import { IN_PROGRESS_REMEDY, outOfTimeRemedy, toError } from './to-error.ts';
import type { Transport } from './transport.ts';

/** The checked options of a client, and of one invocation. */
export interface Settings extends RequestDefaults {
  readonly source: CredentialSource;
  readonly sign: ReturnType<typeof createSigner>;
  readonly marginMs: number;
  readonly maxResponseBytes: number;
  readonly send: Transport;
  readonly logger: CallLogger | undefined;
  /** The milliseconds by which the server's clock is ahead: a correction after a refused signature that an answer has proved. */
  readonly clock: { offsetMs: number };
  /** Shared by all calls of the client. */
  readonly quota: RetryQuota;
}

const QUOTA_NOTE =
  'The retry quota of the client ended the call: too many of its calls have failed. retry.quota: false turns it off.';

/** setTimeout takes 31 bits. Nothing in a Lambda function waits for longer. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Makes a call: signs, sends, decides, and again. `sign.ts` signs and `retry.ts` decides what to do next; this function
 * orders the steps and enforces the deadline.
 * @throws a SignedFetchError, the error of the source of credentials, or the reason of the signal, which ends the call
 */
export async function makeCall(request: PreparedRequest, settings: Settings): Promise<AnsweredCall> {
  const last: { answered?: AnsweredCall | undefined } = {};
  try {
    return await makeAttempts(request, settings, last);
  } catch (error) {
    if (!request.anyStatus || last.answered === undefined || !(error instanceof SignedFetchError))
      throw error;
    return last.answered;
  }
}

/** @param last gets the answer of the last attempt, if it has one */
async function makeAttempts(
  request: PreparedRequest,
  { source, sign, marginMs, maxResponseBytes, send, clock, quota, scope }: Settings,
  last: { answered?: AnsweredCall | undefined },
): Promise<AnsweredCall> {
  const { signal } = request;
  const { remainingTimeInMillis = () => Number.POSITIVE_INFINITY } = scope;
  const attempts: Attempt[] = [];
  const call: AttemptedCall = { request, attempts };
  const done = new Set<Step['kind']>();
  let polls = 0;
  /** The price of the last retry. */
  let spent = 0;
  /** When the API first answered that the request is being executed. */
  let polledSince: number | undefined;
  /** The correction of the clock that this call tries. Anybody on the way can answer with a wrong date, so it is not the client's yet. */
  let triedMs: number | undefined;
  /** The credentials that the API refused, and the error for the case that there are no others. */
  let refused: { readonly accessKeyId: string; readonly error: SignedFetchError } | undefined;
  /** The time that is left, at most `ms`. */
  const timeLeft = (ms = LONGEST_MS): number => {
    const left = Math.min(ms, remainingTimeInMillis() - marginMs);
    if (left <= 0) throw outOfTime();
    return left;
  };
  const outOfTime = (): DeadlineExceeded =>
    new DeadlineExceeded(
      call,
      `no time left, except ${marginMs} ms for the handler. Last attempt: ${attempts.at(-1)?.reason ?? 'none'}`,
      polls > 0 ? IN_PROGRESS_REMEDY : outOfTimeRemedy(call),
    );

  for (;;) {
    const credentials = await within(timeLeft(), signal, async () =>
      checkCredentials(await source.getCredentials()),
    );
    if (credentials === undefined) throw outOfTime();
    if (credentials.accessKeyId === refused?.accessKeyId) throw refused.error;
    const timeoutMs = timeLeft(request.timeoutMs);
    const startedAt = Date.now();
    const offsetMs = triedMs ?? clock.offsetMs;
    const { headers, secrets } = await sign(request, credentials, startedAt + offsetMs);
    let outcome: Outcome;
    try {
      // The time-out covers the response's body too.
      const response = await within(timeoutMs, signal, async (ended) => {
        await turnEventLoop();
        return send({ ...request, headers }, maxResponseBytes, ended);
      });
      outcome = response
        ? readResponse(response, { ...request, maxResponseBytes }, secrets)
        : { kind: 'timed-out', reason: `no complete response within ${timeoutMs} ms` };
    } catch (error) {
      signal?.throwIfAborted();
      outcome = readConnectionError(error, secrets);
    }

    const now = Date.now();
    const { kind, reason } = outcome;
    attempts.push({
      outcome: kind,
      reason,
      durationMs: now - startedAt,
      ...(kind === 'answered' && {
        status: outcome.status,
        errorType: outcome.details?.errorType,
        requestId: outcome.requestId,
        extendedRequestId: outcome.extendedRequestId,
      }),
    });
    if (triedMs !== undefined && kind === 'answered' && outcome.status !== 403) clock.offsetMs = triedMs;
    const body = kind === 'answered' ? outcome.body : undefined;
    last.answered =
      kind === 'answered' && body ? { ...call, answer: { ...outcome, body }, secrets } : undefined;
    const serverTime = now + offsetMs;
    const renewable = source.invalidate !== undefined;
    const counted = attempts.length - done.size - polls;
    const polledMs = scope.remainingTimeInMillis === undefined ? now - (polledSince ?? now) : 0;
    const state = { renewable, counted, done, serverTime, polledMs };
    const step = nextStep(outcome, request, state, Math.random());
    if (step.kind === 'succeed') {
      refund(quota, spent);
      return { ...call, answer: step.answer, secrets };
    }
    if (kind === 'timed-out' && timeoutMs < request.timeoutMs) throw outOfTime();
    if (step.kind === 'fail') throw toError(call, outcome, serverTime);
    const waitMs = 'afterMs' in step ? step.afterMs : undefined;
    if (waitMs !== undefined && remainingTimeInMillis() - marginMs <= waitMs) {
      if (kind !== 'answered' || outcome.status !== 429) throw outOfTime();
      const note = `The next attempt would begin after ${Math.ceil(waitMs)} ms: too late for the time that is left.`;
      throw toError({ ...call, note }, outcome, serverTime);
    }
    if ('paid' in step && step.paid && request.retry.quota) {
      spent = spend(quota);
      if (spent === 0) throw toError({ ...call, note: QUOTA_NOTE }, outcome, serverTime);
    }
    if (step.kind === 'poll') {
      polls += 1;
      polledSince ??= now;
    }
    if (waitMs !== undefined) {
      await within(waitMs, signal, () => new Promise<never>(() => undefined));
      continue;
    }
    done.add(step.kind);
    if (step.kind === 'renew') {
      source.invalidate?.(credentials);
      refused = { accessKeyId: credentials.accessKeyId, error: toError(call, outcome, serverTime) };
    }
    if (step.kind === 'correct-clock') triedMs = offsetMs + step.byMs;
  }
}

/**
 * A connection that the server closed while the process was frozen is found closed only when the event loop next looks.
 * Two turns were enough in each case tried; the third is for safety. They take microseconds.
 */
function turnEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(() => setImmediate(resolve)));
  });
}

/**
 * Waits for some work, but not longer than `ms`: then it is ended by its signal. Returns `undefined` if the time is up.
 * @throws the error of the work, or the outer signal's reason
 */
async function within<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const controller = new AbortController();
  const { promise: timeUp, resolve } = Promise.withResolvers<undefined>();
  const end = (): void => {
    resolve(undefined);
    controller.abort();
  };
  outer?.throwIfAborted();
  outer?.addEventListener('abort', end);
  const timer = setTimeout(end, ms);
  try {
    const result = await Promise.race([work(controller.signal), timeUp]);
    outer?.throwIfAborted();
    return result;
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', end);
  }
}
