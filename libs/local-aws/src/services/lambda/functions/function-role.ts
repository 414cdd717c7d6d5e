import { AwsError } from '../../../core/errors.ts';
import type { Credential } from '../../../core/principal.ts';
import { type FunctionReference, functionArn } from './function-name.ts';
import { invalid } from './settings.ts';

/** Where functions' credentials come from: STS, on behalf of `lambda.amazonaws.com`. */
export interface FunctionRoles {
  /**
   * Assumes a role for the service principal `lambda.amazonaws.com`.
   * @param functionArn the function's ARN without qualifier: the value of `lambda:SourceFunctionArn`
   * @throws AwsError if the role does not exist or its trust policy does not admit Lambda
   */
  assume(roleArn: string, sessionName: string, functionArn: string): Promise<Credential>;
}

const CANNOT_ASSUME = 'The role defined for the function cannot be assumed by Lambda.';

/**
 * Credentials for a new execution environment.
 * @throws AwsError `AccessDeniedException` if Lambda cannot assume the role
 */
export function assumeFunctionRole(
  roles: FunctionRoles,
  roleArn: string,
  reference: FunctionReference,
): Promise<Credential> {
  const { qualifier: _, ...unqualified } = reference;
  return roles.assume(roleArn, reference.name, functionArn(unqualified)).catch((error) => {
    throw error instanceof AwsError ? new AwsError('AccessDeniedException', CANNOT_ASSUME, 403) : error;
  });
}

/**
 * Checks the role that a function is configured with.
 * @throws AwsError `InvalidParameterValueException` if Lambda cannot assume the role
 */
export async function checkFunctionRole(
  roles: FunctionRoles,
  roleArn: string,
  reference: FunctionReference,
): Promise<void> {
  await assumeFunctionRole(roles, roleArn, reference).catch((error) => {
    throw error instanceof AwsError ? invalid(CANNOT_ASSUME) : error;
  });
}
