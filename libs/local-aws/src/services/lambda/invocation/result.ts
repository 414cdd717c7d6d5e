import type { Decision } from '../../../authorization/decision.ts';
import type { AwsError } from '../../../core/errors.ts';
import type { RuntimeOutcome } from '../runtime/execution-environment.ts';
import { MAX_RESPONSE_BYTES } from '../runtime/runtime-api.ts';

/** One invocation to run. */
export interface Invocation {
  readonly requestId: string;
  /** The request that the invocation belongs to in the trace: of an Invoke its own, of an API's integration that to the API. */
  readonly tracedRequestId: string;
  /** The ARN that was invoked, with the qualifier that the caller gave. */
  readonly invokedFunctionArn: string;
  /** JSON. */
  readonly payload: Uint8Array;
  /** JSON. */
  readonly clientContext?: string;
  /** The caller's `X-Amzn-Trace-Id`. */
  readonly traceHeader?: string;
}

/** What a function that ran has answered. */
export interface FunctionAnswer {
  /** JSON; for `function-error` the error document. */
  readonly payload: Buffer;
  readonly requestId: string;
  /** `$LATEST` or a number. */
  readonly executedVersion: string;
  /** The last 4 KB of the invocation's log. */
  readonly logTail: Buffer;
  /** e.g. `Sandbox.Timedout`; present for `function-error`. */
  readonly errorType?: string;
  /** X-Ray header under which the function ran. */
  readonly traceHeader: string;
}

/** What an invocation came to. */
export type InvocationResult =
  | ({ readonly kind: 'ok' } & FunctionAnswer)
  /** The function threw, exited, timed out, … */
  | ({ readonly kind: 'function-error' } & FunctionAnswer)
  /** Not admitted: over the account's or the function's concurrency. */
  | { readonly kind: 'throttled'; readonly requestId: string; readonly error: AwsError }
  | { readonly kind: 'not-found'; readonly requestId: string; readonly error: AwsError }
  /** Lambda could not run it, e.g. as the function's role no longer admits Lambda. */
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: AwsError };

/** What an invocation by an AWS service came to, with the decision on it. */
export type ServiceInvocationResult =
  | (InvocationResult & { readonly decision: Decision })
  | {
      readonly kind: 'denied';
      readonly requestId: string;
      readonly decision: Exclude<Decision, { readonly allowed: true }>;
    };

/** An outcome as client and log see it. */
export interface Conclusion {
  readonly kind: 'ok' | 'function-error';
  readonly payload: Buffer;
  readonly errorType?: string;
  /** For REPORT: `error` where the environment failed, not where the function merely threw. */
  readonly status: 'success' | 'error' | 'timeout';
  /** A line for the log, where Lambda itself has something to say. */
  readonly fault?: string;
}

/** AWS's answer and log line for an outcome. */
export function conclude(
  outcome: RuntimeOutcome,
  invocation: Invocation,
  timeoutSeconds: number,
  now: Date,
): Conclusion {
  const { requestId } = invocation;
  switch (outcome.kind) {
    case 'response':
      return { kind: 'ok', payload: outcome.payload, status: 'success' };
    case 'error':
      return {
        kind: 'function-error',
        payload: outcome.document,
        errorType: outcome.errorType,
        status: outcome.errorType.startsWith('Runtime.') ? 'error' : 'success',
      };
    case 'too-large': {
      const message = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
      return failed('Function.ResponseSizeTooLarge', message, 'error');
    }
    case 'exit': {
      const message = `RequestId: ${requestId} Error: ${exitMessage(outcome.status)}`;
      const errorType = outcome.outOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
      return { ...failed(errorType, message, 'error'), fault: `${message}\n${errorType}\n` };
    }
    case 'timeout': {
      const message = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
      return {
        ...failed('Sandbox.Timedout', `RequestId: ${requestId} Error: ${message}`, 'timeout'),
        fault: `${now.toISOString()} ${requestId} ${message}\n`,
      };
    }
    case 'ready':
      throw new Error('An environment that is ready has not run an invocation.');
  }
}

/** How an exited process is spoken of in Lambda's errors. */
export function exitMessage(status: string | undefined): string {
  return status === undefined
    ? 'Runtime exited without providing a reason'
    : `Runtime exited with error: ${status}`;
}

function failed(errorType: string, errorMessage: string, status: 'error' | 'timeout'): Conclusion {
  return {
    kind: 'function-error',
    payload: Buffer.from(JSON.stringify({ errorType, errorMessage })),
    errorType,
    status,
  };
}
