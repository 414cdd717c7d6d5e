import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import type { LogEvent } from '../dependencies.ts';
import type { FunctionLogging } from '../functions/settings.ts';
import { type PlatformEvent, platformLine } from './platform-events.ts';

/** The last part of an invocation's log that `LogType: Tail` returns, in bytes. */
const TAIL_BYTES = 4096;

/** The log stream of one execution environment. */
export class EnvironmentLog {
  /** e.g. `2026/11/24/[$LATEST]8f5c…` */
  readonly stream: string;
  readonly #clock: Clock;
  readonly #logging: FunctionLogging;
  readonly #write: (events: readonly LogEvent[]) => void;
  #pending: LogEvent[] = [];
  #flushing = false;
  #tail: string | undefined;

  /** @param write takes events for this stream, in order; what it throws is nobody's concern but its own */
  constructor(
    version: string,
    logging: FunctionLogging,
    clock: Clock,
    write: (stream: string, events: readonly LogEvent[]) => void,
  ) {
    const day = clock.now().toISOString().slice(0, 10).replaceAll('-', '/');
    this.stream = `${day}/[${version}]${randomBytes(16).toString('hex')}`;
    this.#clock = clock;
    this.#logging = logging;
    this.#write = (events) => write(this.stream, events);
  }

  /** A line that the function wrote. */
  output(message: string): void {
    this.#pending.push({ timestamp: this.#clock.now().getTime(), message });
    this.#remember(message);
    // Together with what comes in the same turn, yet before a long invocation ends, for those who follow the log.
    if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(() => this.flush());
    }
  }

  /** A line of Lambda's own. */
  platform(event: PlatformEvent): void {
    const line = platformLine(event, this.#logging, this.#clock.now());
    if (line !== undefined) this.output(line);
  }

  /** Writes what is pending. */
  flush(): void {
    this.#flushing = false;
    const events = this.#pending;
    if (events.length === 0) return;
    this.#pending = [];
    try {
      this.#write(events);
    } catch {
      // A log group that was deleted meanwhile: as on AWS, the lines are lost and the function goes on.
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

  #remember(message: string): void {
    if (this.#tail === undefined) return;
    const tail = `${this.#tail}${message}\n`;
    // In UTF-16 units no shorter than the bytes that are wanted.
    this.#tail = tail.length > 2 * TAIL_BYTES ? tail.slice(-TAIL_BYTES) : tail;
  }
}
