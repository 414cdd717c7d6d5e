import fc from 'fast-check';
import { variable } from '../authorization.testing.ts';
import { parsePattern, patternMatches, resolveText } from './pattern.ts';
import { requestContext } from './request-context.ts';

const none = requestContext({});
const both = { wildcards: true, variables: true };
const like = (pattern: string, text: string) => patternMatches(parsePattern(pattern, both), text, none);

/** The simplest definition of `*` and `?`: tries every way. */
function naive(pattern: string, text: string): boolean {
  const [first] = pattern;
  if (first === undefined) return text === '';
  if (first === '*') return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  return text !== '' && (first === '?' || first === text[0]) && naive(pattern.slice(1), text.slice(1));
}

describe('wildcards', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '\n'), maxLength: 10 });
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '?'), maxLength: 8 });

  test('match the same as the simplest definition', () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        expect(like(pattern, text)).toBe(naive(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });

  test('match any part of a text that they replace', () => {
    fc.assert(
      fc.property(letters, fc.nat(10), fc.nat(10), (text, one, other) => {
        const [start, end] = [Math.min(one, other, text.length), Math.min(Math.max(one, other), text.length)];
        expect(like(text, text)).toBe(true);
        expect(like(`${text.slice(0, start)}*${text.slice(end)}`, text)).toBe(true);
      }),
    );
  });

  test('do not need much time even if there are many and the text is long', () => {
    expect(like(`${'*a'.repeat(200)}b`, 'a'.repeat(8000))).toBe(false);
  });

  test('are plain characters if the syntax has no wildcards', () => {
    const plain = parsePattern('a*', { wildcards: false, variables: true });
    expect(patternMatches(plain, 'a*', none)).toBe(true);
    expect(patternMatches(plain, 'ab', none)).toBe(false);
  });
});

describe('variables', () => {
  const key = 'aws:PrincipalTag/team';

  test.each([
    ['are replaced by the value of a key', `x/${variable(key)}`, { [key]: 'red' }, 'x/red'],
    ['are replaced if the key is in another case', variable(key.toUpperCase()), { [key]: 'red' }, 'red'],
    [
      'are replaced if there are two',
      `${variable('a:b')}-${variable('a:c')}`,
      { 'a:b': '1', 'a:c': '2' },
      '1-2',
    ],
    [
      'are replaced by the value rather than the default',
      variable(`${key}, 'none'`),
      { [key]: 'red' },
      'red',
    ],
    ['are replaced by the default if the key has no value', variable(`${key}, 'none'`), {}, 'none'],
    ['have a default without a space before it, too', variable(`${key},'none'`), {}, 'none'],
    ['have an empty default', `x/${variable(`${key}, ''`)}`, {}, 'x/'],
    ['make the text undefined if the key has no value', `x/${variable(key)}`, {}, undefined],
    [
      'make the text undefined if the key has several values',
      variable(key),
      { [key]: ['red', 'blue'] },
      undefined,
    ],
    [
      'can stand for the characters *, ? and $',
      `${variable('*')}${variable('?')}${variable('$')}`,
      {},
      '*?$',
    ],
    ['do not have spaces around the key', variable(` ${key} `), { [key]: 'red' }, undefined],
    ['are plain text without a closing brace', '${aws:username', {}, '${aws:username'],
  ] as const)('%s', (_, source, context, expected) => {
    expect(
      resolveText(parsePattern(source, { wildcards: false, variables: true }), requestContext(context)),
    ).toBe(expected);
  });

  test('have values that are compared as they are, with their wildcards and variables', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, other) => {
        const context = requestContext({ [key]: value });
        const pattern = parsePattern(`[${variable(key)}]`, both);
        expect(patternMatches(pattern, `[${value}]`, context)).toBe(true);
        expect(patternMatches(pattern, `[${other}]`, context)).toBe(value === other);
      }),
    );
  });

  test('make a pattern match nothing if a key has no value', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(patternMatches(parsePattern(`*${variable(key)}*`, both), text, none)).toBe(false);
      }),
    );
  });

  test('are plain text if the syntax has no variables', () => {
    const source = variable(key);
    const pattern = parsePattern(source, { wildcards: true, variables: false });
    expect(patternMatches(pattern, source, requestContext({ [key]: 'red' }))).toBe(true);
  });
});
