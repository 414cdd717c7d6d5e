import { invalidPattern } from './invalid-pattern.ts';
import { compileJsonPattern } from './json-pattern.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const longestPattern = 1024;

/**
 * Compiles a filter pattern: of terms (all plain ones, none with `-`, or at least one of those with `?`; quoted ones may
 * hold any character), or of conditions on a JSON message
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
 * @throws AwsError `InvalidParameterException` for what is malformed, and for space-delimited and regular-expression
 * patterns, which are not supported
 * @example compileFilterPattern('ERROR "two words" -ignored')('ERROR in two words') // true
 * @example compileFilterPattern('{ $.level = "ERROR" && $.status >= 500 }')('{"level":"ERROR","status":502}') // true
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  if (pattern.length > longestPattern) {
    throw invalidPattern(`Member must have length less than or equal to ${longestPattern}.`);
  }
  const trimmed = pattern.trim();
  if (/^[[%]/.test(trimmed)) {
    throw invalidPattern(
      'local AWS supports patterns of terms (ERROR, "two words", ?either, -without) and JSON patterns ({ $.level = "ERROR" }), not regular expressions and space-delimited patterns.',
    );
  }
  return trimmed.startsWith('{') ? compileJsonPattern(trimmed) : compileTerms(trimmed);
}

function compileTerms(pattern: string): (message: string) => boolean {
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign = '', quoted, plain = ''] of pattern.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)) {
    if (quoted === undefined && !/^[\p{L}\p{N}_]+$/u.test(plain)) {
      throw invalidPattern(`Invalid character(s) in term '${plain}': put it in double quotes.`);
    }
    (sign === '?' ? any : sign === '-' ? none : all).push(quoted ?? plain);
  }
  // Beside other terms, those with `?` count for nothing.
  if (all.length + none.length > 0) any.length = 0;
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}
