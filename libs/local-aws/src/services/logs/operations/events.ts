import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { atLeast, atMost, wholeNumber } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import type { LogEvent, LogGroup, LogStore } from '../store.ts';
import { checkStream, groupOperationsOf, invalidParameter } from './operation.ts';

/*
 * The limits and rules: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */

const MAX_BATCH_BYTES = 1_048_576;
/** Each event counts as its UTF-8 text and this. */
const EVENT_OVERHEAD_BYTES = 26;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The operation through which clients write events. */
export function eventOperations(store: LogStore): readonly ServiceOperation[] {
  const groupOperation = groupOperationsOf(store);
  return [
    groupOperation('PutLogEvents', {
      input: {
        logStreamName: v.string(),
        logEvents: v.pipe(
          v.array(
            v.object({
              timestamp: wholeNumber(0, Number.MAX_SAFE_INTEGER),
              message: v.pipe(v.string(), atLeast(1)),
            }),
          ),
          atLeast<LogEvent[]>(1),
          atMost<LogEvent[]>(10_000),
        ),
        // "The sequence token is now ignored in PutLogEvents actions."
        sequenceToken: withoutEffect(
          v.optional(v.pipe(v.string(), atLeast(1))),
          'it is not needed, as on AWS',
        ),
      },
      handle(group, { logStreamName, logEvents }) {
        checkStream(group.streams, logStreamName);
        checkBatch(logEvents);
        const { accepted, rejected } = sortOut(group, logEvents, store.now());
        store.write(group, logStreamName, accepted);
        const last = group.events.at(-1)?.eventId ?? '0';
        return { nextSequenceToken: last, rejectedLogEventsInfo: rejected };
      },
    }),
  ];
}

function checkBatch(events: readonly LogEvent[]): void {
  const size = events.reduce(
    (sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES,
    0,
  );
  if (size > MAX_BATCH_BYTES) {
    throw invalidParameter(`Upload too large: ${size} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  }
  const times = events.map(({ timestamp }) => timestamp);
  if (times.some((time, index) => time < (times[index - 1] ?? 0))) {
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
  }
  if ((times.at(-1) ?? 0) - (times[0] ?? 0) > DAY) {
    throw invalidParameter(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
}

/** Leaves out events that are too new, too old, or older than the group keeps them. @param events in the order of time */
function sortOut(
  { retentionInDays = Number.POSITIVE_INFINITY }: LogGroup,
  events: readonly LogEvent[],
  now: number,
) {
  const endBefore = (time: number) => events.filter(({ timestamp }) => timestamp < time).length;
  const tooOld = endBefore(now - 14 * DAY);
  const expired = endBefore(now - retentionInDays * DAY);
  const tooNew = events.findIndex(({ timestamp }) => timestamp > now + 2 * HOUR);
  const rejected = defined({
    tooOldLogEventEndIndex: tooOld > 0 ? tooOld : undefined,
    expiredLogEventEndIndex: expired > 0 ? expired : undefined,
    tooNewLogEventStartIndex: tooNew >= 0 ? tooNew : undefined,
  });
  return {
    accepted: events.slice(Math.max(tooOld, expired), tooNew < 0 ? undefined : tooNew),
    rejected: Object.keys(rejected).length > 0 ? rejected : undefined,
  };
}
