import { apiHandler } from '@cross-account-api/api-handler';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import * as v from 'valibot';

const operation = {
  method: 'POST',
  path: '/messages',
  request: v.object({ text: v.string() }),
  response: v.object({ id: v.string() }),
  status: 201,
  idempotencyKey: true,
} as const;

export const handler = apiHandler(
  operation,
  async ({ idempotencyToken: id }) => ({ body: { id }, headers: { Location: `/messages/${id}` } }),
  { idempotency: idempotencyTable({ tableName: process.env.IDEMPOTENCY_TABLE }) },
);
