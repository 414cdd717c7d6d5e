import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import type { LogGroup, LogStore, LogStream } from '../store.ts';
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

const streamName = v.object({ ...groupName.entries, logStreamName: v.string() });

/** The operations on log streams. */
export function streamOperations(store: LogStore): readonly Operation[] {
  return [
    operation('CreateLogStream', {
      input: streamName,
      requires: ({ logGroupName, logStreamName }, caller) =>
        groupResource(logGroupName, caller, logStreamName),
      handle: ({ logGroupName, logStreamName }, call) => {
        store.createStream(store.group(call, logGroupName), logStreamName);
      },
    }),
    operation('DeleteLogStream', {
      input: streamName,
      requires: ({ logGroupName, logStreamName }, caller) =>
        groupResource(logGroupName, caller, logStreamName),
      handle: ({ logGroupName, logStreamName }, call) => {
        store.deleteStream(store.group(call, logGroupName), logStreamName);
      },
    }),
    operation('DescribeLogStreams', {
      input: v.object({
        ...groupReference,
        logStreamNamePrefix: v.optional(v.string()),
        orderBy: v.optional(v.picklist(['LogStreamName', 'LastEventTime']), 'LogStreamName'),
        descending: v.optional(v.boolean(), false),
        ...paging(50),
      }),
      requires: (input, caller) => groupResource(groupOf(input), caller),
      handle: (input, call) => {
        const { orderBy, logStreamNamePrefix: prefix } = input;
        if (orderBy === 'LastEventTime' && prefix !== undefined) {
          throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
        }
        const group = store.group(call, groupOf(input));
        const sorted = [...group.streams.values()]
          .filter(({ name }) => name.startsWith(prefix ?? ''))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        if (orderBy === 'LastEventTime') {
          const last = (stream: LogStream) => timesOf(stream).last ?? 0;
          sorted.sort((a, b) => last(a) - last(b));
        }
        if (input.descending) sorted.reverse();
        const { items, next } = pageOf(sorted, input);
        return { logStreams: items.map((stream) => describeStream(group, stream)), nextToken: next };
      },
    }),
  ];
}

/** The times of the earliest and the latest event. */
function timesOf({ events }: LogStream): { readonly first?: number; readonly last?: number } {
  const times = events.map(({ timestamp }) => timestamp).sort((a, b) => a - b);
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined ? {} : { first, last };
}

function describeStream(group: LogGroup, stream: LogStream) {
  const { first, last } = timesOf(stream);
  return {
    logStreamName: stream.name,
    arn: `${group.arn}:log-stream:${stream.name}`,
    creationTime: stream.createdAt.getTime(),
    firstEventTimestamp: first,
    lastEventTimestamp: last,
    lastIngestionTime: stream.events.at(-1)?.ingestionTime,
    storedBytes: 0,
  };
}
