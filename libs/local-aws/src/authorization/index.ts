export { createAuthorizer, decide } from './authorizer.ts';
export type {
  Allowed,
  AuthorizationQuestion,
  Authorizer,
  ConsultedPolicy,
  Decision,
  ExplicitlyDenied,
  ImplicitlyDenied,
  Mismatch,
  NearMiss,
  PolicyKind,
  StatementReference,
} from './decision.ts';
export {
  type DenialReasonOptions,
  denialReason,
  describeMismatch,
  describeStatement,
  roleIsMissing,
  verdictOf,
} from './explanation.ts';
export {
  type ConditionKeys,
  globalContext,
  principalContext,
  requestKeys,
} from './global-context.ts';
export { wildcardMatcher } from './pattern.ts';
export type { ApplicablePolicies, OrganizationMembership, PolicySource } from './policy-source.ts';
export { type PolicyDocumentKind, validatePolicy } from './policy-validation.ts';
export { prove, type Remedy, remediesFor } from './remedy.ts';
