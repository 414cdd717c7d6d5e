import { apiHandler, HttpError } from '@cross-account-api/api-handler';
import * as v from 'valibot';

const messages = new Map([['1', { text: 'Hello', from: '111111111111' }]]);

export const getMessage = {
  method: 'GET',
  path: '/messages/{id}',
  pathParameters: v.object({ id: v.pipe(v.string(), v.regex(/^\d+$/, 'must be a number')) }),
  query: v.strictObject({ fields: v.optional(v.picklist(['text', 'from'])) }),
  response: v.object({ text: v.optional(v.string()), from: v.optional(v.string()) }),
  status: 200,
} as const;

export const handler = apiHandler(
  getMessage,
  async ({ pathParameters: { id }, query: { fields }, caller }) => {
    const message = messages.get(id);
    if (message?.from !== caller.accountId) throw new HttpError(404, `There is no message ${id}.`);
    return { body: fields === undefined ? message : { [fields]: message[fields] } };
  },
);
