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
