import * as v from 'valibot';
import type { Clock } from '../../../core/clock.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { atLeast, atMost } from '../../../protocols/shapes.ts';
import type { LogEvent, LogGroup, LogStore, StoredEvent } from '../store.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import {
  groupName,
  groupOf,
  groupReference,
  groupResource,
  invalidParameter,
  operation,
  pageOf,
  paging,
} from './operation.ts';

const period = {
  startTime: v.optional(v.number(), 0),
  endTime: v.optional(v.number(), Number.MAX_SAFE_INTEGER),
};

/** The operations that write and read log events. */
export function eventOperations(store: LogStore, clock: Clock): readonly Operation[] {
  return [
    operation('PutLogEvents', {
      input: v.object({
        ...groupName.entries,
        logStreamName: v.string(),
        // "The sequence token is now ignored in PutLogEvents actions."
        sequenceToken: v.optional(v.string()),
        logEvents: v.pipe(
          v.array(v.object({ timestamp: v.number(), message: v.pipe(v.string(), v.minLength(1)) })),
          atLeast<LogEvent[]>(1),
          atMost<LogEvent[]>(10_000),
        ),
      }),
      requires: ({ logGroupName, logStreamName }, caller) =>
        groupResource(logGroupName, caller, logStreamName),
      handle: ({ logGroupName, logStreamName, logEvents }, call) => {
        const group = store.group(call, logGroupName);
        const stream = store.stream(group, logStreamName);
        checkBatch(logEvents);
        const { from, to, rejected } = acceptedRange(logEvents, clock.now().getTime(), group.retentionInDays);
        store.append(stream, logEvents.slice(from, to));
        return {
          nextSequenceToken: stream.events.at(-1)?.eventId,
          rejectedLogEventsInfo: rejected,
        };
      },
    }),
    operation('GetLogEvents', {
      input: v.object({
        ...groupReference,
        logStreamName: v.string(),
        ...period,
        startFromHead: v.optional(v.boolean(), false),
        ...paging(10_000),
      }),
      requires: (input, caller) => groupResource(groupOf(input), caller, input.logStreamName),
      handle: (input, call) => {
        const stream = store.stream(store.group(call, groupOf(input)), input.logStreamName);
        const events = inOrder(stream.events).filter(
          ({ timestamp }) => timestamp >= input.startTime && timestamp < input.endTime,
        );
        const { start, end } = windowOf(events, input);
        return {
          events: events
            .slice(start, end)
            .map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
          nextForwardToken: `f/${tokenOf(end)}`,
          nextBackwardToken: `b/${tokenOf(start)}`,
        };
      },
    }),
    operation('FilterLogEvents', {
      input: v.object({
        ...groupReference,
        logStreamNames: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(100))),
        logStreamNamePrefix: v.optional(v.string()),
        ...period,
        filterPattern: v.optional(v.string(), ''),
        // "If you omit this parameter, or set it to false, it's ignored": the result is always interleaved.
        interleaved: v.optional(v.boolean()),
        startFromHead: v.optional(
          v.literal(true, 'local AWS returns the earliest events first: set it to true, or leave it out'),
        ),
        ...paging(10_000),
      }),
      requires: (input, caller) => groupResource(groupOf(input), caller),
      handle: (input, call) => {
        if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
          throw invalidParameter('logStreamNames and logStreamNamePrefix cannot be used together.');
        }
        const found = findEvents(store.group(call, groupOf(input)), input);
        const { items, next } = pageOf(found, input);
        return {
          events: items.map(({ streamName, timestamp, message, ingestionTime, eventId }) => ({
            logStreamName: streamName,
            timestamp,
            message,
            ingestionTime,
            eventId,
          })),
          searchedLogStreams: [],
          nextToken: next,
        };
      },
    }),
  ];
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const batchBytes = 1_048_576;
const bytesPerEvent = 26;
const hour = 3_600_000;

function checkBatch(events: readonly LogEvent[]): void {
  const size = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + bytesPerEvent, 0);
  if (size > batchBytes) {
    throw invalidParameter(
      `Upload too large: ${size} bytes exceeds limit of ${batchBytes} (${bytesPerEvent} bytes count for each event).`,
    );
  }
  const times = events.map(({ timestamp }) => timestamp);
  if (times.some((time, index) => time < (times[index - 1] ?? time))) {
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
  }
  if ((times.at(-1) ?? 0) - (times[0] ?? 0) > 24 * hour) {
    throw invalidParameter(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
}

/** Which of a batch's events, in the order of time, are neither too old nor too far in the future. */
function acceptedRange(events: readonly LogEvent[], now: number, retentionInDays = Number.POSITIVE_INFINITY) {
  const count = (isBefore: (timestamp: number) => boolean) =>
    events.filter(({ timestamp }) => isBefore(timestamp)).length;
  const tooOld = count((timestamp) => timestamp < now - 14 * 24 * hour);
  const expired = count((timestamp) => timestamp < now - retentionInDays * 24 * hour);
  const to = count((timestamp) => timestamp <= now + 2 * hour);
  const from = Math.max(tooOld, expired);
  if (from === 0 && to === events.length) return { from, to };
  const rejected = {
    ...(to < events.length ? { tooNewLogEventStartIndex: to } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > tooOld ? { expiredLogEventEndIndex: expired } : {}),
  };
  return { from, to, rejected };
}

/** The part of a stream that a request asks for: after a token, before one, its head or its tail. */
function windowOf(
  events: readonly StoredEvent[],
  {
    nextToken,
    limit,
    startFromHead,
  }: { nextToken?: string | undefined; limit: number; startFromHead: boolean },
): { readonly start: number; readonly end: number } {
  if (nextToken === undefined) {
    return startFromHead
      ? { start: 0, end: Math.min(limit, events.length) }
      : { start: Math.max(0, events.length - limit), end: events.length };
  }
  const [, direction, text] = /^([fb])\/(\d{1,56})$/.exec(nextToken) ?? [];
  if (direction === undefined) throw invalidParameter('The specified nextToken is invalid.');
  const position = Math.min(Number(text), events.length);
  return direction === 'f'
    ? { start: position, end: Math.min(position + limit, events.length) }
    : { start: Math.max(0, position - limit), end: position };
}

function tokenOf(position: number): string {
  return String(position).padStart(56, '0');
}

function findEvents(
  group: LogGroup,
  input: {
    readonly logStreamNames?: readonly string[] | undefined;
    readonly logStreamNamePrefix?: string | undefined;
    readonly startTime: number;
    readonly endTime: number;
    readonly filterPattern: string;
  },
): readonly StoredEvent[] {
  const matches = compileFilterPattern(input.filterPattern);
  const events = [...group.streams.values()]
    .filter(
      ({ name }) =>
        (input.logStreamNames?.includes(name) ?? true) && name.startsWith(input.logStreamNamePrefix ?? ''),
    )
    .flatMap(({ events }) => events)
    .filter(
      ({ timestamp, message }) =>
        timestamp >= input.startTime && timestamp <= input.endTime && matches(message),
    );
  return inOrder(events);
}

/** Sorts by time, and events of the same time by arrival. */
function inOrder(events: readonly StoredEvent[]): readonly StoredEvent[] {
  return [...events].sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
}
