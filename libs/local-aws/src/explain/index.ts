export { rootOf } from '../cli/root.ts';
export type { FunctionFailure, LocateFailure } from '../core/function-failure.ts';
export { explain, localRendering } from './command.ts';
