import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { apiHandler } from '@cross-account-api/api-handler';
import { createDynamoDBClient } from '@cross-account-api/api-handler/dynamodb';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import * as v from 'valibot';

const { ORDERS_TABLE, PAYMENTS_URL = '' } = process.env;
const dynamoDb = createDynamoDBClient();

const postOrder = {
  method: 'POST',
  path: '/orders',
  request: v.object({ item: v.string(), cents: v.pipe(v.number(), v.integer()) }),
  response: v.object({ id: v.string() }),
  status: 201,
  idempotencyKey: true,
} as const;

export const handler = apiHandler(
  postOrder,
  async ({ body: { item, cents }, idempotencyToken: id }) => {
    // A second put replaces the first.
    const order = { id: { S: id }, item: { S: item } };
    await dynamoDb.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item: order }));
    // The other API executes a repetition once.
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': id };
    const payment = await fetch(PAYMENTS_URL, { method: 'POST', headers, body: JSON.stringify({ cents }) });
    if (!payment.ok) throw new Error(`The payment was answered ${payment.status}.`);
    return { body: { id } };
  },
  { idempotency: idempotencyTable() },
);
