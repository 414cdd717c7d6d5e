import { AwsError } from '../../../core/errors.ts';
import type { Credential } from '../../../core/principal.ts';
import { type FunctionReference, functionArn } from './function-name.ts';

/** Gives functions their credentials: STS, on behalf of `lambda.amazonaws.com`. */
export interface FunctionRoles {
  /** Assumes a role as `lambda.amazonaws.com`. @param functionArn without qualifier: `lambda:SourceFunctionArn` */
  assume(roleArn: string, sessionName: string, functionArn: string): Promise<Credential>;
}

/** Credentials for a function's execution environment. @param refused makes the error if Lambda cannot assume the role */
export async function assumeFunctionRole(
  roles: FunctionRoles,
  roleArn: string,
  { accountId, region, name }: FunctionReference,
  refused = (message: string) => new AwsError('AccessDeniedException', message, 403),
): Promise<Credential> {
  try {
    return await roles.assume(roleArn, name, functionArn({ accountId, region, name }));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw refused('The role defined for the function cannot be assumed by Lambda.');
  }
}
