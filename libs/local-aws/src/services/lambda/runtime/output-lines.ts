/** CloudWatch Logs takes no event over 256 KiB; a longer line is split. */
const MAX_LINE = 256 * 1024;
/** The longest end mark, in bytes: of a line without an end, the last bytes are kept, because they may be the beginning of one. */
const MARK_BYTES = 256;
const END_MARK = '\x01END ';
const LINE_BREAK = 0x0a;

/**
 * Splits a process's output into log events, one a line. The runtime writes NUL for a line break inside a `console` call.
 * A line `\x01END <requestId>` is not an event: the runtime writes it after all output of that invocation.
 *
 * Each byte is copied once, into the event: a function may write hundreds of megabytes without a line break.
 */
export function createOutputLines(onLine: (line: string) => void, onMark: (requestId: string) => void) {
  /** The beginning of a line whose end has not arrived. */
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer) => {
    if (part.length > 0) parts.push(part);
    length += part.length;
  };
  const take = (): Buffer => {
    const [only = Buffer.alloc(0)] = parts;
    const taken = parts.length > 1 ? Buffer.concat(parts, length) : only;
    parts = [];
    length = 0;
    return taken;
  };
  const emitEvent = (text: Buffer) => onLine(text.toString().replaceAll('\0', '\n'));
  /** Emits the events of a text as long as it is longer than an event. @returns the rest */
  const emitFull = (text: Buffer, mostLeft: number): Buffer => {
    let rest = text;
    while (rest.length > mostLeft) {
      const end = characterStart(rest, MAX_LINE);
      emitEvent(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return rest;
  };
  const emit = (line: Buffer) => {
    const mark = line.indexOf(END_MARK);
    const text = mark < 0 ? line : line.subarray(0, mark);
    if (mark < 0 || text.length > 0) emitEvent(emitFull(text, MAX_LINE));
    if (mark >= 0) onMark(line.toString('utf8', mark + END_MARK.length));
  };
  return {
    push(chunk: Buffer): void {
      let start = 0;
      for (let end = chunk.indexOf(LINE_BREAK); end >= 0; end = chunk.indexOf(LINE_BREAK, start)) {
        add(chunk.subarray(start, end));
        emit(take());
        start = end + 1;
      }
      add(chunk.subarray(start));
      if (length > MAX_LINE + MARK_BYTES) add(emitFull(take(), MAX_LINE + MARK_BYTES));
    },
    /** Ends the output. The last line need not end with a line break. */
    end(): void {
      if (length > 0) emit(take());
    },
  };
}

/** The place of the character of UTF-8 that has the byte at `index`. No character has more than 4 bytes. */
function characterStart(bytes: Buffer, index: number): number {
  for (let at = index; at > index - 4; at -= 1) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  }
  return index;
}
