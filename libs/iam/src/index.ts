export {
  accountNamed,
  accountOf,
  accountOfPrincipal,
  type IamArn,
  isAccountId,
  isArn,
  isArnOf,
  isIamPath,
  isRoleArn,
  parseArn,
  parseIamArn,
  splitFunctionArn,
} from './arn.ts';
export { createAuthorizer, decide } from './decision/authorizer.ts';
export type {
  Allowed,
  AuthorizationRequest,
  Authorizer,
  Basis,
  Decision,
  PolicyKind,
  StatementReference,
} from './decision/decision.ts';
export { UnreadablePolicyError } from './decision/layer.ts';
export type { ApplicablePolicies, OrganizationMembership, PolicySource } from './decision/policy-source.ts';
export {
  type ConditionKeys,
  principalContext,
  requestTagKeys,
  resourceTagKeys,
} from './decision/principal-context.ts';
export { wildcardMatcher } from './language/pattern.ts';
export { policyProblem } from './language/policy-language.ts';
export { type PolicyDocumentKind, validatePolicy } from './language/policy-validation.ts';
export { trustedAccounts } from './language/trusted-accounts.ts';
export { awsDomains, likelyPartitionOf, type Partition, partitionOf, partitions } from './partitions.ts';
export type {
  AssumedRole,
  IamUser,
  NamedPolicy,
  PolicyDocument,
  Principal,
  RootUser,
  ServicePrincipal,
} from './principal.ts';
export {
  type MatchedStatement,
  type SimulatedPolicies,
  type SimulatedVerdict,
  type Simulation,
  simulate,
} from './simulation.ts';
