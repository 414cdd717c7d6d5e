import { type ApiHandler, apiHandler, callerScope, HttpError } from '@cross-account-api/api-handler';
import { createDynamoDBClient } from '@cross-account-api/api-handler/dynamodb';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import type { APIGatewayProxyHandler } from 'aws-lambda';
import * as v from 'valibot';

const operation = {
  method: 'POST',
  path: '/messages/{id}',
  pathParameters: v.object({ id: v.string() }),
  request: v.object({ text: v.string() }),
  response: v.object({ owner: v.string(), state: v.picklist(['new', 'read']) }),
  status: 201,
  idempotencyKey: true,
} as const;

export const handler: ApiHandler = apiHandler(
  operation,
  async ({ pathParameters: { id }, body: { text }, caller }) => {
    if (id === text) throw new HttpError(409, 'It exists.');
    return {
      body: { owner: callerScope(caller.arn), state: 'new' },
      headers: { Location: `/messages/${id}` },
    };
  },
  { idempotency: idempotencyTable({ tableName: 'table' }) },
);
export const client = createDynamoDBClient({ region: 'eu-west-1' });
export const deployed: APIGatewayProxyHandler = async (event, context) => {
  const { statusCode, body } = await handler(event, context);
  return { statusCode, body };
};
const { idempotencyKey: _, ...forgets } = operation;
// @ts-expect-error: the body is a promise
export const wrong = apiHandler(forgets, () => ({ body: Promise.resolve({ owner: 'me', state: 'new' }) }));
// @ts-expect-error: the operation remembers keys, and there is no table
export const withoutTable = apiHandler(operation, () => ({ body: { owner: 'me', state: 'new' } }));
