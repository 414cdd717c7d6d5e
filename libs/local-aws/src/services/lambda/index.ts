export type { CodeStore, FunctionRoles, LogDestination, LogEvent } from './dependencies.ts';
export type { InvocationResult, ServiceInvocationResult } from './invoke/invocation.ts';
export {
  createLambdaService,
  type InvokeOptions,
  type LambdaService,
  type LambdaServiceOptions,
} from './lambda-service.ts';
export type { FunctionFault } from './runtime/execution-environment.ts';
