export {
  type ApiHandler,
  type ApiRequest,
  apiHandler,
  type HandlerOptions,
  type Idempotency,
} from './api-handler.ts';
export { type Caller, callerScope } from './caller.ts';
export type { ApiEvent, ApiResult, LambdaContext } from './event.ts';
export { HttpError, InvalidRequest, type RefusedPart } from './http-error.ts';
export type { Answer, Json, Operation, Returned, Schema } from './operation.ts';
export { PROBLEM_CONTENT_TYPE, type Problem } from './problem-documents.ts';
