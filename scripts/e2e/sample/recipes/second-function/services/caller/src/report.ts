import { createApiClient } from '@cross-account-api/contract';
import { operations } from '@cross-account-api/operations';
import { callsApi } from './calls-api.ts';

/** Says as whom this function calls. */
export const handler = callsApi().handler(async (_event: unknown, { api }) => {
  const { body } = await createApiClient(api, operations).getWhoami();
  return body.caller.roleName;
});
