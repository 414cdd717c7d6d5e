import { apiHandler, callerScope, HttpError } from '@cross-account-api/api-handler';
import * as v from 'valibot';

/** Messages, each with the role that sent it. */
const messages = new Map([['1', { text: 'Hello', from: 'arn:aws:sts::111111111111:assumed-role/reader' }]]);

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
    if (message?.from !== callerScope(caller.arn)) throw new HttpError(404, `There is no message ${id}.`);
    return { body: fields === undefined ? message : { [fields]: message[fields] } };
  },
);
