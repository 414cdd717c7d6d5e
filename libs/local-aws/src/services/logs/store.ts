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
  /** The events of all streams, in the order of ingestion. Only the store changes it. */
  readonly events: StoredEvent[];
  tags: Readonly<Record<string, string>>;
  retentionInDays?: number;
  /** The ARN of its KMS key. */
  kmsKeyId?: string;
}

/** The memory for the events of all groups, in bytes. Local AWS may run for days. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What an event takes, together with its text. */
const EVENT_BYTES = 250;
/** The part that is left when the oldest events go: they go together, because it takes time to close the gaps. */
const LEFT = 0.9;

/** An event in the order of ingestion. */
interface Ingested {
  readonly group: LogGroup;
  readonly bytes: number;
}

/** The limits of a {@link LogStore}. */
export interface LogLimits {
  readonly mostBytes?: number;
  /** Receives one message when the limit is reached. */
  readonly report?: (message: string) => void;
}

/** The ARN of a log group, without the trailing `:*` that some reads add. */
export function logGroupArn(scope: Scope, name: string): string {
  return `arn:aws:logs:${scope.region}:${scope.accountId}:log-group:${name}`;
}

/** Log groups of all accounts and regions. */
export class LogStore {
  readonly #clock: Clock;
  readonly #groups = new Map<string, LogGroup>();
  readonly #mostBytes: number;
  readonly #report: (message: string) => void;
  /** The events of all groups, the oldest first. */
  #ingested: Ingested[] = [];
  #bytes = 0;
  #eventCount = 0;
  #isReported = false;

  constructor(clock: Clock, { mostBytes = MOST_BYTES, report = () => {} }: LogLimits = {}) {
    this.#clock = clock;
    this.#mostBytes = mostBytes;
    this.#report = report;
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

  deleteGroup(group: LogGroup): void {
    this.#groups.delete(group.arn);
    const others = this.#ingested.filter((one) => one.group !== group);
    this.#bytes = others.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#ingested = others;
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
  write(group: LogGroup, logStreamName: string, events: readonly LogEvent[]): void {
    const { events: stored, streams } = group;
    const now = this.#clock.now();
    if (!streams.has(logStreamName)) streams.set(logStreamName, now);
    for (const event of events) {
      this.#eventCount += 1;
      const eventId = String(this.#eventCount).padStart(20, '0');
      stored.push({ ...event, logStreamName, eventId, ingestionTime: now.getTime() });
      const bytes = Buffer.byteLength(event.message) + EVENT_BYTES;
      this.#ingested.push({ group, bytes });
      this.#bytes += bytes;
    }
    if (this.#bytes > this.#mostBytes) this.#makeRoom();
  }

  #makeRoom(): void {
    if (!this.#isReported) {
      const megabytes = Math.round(this.#mostBytes / 1024 / 1024);
      this.#report(`the logs have reached ${megabytes} MB, so their oldest lines go from now on.`);
    }
    this.#isReported = true;
    const gone = new Map<LogGroup, number>();
    let count = 0;
    for (const { group, bytes } of this.#ingested) {
      // The latest is kept, whatever its size.
      if (this.#bytes <= LEFT * this.#mostBytes || count === this.#ingested.length - 1) break;
      this.#bytes -= bytes;
      gone.set(group, (gone.get(group) ?? 0) + 1);
      count += 1;
    }
    this.#ingested.splice(0, count);
    for (const [{ events, streams }, number] of gone) {
      events.splice(0, number);
      const left = new Set(events.map(({ logStreamName }) => logStreamName));
      for (const name of streams.keys()) if (!left.has(name)) streams.delete(name);
    }
  }
}
