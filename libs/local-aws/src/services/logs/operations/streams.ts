import * as v from 'valibot';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { atLeast, atMost, pattern } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import type { LogGroup, LogStore, StoredEvent } from '../store.ts';
import {
  checkStream,
  groupOperationsOf,
  invalidParameter,
  type PageInput,
  pageOf,
  paging,
} from './operation.ts';

/** The operations that create log streams, and read them and their events. */
export function streamOperations(store: LogStore): readonly ServiceOperation[] {
  const groupOperation = groupOperationsOf(store);
  return [
    groupOperation('CreateLogStream', {
      input: {
        logStreamName: v.pipe(v.string(), atLeast(1), atMost(512), pattern(/^[^:*]*$/, '[^:*]*')),
      },
      handle: (group, { logStreamName }) => store.createStream(group, logStreamName),
    }),
    groupOperation('DescribeLogStreams', {
      by: 'either',
      input: {
        logStreamNamePrefix: v.optional(v.string()),
        orderBy: v.optional(v.picklist(['LogStreamName', 'LastEventTime']), 'LogStreamName'),
        descending: v.optional(v.boolean(), false),
        ...paging(50),
      },
      handle(group, input) {
        const { orderBy, logStreamNamePrefix: prefix } = input;
        if (orderBy === 'LastEventTime' && prefix !== undefined) {
          throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
        }
        const sorted = describeStreams(group)
          .filter(({ logStreamName }) => logStreamName.startsWith(prefix ?? ''))
          .sort((a, b) => (a.logStreamName < b.logStreamName ? -1 : 1));
        if (orderBy === 'LastEventTime') {
          sorted.sort((a, b) => (a.lastEventTimestamp ?? 0) - (b.lastEventTimestamp ?? 0));
        }
        if (input.descending) sorted.reverse();
        const { items, next } = pageOf(sorted, input);
        return { logStreams: items, nextToken: next };
      },
    }),
    groupOperation('FilterLogEvents', {
      by: 'either',
      input: {
        logStreamNames: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(100))),
        logStreamNamePrefix: v.optional(v.string()),
        startTime: v.optional(v.number(), 0),
        endTime: v.optional(v.number(), Number.MAX_SAFE_INTEGER),
        filterPattern: v.optional(v.string(), ''),
        // "If you omit this parameter, or set it to false, it's ignored": the result is always interleaved.
        interleaved: withoutEffect(v.optional(v.boolean()), 'events are always interleaved, as on AWS'),
        startFromHead: v.optional(
          v.literal(true, 'local AWS returns the earliest events first: set it to true, or leave it out'),
        ),
        ...paging(10_000),
      },
      handle({ events }, input) {
        const { logStreamNames: names, logStreamNamePrefix: prefix, startTime, endTime } = input;
        if (names !== undefined && prefix !== undefined) {
          throw invalidParameter('logStreamNames and logStreamNamePrefix cannot be used together.');
        }
        const matches = compileFilterPattern(input.filterPattern);
        const found = events
          .filter(({ logStreamName: name }) => names?.includes(name) ?? name.startsWith(prefix ?? ''))
          .filter(({ timestamp }) => timestamp >= startTime && timestamp <= endTime)
          .filter(({ message }) => matches(message))
          // Events of the same time stay in the order of their arrival.
          .sort((a, b) => a.timestamp - b.timestamp);
        const { items, next } = pageOf(found, input);
        return { events: items, searchedLogStreams: [], nextToken: next };
      },
    }),
    groupOperation('GetLogEvents', {
      by: 'either',
      input: {
        logStreamName: v.string(),
        startTime: v.optional(v.number(), 0),
        endTime: v.optional(v.number(), Number.MAX_SAFE_INTEGER),
        startFromHead: v.optional(v.boolean(), false),
        ...paging(10_000),
      },
      handle({ streams, events }, input) {
        const { logStreamName, startTime, endTime } = input;
        checkStream(streams, logStreamName);
        const found = events
          .filter((event) => event.logStreamName === logStreamName)
          .filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime)
          .sort((a, b) => a.timestamp - b.timestamp);
        return readStream(found, input);
      },
    }),
  ];
}

/** The place before the first event of a stream. */
const BEGINNING = '0'.repeat(20);

/**
 * One page of a stream, with the tokens of the pages before and after it. A token is a place: the ID of the event before it.
 * At an end, the token repeats (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html).
 */
function readStream(events: readonly StoredEvent[], input: PageInput & { readonly startFromHead: boolean }) {
  const { limit, nextToken } = input;
  const [, direction, eventId = ''] = /^([fb])\/(\d{20})$/.exec(nextToken ?? '') ?? [];
  if (nextToken !== undefined && direction === undefined) {
    throw invalidParameter('The specified nextToken is invalid.');
  }
  const isForward = direction === undefined ? input.startFromHead : direction === 'f';
  const firstPlace = isForward ? 0 : events.length;
  const before = events.filter((event) => event.eventId <= eventId).length;
  const place = direction === undefined ? firstPlace : before;
  const start = isForward ? place : Math.max(0, place - limit);
  const end = isForward ? Math.min(events.length, place + limit) : place;
  const tokenAt = (index: number) => events[index - 1]?.eventId ?? BEGINNING;
  return {
    events: events
      .slice(start, end)
      .map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: `f/${tokenAt(end)}`,
    nextBackwardToken: `b/${tokenAt(start)}`,
  };
}

function describeStreams({ arn, streams, events }: LogGroup) {
  const byStream = Map.groupBy(events, ({ logStreamName }) => logStreamName);
  return [...streams].map(([logStreamName, createdAt]) => {
    const times = byStream.get(logStreamName)?.map(({ timestamp }) => timestamp) ?? [];
    return {
      logStreamName,
      arn: `${arn}:log-stream:${logStreamName}`,
      creationTime: createdAt.getTime(),
      lastEventTimestamp: times.sort((a, b) => a - b).at(-1),
    };
  });
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const longestPattern = 1024;

/**
 * Compiles a pattern of terms. A message must contain all plain terms, no `-` term and, if all terms have `?`, one of them
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
 * @example compileFilterPattern('ERROR "two words" -ignored')('ERROR in two words') // true
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  if (pattern.length > longestPattern) {
    throw invalidPattern(`Member must have length less than or equal to ${longestPattern}.`);
  }
  if (/^\s*[[%{]/.test(pattern)) {
    throw invalidPattern(
      'local AWS supports only patterns of terms (ERROR, "two words", ?either, -without), not JSON patterns, space-delimited patterns and regular expressions.',
    );
  }
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign = '', quoted, plain = ''] of pattern.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)) {
    if (quoted === undefined && !/^[\p{L}\p{N}_]+$/u.test(plain)) {
      throw invalidPattern(`Invalid character(s) in term '${plain}': put it in double quotes.`);
    }
    (sign === '?' ? any : sign === '-' ? none : all).push(quoted ?? plain);
  }
  // Next to other terms, CloudWatch Logs ignores terms with `?`.
  if (all.length + none.length > 0) any.length = 0;
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}

function invalidPattern(reason: string) {
  return invalidParameter(`Invalid filter pattern: ${reason}`);
}
