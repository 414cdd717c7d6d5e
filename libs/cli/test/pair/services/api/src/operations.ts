import { callerSchema, jsonObjectSchema, operation } from '@cross-account-api/contract';
import * as v from 'valibot';

const id = v.pipe(v.string(), v.uuid('must be a UUID'));
const requestId = v.string();

/** The operations of the API, as in services/contract/openapi.json. */
export const operations = {
  postParcel: operation({
    method: 'POST',
    path: '/parcels',
    summary: 'Sends a parcel. The response says what was received, and from whom.',
    request: jsonObjectSchema,
    response: v.object({ id, received: jsonObjectSchema, caller: callerSchema, requestId }),
    status: 200,
    idempotencyKey: true,
    example: { body: { foo: 'bar' } },
  }),
  getParcel: operation({
    method: 'GET',
    path: '/parcels/{id}',
    summary: 'Reads a parcel, or a part of it.',
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
  getSender: operation({
    method: 'GET',
    path: '/sender',
    summary: 'Says who called.',
    response: v.object({ caller: callerSchema, requestId }),
    status: 200,
  }),
};
