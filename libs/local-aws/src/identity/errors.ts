import { AwsError } from '../core/errors.ts';

/** `AccessDenied` (403): refused whatever the policies say. */
export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDenied', message, 403);
}

/** `NoSuchEntity` (404). */
export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, 404);
}

/** `EntityAlreadyExists` (409). */
export function entityAlreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExists', message, 409);
}

/** `DeleteConflict` (409). */
export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', message, 409);
}

/** `LimitExceeded` (409): AWS's default quotas. */
export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', message, 409);
}

/** `MalformedPolicyDocument` (400). */
export function malformedPolicy(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message);
}

/** `InvalidInput` (400). */
export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInput', message);
}

/** `ValidationError` (400). */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
