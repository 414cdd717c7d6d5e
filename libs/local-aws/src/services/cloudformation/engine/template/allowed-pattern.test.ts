import { matchesAllowedPattern } from './allowed-pattern.ts';

test.each([
  ['[a-z]+', 'abc', true],
  ['[a-z]+', 'ab1', false],
  ['a|b', 'ab', false],
  ['^$|^[\\w.+-]+$', '', true],
  ['[+*?&[.{}()\\]-]{2}', '+-', undefined],
  ['[+*?&.{}()\\[\\]-]+\\+', '+-[]+', true],
  ['(?:a)(?=b)b(?!c)', 'ab', true],
  ['(?<year>\\d{4})-(?<!x)\\d{2}', '2026-11', true],
  ['\\\\Ab++'.slice(0, -1), '\\Abb', true],
  ['(?i:abc)', 'ABC', true],
])('%s and the value %j', (pattern, value, matches) => {
  if (matches === undefined) expect(() => matchesAllowedPattern(pattern, value)).toThrow('has [,');
  else expect(matchesAllowedPattern(pattern, value)).toBe(matches);
});

// Each example is in the documentation of java.util.regex.Pattern.
test.each([
  ['\\Aabc\\z', '\\A', 'Leave it out'],
  ['abc\\Z', '\\Z', 'Leave it out'],
  ['\\Qa.b\\E', '\\Q', 'Escape each special character'],
  ['\\p{Alpha}+', '\\p{Alpha}', 'List the characters, such as [A-Za-z]'],
  ['[\\p{Lower}_]+', '\\p{Lower}', 'List the characters'],
  ['\\pL', '\\pL', 'List the characters'],
  ['\\h*', '\\h', 'List the characters'],
  ['\\x{1F600}', '\\x{', 'List the characters'],
  ['(?>a+)b', '(?>', 'Use (?:…)'],
  ['(?i)abc', '(?i)', 'List both cases'],
  ['[a-z]++', '++', 'Use the quantifier without the last +'],
  ['a{2,3}+', '{2,3}+', 'Use the quantifier without the last +'],
  ['[a-z&&[^bc]]', '&&', 'List the characters that remain'],
  ['[a-d[m-p]]', '[', 'List all characters in one'],
])('the pattern %s is refused, because only Java has %s', (pattern, syntax, remedy) => {
  expect(() => matchesAllowedPattern(pattern, 'abc')).toThrow(
    `AllowedPattern ${pattern} has ${syntax}, which the regular expressions of Java have`,
  );
  expect(() => matchesAllowedPattern(pattern, 'abc')).toThrow(remedy);
});

test.each([
  ['(a+)+$', `${'a'.repeat(60)}!`, undefined],
  ['(.*)*,(.*)*,(.*)*;', ','.repeat(100), 20],
  ['((\\d?){50}){50}x', '1'.repeat(60), 20],
])('the pattern %s, which takes for ever, is ended and named', (pattern, value, mostMs) => {
  expect(() => matchesAllowedPattern(pattern, value, mostMs)).toThrow(
    `AllowedPattern ${pattern} takes too long: local AWS ended it after ${mostMs ?? 1000} ms on a value of ${value.length} characters.`,
  );
});
