import { closeSync, fstatSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { errorMessage } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';
import { parseJson } from '../core/parse-json.ts';
import type { TraceEvent } from './event.ts';
import { parseRecord, recordOf, type TraceRecord } from './record.ts';

/** Some 10,000 requests. */
const LIMIT_BYTES = 32 * 1024 * 1024;

/** The file that holds the records before those of `path`. */
export function earlierTraceFile(path: string): string {
  return `${path}.1`;
}

/**
 * Opens a trace file, mode 0600. A full one replaces {@link earlierTraceFile}. After failed writes, a later line has the gap.
 * @param report receives a message when the file cannot be written, and when it can be written again
 */
export function openTraceFile(path: string, report: (message: string) => void, limitBytes = LIMIT_BYTES) {
  let file: { readonly descriptor: number; bytes: number } | undefined;
  let gap: TraceGap | undefined;
  let isReported = false;

  const open = () => {
    const descriptor = openSync(path, 'a', 0o600);
    return { descriptor, bytes: fstatSync(descriptor).size };
  };
  const close = (): void => {
    if (file !== undefined) closeSync(file.descriptor);
    file = undefined;
  };
  /** @returns whether all of it is in the file */
  const append = (lines: readonly string[]): boolean => {
    try {
      file ??= open();
      if (file.bytes > limitBytes) {
        close();
        renameSync(path, earlierTraceFile(path));
        file = open();
      }
      const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      writeOrUndo(file, text);
      file.bytes += text.length;
      return true;
    } catch (error) {
      close();
      if (!isReported) report(describeFailure(path, error));
      isReported = true;
      return false;
    }
  };
  const endGap = (): void => {
    const calls = gap?.calls === 1 ? '1 call is' : `${gap?.calls} calls are`;
    if (gap !== undefined) report(`the trace is written again. ${calls} missing in it.`);
    gap = undefined;
    isReported = false;
  };

  append([]);
  return {
    /** Writes one {@link TraceRecord} as a line. Returns when the system has it. Never throws. @param line the record, as JSON */
    write(event: TraceEvent, line = JSON.stringify(recordOf(event))): void {
      if (append(gap === undefined ? [line] : [JSON.stringify({ gap }), line])) endGap();
      else gap = widenGap(gap, event.time);
    },
    /** The calls that the file lacks because it cannot be written now. */
    gap: () => gap,
    close(): void {
      if (gap !== undefined) append([JSON.stringify({ gap })]);
      close();
    },
  };
}

/** Writes all or nothing: half a line would make the next one unreadable. */
function writeOrUndo(
  { descriptor, bytes }: { readonly descriptor: number; readonly bytes: number },
  text: Buffer,
) {
  try {
    for (let written = 0; written < text.length; ) written += writeSync(descriptor, text, written);
  } catch (error) {
    try {
      ftruncateSync(descriptor, bytes);
    } catch {
      // The first error says why.
    }
    throw error;
  }
}

function describeFailure(path: string, error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const remedy =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Free space on the disk of this file.'
      : code === 'EROFS'
        ? 'Make its file system writable, or start local AWS with --state and a folder elsewhere.'
        : 'Make it writable for this user.';
  return `${path} cannot be written (${errorMessage(error)}), so the trace has a gap. ${remedy} The trace then goes on with the next call.`;
}

/** Reads a trace file and its {@link earlierTraceFile}, the latest record first. @param isWanted decides by the text of a line */
export function readTraceFile(path: string, isWanted: (line: string) => boolean = () => true) {
  const gaps: TraceGap[] = [];
  let unreadableLines = 0;

  async function* recordsOf(file: string): AsyncGenerator<TraceRecord> {
    let isLast = true;
    for (const line of (await readFile(file, 'utf8')).split('\n').reverse()) {
      if (line === '') continue;
      const isBeingWritten = isLast && isRecord(line) && !line.endsWith('}');
      isLast = false;
      if (isBeingWritten || (isRecord(line) && !isWanted(line))) continue;
      const record = parseRecord(line);
      if (record !== undefined) {
        yield record;
        continue;
      }
      const document = parseJson(line);
      const gap = isObject(document) ? parseGap(document.gap) : undefined;
      if (gap !== undefined) gaps.push(gap);
      else unreadableLines += 1;
    }
  }
  async function* records(): AsyncGenerator<TraceRecord> {
    yield* recordsOf(path);
    try {
      yield* recordsOf(earlierTraceFile(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return {
    [Symbol.asyncIterator]: records,
    /** The gaps and unreadable lines in the part that has been read so far. */
    missing: (): MissingInTrace => ({ gaps, unreadableLines }),
  };
}

/** Whether a line begins as {@link recordOf} writes it. */
function isRecord(line: string): boolean {
  return line.startsWith('{"time":');
}

const traceGap = v.object({
  calls: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** ISO 8601. */
  since: v.pipe(v.string(), v.isoTimestamp()),
  until: v.pipe(v.string(), v.isoTimestamp()),
});
/** Calls that the trace file lacks, because it could not be written. */
export type TraceGap = Readonly<v.InferOutput<typeof traceGap>>;

/** The gaps and unreadable lines of a trace file. */
export interface MissingInTrace {
  readonly gaps: readonly TraceGap[];
  /** Lines that are no records: damaged, or written by another version. */
  readonly unreadableLines: number;
}

/** Reads a gap; `undefined` for any other value. */
export function parseGap(value: unknown): TraceGap | undefined {
  const result = v.safeParse(traceGap, value);
  return result.success ? result.output : undefined;
}

function widenGap(gap: TraceGap | undefined, time: Date): TraceGap {
  const until = time.toISOString();
  return { calls: (gap?.calls ?? 0) + 1, since: gap?.since ?? until, until };
}
