import * as v from 'valibot';
import { callerSchema } from './caller.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** Any JSON object. Checked as a whole rather than copied, so that no key of it is dropped or renamed on the way. */
export const jsonObjectSchema = v.custom<JsonObject>(isJsonObject, 'expected a JSON object');

/**
 * The body of `POST /messages`: any JSON object.
 * @example v.parse(postMessageRequestSchema, { foo: 'bar' })
 */
export const postMessageRequestSchema = jsonObjectSchema;

/** See {@link postMessageRequestSchema}. */
export type PostMessageRequest = v.InferOutput<typeof postMessageRequestSchema>;

/** The answer of `POST /messages`. */
export const postMessageResponseSchema = v.object({
  /** The request's body, as the API received it. */
  received: jsonObjectSchema,
  caller: callerSchema,
  /** API Gateway's request ID: what to search for in both accounts' logs. */
  requestId: v.pipe(v.string(), v.nonEmpty()),
});

/** See {@link postMessageResponseSchema}. */
export type PostMessageResponse = v.InferOutput<typeof postMessageResponseSchema>;

/** The answer of `GET /whoami`. */
export const whoamiResponseSchema = v.object({
  caller: callerSchema,
  /** API Gateway's request ID. */
  requestId: v.pipe(v.string(), v.nonEmpty()),
});

/** See {@link whoamiResponseSchema}. */
export type WhoamiResponse = v.InferOutput<typeof whoamiResponseSchema>;
