import { retryAfter } from './answer.ts';
import { AccessDenied } from './errors/access-denied.ts';
import { ApiError } from './errors/api-error.ts';
import { ConnectionFailed } from './errors/connection-failed.ts';
import { RequestTimeout } from './errors/request-timeout.ts';
import { ResponseTooLarge } from './errors/response-too-large.ts';
import type { Attempt, SignedFetchError } from './errors/signed-fetch-error.ts';
import { Throttled } from './errors/throttled.ts';
import type { PreparedCall } from './prepare.ts';
import type { Outcome } from './retry.ts';

/** An attempt as errors report it. */
export function describeAttempt(outcome: Outcome, patienceMs: number, durationMs: number): Attempt {
  switch (outcome.kind) {
    case 'timeout':
      return {
        outcome: 'timed-out',
        reason: `no complete answer within ${Math.round(patienceMs)} ms`,
        durationMs,
      };
    case 'connection': {
      const { notSent, reason } = outcome.error;
      return { outcome: notSent ? 'not-sent' : 'broken', reason, durationMs };
    }
    case 'too-large': {
      const { status, requestId, maxResponseBytes } = outcome;
      return {
        outcome: 'answered',
        status,
        reason: `${status} with more than ${maxResponseBytes} bytes`,
        durationMs,
        ...(requestId !== undefined && { requestId }),
      };
    }
    case 'answer': {
      const { answer, details } = outcome;
      const { errorType, requestId, reason } = details ?? {};
      return {
        outcome: 'answered',
        status: answer.status,
        reason: [answer.status, errorType, reason].filter((part) => part !== undefined).join(' '),
        durationMs,
        ...(errorType !== undefined && { errorType }),
        ...(requestId !== undefined && { requestId }),
      };
    }
  }
}

/**
 * The error for a call whose last attempt came out like this.
 * @param serverTime in milliseconds since the epoch
 */
export function callError(
  { shown, timeoutMs, repeatable }: PreparedCall,
  attempts: readonly Attempt[],
  outcome: Outcome,
  serverTime: number,
): SignedFetchError {
  const failure = { call: shown, attempts };
  if (outcome.kind === 'timeout') return new RequestTimeout({ ...failure, timeoutMs, repeatable });
  if (outcome.kind === 'too-large') return new ResponseTooLarge({ ...failure, ...outcome });
  if (outcome.kind === 'connection') {
    const { code, reason, notSent } = outcome.error;
    return new ConnectionFailed({
      ...failure,
      reasonCode: code,
      reason,
      maybeExecuted: !notSent,
      repeatable,
    });
  }
  const { answer, details } = outcome;
  const { status, headers } = answer;
  const said = {
    status,
    errorType: details?.errorType,
    reason: details?.reason ?? 'no reason given',
    problem: details?.problem,
  };
  if (status === 429) return new Throttled({ ...failure, retryAfterMs: retryAfter(headers, serverTime) });
  return status === 403 ? new AccessDenied({ ...failure, ...said }) : new ApiError({ ...failure, ...said });
}
