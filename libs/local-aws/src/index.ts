export type { Decision } from './authorization/decision.ts';
export { explainDecision } from './authorization/index.ts';
export {
  FAULTS_PATH,
  type Fault,
  type FaultEffect,
  FaultInjector,
  type FaultMatch,
  type FaultPlan,
  FaultPlanError,
  type FaultPlanInput,
  type FaultReport,
  parseFaultPlan,
} from './faults/index.ts';
export { type LocalAws, type LocalAwsOptions, localAccounts, startLocalAws } from './local-aws.ts';
export { recordOf } from './trace/record.ts';
export type { TraceEvent } from './trace/store.ts';
export { type ChainLink, chainOf, type Palette, renderChain } from './trace/tree.ts';
