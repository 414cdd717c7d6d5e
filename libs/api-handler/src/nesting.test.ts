import fc from 'fast-check';
import { nestingDepth } from './nesting.ts';

/** Counts the levels in another way: on the parsed value. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test.each([
  ['1', 0],
  ['"[[["', 0],
  ['"\\"[[["', 0],
  ['"\\\\"', 0],
  ['[]', 1],
  ['{"a":[1,[2]],"b":{}}', 3],
  ['["\\\\",["\\""],[["]"]]]', 3],
])('the JSON text %s is nested %d deep', (json, depth) => {
  expect(nestingDepth(json)).toBe(depth);
});

test('every JSON text has as many levels as its value', () => {
  fc.assert(
    fc.property(
      fc.json({ stringUnit: fc.constantFrom('"', '\\', '[', ']', '{', '}', 'a', '\n') }),
      (json) => {
        expect(nestingDepth(json)).toBe(depthOf(JSON.parse(json)));
      },
    ),
  );
});
