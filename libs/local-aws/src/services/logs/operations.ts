import * as v from 'valibot';
import { AwsError } from '../../pipeline/errors.ts';
import { type Caller, type Operation, operation } from '../../protocols/operation.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import { type LogGroup, type LogStore, type LogStream, logGroupArn, retentionDays } from './store.ts';

const groupName = v.object({ logGroupName: v.string() });
const limit = (most: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)));

/** The name in `logGroupName`, or in `logGroupIdentifier` (a name or an ARN). */
const groupReference = v.pipe(
  v.object({ logGroupName: v.optional(v.string()), logGroupIdentifier: v.optional(v.string()) }),
  v.transform(({ logGroupName, logGroupIdentifier }) => {
    const name = logGroupName ?? logGroupIdentifier?.replace(/^arn:[^/]*:log-group:/, '').replace(/:\*$/, '');
    return name ?? '';
  }),
  v.nonEmpty('logGroupName or logGroupIdentifier is required'),
);

const onGroup =
  (action: string) =>
  (name: string, { accountId, region }: Caller) => [
    { action, resource: `${logGroupArn({ accountId, region }, name)}:*`, resourceAccountId: accountId },
  ];

/** CloudWatch Logs' operations over a store. */
export function logsOperations(store: LogStore): Readonly<Record<string, Operation>> {
  return {
    CreateLogGroup: operation({
      input: v.object({ ...groupName.entries, tags: v.optional(v.record(v.string(), v.string())) }),
      questions: ({ logGroupName }, caller) => onGroup('logs:CreateLogGroup')(logGroupName, caller),
      handle: ({ logGroupName, tags = {} }, call) => {
        const group = store.createGroup(call, logGroupName);
        for (const [key, value] of Object.entries(tags)) group.tags.set(key, value);
        return undefined;
      },
    }),
    DeleteLogGroup: operation({
      input: groupName,
      questions: ({ logGroupName }, caller) => onGroup('logs:DeleteLogGroup')(logGroupName, caller),
      handle: ({ logGroupName }, call) => {
        store.deleteGroup(call, logGroupName);
        return undefined;
      },
    }),
    PutRetentionPolicy: operation({
      input: v.object({ ...groupName.entries, retentionInDays: v.number() }),
      questions: ({ logGroupName }, caller) => onGroup('logs:PutRetentionPolicy')(logGroupName, caller),
      handle: ({ logGroupName, retentionInDays }, call) => {
        if (!retentionDays.includes(retentionInDays)) {
          throw new AwsError(
            'InvalidParameterException',
            `retentionInDays ${retentionInDays} is not one of ${retentionDays.join(', ')}.`,
          );
        }
        store.group(call, logGroupName).retentionInDays = retentionInDays;
        return undefined;
      },
    }),
    DeleteRetentionPolicy: operation({
      input: groupName,
      questions: ({ logGroupName }, caller) => onGroup('logs:DeleteRetentionPolicy')(logGroupName, caller),
      handle: ({ logGroupName }, call) => {
        delete store.group(call, logGroupName).retentionInDays;
        return undefined;
      },
    }),
    DescribeLogGroups: operation({
      input: v.object({
        logGroupNamePrefix: v.optional(v.string(), ''),
        logGroupNamePattern: v.optional(v.string(), ''),
        limit: limit(50),
        nextToken: v.optional(v.string()),
      }),
      questions: (_input, caller) => onGroup('logs:DescribeLogGroups')('', caller),
      handle: (input, call) => {
        const matching = store
          .groups(call)
          .filter(
            ({ name }) =>
              name.startsWith(input.logGroupNamePrefix) && name.includes(input.logGroupNamePattern),
          );
        const { page, nextToken } = paginate(matching, input.limit ?? 50, input.nextToken);
        return { logGroups: page.map(describeGroup), nextToken };
      },
    }),
    ListTagsForResource: operation({
      input: v.object({ resourceArn: v.string() }),
      questions: ({ resourceArn }, { accountId }) => [
        { action: 'logs:ListTagsForResource', resource: resourceArn, resourceAccountId: accountId },
      ],
      handle: ({ resourceArn }, call) => {
        const name = resourceArn.replace(/^arn:[^/]*:log-group:/, '').replace(/:\*$/, '');
        return { tags: Object.fromEntries(store.group(call, name).tags) };
      },
    }),
    CreateLogStream: operation({
      input: v.object({ ...groupName.entries, logStreamName: v.string() }),
      questions: ({ logGroupName }, caller) => onGroup('logs:CreateLogStream')(logGroupName, caller),
      handle: ({ logGroupName, logStreamName }, call) => {
        store.createStream(store.group(call, logGroupName), logStreamName);
        return undefined;
      },
    }),
    PutLogEvents: operation({
      input: v.object({
        ...groupName.entries,
        logStreamName: v.string(),
        logEvents: v.pipe(
          v.array(v.object({ timestamp: v.number(), message: v.pipe(v.string(), v.minLength(1)) })),
          v.minLength(1),
          v.maxLength(10_000),
        ),
      }),
      questions: ({ logGroupName }, caller) => onGroup('logs:PutLogEvents')(logGroupName, caller),
      handle: ({ logGroupName, logStreamName, logEvents }, call) => {
        store.append(store.stream(store.group(call, logGroupName), logStreamName), logEvents);
        return {};
      },
    }),
    DescribeLogStreams: operation({
      input: v.intersect([
        groupReference.pipe[0],
        v.object({
          logStreamNamePrefix: v.optional(v.string(), ''),
          orderBy: v.optional(v.picklist(['LogStreamName', 'LastEventTime']), 'LogStreamName'),
          descending: v.optional(v.boolean(), false),
          limit: limit(50),
          nextToken: v.optional(v.string()),
        }),
      ]),
      questions: (input, caller) =>
        onGroup('logs:DescribeLogStreams')(v.parse(groupReference, input), caller),
      handle: (input, call) => {
        const group = store.group(call, v.parse(groupReference, input));
        const byTime = (stream: LogStream) => stream.events.at(-1)?.timestamp ?? 0;
        const sorted = [...group.streams.values()]
          .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix))
          .sort((a, b) =>
            input.orderBy === 'LastEventTime' ? byTime(a) - byTime(b) : a.name < b.name ? -1 : 1,
          );
        if (input.descending) sorted.reverse();
        const { page, nextToken } = paginate(sorted, input.limit ?? 50, input.nextToken);
        return { logStreams: page.map((stream) => describeStream(group, stream)), nextToken };
      },
    }),
    GetLogEvents: operation({
      input: v.intersect([
        groupReference.pipe[0],
        v.object({
          logStreamName: v.string(),
          startTime: v.optional(v.number(), 0),
          endTime: v.optional(v.number(), Number.MAX_SAFE_INTEGER),
          startFromHead: v.optional(v.boolean(), false),
          limit: limit(10_000),
          nextToken: v.optional(v.string()),
        }),
      ]),
      questions: (input, caller) => onGroup('logs:GetLogEvents')(v.parse(groupReference, input), caller),
      handle: (input, call) => {
        const stream = store.stream(store.group(call, v.parse(groupReference, input)), input.logStreamName);
        const after = input.nextToken?.replace(/^[fb]\//, '') ?? '';
        const events = stream.events.filter(
          ({ timestamp, eventId }) =>
            timestamp >= input.startTime && timestamp < input.endTime && eventId > after,
        );
        const most = input.limit ?? 10_000;
        const page = input.startFromHead || after !== '' ? events.slice(0, most) : events.slice(-most);
        const last = page.at(-1)?.eventId ?? after;
        return {
          events: page.map(({ timestamp, message, ingestionTime }) => ({
            timestamp,
            message,
            ingestionTime,
          })),
          nextForwardToken: `f/${last}`,
          nextBackwardToken: `b/${page[0]?.eventId ?? after}`,
        };
      },
    }),
    FilterLogEvents: operation({
      input: v.intersect([
        groupReference.pipe[0],
        v.object({
          logStreamNames: v.optional(v.array(v.string())),
          logStreamNamePrefix: v.optional(v.string()),
          startTime: v.optional(v.number(), 0),
          endTime: v.optional(v.number(), Number.MAX_SAFE_INTEGER),
          filterPattern: v.optional(v.string(), ''),
          limit: limit(10_000),
          nextToken: v.optional(v.string()),
        }),
      ]),
      questions: (input, caller) => onGroup('logs:FilterLogEvents')(v.parse(groupReference, input), caller),
      handle: (input, call) => {
        const group = store.group(call, v.parse(groupReference, input));
        const matches = compileFilterPattern(input.filterPattern);
        const events = [...group.streams.values()]
          .filter(
            ({ name }) =>
              (input.logStreamNames?.includes(name) ?? true) &&
              name.startsWith(input.logStreamNamePrefix ?? ''),
          )
          .flatMap((stream) => stream.events)
          .filter(
            (event) =>
              event.timestamp >= input.startTime &&
              event.timestamp <= input.endTime &&
              matches(event.message),
          )
          .sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
        const { page, nextToken } = paginate(events, input.limit ?? 10_000, input.nextToken);
        return {
          events: page.map(({ streamName, ...event }) => ({ ...event, logStreamName: streamName })),
          searchedLogStreams: [],
          nextToken,
        };
      },
    }),
    DescribeSubscriptionFilters: operation({
      input: groupName,
      questions: ({ logGroupName }, caller) =>
        onGroup('logs:DescribeSubscriptionFilters')(logGroupName, caller),
      handle: ({ logGroupName }, call) => {
        store.group(call, logGroupName);
        return { subscriptionFilters: [] };
      },
    }),
  };
}

function describeGroup(group: LogGroup) {
  return {
    logGroupName: group.name,
    arn: `${group.arn}:*`,
    logGroupArn: group.arn,
    creationTime: group.createdAt.getTime(),
    retentionInDays: group.retentionInDays,
    metricFilterCount: 0,
    logGroupClass: 'STANDARD',
    storedBytes: 0,
  };
}

function describeStream(group: LogGroup, stream: LogStream) {
  return {
    logStreamName: stream.name,
    arn: `${group.arn}:log-stream:${stream.name}`,
    creationTime: stream.createdAt.getTime(),
    firstEventTimestamp: stream.events[0]?.timestamp,
    lastEventTimestamp: stream.events.at(-1)?.timestamp,
    lastIngestionTime: stream.events.at(-1)?.ingestionTime,
    storedBytes: 0,
  };
}

function paginate<Item>(
  items: readonly Item[],
  size: number,
  token: string | undefined,
): { readonly page: readonly Item[]; readonly nextToken?: string } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isSafeInteger(start) || start < 0) {
    throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  }
  const end = start + size;
  return { page: items.slice(start, end), ...(end < items.length ? { nextToken: String(end) } : {}) };
}
