import type { SignedFetchError } from '@cross-account-api/signed-fetch';
import type { Sender } from './network.ts';
import type { Call } from './plan.ts';

// All times are by the true clock, in milliseconds since the epoch.

/** An invocation of the API's function for one request, and the effect of its message. */
export interface Execution {
  readonly call: Call;
  /** The API's ID of the request, which its answer names. */
  readonly requestId: string;
  readonly by: Sender;
  /** The key and its owner, if the request has a key. */
  readonly key: { readonly text: string; readonly principal: string } | undefined;
  /** The table that remembers the key, if the API has one. */
  readonly table: number | undefined;
  /** The times of the handler's start and of the effect. */
  readonly begunAt: number;
  readonly at: number;
  readonly deadline: number;
  /** The total time of the function. */
  readonly timeoutMs: number;
  readonly environment: string;
  /** Whether a fault stalled the environment in this invocation. */
  readonly stalled: boolean;
  /** The time when the table stored the execution. */
  readonly storedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** The end of its invocation. */
  readonly ending: 'succeeded' | 'failed' | 'killed' | 'timed out' | undefined;
}

/** An invocation of a caller, with its end. */
export interface CallerInvocation {
  readonly call: Call;
  readonly id: string;
  /** The number of the invocation with this ID: Lambda repeats a failed one. */
  readonly run: number;
  readonly environment: string;
  readonly deadline: number;
  /** The number of requests that it sent to the API. */
  readonly sent: number;
  readonly endedAt: number;
  /** Whether a fault stalled the environment meanwhile. */
  readonly stalled: boolean;
  readonly ending:
    | { readonly type: 'returned'; readonly value: CallerResult }
    | { readonly type: 'threw'; readonly error: Error | SignedFetchError }
    | { readonly type: 'died'; readonly timedOut: boolean };
  /** Whether it began after the last fault. */
  readonly afterFaults: boolean;
}

/** The result of a caller. */
export interface CallerResult {
  readonly status: number;
  readonly body: {
    readonly received?: { readonly message: number };
    readonly requestId: string;
    readonly caller: { readonly arn: string };
  };
  readonly requestId: string | undefined;
  readonly attempts: number;
}

/** The observations of a history. */
export interface Observed {
  readonly executions: readonly Execution[];
  readonly invocations: readonly CallerInvocation[];
  /** The signed requests to the API. */
  readonly signed: readonly {
    readonly environment: string;
    readonly at: number;
    /** When the credentials expire. */
    readonly expiresAt: number;
    /** The time after expiry in which signing is excused, because the clock was set or the environment stood still. */
    readonly toleranceMs: number;
  }[];
  /** STS requests that an environment sent while it had another one open. */
  readonly overlappingSts: readonly { readonly environment: string; readonly at: number }[];
  /** Messages of errors, and logs of the functions. */
  readonly texts: readonly string[];
}
