export { createFaultControl, FAULTS_PATH } from './fault-control.ts';
export {
  FaultInjector,
  type FaultReport,
  type InvocationFault,
  type RuleReport,
} from './fault-injector.ts';
export type { Fault, RequestFacts } from './next-fault.ts';
export {
  type FaultEffect,
  type FaultMatch,
  type FaultPlan,
  FaultPlanError,
  type FaultPlanInput,
  type FaultRule,
  parseFaultPlan,
} from './plan.ts';
