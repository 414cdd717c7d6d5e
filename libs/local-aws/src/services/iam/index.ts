import type { Directory } from '../../identity/directory.ts';
import { queryEndpoint } from '../../protocols/query.ts';
import { holderOperations } from './operations/holders.ts';
import { policyOperations } from './operations/policies.ts';
import { simulatePrincipalPolicy } from './operations/simulation.ts';
import { groupType, userToGroupAdditionType } from './resources/group.ts';
import { oidcProviderType } from './resources/oidc-provider.ts';
import { inlinePolicyType, managedPolicyType } from './resources/policies.ts';
import { roleType } from './resources/role.ts';
import { accessKeyType, userType } from './resources/user.ts';

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
        simulatePrincipalPolicy(directory),
      ],
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
