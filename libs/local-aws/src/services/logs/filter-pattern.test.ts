import fc from 'fast-check';
import { AwsError } from '../../core/errors.ts';
import { compileFilterPattern } from './filter-pattern.ts';

const refused = expect.objectContaining({ code: 'InvalidParameterException' });

describe('terms', () => {
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
  ])('%j on %j: %p', (pattern, message, expected) => {
    expect(compileFilterPattern(pattern)(message)).toBe(expected);
  });

  test.each(['a-b', 'Duration:', '[ip, user]', '%ERR.*%', 'x'.repeat(1025)])('%j is refused', (pattern) => {
    expect(() => compileFilterPattern(pattern)).toThrow(refused);
  });
});

describe('JSON patterns', () => {
  const message = JSON.stringify({
    level: 'ERROR',
    status: 502,
    ratio: 0.5,
    ok: false,
    none: null,
    user: { name: 'ada', roles: ['reader', 'writer'] },
    'odd key': 'x"y',
  });

  test.each([
    ['{ $.level = "ERROR" }', true],
    ['{$.level=ERROR}', true],
    ['{ $.level = "error" }', false],
    ['{ $.level = "ERR*" }', true],
    ['{ $.level = *R*OR }', true],
    ['{ $.level = "*R*WARN" }', false],
    ['{ $.level != "INFO" }', true],
    ['{ $.absent != "INFO" }', false],
    ['{ $.status = 502 }', true],
    ['{ $.status >= 500 && $.status < 600 }', true],
    ['{ $.status > 502 }', false],
    ['{ $.ratio <= 5e-1 }', true],
    ['{ $.status = 5* }', true],
    ['{ $.user.roles[1] = "writer" }', true],
    ['{ $.user.roles[2] = "writer" }', false],
    ['{ $.user["name"] = "ada" }', true],
    [`{ $['odd key'] = "x\\"y" }`, true],
    ['{ $.ok IS FALSE }', true],
    ['{ $.none IS NULL }', true],
    ['{ $.absent NOT EXISTS }', true],
    ['{ $.level NOT EXISTS }', false],
    ['{ $.level = "INFO" || $.ok IS FALSE }', true],
    ['{ ($.level = "INFO" || $.ok IS FALSE) && $.status = 200 }', false],
    ['{ $.level = "INFO" || $.ok IS FALSE && $.status = 502 }', true],
    ['{ $.constructor = * }', false],
  ])('%s: %p', (pattern, expected) => {
    expect(compileFilterPattern(pattern)(message)).toBe(expected);
  });

  test('a message that is no JSON document does not match', () => {
    const matches = compileFilterPattern('{ $.absent NOT EXISTS }');
    expect(['START RequestId', '5', 'null', '{"a":'].map(matches)).toEqual([false, false, false, false]);
  });

  test.each([
    '{',
    '{}',
    '{ $.a }',
    '{ $.a = }',
    '{ $.a = 1',
    '{ $.a = 1 } x',
    '{ a = 1 }',
    '{ $.a ~ 1 }',
    '{ $.a < x }',
    '{ $.a IS MAYBE }',
    '{ $.a NOT THERE }',
    '{ ($.a = 1 }',
    '{ $.a = %x% }',
  ])('%s is refused, with the reason', (pattern) => {
    expect(() => compileFilterPattern(pattern)).toThrow(/Invalid filter pattern: .+/);
  });
});

test('any pattern compiles or is refused, and is fast on any message', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '$.a',
    '=',
    '*',
    '**',
    '"',
    '(',
    ')',
    '&&',
    '||',
    '1',
    'x',
    '-',
    '?',
    ' ',
  );
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
