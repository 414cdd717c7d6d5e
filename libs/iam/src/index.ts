export { parseArn } from './arn.ts';
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
export { type IamArn, isIamPath, parseIamArn } from './iam-arn.ts';
export { wildcardMatcher } from './language/pattern.ts';
export { policyProblem } from './language/policy-language.ts';
export { type PolicyDocumentKind, validatePolicy } from './language/policy-validation.ts';
export { accountOf, trustedAccounts } from './language/trusted-accounts.ts';
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
export { type MatchedStatement, type SimulatedVerdict, type Simulation, simulate } from './simulation.ts';
