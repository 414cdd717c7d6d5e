import fc from 'fast-check';
import { oneLine, printable } from './printable.ts';

test('a text keeps its lines, and loses what a terminal would obey', () => {
  expect(printable('a\n\tb \u001b[31mred\u009b2J\u0007')).toBe('a\n\tb [31mred2J');
  expect(oneLine(' a\n\tb \u001b[31mred', 100)).toBe('a b [31mred');
  expect(oneLine('abc', 2)).toBe('ab');
});

test('no control character is left of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[^\P{Cc}\n\t]/u);
      expect(oneLine(text, 1_000)).not.toMatch(/\p{Cc}/u);
    }),
  );
});
