import { randomBytes } from 'node:crypto';
import type { Authorizer, Principal } from '@cross-account-api/iam';
import type { Clock } from '../../../core/clock.ts';
import type { LogEvent, LogsService } from '../../logs/index.ts';
import type { FunctionVersion } from '../store.ts';

/** How functions log. */
export interface LogOptions {
  readonly clock: Clock;
  /** CloudWatch Logs. */
  readonly logs: Pick<LogsService, 'hasGroup' | 'createGroup' | 'write'>;
  /** Decides whether a function's role may write logs. */
  readonly authorizer: Authorizer;
}

/** The last part of an invocation's log that `LogType: Tail` returns, in bytes. */
const TAIL_BYTES = 4096;

/** The log stream of one execution environment. */
export class EnvironmentLog {
  /** See {@link streamName}. */
  readonly stream: string;
  readonly #clock: Clock;
  readonly #write: (events: readonly LogEvent[]) => void;
  #pending: LogEvent[] = [];
  #isFlushing = false;
  #tail: string | undefined;

  private constructor(stream: string, clock: Clock, write: (events: readonly LogEvent[]) => void) {
    this.stream = stream;
    this.#clock = clock;
    this.#write = write;
  }

  /** Opens a new stream. It is written as the function's role: without that role's permission, nothing is, as on AWS. */
  static async open(
    version: FunctionVersion,
    role: Principal,
    { clock, logs, authorizer }: LogOptions,
  ): Promise<EnvironmentLog> {
    const { accountId, region, settings } = version;
    const scope = { accountId, region };
    const { LogGroup: group } = settings.LoggingConfig;
    const stream = streamName(version, clock.now());
    const isAllowed = async (action: string, streamName = '') => {
      const decision = await authorizer.decide({
        principal: role,
        action: `logs:${action}`,
        resource: `arn:aws:logs:${region}:${accountId}:log-group:${group}:log-stream:${streamName}`,
        resourceAccountId: accountId,
        context: {},
      });
      return decision.allowed;
    };
    if (!logs.hasGroup(scope, group) && (await isAllowed('CreateLogGroup'))) logs.createGroup(scope, group);
    const canWrite =
      logs.hasGroup(scope, group) &&
      (await isAllowed('CreateLogStream')) &&
      (await isAllowed('PutLogEvents', stream));
    return new EnvironmentLog(stream, clock, (events) => {
      if (canWrite) logs.write(scope, group, stream, events);
    });
  }

  /** Adds a line of the function, or of Lambda. */
  line(message: string): void {
    this.#pending.push({ timestamp: this.#clock.now().getTime(), message });
    this.#addToTail(message);
    // Lines of the same turn are written together. A long invocation's lines appear while it runs.
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      setImmediate(() => this.flush());
    }
  }

  /** Writes pending lines. */
  flush(): void {
    this.#isFlushing = false;
    const events = this.#pending;
    if (events.length === 0) return;
    this.#pending = [];
    try {
      this.#write(events);
    } catch {
      // The log group was deleted meanwhile. As on AWS, the lines are lost and the function goes on.
    }
  }

  /** Begins to remember the end of the log. */
  startTail(): void {
    this.#tail = '';
  }

  /** The last 4 KB since {@link startTail}. */
  takeTail(): Buffer {
    const tail = Buffer.from(this.#tail ?? '');
    this.#tail = undefined;
    return tail.subarray(Math.max(0, tail.length - TAIL_BYTES));
  }

  #addToTail(message: string): void {
    if (this.#tail === undefined) return;
    const tail = `${this.#tail}${message}\n`;
    // Each UTF-16 unit takes at least one byte.
    this.#tail = tail.length > 2 * TAIL_BYTES ? tail.slice(-TAIL_BYTES) : tail;
  }
}

/**
 * Names a log stream after its execution environment. A log group other than the function's own may be shared by functions, so
 * that the name begins with the function's.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 * @example '2026/11/24/[$LATEST]8f5c…', '2026/11/24/worker[$LATEST]8f5c…'
 */
function streamName({ name, version, settings }: FunctionVersion, now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/');
  const prefix = settings.LoggingConfig.LogGroup === `/aws/lambda/${name}` ? '' : name;
  return `${day}/${prefix}[${version}]${randomBytes(16).toString('hex')}`;
}
