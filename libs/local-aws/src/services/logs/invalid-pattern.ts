import { AwsError } from '../../core/errors.ts';

/** CloudWatch Logs' error for a pattern that it does not take. */
export function invalidPattern(reason: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid filter pattern: ${reason}`);
}
