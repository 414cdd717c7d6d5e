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
export { decideAgain } from './deployed/decide-again.ts';
export { leastPrivilege, type Permission, type RoleUse } from './deployed/least-privilege.ts';
export {
  type ApiFacts,
  DEFAULT_ROUTE,
  type FunctionFacts,
  type HolderFacts,
  type PolicyReader,
  type RoleFacts,
  type RouteFacts,
} from './deployed/policy-reader.ts';
export {
  type Circumstances,
  contextOf,
  decideAs,
  exactRole,
  sessionOf,
  UnknownPrincipalError,
} from './deployed/principals.ts';
export {
  type AskedQuestion,
  answerQuestion,
  decideQuestion,
  type QuestionAnswer,
} from './deployed/question.ts';
export { type Candidates, ReachIndex, type ReachSource, type ReachTarget } from './deployed/reach.ts';
export { expandResources, invokeArn, routeName, sourceArn } from './deployed/route-arns.ts';
export { changeLines, markOf, type RenderOptions, renderAnswer } from './explanation/answer.ts';
export { conditionsOf } from './explanation/conditions.ts';
export {
  changeOf,
  changesOf,
  type ExplainOptions,
  evidenceOf,
  explain,
  explainChange,
  reasonsOf,
  requestLines,
} from './explanation/explain.ts';
export {
  denialReason,
  describeMismatch,
  describeStatement,
  isForeignPassRole,
  roleIsMissing,
  verdictOf,
} from './explanation/explanation.ts';
export { whyNoChange } from './explanation/no-change.ts';
export { meaningOf, type RefusalMeaning, unmasked } from './explanation/refusals/meaning.ts';
export {
  type NotAuthorized,
  type OtherRefusal,
  type Refusal,
  readRefusal,
} from './explanation/refusals/read-refusal.ts';
export { type RefusalForm, refusalWords } from './explanation/refusals/words.ts';
export {
  decideAfter,
  type NeededChanges,
  neededChanges,
  type Obstacle,
  prove,
  type Remedy,
  type SmallestChange,
  smallestChange,
  smallestRequest,
} from './explanation/remedy.ts';
export { type RemedyText, type RemedyTextOptions, remedyText } from './explanation/remedy-text.ts';
export { type IamArn, isIamPath, parseIamArn } from './iam-arn.ts';
export { wildcardMatcher } from './language/pattern.ts';
export { policyProblem } from './language/policy-language.ts';
export { type PolicyDocumentKind, validatePolicy } from './language/policy-validation.ts';
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
export { admitsCaller, type Ending, judgeStatement } from './witness/ending.ts';
export type { Guard, Outsider, Witness } from './witness/guard.ts';
export type { Wish, Zone } from './witness/kinds.ts';
export { type Meter, meterOf } from './witness/sample.ts';
export type { Limits } from './witness/search.ts';
