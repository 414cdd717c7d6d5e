export { type OrganizationMembership, validatePolicy } from '../authorization/index.ts';
export type { NamedPolicy } from '../core/principal.ts';
export { readTraceFile } from '../trace/file.ts';
export type { FailureRecord, TraceRecord } from '../trace/record.ts';
export { type Caller, type Chain, type Link, type LinkKind, type Pair, walkChain } from './chain.ts';
export { type Permission, type RoleUse, usedPermissions } from './least-privilege.ts';
export type {
  ApiFacts,
  FunctionFacts,
  HolderFacts,
  PolicyReader,
  RoleFacts,
  RouteFacts,
} from './policy-reader.ts';
export { type Circumstances, UnknownPrincipalError } from './principals.ts';
export { type AskedQuestion, answerQuestion, type QuestionAnswer } from './question.ts';
export { type Explanation, explainEvent, isRefused, subjectsOf } from './refusal.ts';
export { type RenderOptions, renderAnswer, renderChainReport, renderExplanation } from './render.ts';
export { renderRoleUse } from './render-role-use.ts';
