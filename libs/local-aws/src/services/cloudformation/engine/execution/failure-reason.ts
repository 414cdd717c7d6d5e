import { randomUUID } from 'node:crypto';
import { AwsError, errorMessage } from '../../../../core/errors.ts';
import { ResourceExistsError } from '../../../resource-type.ts';

/** CloudFormation itself refuses a resource, before it calls the resource's type. The message is the reason. */
export class RefusedResourceError extends Error {}

/** The reason for a resource's failure, in CloudFormation's words for what a resource handler reports. */
export function failureReason(error: unknown, typeName: string): string {
  if (error instanceof RefusedResourceError) return error.message;
  const service = typeName.split('::')[1] ?? typeName;
  const status = error instanceof AwsError ? error.status : 500;
  const origin = `(Service: ${service}, Status Code: ${status}, Request ID: ${randomUUID()})`;
  const message = error instanceof ResourceExistsError ? error.message : `${errorMessage(error)} ${origin}`;
  return `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${handlerErrorCode(error)})`;
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
