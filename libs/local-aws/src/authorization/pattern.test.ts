import fc from 'fast-check';
import { variable } from './authorization.testing.ts';
import { parsePattern, patternMatches, resolveText } from './pattern.ts';
import { requestContext } from './request-context.ts';

const none = requestContext({});
const both = { wildcards: true, variables: true };
const like = (pattern: string, text: string) => patternMatches(parsePattern(pattern, both), text, none);

/** What `*` and `?` mean, said as plainly as can be: tries every way. */
function naive(pattern: string, text: string): boolean {
  const [first] = pattern;
  if (first === undefined) return text === '';
  if (first === '*') return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  return text !== '' && (first === '?' || first === text[0]) && naive(pattern.slice(1), text.slice(1));
}

describe('wildcards', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '\n'), maxLength: 10 });
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '?'), maxLength: 8 });

  test('match what the plainest definition matches', () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        expect(like(pattern, text)).toBe(naive(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });

  test('a text matches itself, and every way of putting a wildcard into it', () => {
    fc.assert(
      fc.property(letters, fc.nat(10), fc.nat(10), (text, one, other) => {
        const [start, end] = [Math.min(one, other, text.length), Math.min(Math.max(one, other), text.length)];
        expect(like(text, text)).toBe(true);
        expect(like(`${text.slice(0, start)}*${text.slice(end)}`, text)).toBe(true);
      }),
    );
  });

  test('many of them against a long text take no longer than their product', () => {
    expect(like(`${'*a'.repeat(200)}b`, 'a'.repeat(8000))).toBe(false);
  });

  test('are plain characters where the syntax has none', () => {
    const plain = parsePattern('a*', { wildcards: false, variables: true });
    expect(patternMatches(plain, 'a*', none)).toBe(true);
    expect(patternMatches(plain, 'ab', none)).toBe(false);
  });
});

describe('variables', () => {
  const key = 'aws:PrincipalTag/team';

  test.each([
    ['the value of a key', `x/${variable(key)}`, { [key]: 'red' }, 'x/red'],
    ['a key in another case', variable(key.toUpperCase()), { [key]: 'red' }, 'red'],
    ['two variables', `${variable('a:b')}-${variable('a:c')}`, { 'a:b': '1', 'a:c': '2' }, '1-2'],
    ['a default, unused', variable(`${key}, 'none'`), { [key]: 'red' }, 'red'],
    ['a default, used', variable(`${key}, 'none'`), {}, 'none'],
    ['no value', `x/${variable(key)}`, {}, undefined],
    ['several values', variable(key), { [key]: ['red', 'blue'] }, undefined],
    ['characters that need escaping', `${variable('*')}${variable('?')}${variable('$')}`, {}, '*?$'],
    ['a space around the key', variable(` ${key} `), { [key]: 'red' }, undefined],
    ['an unclosed variable', '${aws:username', {}, '${aws:username'],
  ] as const)('%s', (_, source, context, expected) => {
    expect(
      resolveText(parsePattern(source, { wildcards: false, variables: true }), requestContext(context)),
    ).toBe(expected);
  });

  test('whatever a value holds is matched as it is, wildcards and variables included', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, other) => {
        const context = requestContext({ [key]: value });
        const pattern = parsePattern(`[${variable(key)}]`, both);
        expect(patternMatches(pattern, `[${value}]`, context)).toBe(true);
        expect(patternMatches(pattern, `[${other}]`, context)).toBe(value === other);
      }),
    );
  });

  test('a pattern whose variable has no value matches nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(patternMatches(parsePattern(`*${variable(key)}*`, both), text, none)).toBe(false);
      }),
    );
  });

  test('are plain text where the syntax has none', () => {
    const source = variable(key);
    const pattern = parsePattern(source, { wildcards: true, variables: false });
    expect(patternMatches(pattern, source, requestContext({ [key]: 'red' }))).toBe(true);
  });
});
