export type { Decision, Palette } from '@cross-account-api/iam';
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
export { OrganizationError, type OrganizationInput } from './identity/organization.ts';
export { type LocalAws, type LocalAwsOptions, localAccounts, startLocalAws } from './local-aws.ts';
export { type CallLog, type CallLogOptions, createCallLog } from './trace/call-log.ts';
export type { TraceEvent } from './trace/event.ts';
export { recordOf } from './trace/record.ts';
export { type TraceTree, traceTree } from './trace/steps.ts';
export { renderTraceTree } from './trace/tree.ts';
