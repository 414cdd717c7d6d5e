import { StringDecoder } from 'node:string_decoder';

/** CloudWatch Logs takes no event over 256 KiB; a longer line is split. */
const MAX_LINE = 256 * 1024;
const END_MARK = '\x01END ';

/**
 * Splits a process's output into log events, one a line. The runtime writes NUL for a line break inside a `console` call.
 * A line `\x01END <requestId>` is not an event: the runtime writes it after all output of that invocation.
 */
export function createOutputLines(onLine: (line: string) => void, onMark: (requestId: string) => void) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const emit = (raw: string) => {
    const mark = raw.indexOf(END_MARK);
    const text = mark < 0 ? raw : raw.slice(0, mark);
    if (mark < 0 || text !== '') {
      for (let at = 0; at === 0 || at < text.length; at += MAX_LINE) {
        onLine(text.slice(at, at + MAX_LINE).replaceAll('\0', '\n'));
      }
    }
    if (mark >= 0) onMark(raw.slice(mark + END_MARK.length));
  };
  return {
    push(chunk: Buffer): void {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) emit(line);
      while (rest.length > MAX_LINE) {
        emit(rest.slice(0, MAX_LINE));
        rest = rest.slice(MAX_LINE);
      }
    },
    /** Ends the output. The last line need not end with a line break. */
    end(): void {
      const last = rest + decoder.end();
      rest = '';
      if (last !== '') emit(last);
    },
  };
}
