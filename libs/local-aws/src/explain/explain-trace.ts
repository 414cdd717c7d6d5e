import type { Wanted } from '@cross-account-api/iam/explain-command';
import { decideAgain, type PolicyReader } from '@cross-account-api/iam/explanation';
import { NotRunningError } from '../cli/root.ts';
import { readStateDirectory, stateFiles } from '../state-directory/index.ts';
import { hasRequestId } from '../trace/event.ts';
import { type MissingInTrace, readTraceFile } from '../trace/file.ts';
import type { TraceRecord } from '../trace/record.ts';
import { type TraceTree, traceTree } from '../trace/steps.ts';
import {
  type Explanation,
  explainEvent,
  isErrorOfApi,
  isRefused,
  neededBy,
  provenBy,
  refusedBy,
} from './refusal.ts';

/**
 * Explains requests in a trace, oldest first. A request that was not refused comes with the failed requests that it caused.
 * @param reader of the deployed policies, on which refusals are decided again. Absent if no local AWS runs
 * @throws NotRunningError if there is no trace
 */
export async function explainTrace(
  root: string,
  wanted: Wanted,
  reader?: PolicyReader,
): Promise<{ readonly explained: readonly Explanation[]; readonly missing: MissingInTrace }> {
  const { trace } = stateFiles(root);
  try {
    const { found, missing } =
      'last' in wanted ? await lastFailed(trace, wanted.last) : await withCauses(trace, wanted.requestId);
    return { explained: await Promise.all(found.map((each) => explainToday(each, reader))), missing };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const reading = await readStateDirectory(root);
    const why = reading.running
      ? 'The local AWS that runs here keeps no trace file.'
      : `${reading.message} ${reading.remedy}`;
    throw new NotRunningError(`There is no trace to explain. ${why}`);
  }
}

/** Notes for the user on calls that the trace lacks. @param consequence of a missing call, as a whole sentence */
export async function notesOnTrace(
  root: string,
  { gaps, unreadableLines }: MissingInTrace,
  consequence: string,
): Promise<readonly string[]> {
  const reading = await readStateDirectory(root);
  const open = reading.running && reading.traceGap !== undefined ? [reading.traceGap] : [];
  const notes = [...open, ...gaps].map(({ calls, since, until }) => {
    const which = calls === 1 ? `1 call of ${since}` : `${calls} calls from ${since} to ${until}`;
    return `The trace lacks ${which}, as its file could not be written. ${consequence}`;
  });
  if (unreadableLines === 0) return notes;
  const lines = unreadableLines === 1 ? '1 line' : `${unreadableLines} lines`;
  return [
    ...notes,
    `${lines} of ${stateFiles(root).trace} cannot be read: damaged, or written by another version of local AWS. ${consequence} The next start of local AWS begins a new trace.`,
  ];
}

/** A request and, if it failed, the latest similar request that has succeeded since. */
interface FoundRequest {
  readonly record: TraceRecord;
  readonly succeeded?: TraceRecord | undefined;
}

async function explainToday({ record, succeeded }: FoundRequest, reader?: PolicyReader) {
  const denial = reader === undefined || succeeded !== undefined ? undefined : refusedBy(record);
  const today = denial && reader && (await decideAgain(denial, reader));
  return explainEvent(record, succeeded, today);
}

/**
 * The latest requests that were refused, whose function failed, or that a function made and the API answered with an error. Leaves out
 * a failure that one of the others caused, and all that `cross-account verify` provoked, also in functions that it invoked.
 */
async function lastFailed(trace: string, count: number) {
  const found: FoundRequest[] = [];
  const probes = new Set<string>();
  const proven = new Map<string, TraceRecord>();
  const records = readTraceFile(trace);
  for await (const record of records) {
    const { requestId, parentRequestId = '' } = record;
    // The latest come first, and a request is recorded after those that it caused.
    const isProbe = record.probe === true || probes.has(parentRequestId);
    if (isProbe) probes.add(requestId);
    // The latest comes first.
    for (const subject of provenBy(record)) if (!proven.has(subject)) proven.set(subject, record);
    if (!isProbe && (isRefused(record) || record.failure !== undefined)) {
      const consequence = found.findIndex((one) => one.record.requestId === parentRequestId);
      if (consequence >= 0) found.splice(consequence, 1);
      if (found.length < count) found.unshift({ record, succeeded: proven.get(neededBy(record)) });
    }
    // A function that failed has its line and the API's answer, so it says more. A later success of the route may be another message's.
    const saysMore = found.some((one) => one.record.requestId === parentRequestId);
    if (!isProbe && !saysMore && isErrorOfApi(record) && found.length < count) found.unshift({ record });
    // Earlier records were answered before this one. None of them can have caused a failure that began later.
    const isCertain = ({ record: { failure, time } }: FoundRequest) =>
      failure === undefined || answeredAt(record) < Date.parse(time);
    if (found.length >= count && found.every(isCertain)) break;
  }
  return { found, missing: records.missing() };
}

function answeredAt({ time, durationMs }: TraceRecord): number {
  return Date.parse(time) + durationMs;
}

/** A request and the failed requests that it caused. */
async function withCauses(trace: string, requestId: string) {
  const { records, missing } = await readWithCauses(trace, requestId);
  const found = records
    .filter(
      (record) =>
        hasRequestId(record, requestId) ||
        isRefused(record) ||
        record.failure !== undefined ||
        isErrorOfApi(record),
    )
    .map((record): FoundRequest => ({ record }));
  return { found, missing };
}

/** A request and the requests that it caused, oldest first. These were answered, and so recorded, before it. */
async function readWithCauses(trace: string, requestId: string) {
  const found: TraceRecord[] = [];
  const known = new Set([requestId]);
  const records = readTraceFile(trace, (line) => [...known].some((id) => line.includes(id)));
  for await (const record of records) {
    const isCause = record.parentRequestId !== undefined && known.has(record.parentRequestId);
    if (!isCause && !hasRequestId(record, requestId)) continue;
    known.add(record.requestId);
    found.unshift(record);
  }
  return { records: found, missing: records.missing() };
}

/**
 * Reads a request and the requests that it caused from the trace of local AWS.
 * @param root the folder with the state directory
 * @returns `undefined` if the trace lacks the request
 */
export async function readTraceTree(
  root: string,
  requestId: string,
): Promise<TraceTree<TraceRecord> | undefined> {
  try {
    return traceTree((await readWithCauses(stateFiles(root).trace, requestId)).records, requestId);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
