export { rootOf } from '../cli/root.ts';
export type { FailureLocation, FunctionFailure, LocateFailure } from '../core/function-failure.ts';
export { readTraceFile } from '../trace/file.ts';
export { explain, localRendering } from './command.ts';
