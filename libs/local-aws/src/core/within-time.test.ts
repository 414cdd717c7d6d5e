import { TimeLimitError, withinTime } from './within-time.ts';

const hostile = 'a'.repeat(50);

test.each([
  ['a nested quantifier', '^(a+)+$', `${hostile}!`],
  ['repeated repetitions', '^((\\d?){50}){50}x$', '200'],
  ['a lookahead', '^(?=(a+)+b)', hostile],
  ['alternatives', '^(a|a)*$', `${hostile}!`],
])('ends a regular expression that backtracks: %s', (_what, pattern, text) => {
  expect(() => withinTime(20, () => new RegExp(pattern).test(text))).toThrow(TimeLimitError);
});

test('returns what the work returns, and throws what it throws, also after work that was ended', () => {
  expect(() => withinTime(20, () => /^(a+)+$/.test(`${hostile}!`))).toThrow('It took longer than 20 ms.');
  expect(withinTime(1_000, () => ({ found: 1 }))).toEqual({ found: 1 });
  expect(withinTime(1_000, () => undefined)).toBeUndefined();
  expect(() => withinTime(1_000, () => JSON.parse('{'))).toThrow('JSON');
});

test('work within work has its own limit', () => {
  const inner = () => {
    try {
      return withinTime(20, () => /^(a+)+$/.test(`${hostile}!`));
    } catch {
      return 'ended';
    }
  };
  expect(withinTime(10_000, () => [inner(), 'goes on'])).toEqual(['ended', 'goes on']);
});
