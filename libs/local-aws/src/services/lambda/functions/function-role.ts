import { type Authorizer, principalContext } from '@cross-account-api/iam';
import type { Credential } from '../../../core/credential.ts';
import type { ServiceRoles } from '../../../identity/service-role.ts';
import { invalid } from './errors.ts';
import { type FunctionReference, functionArn } from './function-name.ts';

/**
 * Checks, as Lambda does, that a role may connect its function to a VPC. This request has no `lambda:SourceFunctionArn`.
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

/** Credentials for a function's execution environment. @throws AwsError if the role does not trust Lambda */
export function assumeFunctionRole(
  roles: Pick<ServiceRoles, 'assume'>,
  roleArn: string,
  { accountId, region, name }: FunctionReference,
): Promise<Credential> {
  return roles.assume({
    roleArn,
    sessionName: name,
    service: 'lambda.amazonaws.com',
    durationSeconds: 12 * 3600,
    sourceFunctionArn: functionArn({ accountId, region, name }),
  });
}
