import { errorOf } from '../../../core/errors.ts';

/** A parameter is not valid. */
export const invalid = errorOf('InvalidParameterValueException');
/** A parameter does not have the form that AWS's model says. */
export const validation = errorOf('ValidationException');
/** A function, a version or a part of a policy does not exist. */
export const notFound = errorOf('ResourceNotFoundException', 404);
export const conflict = errorOf('ResourceConflictException', 409);
export const accessDenied = errorOf('AccessDeniedException', 403);
/** The `RevisionId` of a request is not that of the present state. @param operation where to read the present one */
export const staleRevision = (operation: string) =>
  errorOf(
    'PreconditionFailedException',
    412,
  )(
    `The Revision Id provided does not match the latest Revision Id. Call the ${operation} API to retrieve the latest Revision Id`,
  );
/** A policy would be longer than Lambda stores. AWS's words: https://github.com/serverless/serverless/issues/7411 */
export const policyTooLong = (bytes: number, most: number) =>
  errorOf('PolicyLengthExceededException')(
    `The final policy size (${bytes}) is bigger than the limit (${most}).`,
  );
/** The payload of an invocation, or its context, cannot be read. */
export const invalidContent = errorOf('InvalidRequestContentException');
