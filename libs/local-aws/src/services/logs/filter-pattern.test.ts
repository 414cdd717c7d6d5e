import { compileFilterPattern } from './filter-pattern.ts';

test.each([
  ['', 'anything', true],
  ['ERROR', 'an ERROR here', true],
  ['ERROR', 'all is well', false],
  ['ERROR timeout', 'timeout, then ERROR', true],
  ['ERROR timeout', 'ERROR', false],
  ['"two words"', 'these two words', true],
  ['"two words"', 'two other words', false],
  ['?ERROR ?WARN', 'a WARN', true],
  ['?ERROR ?WARN', 'an INFO', false],
  ['ERROR -ignored', 'ERROR ignored', false],
])('%j on %j: %p', (pattern, message, expected) => {
  expect(compileFilterPattern(pattern)(message)).toBe(expected);
});

test('a JSON pattern is refused with what is supported', () => {
  expect(() => compileFilterPattern('{ $.level = "ERROR" }')).toThrow(/patterns of terms/);
});
