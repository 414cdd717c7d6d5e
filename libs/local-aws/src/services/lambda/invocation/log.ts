import { randomBytes } from 'node:crypto';
import type { Authorizer, Principal } from '@cross-account-api/iam';
import type { Clock } from '../../../core/clock.ts';
import type { LogEvent, LogsService } from '../../logs/index.ts';
import type { FunctionVersion } from '../store.ts';
import { type LoggedFailure, readLoggedFailure } from './failure.ts';

/** The services that write a function's log. */
export interface LogOptions {
  readonly clock: Clock;
  readonly logs: Pick<LogsService, 'hasGroup' | 'createGroup' | 'write'>;
  /** Decides whether a function's role may write logs. */
  readonly authorizer: Authorizer;
}

/** The last part of an invocation's log that `LogType: Tail` returns, in bytes. */
const TAIL_BYTES = 4096;

/** The log stream of one execution environment. */
export type EnvironmentLog = Awaited<ReturnType<typeof openLog>>;

/** Opens a new stream. Without the permission of the function's role, nothing is written, as on AWS. */
export async function openLog(
  version: FunctionVersion,
  role: Principal,
  { clock, logs, authorizer }: LogOptions,
) {
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

  let pending: LogEvent[] = [];
  let isFlushing = false;
  /** The end of the log since `startTail`; `undefined` between invocations. */
  let tail: string | undefined;
  let loggedFailure: LoggedFailure | undefined;

  const flush = () => {
    isFlushing = false;
    const events = pending;
    pending = [];
    if (events.length === 0 || !canWrite) return;
    try {
      logs.write(scope, group, stream, events);
    } catch {
      // The log group was deleted meanwhile. As on AWS, the lines are lost and the function continues.
    }
  };

  return {
    stream,
    /** Adds a line of the function, or of Lambda. */
    line(message: string): void {
      pending.push({ timestamp: clock.now().getTime(), message });
      if (tail !== undefined) {
        loggedFailure = readLoggedFailure(message) ?? loggedFailure;
        // Each UTF-16 unit takes at least one byte. Of a long line, no more is copied.
        tail += `${message.slice(-TAIL_BYTES)}\n`;
        if (tail.length > 2 * TAIL_BYTES) tail = tail.slice(-TAIL_BYTES);
      }
      // Lines of the same turn are written together. A long invocation's lines appear while it runs.
      if (!isFlushing) setImmediate(flush);
      isFlushing = true;
    },
    flush,
    /** Starts to record the end of the log. */
    startTail(): void {
      tail = '';
      loggedFailure = undefined;
    },
    /** The last error with a stack that was logged since `startTail`. */
    loggedFailure: () => loggedFailure,
    /** The last 4 KB since `startTail`. */
    takeTail(): Buffer {
      const taken = Buffer.from(tail ?? '');
      tail = undefined;
      return taken.subarray(-TAIL_BYTES);
    },
  };
}

/**
 * Names a log stream. In a log group that functions may share, the name includes the function's name.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 * @example '2026/11/24/[$LATEST]8f5c…', '2026/11/24/worker[$LATEST]8f5c…'
 */
function streamName({ name, version, settings }: FunctionVersion, now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/');
  const prefix = settings.LoggingConfig.LogGroup === `/aws/lambda/${name}` ? '' : name;
  return `${day}/${prefix}[${version}]${randomBytes(16).toString('hex')}`;
}
