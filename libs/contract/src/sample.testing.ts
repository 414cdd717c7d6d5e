import * as v from 'valibot';
import { callerSchema, jsonObjectSchema, operation } from './index.ts';

const id = v.pipe(v.string(), v.uuid('must be a UUID'));
const requestId = v.pipe(v.string(), v.nonEmpty());

/** Operations of each kind: with a body, with parameters, and without input. */
export const sample = {
  postMessage: operation({
    method: 'POST',
    path: '/messages',
    summary: 'Sends a message.',
    request: jsonObjectSchema,
    response: v.object({ id, received: jsonObjectSchema, caller: callerSchema, requestId }),
    status: 200,
    idempotencyKey: true,
    example: { body: { foo: 'bar' } },
  }),
  getMessage: operation({
    method: 'GET',
    path: '/messages/{id}',
    summary: 'Reads a message, or a part of it.',
    pathParameters: v.object({ id }),
    query: v.object({ fields: v.optional(v.picklist(['body', 'caller'])) }),
    response: v.object({
      id,
      body: v.optional(jsonObjectSchema),
      caller: v.optional(callerSchema),
      requestId,
    }),
    status: 200,
    example: {
      pathParameters: { id: '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f' },
      query: { fields: 'body' },
    },
  }),
  getWhoami: operation({
    method: 'GET',
    path: '/whoami',
    summary: 'Says who called.',
    response: v.object({ caller: callerSchema, requestId }),
    status: 200,
  }),
};
