import type { SignedFetchError } from '@cross-account-api/signed-fetch';
import type { Kind, PlannedCall } from './plan.ts';

// All times are by the true clock, in milliseconds since the epoch.

/** The sender of a request to the API. */
export interface Sender {
  /** The ID of the caller's invocation. */
  readonly id: string;
  /** The number of the invocation with this ID: Lambda repeats a failed one. */
  readonly run: number;
  /** The number of the request: one that the network repeats arrives twice. */
  readonly request: number;
}

/** A request to a table. */
export interface TableRequest {
  readonly kind: Kind;
  readonly at: number;
  /** When its sender got an answer or an error. `undefined`: it got none. */
  readonly settledAt: number | undefined;
}

/** An invocation of a function of the API. */
export interface ApiInvocation {
  /** The API's ID of the request, which its answer names. */
  readonly requestId: string;
  readonly by: Sender;
  /** The ARN of the session that signed the request. */
  readonly principal: string;
  readonly key: string | undefined;
  /** Method, path within the API, query and body. */
  readonly request: string;
  /** The table that remembers keys, if the API has one. */
  readonly table: number | undefined;
  readonly environment: string;
  /** The times of its start, and of the handler's start. */
  readonly invokedAt: number;
  readonly begunAt: number | undefined;
  readonly deadline: number;
  /** The total time of the function. */
  readonly timeoutMs: number;
  /** The messages that it has stored. */
  readonly effects: readonly { readonly id: string; readonly message: number; readonly at: number }[];
  /** Its requests to tables. */
  readonly asked: readonly TableRequest[];
  /** The results of its writes to the record of its key, after the first. */
  readonly writes: readonly ('stored' | 'refused' | 'unknown')[];
  /** The time when the table stored that the request was executed. */
  readonly storedAt: number | undefined;
  /** Whether it asked the table to forget the request, as it does after a failure, and the time when the table first did. */
  readonly forgets: boolean;
  readonly forgottenAt: number | undefined;
  /** Whether the network repeated its first write so late that it made a new record after that. */
  readonly recordedAgain: boolean;
  /** Whether a fault stalled the environment in this invocation. */
  readonly stalled: boolean;
  readonly endedAt: number | undefined;
  readonly ending: 'succeeded' | 'failed' | 'killed' | 'timed out' | undefined;
  /** The body of its answer. */
  readonly answer: string;
}

/** The end of a request to the API, for its sender: a status, or an error. */
export type Fate = number | 'not sent' | 'unknown';

/** An invocation of a caller, with its end. */
export interface CallerInvocation {
  readonly call: PlannedCall;
  readonly id: string;
  /** The number of the invocation with this ID: Lambda repeats a failed one. */
  readonly run: number;
  readonly environment: string;
  readonly begunAt: number;
  readonly deadline: number;
  /** The requests of its call to the API. */
  readonly sent: readonly {
    readonly at: number;
    /** When it got an answer or an error. */
    readonly settledAt: number | undefined;
    readonly fate: Fate;
    /** Whether it got the answer that a request with its key is being executed. */
    readonly isBusy: boolean;
    readonly requestIds: readonly string[];
  }[];
  /** The time of the last answer that it got, or of its start. */
  readonly answeredAt: number;
  readonly endedAt: number;
  /** Whether a fault stalled the environment meanwhile. */
  readonly stalled: boolean;
  readonly ending:
    | { readonly type: 'returned'; readonly value: CallerResult }
    | { readonly type: 'threw'; readonly error: Error | SignedFetchError }
    | { readonly type: 'died'; readonly timedOut: boolean };
  /** The ID of the message that it asks for. */
  readonly asksFor: string | undefined;
  /** Whether it began after the last fault. */
  readonly afterFaults: boolean;
}

/** The result of a caller. */
export interface CallerResult {
  readonly status: number;
  readonly body: {
    readonly id?: string;
    readonly received?: { readonly message: number };
    readonly requestId: string;
    readonly caller?: { readonly arn: string };
  };
  readonly requestId: string | undefined;
  readonly attempts: number;
}

/** A request to STS. */
export interface StsRequest {
  readonly environment: string;
  readonly at: number;
  /** The time that it took until its sender got an answer, or gave it up. */
  readonly tookMs: number | undefined;
  /** The part of it in which the environment was not frozen. */
  readonly awakeMs: number;
  /** The milliseconds by which the environment's clock is ahead. */
  readonly clockMs: number;
  readonly fate: 'answered' | 'failed';
  /** Changes if something other than age explains the next request: a clock that was set, a stall, rejected credentials. */
  readonly epoch: string;
}

/** The observations of a history. */
export interface Observed {
  readonly api: readonly ApiInvocation[];
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
  /** Signatures that were made before their requests were due. */
  readonly oldSignatures: readonly { readonly environment: string; readonly ageMs: number }[];
  readonly sts: readonly StsRequest[];
  /** STS requests that an environment sent while it had another one open. */
  readonly overlappingSts: readonly { readonly environment: string; readonly at: number }[];
  /** Requests that were sent, or were open, when their invocation had ended. */
  readonly outliving: readonly string[];
  /** When something struck that may make a call fail: a fault, or a deployment. */
  readonly disturbances: readonly { readonly from: number; readonly to: number }[];
  /** The limits of the callers. */
  readonly limits: { readonly timeoutMs: number; readonly marginMs: number };
  /** Messages of errors, and logs of the functions. */
  readonly texts: readonly string[];
}
