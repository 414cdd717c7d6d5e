import { apiHandler } from '@cross-account-api/api-handler';
import { operations } from './operations.ts';

export const handler = apiHandler(operations.getSender, ({ caller, requestId }) => ({
  body: { caller, requestId },
}));
