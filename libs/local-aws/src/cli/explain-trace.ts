import { decideAgain, type PolicyReader } from '@cross-account-api/iam';
import { type Explanation, explainEvent, isRefused, refusedBy, subjectsOf } from '../explain/index.ts';
import { readStateDirectory, stateFiles } from '../state-directory/index.ts';
import { readTraceFile } from '../trace/file.ts';
import type { TraceRecord } from '../trace/record.ts';
import { NotRunningError } from './running.ts';

/** Which requests are to be explained. */
export type Wanted =
  | { readonly requestId: string }
  /** How many of the latest refused requests. */
  | { readonly last: number };

/**
 * Explains requests in the trace of the local AWS below a folder, oldest first. A request that was not refused comes with
 * the refused requests that it caused. The trace outlives its local AWS and is emptied by the next.
 * @param reader reads what is deployed now: refusals are decided again on it. Absent if no local AWS runs
 * @throws NotRunningError if there is no trace
 */
export async function explainTrace(
  root: string,
  wanted: Wanted,
  reader?: PolicyReader,
): Promise<Explanation[]> {
  const { trace } = stateFiles(root);
  try {
    const found =
      'last' in wanted ? await lastRefused(trace, wanted.last) : await withCauses(trace, wanted.requestId);
    return await Promise.all(found.map((each) => explainToday(each, reader)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const reading = await readStateDirectory(root);
    const why = reading.running
      ? 'The local AWS that runs here keeps no trace file.'
      : `${reading.message} ${reading.remedy}`;
    throw new NotRunningError(`There is no trace to explain. ${why}`);
  }
}

/** All requests in the trace of the local AWS below a folder, the latest first. */
export function recordedCalls(root: string): AsyncIterable<TraceRecord> {
  return readTraceFile(stateFiles(root).trace);
}

/** A request and, if it was refused, the latest like it that succeeded since. */
interface FoundRequest {
  readonly record: TraceRecord;
  readonly succeeded?: TraceRecord | undefined;
}

async function explainToday(
  { record, succeeded }: FoundRequest,
  reader?: PolicyReader,
): Promise<Explanation> {
  const denial = reader === undefined || succeeded !== undefined ? undefined : refusedBy(record);
  const today = denial && reader && (await decideAgain(denial, reader));
  return explainEvent(record, succeeded, today);
}

/** Leaves out the refusals that `cross-account verify` provoked, and those in functions that it invoked. */
async function lastRefused(trace: string, count: number): Promise<FoundRequest[]> {
  const found: FoundRequest[] = [];
  const probes = new Set<string>();
  const succeeded = new Map<string, TraceRecord>();
  for await (const record of readTraceFile(trace)) {
    const { requestId, parentRequestId = '' } = record;
    // The latest come first, and a request is recorded after those that it caused.
    const isProbe = record.probe === true || probes.has(parentRequestId);
    if (isProbe) probes.add(requestId);
    const subjects = subjectsOf(record);
    if (record.status < 400 && record.softened !== true) {
      // The latest comes first.
      for (const subject of subjects) if (!succeeded.has(subject)) succeeded.set(subject, record);
    } else if (isRefused(record) && !isProbe) {
      const [subject = ''] = subjects;
      found.unshift({ record, succeeded: succeeded.get(subject) });
      if (found.length >= count) break;
    }
  }
  return found;
}

/** A request and the refused requests that it caused. These were answered, and so recorded, before it. */
async function withCauses(trace: string, requestId: string): Promise<FoundRequest[]> {
  const found: FoundRequest[] = [];
  const known = new Set([requestId]);
  for await (const record of readTraceFile(trace, (line) => [...known].some((id) => line.includes(id)))) {
    const isCause = record.parentRequestId !== undefined && known.has(record.parentRequestId);
    if (isCause) known.add(record.requestId);
    if (record.requestId === requestId || (isCause && isRefused(record))) found.unshift({ record });
  }
  return found;
}
