import { retryDelay } from './backoff.ts';
import { AssumeRoleDenied } from './errors/assume-role-denied.ts';
import { CredentialsUnavailable } from './errors/credentials-unavailable.ts';
import { bounded, type Runtime } from './runtime.ts';
import { readStsFailure, remedyFor, type StsFailure } from './sts-failure.ts';
import type { RoleCredentials } from './types.ts';

/** How a refresh came out. A value, not an exception: nobody may be there to catch it. */
export type RefreshOutcome =
  | { readonly kind: 'refreshed'; readonly credentials: RoleCredentials; readonly asked: number }
  | { readonly kind: 'failed'; readonly error: AssumeRoleDenied | CredentialsUnavailable }
  /** Stopped, or found to have been frozen: it says nothing about STS, and is to be begun again. */
  | { readonly kind: 'abandoned' };

/** What one refresh needs. */
export interface RefreshTask {
  readonly roleArn: string;
  readonly sentExternalId: boolean;
  /** Asks STS once. */
  readonly ask: (signal: AbortSignal) => Promise<RoleCredentials>;
  readonly attemptTimeoutMs: number;
  /** Stops it. */
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  readonly progress: RefreshProgress;
  /**
   * Called with the outcome in the same step in which it is decided, so that nobody joins a refresh that has given up.
   */
  readonly settle: (outcome: RefreshOutcome) => void;
}

/** How far a refresh has come. */
export interface RefreshProgress {
  /** When the time is up, in milliseconds since the epoch. Whoever joins with more time moves it. */
  deadline: number;
  /** When the current step will be over, in milliseconds since the epoch; see {@link isOverdue}. */
  overAt: number;
  /** How many times STS was asked. */
  attempts: number;
  /** How the last attempt failed. */
  lastFailure: StsFailure | undefined;
}

/** A process that runs is never later than this with its timers; one that is has stood still. */
const LATENESS_MS = 1_000;

/**
 * Whether a step that should have been over at a time has been frozen: its timer did not fire when it was due. This
 * recognizes a freeze without a timer in the background, and on resuming, before any event is handled.
 */
export function isOverdue(overAt: number, now: number): boolean {
  return now > overAt + LATENESS_MS;
}

/**
 * Gets new credentials: asks STS, and asks again with growing, jittered pauses while the failures are transient and
 * time is left. Never rejects; the outcome goes to `settle`.
 */
export async function refresh(task: RefreshTask): Promise<void> {
  const { runtime, signal, progress, settle } = task;
  for (let skewed = false; ; ) {
    const asked = runtime.now();
    const patience = Math.min(task.attemptTimeoutMs, progress.deadline - asked);
    if (patience <= 0) return settle({ kind: 'failed', error: refreshError(task) });
    progress.overAt = asked + patience;
    progress.attempts += 1;
    const result = await askOnce(task, patience);
    if (signal.aborted) return settle({ kind: 'abandoned' });
    if ('credentials' in result) return settle({ kind: 'refreshed', credentials: result.credentials, asked });
    if (isOverdue(progress.overAt, runtime.now())) return settle({ kind: 'abandoned' });

    const { failure } = result;
    progress.lastFailure = failure;
    const again = failure.kind === 'transient' || (failure.kind === 'skewed' && !skewed);
    if (!again) return settle({ kind: 'failed', error: refreshError(task) });
    // The SDK has learnt the server's time: nothing to wait for.
    const delay = failure.kind === 'skewed' ? 0 : retryDelay(progress.attempts, runtime.random());
    skewed ||= failure.kind === 'skewed';
    const resumeAt = runtime.now() + delay;
    if (resumeAt >= progress.deadline) return settle({ kind: 'failed', error: refreshError(task) });
    if (delay > 0) {
      progress.overAt = resumeAt;
      await runtime.sleep(delay, signal);
      if (signal.aborted || isOverdue(resumeAt, runtime.now())) return settle({ kind: 'abandoned' });
    }
  }
}

async function askOnce(
  { ask, signal, runtime }: RefreshTask,
  patience: number,
): Promise<{ readonly credentials: RoleCredentials } | { readonly failure: StsFailure }> {
  const attempt = new AbortController();
  try {
    const answer = ask(AbortSignal.any([signal, attempt.signal]));
    const result = await bounded(answer, patience, signal, runtime);
    if (result.kind === 'value') return { credentials: result.value };
    return {
      failure: {
        kind: 'transient',
        code: 'Timeout',
        reason: `STS did not answer within ${Math.round(patience)} ms`,
        requestId: undefined,
        caller: undefined,
      },
    };
  } catch (error) {
    return { failure: readStsFailure(error) };
  } finally {
    // Ends a request that timed out; of no effect on one that is done.
    attempt.abort();
  }
}

/** What a refresh that has failed, or that has not come to an end in time, tells those who wait for it. */
export function refreshError({
  roleArn,
  sentExternalId,
  progress: { attempts, lastFailure: last },
}: Pick<RefreshTask, 'roleArn' | 'sentExternalId' | 'progress'>): AssumeRoleDenied | CredentialsUnavailable {
  if (last?.kind === 'denied') {
    const { caller, requestId } = last;
    return new AssumeRoleDenied({ roleArn, caller, sentExternalId, requestId });
  }
  const permanent = last !== undefined && last.kind !== 'transient';
  return new CredentialsUnavailable({
    roleArn,
    attempts,
    reason: last === undefined ? 'STS had not answered when the time was up' : `${last.code}: ${last.reason}`,
    remedy: permanent
      ? remedyFor(last.code)
      : 'No time was left to try again: invoke again, or give the function a longer timeout',
    reasonCode: last?.code ?? 'Timeout',
    requestId: last?.requestId,
  });
}
