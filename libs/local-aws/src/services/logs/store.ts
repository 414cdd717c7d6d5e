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
  readonly logStreamName: string;
}

/** A log group. */
export interface LogGroup extends Scope {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  /** The creation times of streams, by name. */
  readonly streams: Map<string, Date>;
  /** The events of all streams, in the order of ingestion. */
  readonly events: StoredEvent[];
  tags: Readonly<Record<string, string>>;
  retentionInDays?: number;
}

/** The largest number of events in a group: it limits memory if local AWS runs for days. */
const EVENTS_PER_GROUP = 5_000;

/** The ARN of a log group, without the trailing `:*` that some reads add. */
export function logGroupArn(scope: Scope, name: string): string {
  return `arn:aws:logs:${scope.region}:${scope.accountId}:log-group:${name}`;
}

/** Log groups of all accounts and regions. */
export class LogStore {
  readonly #clock: Clock;
  readonly #groups = new Map<string, LogGroup>();
  #eventCount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  createGroup(scope: Scope, name: string): LogGroup {
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
      throw new AwsError(
        'InvalidParameterException',
        `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
      );
    }
    const arn = logGroupArn(scope, name);
    if (this.#groups.has(arn)) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    const { accountId, region } = scope;
    const createdAt = this.#clock.now();
    const group = { accountId, region, name, arn, createdAt, streams: new Map(), events: [], tags: {} };
    this.#groups.set(arn, group);
    return group;
  }

  findGroup(scope: Scope, name: string): LogGroup | undefined {
    return this.#groups.get(logGroupArn(scope, name));
  }

  group(scope: Scope, name: string): LogGroup {
    const group = this.findGroup(scope, name);
    if (group !== undefined) return group;
    throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  }

  /** Sorted by name. */
  groups(scope: Scope): LogGroup[] {
    return [...this.#groups.values()]
      .filter((group) => group.accountId === scope.accountId && group.region === scope.region)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  deleteGroup({ arn }: LogGroup): void {
    this.#groups.delete(arn);
  }

  /** @throws AwsError if the stream exists */
  createStream({ streams }: LogGroup, name: string): void {
    if (streams.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
    }
    streams.set(name, this.#clock.now());
  }

  /** The time of the store's clock, in milliseconds since the epoch. */
  now(): number {
    return this.#clock.now().getTime();
  }

  /** Appends events to a stream. Creates the stream if it does not exist. */
  write({ events: stored, streams }: LogGroup, logStreamName: string, events: readonly LogEvent[]): void {
    const now = this.#clock.now();
    if (!streams.has(logStreamName)) streams.set(logStreamName, now);
    for (const event of events) {
      this.#eventCount += 1;
      const eventId = String(this.#eventCount).padStart(20, '0');
      stored.push({ ...event, logStreamName, eventId, ingestionTime: now.getTime() });
    }
    while (stored.length > EVENTS_PER_GROUP) stored.shift();
  }
}
