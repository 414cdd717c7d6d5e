import { hasRequestId, type TraceEvent } from './event.ts';
import { recordOf } from './record.ts';
import { type EarlierCalls, MOST_COUNTED_BYTES, Tally } from './tally.ts';

/** The latest events, in memory. */
export type Trace = ReturnType<typeof createTrace>;

/** The limits of a {@link Trace}. */
export interface TraceLimits {
  /** The number of latest events that it keeps. Default: 2,000. */
  readonly capacity?: number;
  /** The size of their records, in bytes. Default: 32 MB. */
  readonly bytes?: number;
  /** Receives one message when the size is reached. */
  readonly report?: (message: string) => void;
}

/** Receives an event once, after its request was answered. @param line the event's record, as JSON in one line */
export type TraceListener = (event: TraceEvent, line: string) => void;

/** Makes a trace. The oldest events go first. */
export function createTrace({ capacity = 2_000, bytes: most = 32 * 1024 * 1024, report }: TraceLimits = {}) {
  let events: TraceEvent[] = [];
  /** The bytes of each event's record. */
  let sizes: number[] = [];
  let bytes = 0;
  let isReported = false;
  const tally = new Tally<TraceEvent>();
  const listeners = new Set<TraceListener>();
  const clearListeners = new Set<() => void>();

  const makeRoom = (): void => {
    // The latest is kept, whatever its size.
    while (events.length > 1 && (events.length > capacity || bytes > most)) {
      if (bytes > most && events.length <= capacity && !isReported) {
        isReported = true;
        report?.(
          `the latest ${events.length} calls take more than ${Math.round(most / 1024 / 1024)} MB, so the oldest are no longer in the console. The file trace.jsonl has them.`,
        );
      }
      const [event] = events.splice(0, 1);
      const size = sizes.shift() ?? 0;
      bytes -= size;
      if (event === undefined) continue;
      if (size > MOST_COUNTED_BYTES) tally.forgotten(event);
      else tally.add(event);
    }
  };
  return {
    record(event: TraceEvent): void {
      const line = JSON.stringify(recordOf(event));
      events.push(event);
      sizes.push(line.length);
      bytes += line.length;
      makeRoom();
      for (const listener of listeners) listener(event, line);
    },
    /** Oldest first. */
    events: (): readonly TraceEvent[] => events,
    /** The counts of those events that are too old for {@link events}. */
    earlier: (): EarlierCalls<TraceEvent> => tally.report(),
    /** Forgets all events. Subscriptions stay. */
    clear(): void {
      tally.clear();
      events = [];
      sizes = [];
      bytes = 0;
      for (const listener of clearListeners) listener();
    },
    /** The request with an ID of the trace or, if there is none, the latest that API Gateway answered with it. */
    find: (id: string) =>
      events.findLast((event) => event.requestId === id) ??
      events.findLast((event) => hasRequestId(event, id)),
    /** @param onClear is called when all events were forgotten @returns a function that ends the subscription */
    subscribe(listener: TraceListener, onClear = () => {}): () => void {
      const cleared = () => onClear();
      listeners.add(listener);
      clearListeners.add(cleared);
      return () => {
        listeners.delete(listener);
        clearListeners.delete(cleared);
      };
    },
  };
}
