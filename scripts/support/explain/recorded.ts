import {
  type Explanation,
  explainEvent,
  isRefused,
  parseRecordedEvent,
} from '@cross-account-api/local-aws/explain';
import { readStateDirectory, stateFiles } from '@cross-account-api/local-aws/state-directory';
import { ExplainError } from './explain-error.ts';
import { linesFromEnd } from './trace-file.ts';

/** Which requests are to be explained. */
export type Wanted =
  | { readonly requestId: string }
  /** So many of the latest that were refused. */
  | { readonly last: number };

/**
 * Explains requests that the trace of the local AWS below a folder has, oldest first. The trace outlives its local AWS
 * and ends with the start of the next.
 * @throws ExplainError where there is no trace
 */
export async function explainRecorded(root: string, wanted: Wanted): Promise<Explanation[]> {
  const found: Explanation[] = [];
  try {
    for await (const line of linesFromEnd(stateFiles(root).trace)) {
      // Most lines are not parsed: they are of requests that nobody asks for.
      if ('requestId' in wanted && !line.includes(wanted.requestId)) continue;
      const event = parseRecordedEvent(line);
      if (event === undefined) continue;
      if ('requestId' in wanted ? event.requestId !== wanted.requestId : !isRefused(event)) continue;
      found.unshift(explainEvent(event));
      if (found.length >= ('last' in wanted ? wanted.last : 1)) break;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    const reading = await readStateDirectory(root);
    const why = reading.running
      ? 'The local AWS that runs here keeps no trace file.'
      : `${reading.message} ${reading.remedy}`;
    throw new ExplainError('NO_LOCAL_AWS', `There is no trace to explain. ${why}`);
  }
  return found;
}
