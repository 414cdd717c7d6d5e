import { randomUUID } from 'node:crypto';
import { AwsError, errorMessage } from '../../../../core/errors.ts';
import { ResourceExistsError } from '../../../resource-type.ts';

/** CloudFormation itself refuses a resource, before it calls the resource's type. The message is the reason. */
export class RefusedResourceError extends Error {}

/** The reason for a resource's failure, in CloudFormation's words for what a resource handler reports. */
export function failureReason(error: unknown, typeName: string): string {
  if (error instanceof RefusedResourceError) return error.message;
  const service = typeName.split('::')[1] ?? typeName;
  const { message, status } = described(error);
  if (error instanceof ResourceExistsError) {
    return `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: AlreadyExists)`;
  }
  return `Resource handler returned message: "${message} (Service: ${service}, Status Code: ${status}, Request ID: ${randomUUID()})" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${handlerErrorCode(error)})`;
}

/** What went wrong, without the form around it. */
export function described(error: unknown): { readonly message: string; readonly status: number } {
  return { message: errorMessage(error), status: error instanceof AwsError ? error.status : 500 };
}

/**
 * A handler's error code
 * (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html).
 */
export function handlerErrorCode(error: unknown): string {
  if (!(error instanceof AwsError)) return 'InternalFailure';
  const { code, status } = error;
  if (/AlreadyExists|AlreadyOwnedByYou|ResourceConflict|ConflictException/.test(code)) return 'AlreadyExists';
  if (/NoSuch|NotFound/.test(code)) return 'NotFound';
  if (/AccessDenied|Unauthorized/.test(code)) return 'AccessDenied';
  if (/Throttl|TooManyRequests/.test(code)) return 'Throttling';
  if (/LimitExceeded/.test(code)) return 'ServiceLimitExceeded';
  return status >= 500 ? 'ServiceInternalError' : 'InvalidRequest';
}
