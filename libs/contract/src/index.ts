export { type Caller, callerSchema } from './caller.ts';
export {
  type ApiClient,
  type CallOptions,
  createApiClient,
  type JsonApi,
  type JsonApiRequest,
  type TypedResponse,
} from './client.ts';
export { isJsonObject, type JsonObject, type JsonValue } from './json.ts';
export {
  jsonObjectSchema,
  type PostMessageRequest,
  type PostMessageResponse,
  postMessageRequestSchema,
  postMessageResponseSchema,
  type WhoamiResponse,
  whoamiResponseSchema,
} from './messages.ts';
export { operations } from './operations.ts';
export { PROBLEM_CONTENT_TYPE, type Problem, problemSchema } from './problem.ts';
export { IDEMPOTENCY_KEY_HEADER, type Route, routes } from './routes.ts';
