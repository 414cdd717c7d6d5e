import type { SignedFetchError } from '@cross-account-api/signed-fetch';
import type { Sender } from './network.ts';
import type { Call } from './plan.ts';

// All times are by the true clock, in milliseconds since the epoch.

/** An invocation of the API's function for one request, and the effect of its message. */
export interface Execution {
  readonly call: Call;
  /** The API's ID of the request, by which its answer names it. */
  readonly requestId: string;
  readonly by: Sender;
  /** The key and whose it is, if the request has one. */
  readonly key: { readonly text: string; readonly principal: string } | undefined;
  /** The table that remembers the key, if the API has one. */
  readonly table: number | undefined;
  /** When its handler began, and when the effect was. */
  readonly begunAt: number;
  readonly at: number;
  readonly deadline: number;
  /** The time that the function has in all. */
  readonly timeoutMs: number;
  readonly environment: string;
  /** Whether a fault stalled the environment in this invocation. */
  readonly stalled: boolean;
  /** When the table stored that it was executed. */
  readonly storedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** How its invocation ended. */
  readonly ending: 'succeeded' | 'failed' | 'killed' | 'timed out' | undefined;
}

/** An invocation of a caller, and how it ended. */
export interface CallerInvocation {
  readonly call: Call;
  readonly id: string;
  /** Which of the invocations with this ID: Lambda repeats one that failed. */
  readonly run: number;
  readonly environment: string;
  readonly deadline: number;
  /** How many requests it sent to the API. */
  readonly sent: number;
  readonly endedAt: number;
  /** Whether a fault stalled the environment meanwhile. */
  readonly stalled: boolean;
  readonly ending:
    | { readonly type: 'returned'; readonly value: CallerResult }
    | { readonly type: 'threw'; readonly error: Error | SignedFetchError }
    | { readonly type: 'died'; readonly timedOut: boolean };
  /** Whether it is one of those after the last fault. */
  readonly afterFaults: boolean;
}

/** What a caller returns. */
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

/** What was seen of a history. */
export interface Observed {
  readonly executions: readonly Execution[];
  readonly invocations: readonly CallerInvocation[];
  /** The signed requests to the API. */
  readonly signed: readonly {
    readonly environment: string;
    readonly at: number;
    /** When the credentials expire. */
    readonly expiresAt: number;
    /** How much later the environment may take it to be, as its clock was set or it stood still. */
    readonly toleranceMs: number;
  }[];
  /** STS requests that an environment sent while it had another one open. */
  readonly overlappingSts: readonly { readonly environment: string; readonly at: number }[];
  /** Messages of errors, and what the functions logged. */
  readonly texts: readonly string[];
}
