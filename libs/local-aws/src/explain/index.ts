export { rootOf } from '../cli/root.ts';
export type { FailureLocation, FunctionFailure, LocateFailure } from '../core/function-failure.ts';
export { readTraceFile } from '../trace/file.ts';
export { stepsOf, type TraceTree } from '../trace/steps.ts';
export { renderTraceTree } from '../trace/tree.ts';
export { explain, localRendering } from './command.ts';
export { readTraceTree } from './explain-trace.ts';
