export { type Caller, callerSchema } from './caller.ts';
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
export { PROBLEM_CONTENT_TYPE, type Problem, problemSchema } from './problem.ts';
export { IDEMPOTENCY_KEY_HEADER, type Route, routes } from './routes.ts';
