import { apiHandler } from '@cross-account-api/api-handler';
import { operations } from '@cross-account-api/contract';

/** `GET /whoami`: says who called. */
export const handler = apiHandler(operations.getWhoami, ({ caller, requestId }) => ({
  body: { caller, requestId },
}));
