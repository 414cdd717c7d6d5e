import type { InvocationReport } from '../../probes/invocation-report.ts';
import type { FunctionResult } from '../../probes/observe.ts';

/** Whether IAM let the call through. `unknown`: the call failed without a decision that its error names. */
export type Verdict = 'allowed' | 'denied' | 'unknown';

/** An invocation of the caller function that asked for a call. */
export interface Outcome {
  readonly verdict: Verdict;
  /** Lambda's ID of the invocation. */
  readonly invocationId: string | undefined;
  /** From the request to Lambda's answer, in milliseconds, as the command measured it. */
  readonly ms: number;
  readonly report: InvocationReport | undefined;
  /** The result of the function; absent if it failed. */
  readonly answer?: unknown;
  /** The error of the function; absent if it returned. */
  readonly error?: { readonly type: string; readonly message: string };
}

/** The errors of assume-role and of signed-fetch for a refusal: by STS, and a 403 by API Gateway. */
const REFUSALS: readonly unknown[] = ['AssumeRoleDenied', 'AccessDenied'];

/** Reads the result of the caller function, which returns what the API answered, or throws an error of the libraries. */
export function outcomeOf(
  { functionError, payload }: FunctionResult,
  measured: Pick<Outcome, 'invocationId' | 'ms' | 'report'>,
): Outcome {
  if (functionError === undefined) return { ...measured, verdict: 'allowed', answer: payload };
  const { errorType, errorMessage } = membersOf(payload);
  return {
    ...measured,
    verdict: REFUSALS.includes(errorType) ? 'denied' : 'unknown',
    error: { type: textOf(errorType) ?? functionError, message: textOf(errorMessage) ?? '' },
  };
}

/** The time of a call, for people. @example '132 ms, of which the function took 85 ms after 210 ms of its init phase' */
export function describeTime({ ms, report }: Pick<Outcome, 'ms' | 'report'>): string {
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
