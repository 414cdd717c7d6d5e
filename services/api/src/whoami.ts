import { apiHandler } from '@cross-account-api/api-handler';
import { operations } from '@cross-account-api/operations';

/** `GET /whoami`: answers with the caller. */
export const handler = apiHandler(operations.getWhoami, ({ caller, requestId }) => ({
  body: { caller, requestId },
}));
