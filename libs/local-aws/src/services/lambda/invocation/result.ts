import type { Decision } from '@cross-account-api/iam';
import type { AwsError } from '../../../core/errors.ts';
import { parseTraceHeader } from '../../../core/trace-header.ts';
import {
  MAX_RESPONSE_BYTES,
  type RuntimeOutcome,
  type RuntimeReport,
} from '../runtime/execution-environment.ts';
import type { FunctionVersion } from '../store.ts';

/** One invocation to run. */
export interface Invocation {
  readonly requestId: string;
  /** The ARN that was invoked, with the qualifier that the caller gave. */
  readonly invokedFunctionArn: string;
  readonly payload: string;
  readonly clientContext?: string;
  /** The caller's `X-Amzn-Trace-Id`. */
  readonly traceHeader?: string;
}

/** The result of an invocation. */
export type InvocationResult =
  | {
      /** `function-error`: the function threw, exited, timed out, … */
      readonly kind: 'ok' | 'function-error';
      /** JSON; for `function-error` the error document. */
      readonly payload: Buffer;
      readonly requestId: string;
      readonly executedVersion: string;
      /** The last 4 KB of the invocation's log. */
      readonly logTail: Buffer;
      /** e.g. `Sandbox.Timedout`; present for `function-error`. */
      readonly errorType?: string;
      /** The X-Ray trace header that the function got. */
      readonly traceHeader: string;
    }
  | {
      /** `throttled`: over a concurrency limit. `recursive`: stopped as a loop, and not tried again. `failed`: it could not run, e.g. because the role no longer trusts Lambda. */
      readonly kind: 'throttled' | 'recursive' | 'not-found' | 'failed';
      readonly requestId: string;
      readonly error: AwsError;
    };

/** The result of an invocation by an AWS service, with the decision on it. */
export type ServiceInvocationResult =
  | (InvocationResult & { readonly decision: Decision })
  | {
      readonly kind: 'denied';
      readonly requestId: string;
      readonly decision: Exclude<Decision, { readonly allowed: true }>;
    };

/** An outcome in AWS's words, for the client and the log. */
export interface Conclusion {
  readonly kind: 'ok' | 'function-error';
  readonly payload: Buffer;
  readonly errorType?: string;
  /** For REPORT: `error` if the environment failed; `success` if the function only threw. */
  readonly status: 'success' | 'error' | 'timeout';
  /** A line that Lambda adds to the log. */
  readonly fault?: string;
}

/** AWS's answer and log line for an outcome. */
export function conclude(
  outcome: RuntimeOutcome,
  requestId: string,
  { settings }: FunctionVersion,
  now: Date,
): Conclusion {
  switch (outcome.kind) {
    case 'response':
      return { kind: 'ok', payload: outcome.payload, status: 'success' };
    case 'error': {
      const { document: payload, errorType } = outcome;
      const status = errorType.startsWith('Runtime.') ? 'error' : 'success';
      return { kind: 'function-error', payload, errorType, status };
    }
    case 'too-large': {
      const message = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
      return failed('Function.ResponseSizeTooLarge', message, 'error');
    }
    case 'exit': {
      const reason =
        outcome.status === undefined
          ? 'Runtime exited without providing a reason'
          : `Runtime exited with error: ${outcome.status}`;
      const message = `RequestId: ${requestId} Error: ${reason}`;
      const errorType = outcome.outOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
      return { ...failed(errorType, message, 'error'), fault: `${message}\n${errorType}\n` };
    }
    case 'timeout': {
      const message = `Task timed out after ${settings.Timeout.toFixed(2)} seconds`;
      return {
        ...failed('Sandbox.Timedout', `RequestId: ${requestId} Error: ${message}`, 'timeout'),
        fault: `${now.toISOString()} ${requestId} ${message}\n`,
      };
    }
    case 'ready':
      throw new Error('An environment that is ready has not run an invocation.');
  }
}

function failed(errorType: string, errorMessage: string, status: 'error' | 'timeout'): Conclusion {
  const payload = Buffer.from(JSON.stringify({ errorType, errorMessage }));
  return { kind: 'function-error', payload, errorType, status };
}

/** Lambda's line for an init phase that failed (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html). */
export function initReport({ outcome, durationMs }: RuntimeReport): string {
  const exitError = outcome.kind === 'exit' ? 'Runtime.ExitError' : undefined;
  const errorType = outcome.kind === 'error' ? outcome.errorType : exitError;
  const status = statusColumn(outcome.kind === 'timeout' ? 'timeout' : 'error', errorType);
  return `INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms\tPhase: init\t${status}`;
}

/** Lambda's REPORT of an invocation. @param initDurationMs present for a cold start */
export function reportLine(
  { requestId, traceHeader }: { readonly requestId: string; readonly traceHeader: string },
  { settings }: FunctionVersion,
  { durationMs, maxMemoryUsedMb }: RuntimeReport,
  { status, errorType }: Conclusion,
  initDurationMs: number | undefined,
): string {
  // Since August 2025 the init phase is billed too.
  const billedMs = Math.max(1, Math.ceil(durationMs + (initDurationMs ?? 0)));
  const { root, parent, sampled } = parseTraceHeader(traceHeader);
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${settings.MemorySize} MB`,
    `Max Memory Used: ${maxMemoryUsedMb} MB`,
    ...(initDurationMs === undefined ? [] : [`Init Duration: ${initDurationMs.toFixed(2)} ms`]),
    ...(status === 'success' ? [] : [statusColumn(status, status === 'error' ? errorType : undefined)]),
    sampled === '1' ? `\nXRAY TraceId: ${root}\tSegmentId: ${parent}\tSampled: true\t` : '',
  ].join('\t');
}

function statusColumn(status: Conclusion['status'], errorType: string | undefined): string {
  return `Status: ${status}${errorType === undefined ? '' : `\tError Type: ${errorType}`}`;
}
