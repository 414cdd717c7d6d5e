import { errorOf } from '../core/errors.ts';

/** The request is refused, even if the policies allow it. */
export const accessDenied = errorOf('AccessDenied', 403);
export const noSuchEntity = errorOf('NoSuchEntity', 404);
export const entityAlreadyExists = errorOf('EntityAlreadyExists', 409);
export const deleteConflict = errorOf('DeleteConflict', 409);
/** A default quota of AWS is reached. */
export const limitExceeded = errorOf('LimitExceeded', 409);
export const malformedPolicy = errorOf('MalformedPolicyDocument');
export const invalidInput = errorOf('InvalidInput');
export const validationError = errorOf('ValidationError');
