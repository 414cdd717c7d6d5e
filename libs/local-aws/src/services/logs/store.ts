import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';

/** A line to be logged; `timestamp` in milliseconds since the epoch. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** A line as stored. */
export interface StoredEvent extends LogEvent {
  readonly eventId: string;
  readonly ingestionTime: number;
  readonly streamName: string;
}

/** A log stream; its events are in the order of ingestion. */
export interface LogStream {
  readonly name: string;
  readonly createdAt: Date;
  readonly events: StoredEvent[];
}

/** A log group. */
export interface LogGroup extends Scope {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly streams: Map<string, LogStream>;
  tags: Readonly<Record<string, string>>;
  retentionInDays?: number;
}

/** Log groups of all accounts and regions. */
export interface LogStore {
  /** @throws AwsError `ResourceAlreadyExistsException`, `InvalidParameterException` */
  createGroup(scope: Scope, name: string): LogGroup;
  findGroup(scope: Scope, name: string): LogGroup | undefined;
  /** @throws AwsError `ResourceNotFoundException` */
  group(scope: Scope, name: string): LogGroup;
  /** Sorted by name. */
  groups(scope: Scope): readonly LogGroup[];
  deleteGroup(scope: Scope, name: string): void;
  /** @throws AwsError `ResourceAlreadyExistsException` */
  createStream(group: LogGroup, name: string): LogStream;
  /** @throws AwsError `ResourceNotFoundException` */
  stream(group: LogGroup, name: string): LogStream;
  /** @throws AwsError `ResourceNotFoundException` */
  deleteStream(group: LogGroup, name: string): void;
  append(stream: LogStream, events: readonly LogEvent[]): void;
}

/** Kept per group, so that a local AWS that runs for days does not grow; the oldest are dropped. */
const EVENTS_PER_GROUP = 5_000;
/** How many more there may be for a while: dropping costs a look at all of them. */
const EXCESS_EVENTS = 500;

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const retentionDays: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The ARN of a log group, without the trailing `:*` that some reads add. */
export function logGroupArn(scope: Scope, name: string): string {
  return `arn:aws:logs:${scope.region}:${scope.accountId}:log-group:${name}`;
}

/** Makes an empty store. */
export function createLogStore(clock: Clock): LogStore {
  const groups = new Map<string, LogGroup>();
  const groupOf = new WeakMap<LogStream, LogGroup>();
  const sizes = new WeakMap<LogGroup, number>();
  let eventCount = 0;

  const store: LogStore = {
    createGroup(scope, name) {
      if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
        throw new AwsError(
          'InvalidParameterException',
          `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
        );
      }
      const arn = logGroupArn(scope, name);
      if (groups.has(arn)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      }
      const group: LogGroup = {
        accountId: scope.accountId,
        region: scope.region,
        name,
        arn,
        createdAt: clock.now(),
        streams: new Map(),
        tags: {},
      };
      groups.set(arn, group);
      return group;
    },
    findGroup: (scope, name) => groups.get(logGroupArn(scope, name)),
    group(scope, name) {
      const group = store.findGroup(scope, name);
      if (group === undefined) {
        throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
      }
      return group;
    },
    groups: (scope) =>
      [...groups.values()]
        .filter((group) => group.accountId === scope.accountId && group.region === scope.region)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    deleteGroup(scope, name) {
      groups.delete(store.group(scope, name).arn);
    },
    createStream(group, name) {
      if (group.streams.has(name)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      }
      const stream: LogStream = { name, createdAt: clock.now(), events: [] };
      group.streams.set(name, stream);
      groupOf.set(stream, group);
      return stream;
    },
    stream(group, name) {
      const stream = group.streams.get(name);
      if (stream === undefined) {
        throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
      }
      return stream;
    },
    deleteStream(group, name) {
      const { events } = store.stream(group, name);
      group.streams.delete(name);
      sizes.set(group, (sizes.get(group) ?? 0) - events.length);
    },
    append(stream, events) {
      const ingestionTime = clock.now().getTime();
      for (const event of events) {
        eventCount += 1;
        stream.events.push({
          ...event,
          ingestionTime,
          streamName: stream.name,
          eventId: String(eventCount).padStart(20, '0'),
        });
      }
      const group = groupOf.get(stream);
      if (group === undefined) return;
      const size = (sizes.get(group) ?? 0) + events.length;
      const isOver = size > EVENTS_PER_GROUP + EXCESS_EVENTS;
      if (isOver) dropOldest(group, size - EVENTS_PER_GROUP);
      sizes.set(group, isOver ? EVENTS_PER_GROUP : size);
    },
  };
  return store;
}

/** Event IDs ascend: the oldest of all streams are those with the lowest. */
function dropOldest({ streams }: LogGroup, count: number): void {
  const ids = [...streams.values()].flatMap(({ events }) => events.map(({ eventId }) => eventId)).sort();
  const firstKept = ids[count];
  if (firstKept === undefined) return;
  for (const { events } of streams.values()) {
    const kept = events.findIndex(({ eventId }) => eventId >= firstKept);
    events.splice(0, kept < 0 ? events.length : kept);
  }
}
