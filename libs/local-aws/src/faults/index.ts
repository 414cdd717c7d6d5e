export { createFaultControl, FAULTS_PATH } from './fault-control.ts';
export {
  type Fault,
  FaultInjector,
  type FaultReport,
  type InvocationFault,
  type RequestFacts,
} from './fault-injector.ts';
export {
  type FaultEffect,
  type FaultMatch,
  type FaultPlan,
  FaultPlanError,
  type FaultPlanInput,
  parseFaultPlan,
} from './plan.ts';
