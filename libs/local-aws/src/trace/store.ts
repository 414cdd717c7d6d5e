import type { TraceEvent } from './event.ts';

/** Receives each event once, after its request was answered. */
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

/** Makes a trace, which keeps the latest events. */
export function createTrace(capacity = 2_000): Trace {
  const events: TraceEvent[] = [];
  const listeners = new Set<TraceListener>();
  return {
    record(event) {
      events.push(event);
      if (events.length > capacity) events.shift();
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
