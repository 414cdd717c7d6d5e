import fc from 'fast-check';
import { createOutputLines } from './output-lines.ts';

function collect(chunks: readonly Buffer[]): { lines: string[]; marks: string[] } {
  const lines: string[] = [];
  const marks: string[] = [];
  const output = createOutputLines(
    (line) => lines.push(line),
    (mark) => marks.push(mark),
  );
  for (const chunk of chunks) output.push(chunk);
  output.end();
  return { lines, marks };
}

test('lines, events of several lines and marks are found, also after an unfinished line', () => {
  expect(collect([Buffer.from('a\n\nb\0c\nd\x01END id\n\x01END id2\nrest')])).toEqual({
    lines: ['a', '', 'b\nc', 'd', 'rest'],
    marks: ['id', 'id2'],
  });
});

test('the result does not depend on the chunks of the output', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(40)), (text, sizes) => {
      const bytes = Buffer.from(`${text}\nü\n`);
      const chunks: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      expect(collect(chunks)).toEqual(collect([bytes]));
    }),
  );
});

test('an endless line is cut, and does not fill the memory', () => {
  const { lines } = collect(Array.from({ length: 9 }, () => Buffer.alloc(100_000, 'x')));
  expect(lines.map(({ length }) => length)).toEqual([262_144, 262_144, 262_144, 900_000 - 3 * 262_144]);
});

test('each event of an endless line has at most 256 KiB in bytes, and whole characters', () => {
  const text = '€'.repeat(300_000);
  const { lines } = collect([Buffer.from(`a${text}`), Buffer.from(`${text}\x01END id\n`)]);
  expect(lines.every((line) => Buffer.byteLength(line) <= 262_144)).toBe(true);
  expect(lines.join('')).toBe(`a${text}${text}`);
});

test.each([0, 1, 5, 40])(
  'the end of an invocation is found after a line of the greatest length less %d bytes, wherever the output is cut',
  (less) => {
    const text = Buffer.alloc(262_144 - less, 'x');
    for (const cut of [1, 4, 5, 20]) {
      const end = Buffer.from('\x01END 0f8fad5b-d9cb-469f-a165-70867728950e\n');
      const { lines, marks } = collect([text, end.subarray(0, cut), end.subarray(cut)]);
      expect({ lines: lines.map(({ length }) => length), marks }).toEqual({
        lines: [text.length],
        marks: ['0f8fad5b-d9cb-469f-a165-70867728950e'],
      });
    }
  },
);
