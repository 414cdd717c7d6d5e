export { changeLines, markOf, type RenderOptions, renderAnswer, renderTokenTrust } from './answer.ts';
export { conditionsOf } from './conditions.ts';
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
export { isTokenAction, judgeTokenTrust, type TokenAction, type TokenTrust } from './deployed/token-trust.ts';
export {
  changeOf,
  changesOf,
  type ExplainOptions,
  evidenceOf,
  explain,
  explainChange,
  reasonsOf,
  requestLines,
} from './explain.ts';
export {
  denialReason,
  describeMismatch,
  describeStatement,
  isForeignPassRole,
  roleIsMissing,
  verdictOf,
} from './explanation.ts';
export { whyNoChange } from './no-change.ts';
export { meaningOf, type RefusalMeaning, unmasked } from './refusals/meaning.ts';
export { type NotAuthorized, type OtherRefusal, type Refusal, readRefusal } from './refusals/read-refusal.ts';
export { type RefusalForm, refusalWords } from './refusals/words.ts';
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
} from './remedy.ts';
export { type RemedyText, type RemedyTextOptions, remedyText } from './remedy-text.ts';
