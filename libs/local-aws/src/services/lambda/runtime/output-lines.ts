import { StringDecoder } from 'node:string_decoder';

/** CloudWatch Logs takes no event over 256 KiB; a longer line is cut into several. */
const MAX_LINE = 256 * 1024;
const END_MARK = '\x01END ';

/**
 * Cuts what a process writes into log events. Lines end with `\n`; a NUL inside marks a line break that belongs to
 * the event (the runtime writes one for each line break in a `console` call). A line `\x01END <requestId>` is
 * not an event: the runtime writes it when all output of that invocation is written.
 */
export class OutputLines {
  readonly #line: (line: string) => void;
  readonly #mark: (requestId: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(line: (line: string) => void, mark: (requestId: string) => void) {
    this.#line = line;
    this.#mark = mark;
  }

  push(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n', start); end >= 0; end = text.indexOf('\n', start)) {
      this.#emit(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
    while (this.#rest.length > MAX_LINE) {
      this.#emit(this.#rest.slice(0, MAX_LINE));
      this.#rest = this.#rest.slice(MAX_LINE);
    }
  }

  /** The process has ended: a last line need not end with a line break. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#emit(rest);
  }

  #emit(raw: string): void {
    const mark = raw.indexOf(END_MARK);
    const text = mark < 0 ? raw : raw.slice(0, mark);
    if (mark < 0 || text !== '') {
      for (let at = 0; at === 0 || at < text.length; at += MAX_LINE) {
        this.#line(text.slice(at, at + MAX_LINE).replaceAll('\0', '\n'));
      }
    }
    if (mark >= 0) this.#mark(raw.slice(mark + END_MARK.length));
  }
}
