import { callerSchema, jsonObjectSchema, operation } from '@cross-account-api/contract';
import * as v from 'valibot';

/** API Gateway's request ID, by which to search the logs of both accounts. */
const requestIdSchema = v.pipe(v.string(), v.nonEmpty());

/** The ID that the API gives a message. */
export const messageIdSchema = v.pipe(
  v.string(),
  v.uuid('must be a UUID'),
  v.description('The ID that the API gave the message.'),
);

/**
 * The body of `POST /messages`: any JSON object.
 * @example v.parse(postMessageRequestSchema, { foo: 'bar' })
 */
export const postMessageRequestSchema = jsonObjectSchema;

/** See {@link postMessageRequestSchema}. */
export type PostMessageRequest = v.InferOutput<typeof postMessageRequestSchema>;

/** The response of `POST /messages`. */
export const postMessageResponseSchema = v.object({
  id: messageIdSchema,
  /** The request's body, as the API received it. */
  received: jsonObjectSchema,
  caller: callerSchema,
  requestId: requestIdSchema,
});

/** See {@link postMessageResponseSchema}. */
export type PostMessageResponse = v.InferOutput<typeof postMessageResponseSchema>;

/** The path parameters of `GET /messages/{id}`. */
export const getMessagePathParametersSchema = v.object({ id: messageIdSchema });

/** The query of `GET /messages/{id}`: with `fields`, the response has only this part of the message. */
export const getMessageQuerySchema = v.object({
  fields: v.optional(
    v.pipe(
      v.picklist(['body', 'caller'], 'must be body or caller'),
      v.description('The only part of the message that the response is to have. Default: both.'),
    ),
  ),
});

/** See {@link getMessageQuerySchema}. */
export type GetMessageQuery = v.InferOutput<typeof getMessageQuerySchema>;

/** The response of `GET /messages/{id}`. */
export const getMessageResponseSchema = v.object({
  id: messageIdSchema,
  /** The message. Absent if the query asks for `caller` only. */
  body: v.optional(jsonObjectSchema),
  /** The sender of the message. Absent if the query asks for `body` only. */
  caller: v.optional(callerSchema),
  /** API Gateway's ID of this request, not of the one that sent the message. */
  requestId: requestIdSchema,
});

/** See {@link getMessageResponseSchema}. */
export type GetMessageResponse = v.InferOutput<typeof getMessageResponseSchema>;

/** The operations on messages. */
export const messageOperations = {
  postMessage: operation({
    method: 'POST',
    path: '/messages',
    summary: 'Sends a message. The response says what was received, and from whom.',
    request: postMessageRequestSchema,
    response: postMessageResponseSchema,
    status: 200,
    idempotencyKey: true,
    example: { body: { foo: 'bar' } },
  }),
  getMessage: operation({
    method: 'GET',
    path: '/messages/{id}',
    summary: 'Reads a message that the same caller has sent, or a part of it.',
    pathParameters: getMessagePathParametersSchema,
    query: getMessageQuerySchema,
    response: getMessageResponseSchema,
    status: 200,
    example: {
      pathParameters: { id: '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f' },
      query: { fields: 'body' },
    },
  }),
};
