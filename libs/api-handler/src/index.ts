export type { Caller, Problem } from '@cross-account-api/contract';
export { type ApiRequest, apiHandler, type HandlerOptions } from './api-handler.ts';
export { callerScope } from './caller.ts';
export type { ProblemFunction } from './declared-problem.ts';
export type { ApiEvent, ApiHandler, ApiResult, LambdaContext } from './event.ts';
export { HttpError, InvalidRequest, type ProblemMembers, type RefusedPart } from './http-error.ts';
export type { Answer, Json, Operation, Returned, Schema } from './operation.ts';
export type { Idempotency } from './pipeline.ts';
export { PROBLEM_CONTENT_TYPE } from './problem-content-type.ts';
