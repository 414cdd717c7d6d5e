import type { InvocationReport } from '../../probes/invocation-report.ts';
import { batchFailuresOf, type FunctionResult } from '../../probes/observe.ts';
import type { AskedEvent } from './read-event.ts';

/** Whether IAM let the call through. `unknown`: neither the answer nor the error says it. */
export type Verdict = 'allowed' | 'denied' | 'unknown';

/** An invocation of a caller function. */
export interface CallOutcome {
  readonly verdict: Verdict;
  /** Lambda's ID of the invocation. */
  readonly invocationId: string | undefined;
  /** From the request to Lambda's answer, in milliseconds, as the command measured it. */
  readonly ms: number;
  readonly report: InvocationReport | undefined;
  /** The result of the function; absent if it failed. */
  readonly answer?: unknown;
  /** The records of a batch that failed, for people; absent if the answer names none. */
  readonly failures?: string;
  /** The error of the function; absent if it returned. */
  readonly error?: { readonly type: string; readonly message: string };
}

/** The errors of assume-role and of signed-fetch for a refusal: by STS, and a 403 by API Gateway. */
const REFUSALS: readonly unknown[] = ['AssumeRoleDenied', 'AccessDenied'];

/**
 * Reads the result of a caller function, which throws errors of the libraries.
 * @param asked if its event asked for an operation, its answer is the API's. The answer to an event of the user can be anything
 */
export function outcomeOf(
  { functionError, payload }: FunctionResult,
  measured: Pick<CallOutcome, 'invocationId' | 'ms' | 'report'>,
  { event, operation }: AskedEvent,
): CallOutcome {
  if (functionError === undefined) {
    const failures = operation === undefined ? batchFailuresOf(event, payload) : undefined;
    return {
      ...measured,
      verdict: operation === undefined ? 'unknown' : 'allowed',
      answer: payload,
      ...(failures !== undefined && { failures }),
    };
  }
  const { errorType, errorMessage } = membersOf(payload);
  return {
    ...measured,
    verdict: REFUSALS.includes(errorType) ? 'denied' : 'unknown',
    error: { type: textOf(errorType) ?? functionError, message: textOf(errorMessage) ?? '' },
  };
}

/** The time of a call, for people. @example '132 ms, of which the function took 85 ms after 210 ms of its init phase' */
export function describeTime({ ms, report }: Pick<CallOutcome, 'ms' | 'report'>): string {
  const total = `${ms.toFixed(0)} ms`;
  if (report === undefined) return total;
  const { durationMs, initDurationMs } = report;
  const init = initDurationMs === undefined ? '' : ` after ${initDurationMs.toFixed(0)} ms of its init phase`;
  return `${total}, of which the function took ${durationMs.toFixed(0)} ms${init}`;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
