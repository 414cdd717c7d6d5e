import { randomUUID } from 'node:crypto';
import { apiHandler } from '@cross-account-api/api-handler';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import { operations } from './operations.ts';

export const handler = apiHandler(
  operations.postParcel,
  ({ body, caller, requestId }) => ({ body: { id: randomUUID(), received: body, caller, requestId } }),
  { idempotency: idempotencyTable() },
);
