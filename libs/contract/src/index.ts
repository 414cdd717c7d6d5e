export type { InputOf, ParameterNames } from './agreement.ts';
export { type AskedApi, type AskedResult, callAsked, InvalidEvent } from './call-asked.ts';
export { type Caller, callerSchema } from './caller.ts';
export {
  type ApiClient,
  type ApiFunction,
  type CallOptions,
  callOperation,
  createApiClient,
  EmptyResponse,
  InvalidResponseHeaders,
  type JsonApi,
  type JsonApiRequest,
  type JsonApiResponse,
  type OperationInput,
  type TypedResponse,
  UnsupportedIdempotencyKey,
  type UntypedInput,
} from './client.ts';
export { type ProblemOf, problemOf } from './declared-problem.ts';
export { isJsonObject, type JsonObject, type JsonValue, jsonObjectSchema } from './json.ts';
export {
  type DeclaredProblem,
  type HeaderValue,
  IDEMPOTENCY_KEY_HEADER,
  type ObjectSchema,
  type Operation,
  type Operations,
  operation,
  type PathValue,
  type QueryValue,
  type RemembersKeys,
} from './operation.ts';
export { findOperation, InvalidPathParameter, type OperationMatch, pathOf } from './path.ts';
export { PROBLEM_CONTENT_TYPE, type Problem, problemSchema } from './problem.ts';
