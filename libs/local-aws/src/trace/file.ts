import { closeSync, openSync, renameSync, writeSync } from 'node:fs';

/** A file of lines that does not grow for ever. */
export interface TraceFile {
  write(line: string): void;
  close(): void;
}

/** Some 10,000 requests. */
const LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * Opens a file to append lines to, mode 0600. Once it is full it becomes `<path>.1`, in the place of an earlier one, and
 * the next line begins a new file: the latest lines are always there. A line is on its way to the disk when `write`
 * returns, so that nothing is lost with the process.
 * @param report told once of what cannot be written; the lines are lost then, and nothing else
 * @param limitBytes how large it may become before it makes room. Default 32 MiB
 * @example const file = openTraceFile(files.trace, console.error); file.write(JSON.stringify(event))
 */
export function openTraceFile(
  path: string,
  report: (message: string) => void,
  limitBytes = LIMIT_BYTES,
): TraceFile {
  let bytes = 0;
  let descriptor: number | undefined;

  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      close();
      report(`the trace is not written any more: ${error instanceof Error ? error.message : String(error)}`);
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
    write(line) {
      if (descriptor === undefined) return;
      attempt(() => {
        if (bytes > limitBytes) {
          close();
          renameSync(path, `${path}.1`);
          open();
        }
        if (descriptor !== undefined) bytes += writeSync(descriptor, `${line}\n`);
      });
    },
    close,
  };
}
