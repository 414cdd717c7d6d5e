import { AwsError } from '../../pipeline/errors.ts';

/**
 * Compiles a filter pattern of terms: all plain terms, at least one of the `?` terms, none of the `-` terms; quoted
 * terms may hold spaces
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
 * @throws AwsError `InvalidParameterException` for JSON, space-delimited and regular-expression patterns, which are not supported
 * @example compileFilterPattern('?ERROR ?WARN -ignored')('an ERROR') // true
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  if (/^\s*[{[%]/.test(pattern)) {
    throw new AwsError(
      'InvalidParameterException',
      `Invalid filter pattern: ${pattern.slice(0, 200)}. local AWS supports patterns of terms (ERROR, "two words", ?either, -without).`,
    );
  }
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign = '', quoted, plain] of pattern.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)) {
    const term = quoted ?? plain ?? '';
    (sign === '?' ? any : sign === '-' ? none : all).push(term);
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}
