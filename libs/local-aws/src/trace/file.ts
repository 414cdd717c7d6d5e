import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { errorMessage } from '../core/errors.ts';
import type { TraceEvent } from './event.ts';
import { linesFromEnd } from './lines-from-end.ts';
import { parseRecord, recordOf, type TraceRecord } from './record.ts';

/** Some 10,000 requests. */
const LIMIT_BYTES = 32 * 1024 * 1024;

/** The file that holds the records before those of `path`. */
export function earlierTraceFile(path: string): string {
  return `${path}.1`;
}

/**
 * Opens a trace file, mode 0600: one {@link TraceRecord} a line. A full one replaces {@link earlierTraceFile}. `write` returns when the system has the line.
 * @param report receives one message if the file cannot be written; later events are dropped
 * @param limitBytes size at which a file is full. Default 32 MiB
 */
export function openTraceFile(path: string, report: (message: string) => void, limitBytes = LIMIT_BYTES) {
  let bytes = 0;
  let descriptor: number | undefined;

  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      close();
      report(`the trace is not written any more: ${errorMessage(error)}`);
    }
  };
  const open = (): void => {
    descriptor = openSync(path, 'a', 0o600);
    bytes = 0;
  };
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };

  attempt(open);
  return {
    write(event: TraceEvent) {
      if (descriptor === undefined) return;
      attempt(() => {
        if (bytes > limitBytes) {
          close();
          renameSync(path, earlierTraceFile(path));
          open();
        }
        if (descriptor !== undefined) bytes += writeSync(descriptor, `${JSON.stringify(recordOf(event))}\n`);
      });
    },
    close,
  };
}

/** Reads the wanted lines of a trace file and of its {@link earlierTraceFile} as records, the latest first. */
export async function* readTraceFile(
  path: string,
  isWanted: (line: string) => boolean = () => true,
): AsyncGenerator<TraceRecord> {
  yield* recordsOf(linesFromEnd(path), isWanted);
  try {
    yield* recordsOf(linesFromEnd(earlierTraceFile(path)), isWanted);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function* recordsOf(
  lines: AsyncIterable<string>,
  isWanted: (line: string) => boolean,
): AsyncGenerator<TraceRecord> {
  for await (const line of lines) {
    const record = isWanted(line) ? parseRecord(line) : undefined;
    if (record !== undefined) yield record;
  }
}
