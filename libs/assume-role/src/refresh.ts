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
  /** When the time is up, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly attemptTimeoutMs: number;
  /** Stops it. */
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  /** Told before each step by when it will be over, in milliseconds since the epoch; see {@link isOverdue}. */
  readonly onStep: (overAt: number) => void;
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
 * time is left. Never rejects.
 */
export async function refresh(task: RefreshTask): Promise<RefreshOutcome> {
  const { runtime, signal, deadline } = task;
  let last: StsFailure | undefined;
  let skewed = false;
  for (let attempts = 1; ; attempts += 1) {
    const asked = runtime.now();
    const patience = Math.min(task.attemptTimeoutMs, deadline - asked);
    if (patience <= 0) return failed(task, last, attempts - 1);
    task.onStep(asked + patience);
    const result = await askOnce(task, patience);
    if (signal.aborted) return { kind: 'abandoned' };
    if ('credentials' in result) return { kind: 'refreshed', credentials: result.credentials, asked };
    if (isOverdue(asked + patience, runtime.now())) return { kind: 'abandoned' };

    last = result.failure;
    const again = last.kind === 'transient' || (last.kind === 'skewed' && !skewed);
    if (!again) return failed(task, last, attempts);
    // The SDK has learnt the server's time: nothing to wait for.
    const delay = last.kind === 'skewed' ? 0 : retryDelay(attempts, runtime.random());
    skewed ||= last.kind === 'skewed';
    const resumeAt = runtime.now() + delay;
    if (resumeAt >= deadline) return failed(task, last, attempts);
    if (delay > 0) {
      task.onStep(resumeAt);
      await runtime.sleep(delay, signal);
      if (signal.aborted || isOverdue(resumeAt, runtime.now())) return { kind: 'abandoned' };
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

function failed(task: RefreshTask, last: StsFailure | undefined, attempts: number): RefreshOutcome {
  const { roleArn, sentExternalId } = task;
  if (last?.kind === 'denied') {
    const { caller, requestId } = last;
    return { kind: 'failed', error: new AssumeRoleDenied({ roleArn, caller, sentExternalId, requestId }) };
  }
  const permanent = last !== undefined && last.kind !== 'transient';
  const error = new CredentialsUnavailable({
    roleArn,
    attempts,
    reason: last === undefined ? "the invocation's time was up" : `${last.code}: ${last.reason}`,
    remedy: permanent
      ? remedyFor(last.code)
      : 'No time was left to try again: invoke again, or give the function a longer timeout',
    reasonCode: last?.code,
    requestId: last?.requestId,
  });
  return { kind: 'failed', error };
}
