import { invalidParameter } from './operation.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const longestPattern = 1024;

/**
 * Compiles a pattern of terms: a message must have all plain terms, none with `-`, and one of those with `?` if all have it
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
 * @example compileFilterPattern('ERROR "two words" -ignored')('ERROR in two words') // true
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  if (pattern.length > longestPattern) {
    throw invalidPattern(`Member must have length less than or equal to ${longestPattern}.`);
  }
  if (/^\s*[[%{]/.test(pattern)) {
    throw invalidPattern(
      'local AWS supports only patterns of terms (ERROR, "two words", ?either, -without), not JSON patterns, space-delimited patterns and regular expressions.',
    );
  }
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign = '', quoted, plain = ''] of pattern.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)) {
    if (quoted === undefined && !/^[\p{L}\p{N}_]+$/u.test(plain)) {
      throw invalidPattern(`Invalid character(s) in term '${plain}': put it in double quotes.`);
    }
    (sign === '?' ? any : sign === '-' ? none : all).push(quoted ?? plain);
  }
  // Next to other terms, CloudWatch Logs ignores terms with `?`.
  if (all.length + none.length > 0) any.length = 0;
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}

function invalidPattern(reason: string) {
  return invalidParameter(`Invalid filter pattern: ${reason}`);
}
