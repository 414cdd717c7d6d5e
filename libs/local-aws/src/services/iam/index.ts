import { AwsError } from '../../core/errors.ts';
import type { Directory } from '../../identity/directory.ts';
import type { ServiceOperation } from '../../protocols/operation.ts';
import { queryEndpoint } from '../../protocols/query.ts';
import { holderOperations } from './operations/holders.ts';
import { oidcProviderOperations } from './operations/oidc-providers.ts';
import { policyOperations } from './operations/policies.ts';
import { simulateCustomPolicy, simulatePrincipalPolicy } from './operations/simulation.ts';
import { groupType, userToGroupAdditionType } from './resources/group.ts';
import { oidcProviderType } from './resources/oidc-provider.ts';
import { inlinePolicyType, managedPolicyType } from './resources/policies.ts';
import { roleType } from './resources/role.ts';
import { accessKeyType, userType } from './resources/user.ts';

/**
 * "You cannot call any IAM API operations unless MFA authentication information is included in the request", with credentials of
 * GetSessionToken. Sources: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html, and the error in
 * https://github.com/aws/aws-sdk-js/issues/460
 */
function refusesSessionsOfUsers(operation: ServiceOperation): ServiceOperation {
  return {
    ...operation,
    bind(readInput, write) {
      const route = operation.bind(readInput, write);
      return {
        ...route,
        questions(caller) {
          const { principal } = caller;
          if (principal.type !== 'User' || principal.issuedAt === undefined) return route.questions(caller);
          throw new AwsError(
            'InvalidClientTokenId',
            'The security token included in the request is invalid. Credentials of GetSessionToken cannot call IAM without MFA: use the access key, or assume a role.',
            403,
          );
        },
      };
    },
  };
}

/** IAM over a directory: roles, users, groups, access keys, policies, and their simulation. */
export function createIamService(directory: Directory) {
  return {
    endpoint: queryEndpoint({
      signingName: 'iam',
      version: '2010-05-08',
      namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
      operations: [
        ...holderOperations(directory),
        ...policyOperations(directory),
        ...oidcProviderOperations(directory),
        simulateCustomPolicy(),
        simulatePrincipalPolicy(directory),
      ].map(refusesSessionsOfUsers),
    }),
    resourceTypes: [
      roleType(directory),
      userType(directory),
      accessKeyType(directory),
      groupType(directory),
      userToGroupAdditionType(directory),
      managedPolicyType(directory),
      inlinePolicyType(directory),
      oidcProviderType(directory),
    ],
  };
}
