import {
  type Explanation,
  explainEvent,
  isRefused,
  parseRecordedEvent,
  type RecordedEvent,
  subjectsOf,
} from '@cross-account-api/local-aws/explain';
import { readStateDirectory, stateFiles } from '@cross-account-api/local-aws/state-directory';
import { linesFromEnd } from '../../libs/local-aws/src/trace/lines-from-end.ts';
import { ExplainError } from './explain-error.ts';

/** Which requests are to be explained. */
export type Wanted =
  | { readonly requestId: string }
  /** So many of the latest that were refused. */
  | { readonly last: number };

/**
 * Explains requests that the trace of the local AWS below a folder has, oldest first; with a request that was not refused
 * itself, those that it caused and that were. The trace outlives its local AWS and ends with the start of the next.
 * @throws ExplainError where there is no trace
 */
export async function explainRecorded(root: string, wanted: Wanted): Promise<Explanation[]> {
  const { trace } = stateFiles(root);
  try {
    return 'last' in wanted
      ? await lastRefused(linesFromEnd(trace), wanted.last)
      : (await withCauses(linesFromEnd(trace), wanted.requestId)).map((event) => explainEvent(event));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const reading = await readStateDirectory(root);
    const why = reading.running
      ? 'The local AWS that runs here keeps no trace file.'
      : `${reading.message} ${reading.remedy}`;
    throw new ExplainError('NO_LOCAL_AWS', `There is no trace to explain. ${why}`);
  }
}

/** @param lines last one first */
async function lastRefused(lines: AsyncIterable<string>, count: number): Promise<Explanation[]> {
  const found: Explanation[] = [];
  const succeeded = new Map<string, RecordedEvent>();
  for await (const line of lines) {
    const event = parseRecordedEvent(line);
    if (event === undefined) continue;
    const subjects = subjectsOf(event);
    if (event.status < 400) {
      // The latest comes first.
      for (const subject of subjects) if (!succeeded.has(subject)) succeeded.set(subject, event);
    } else if (isRefused(event)) {
      const [subject = ''] = subjects;
      found.unshift(explainEvent(event, succeeded.get(subject)));
      if (found.length >= count) break;
    }
  }
  return found;
}

/**
 * A request, and those that were refused while it was answered. These were answered before it was, so they come behind it
 * here, where the last line is the first.
 */
async function withCauses(lines: AsyncIterable<string>, requestId: string): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  const known = new Set([requestId]);
  for await (const line of lines) {
    // Most lines are not parsed: they are of requests that nobody asks for.
    if (![...known].some((id) => line.includes(id))) continue;
    const event = parseRecordedEvent(line);
    if (event === undefined) continue;
    const isCause = event.parentRequestId !== undefined && known.has(event.parentRequestId);
    if (isCause) known.add(event.requestId);
    if (event.requestId === requestId || (isCause && isRefused(event))) found.unshift(event);
  }
  return found;
}
