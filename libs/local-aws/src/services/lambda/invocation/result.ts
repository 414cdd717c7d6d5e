import type { Decision } from '@cross-account-api/iam';
import type { AwsError } from '../../../core/errors.ts';
import { MAX_RESPONSE_BYTES, type RuntimeOutcome } from '../runtime/execution-environment.ts';

/** One invocation to run. */
export interface Invocation {
  readonly requestId: string;
  /** The request in the trace that caused the invocation: the Invoke itself, or the request to the API. */
  readonly tracedRequestId: string;
  /** The ARN that was invoked, with the qualifier that the caller gave. */
  readonly invokedFunctionArn: string;
  /** JSON. */
  readonly payload: string;
  /** JSON. */
  readonly clientContext?: string;
  /** The caller's `X-Amzn-Trace-Id`. */
  readonly traceHeader?: string;
}

/** The answer of a function that ran. */
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
  /** The X-Ray trace header that the function got. */
  readonly traceHeader: string;
}

/** The result of an invocation. */
export type InvocationResult =
  /** `function-error`: the function threw, exited, timed out, … */
  | ({ readonly kind: 'ok' | 'function-error' } & FunctionAnswer)
  | {
      /** `throttled`: over a concurrency limit. `failed`: it could not run, e.g. because the role no longer trusts Lambda. */
      readonly kind: 'throttled' | 'not-found' | 'failed';
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
  /** For REPORT: `error` if the environment failed; a function that only threw is a `success`. */
  readonly status: 'success' | 'error' | 'timeout';
  /** A line of Lambda's own for the log. */
  readonly fault?: string;
}

/** AWS's answer and log line for an outcome. */
export function conclude(
  outcome: RuntimeOutcome,
  requestId: string,
  timeoutSeconds: number,
  now: Date,
): Conclusion {
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

function exitMessage(status: string | undefined): string {
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
