import fc from 'fast-check';
import { inexactIntegers, largeNumbers } from './large-numbers.ts';

test.each<[string, string[]]>([
  ['1e999', ['']],
  ['-1e999', ['']],
  ['{"a":{"b":[1,1e999]},"c":-1e400}', ['a.b.1', 'c']],
  ['[1e308,-1e308,1e-999,"1e999",null]', []],
  ['{"1":1e999,"a":[[],{},[{"b":1e999}]]}', ['1', 'a.2.0.b']],
])('the numbers of %s that are too large are at %j', (json, paths) => {
  expect(largeNumbers(JSON.parse(json), 20)).toEqual(paths);
});

test('no more large numbers are searched for than asked', () => {
  expect(largeNumbers(JSON.parse('[1e999,[1e999,1e999],1e999]'), 2)).toEqual(['0', '1.0']);
});

test('deep nesting does not overflow the stack', () => {
  const levels = 100_000;
  const [path] = largeNumbers(JSON.parse(`${'['.repeat(levels)}1e999${']'.repeat(levels)}`), 20);
  expect(path?.length).toBe(2 * levels - 1);
});

test('a JSON text has a number that is too large exactly if it does not survive a round trip', () => {
  const keys = fc.constantFrom('a', 'b', '__proto__');
  const numbers = fc.constantFrom(1, '1e999', '-1e999', 'text');
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof({ maxDepth: 4 }, numbers, fc.array(tie('json')), fc.dictionary(keys, tie('json'))),
  }));
  fc.assert(
    fc.property(json, (value) => {
      const text = JSON.stringify(value).replaceAll(/"(-?1e999)"/g, '$1');
      const parsed: unknown = JSON.parse(text);
      const survives = !/1e999/.test(text);
      expect(largeNumbers(parsed, 1).length === 0).toBe(survives);
    }),
  );
});

test('an integer is refused exactly if JSON.parse changes it, at its place', () => {
  const integers = fc.oneof(
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc.bigInt(2n ** 53n - 9n, 2n ** 53n + 9n),
  );
  fc.assert(
    fc.property(integers, (integer) => {
      const isExact = BigInt(Number(integer)) === integer;
      const text = `{"text":"${integer}","list":[1.5e300,${integer}]}`;
      expect(inexactIntegers(text, 20)).toEqual(isExact ? [] : ['list.1']);
    }),
  );
});

test('a text that is not JSON has no integers', () => {
  expect(inexactIntegers('[9007199254740993', 20)).toEqual([]);
});
