import { type Explanation, explainEvent, isRefused, subjectsOf } from '../explain/index.ts';
import { readStateDirectory, stateFiles } from '../state-directory/index.ts';
import { readTraceFile, type TraceReading } from '../trace/file.ts';
import { describeMissing, type MissingInTrace } from '../trace/gap.ts';
import type { TraceRecord } from '../trace/record.ts';
import { NotRunningError } from './running.ts';

/** Which requests are to be explained. */
export type Wanted =
  | { readonly requestId: string }
  /** How many of the latest refused requests. */
  | { readonly last: number };

/** Requests of a trace, explained. */
export interface ExplainedTrace {
  readonly explained: readonly Explanation[];
  /** What turned out to be missing in the part of the trace that was read. */
  readonly missing: MissingInTrace;
}

/**
 * Explains requests in the trace of the local AWS below a folder, oldest first. A request that was not refused comes with
 * the refused requests that it caused. The trace outlives its local AWS and is emptied by the next.
 * @throws NotRunningError if there is no trace
 */
export async function explainTrace(root: string, wanted: Wanted): Promise<ExplainedTrace> {
  const { trace } = stateFiles(root);
  try {
    return 'last' in wanted
      ? await lastRefused(trace, wanted.last)
      : await withCauses(trace, wanted.requestId);
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
export function recordedCalls(root: string): TraceReading {
  return readTraceFile(stateFiles(root).trace);
}

/**
 * Says what is missing in the trace of the local AWS below a folder, for a person.
 * @param missing what its reader has met
 * @param consequence what follows from a missing call: a whole sentence
 */
export async function notesOnTrace(
  root: string,
  { gaps, unreadableLines }: MissingInTrace,
  consequence: string,
): Promise<readonly string[]> {
  const reading = await readStateDirectory(root);
  const open = reading.running && reading.traceGap !== undefined ? [reading.traceGap] : [];
  const missing = { gaps: [...open, ...gaps], unreadableLines };
  return describeMissing(missing, stateFiles(root).trace, consequence);
}

async function lastRefused(trace: string, count: number): Promise<ExplainedTrace> {
  const found: Explanation[] = [];
  const succeeded = new Map<string, TraceRecord>();
  const records = readTraceFile(trace);
  for await (const record of records) {
    const subjects = subjectsOf(record);
    if (record.status < 400 && record.softened !== true) {
      // The latest comes first.
      for (const subject of subjects) if (!succeeded.has(subject)) succeeded.set(subject, record);
    } else if (isRefused(record)) {
      const [subject = ''] = subjects;
      found.unshift(explainEvent(record, succeeded.get(subject)));
      if (found.length >= count) break;
    }
  }
  return { explained: found, missing: records.missing() };
}

/** A request and the refused requests that it caused. These were answered, and so recorded, before it. */
async function withCauses(trace: string, requestId: string): Promise<ExplainedTrace> {
  const found: TraceRecord[] = [];
  const known = new Set([requestId]);
  const records = readTraceFile(trace, (line) => [...known].some((id) => line.includes(id)));
  for await (const record of records) {
    const isCause = record.parentRequestId !== undefined && known.has(record.parentRequestId);
    if (isCause) known.add(record.requestId);
    if (record.requestId === requestId || (isCause && isRefused(record))) found.unshift(record);
  }
  return { explained: found.map((record) => explainEvent(record)), missing: records.missing() };
}
