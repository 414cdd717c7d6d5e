import type { ClientMistake } from '../authentication/index.ts';
import type { Decision } from '../authorization/decision.ts';
import type { Fault } from '../faults/next-fault.ts';
import type { Refusal } from '../pipeline/endpoint.ts';

/** One request, as the trace keeps it. */
export interface TraceEvent {
  readonly time: Date;
  readonly requestId: string;
  /** The request during which this one was made: the invocation of the function that made it. */
  readonly parentRequestId?: string;
  /** The account that the request acted in. */
  readonly accountId?: string;
  /** ARN of who signed; absent for an unauthenticated request. */
  readonly principal?: string;
  readonly accessKeyId?: string;
  /** Signing name of the service, e.g. `sts`. */
  readonly service: string;
  readonly region?: string;
  /** `AssumeRole`, or for an API's route `POST /messages`. */
  readonly operation: string;
  /** Every decision that was made for the request, in order. */
  readonly decisions: readonly Decision[];
  /** Where the request was refused: why. */
  readonly refusal?: Refusal;
  /** For a wrong signature: the mistake that accounts for it, where it is a common one and was sought. */
  readonly clientMistake?: ClientMistake | 'not sought';
  /** HTTP status of the answer; 0 where the connection was dropped before there was one. */
  readonly status: number;
  /** The error code that the client saw. */
  readonly errorCode?: string;
  /** The error's message, where the service itself raised it. */
  readonly errorMessage?: string;
  readonly durationMs: number;
  /** The faults of the fault plan that struck the request, and the function that it invoked. */
  readonly faults?: readonly Fault[];
}

/** Receives each event once, when its request has been answered. */
export type TraceListener = (event: TraceEvent) => void;

/** The latest events, in memory. */
export interface Trace {
  record(event: TraceEvent): void;
  /** Oldest first. */
  events(): readonly TraceEvent[];
  find(requestId: string): TraceEvent | undefined;
  /** @returns a function that ends the subscription */
  subscribe(listener: TraceListener): () => void;
}

/**
 * Makes a trace.
 * @param capacity how many events are kept; the oldest make room
 */
export function createTrace(capacity = 2_000): Trace {
  const events: TraceEvent[] = [];
  const listeners = new Set<TraceListener>();
  return {
    record(event) {
      events.push(event);
      if (events.length > capacity) events.splice(0, events.length - capacity);
      for (const listener of listeners) listener(event);
    },
    events: () => events,
    find: (requestId) => events.findLast((event) => event.requestId === requestId),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
