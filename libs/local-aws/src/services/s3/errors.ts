import { AwsError } from '../../core/errors.ts';

/** S3's error for a parameter or header with a value that it does not take. */
export function invalidArgument(message: string, name: string, value: string): AwsError {
  return new AwsError('InvalidArgument', message, 400, {
    ArgumentName: name,
    ArgumentValue: value.slice(0, 1024),
  });
}

/** The error for a condition that an `If-…` header names and the object does not meet. */
export function preconditionFailed(condition: string): AwsError {
  return new AwsError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    412,
    { Condition: condition },
  );
}

/**
 * The error for a header that asks for a feature that is not there: to ignore it would look like success.
 * @param what e.g. `the header x-amz-storage-class: GLACIER`
 */
export function featureNotImplemented(what: string): AwsError {
  return new AwsError('NotImplemented', `local AWS does not implement ${what} of S3.`, 501);
}
