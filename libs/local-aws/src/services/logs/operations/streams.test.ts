import fc from 'fast-check';
import { AwsError } from '../../../core/errors.ts';
import { compileFilterPattern } from './streams.ts';

test.each([
  ['', 'anything', true],
  ['ERROR', 'an ERROR here', true],
  ['ERROR', 'an error here', false],
  ['ERROR timeout', 'timeout, then ERROR', true],
  ['ERROR timeout', 'ERROR', false],
  ['"two words"', 'these two words', true],
  ['"two words"', 'two other words', false],
  ['?ERROR ?WARN', 'a WARN', true],
  ['?ERROR ?WARN', 'an INFO', false],
  ['ERROR -ignored', 'ERROR ignored', false],
  ['ERROR -"not this"', 'ERROR but not this', false],
  ['ERROR ?WARN', 'ERROR', true],
])('The pattern %j matches the message %j: %p.', (pattern, message, expected) => {
  expect(compileFilterPattern(pattern)(message)).toBe(expected);
});

test.each(['a-b', 'Duration:', '[ip, user]', '%ERR.*%', '{ $.level = "ERROR" }', 'x'.repeat(1025)])(
  'The pattern %j is refused.',
  (pattern) => {
    const refused = expect.objectContaining({ code: 'InvalidParameterException' });
    expect(() => compileFilterPattern(pattern)).toThrow(refused);
  },
);

test('Every pattern either compiles or is refused, and is fast on every message.', () => {
  const piece = fc.constantFrom('{', '}', '*', '"', 'x', '-', '?', ' ');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.string(), (pieces, message) => {
      try {
        expect(typeof compileFilterPattern(pieces.join(''))(message)).toBe('boolean');
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
      }
    }),
  );
});
