import { apiHandler } from '@cross-account-api/api-handler';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import { operations } from '@cross-account-api/contract';

/** `POST /messages`: takes any JSON object, and says what was received and from whom. */
export const handler = apiHandler(
  { ...operations.postMessage, status: 200 },
  ({ body, caller, requestId }) => ({ body: { received: body, caller, requestId } }),
  { idempotency: idempotencyTable() },
);
