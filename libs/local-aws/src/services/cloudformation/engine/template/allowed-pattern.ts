import { TimeLimitError, withinTime } from '../../../../core/within-time.ts';
import { formatError, validationError } from './errors.ts';

/** Longer than any pattern for a value of a parameter needs, on a busy machine too. */
const MOST_MS = 1_000;

/**
 * Syntax that regular expressions of Java have and those of JavaScript read as something else, or refuse.
 * Source: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html
 */
const anywhere: readonly OnlyJava[] = [
  [/\\[AGZz]/y, 'Leave it out: a value is always matched as a whole'],
  [/\\[QE]/y, 'Escape each special character with a backslash'],
  [/\\[pP](?:\{[^}]*\}|[A-Z])/y, 'List the characters, such as [A-Za-z]'],
  [/\\[hHRXae]|\\x\{/y, 'List the characters, such as [ \\t]'],
];
const outsideOfClass: readonly OnlyJava[] = [
  ...anywhere,
  [/\(\?>/y, 'Use (?:…)'],
  [/\(\?[a-zA-Z-]+\)/y, 'List both cases, such as [Aa]'],
  [/(?:[*+?]|\{\d+(?:,\d*)?\})\+/y, 'Use the quantifier without the last +'],
];
const insideOfClass: readonly OnlyJava[] = [
  ...anywhere,
  [/&&/y, 'List the characters that remain'],
  [/\[/y, 'List all characters in one […], or write \\['],
];

type OnlyJava = readonly [syntax: RegExp, instead: string];

/**
 * Whether a value matches the AllowedPattern of a parameter.
 * @param mostMs the time that it may take, in milliseconds
 * @throws AwsError if the pattern is no regular expression, has syntax of Java only, or takes too long
 */
export function matchesAllowedPattern(pattern: string, value: string, mostMs: number = MOST_MS): boolean {
  const shown = pattern.slice(0, 200);
  const found = syntaxOfJava(pattern);
  if (found !== undefined) {
    const [syntax, instead] = found;
    throw validationError(
      `AllowedPattern ${shown} has ${syntax}, which the regular expressions of Java have, and with them AWS. Local AWS cannot match it. ${instead}.`,
    );
  }
  try {
    return withinTime(mostMs, () => new RegExp(`^(?:${pattern})$`).test(value));
  } catch (error) {
    if (!(error instanceof TimeLimitError)) {
      throw formatError(`AllowedPattern ${shown} is not a regular expression`);
    }
    throw validationError(
      `AllowedPattern ${shown} takes too long: local AWS ended it after ${mostMs} ms on a value of ${value.length} characters. Write it without a repetition inside a repetition, such as (a+)+.`,
    );
  }
}

/** The first syntax in a pattern that only Java has, and what to write instead. */
function syntaxOfJava(pattern: string): readonly [syntax: string, instead: string] | undefined {
  let isInClass = false;
  for (let index = 0; index < pattern.length; ) {
    for (const [syntax, instead] of isInClass ? insideOfClass : outsideOfClass) {
      syntax.lastIndex = index;
      const [text] = syntax.exec(pattern) ?? [];
      if (text !== undefined) return [text, instead];
    }
    const character = pattern[index];
    if (character === '[') isInClass = true;
    if (character === ']') isInClass = false;
    index += character === '\\' ? 2 : 1;
  }
  return undefined;
}
