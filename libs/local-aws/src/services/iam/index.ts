import { AwsError } from '../../core/errors.ts';
import type { Directory } from '../../identity/directory.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import type { Operation } from '../../protocols/operation.ts';
import { queryEndpoint } from '../../protocols/query.ts';
import type { ResourceType } from '../resource-type.ts';
import { holderOperations } from './holder-operations.ts';
import { policyOperations } from './policy-operations.ts';
import { inlinePolicyType } from './resource-types/inline-policy.ts';
import { managedPolicyType } from './resource-types/managed-policy.ts';
import { roleType } from './resource-types/role.ts';
import { userType } from './resource-types/user.ts';
import { roleOperations } from './role-operations.ts';
import { userOperations } from './user-operations.ts';

/** What the service offers to the composition. */
export interface IamService {
  readonly endpoint: Endpoint;
  /** `AWS::IAM::Role`, `AWS::IAM::ManagedPolicy`, `AWS::IAM::Policy`, `AWS::IAM::User`. */
  readonly resourceTypes: readonly ResourceType[];
}

/**
 * IAM over a directory: roles, users, access keys and policies.
 * @example const { endpoint, resourceTypes } = createIamService(directory)
 */
export function createIamService(directory: Directory): IamService {
  return {
    endpoint: queryEndpoint({
      signingName: 'iam',
      version: '2010-05-08',
      namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
      operations: withoutTokenSessions([
        ...roleOperations(directory),
        ...userOperations(directory),
        ...holderOperations(directory),
        ...policyOperations(directory),
      ]),
    }),
    resourceTypes: [
      roleType(directory),
      managedPolicyType(directory),
      inlinePolicyType(directory),
      userType(directory),
    ],
  };
}

/**
 * "You cannot call any IAM API operations unless MFA authentication information is included in the request"
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html), and there is no MFA here.
 */
function withoutTokenSessions(operations: readonly Operation[]): readonly Operation[] {
  return operations.map((operation) => ({
    ...operation,
    bind(input, write) {
      const bound = operation.bind(input, write);
      return {
        ...bound,
        questions(caller) {
          const { principal } = caller;
          if (principal.type !== 'AssumedRole' && principal.session !== undefined) {
            throw new AwsError(
              'InvalidClientTokenId',
              'The security token included in the request is invalid',
              403,
            );
          }
          return bound.questions(caller);
        },
      };
    },
  }));
}
