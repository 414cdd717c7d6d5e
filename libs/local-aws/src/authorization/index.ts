export { createAuthorizer, decide } from './authorizer.ts';
export type {
  Allowed,
  AuthorizationQuestion,
  Authorizer,
  Decision,
  PolicyKind,
  StatementReference,
} from './decision.ts';
export {
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
  requestTagKeys,
  resourceTagKeys,
} from './global-context.ts';
export { wildcardMatcher } from './pattern.ts';
export type { OrganizationMembership, PolicySource } from './policy-source.ts';
export { type PolicyDocumentKind, validatePolicy } from './policy-validation.ts';
export { prove, type Remedy, remediesFor } from './remedy.ts';
export {
  type MatchedStatement,
  type SimulatedVerdict,
  type Simulation,
  simulate,
} from './simulation.ts';
export { type Position, statementPositions } from './statement-positions.ts';
