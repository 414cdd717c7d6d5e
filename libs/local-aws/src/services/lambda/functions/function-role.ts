import { type Authorizer, principalContext } from '@cross-account-api/iam';
import type { Credential } from '../../../core/credential.ts';
import { AwsError } from '../../../core/errors.ts';
import type { ServiceRoleRequest } from '../../../identity/service-role.ts';
import { accessDenied, invalid } from './errors.ts';
import { type FunctionReference, functionArn } from './function-name.ts';

/** Gives functions their credentials. */
export interface FunctionRoles {
  assume(request: ServiceRoleRequest): Promise<Credential>;
}

/**
 * Checks, as Lambda does, that a function's role lets it connect the function to a VPC. Lambda asks in its own name: such
 * requests have no `lambda:SourceFunctionArn`.
 * @throws AwsError `InvalidParameterValueException`
 */
export async function checkVpcPermission(
  authorizer: Pick<Authorizer, 'decide'>,
  { principal }: Pick<Credential, 'principal'>,
): Promise<void> {
  const { 'lambda:SourceFunctionArn': _, ...context } = principalContext(principal);
  const decision = await authorizer.decide({
    principal,
    action: 'ec2:CreateNetworkInterface',
    resource: '*',
    resourceAccountId: principal.accountId,
    context,
  });
  if (decision.allowed) return;
  throw invalid(
    'The provided execution role does not have permissions to call CreateNetworkInterface on EC2',
  );
}

/** Credentials for a function's execution environment. @param refused makes the error if Lambda cannot assume the role */
export async function assumeFunctionRole(
  roles: FunctionRoles,
  roleArn: string,
  { accountId, region, name }: FunctionReference,
  refused = accessDenied,
): Promise<Credential> {
  try {
    return await roles.assume({
      roleArn,
      sessionName: name,
      service: 'lambda.amazonaws.com',
      durationSeconds: 12 * 3600,
      sourceFunctionArn: functionArn({ accountId, region, name }),
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw refused('The role defined for the function cannot be assumed by Lambda.');
  }
}
