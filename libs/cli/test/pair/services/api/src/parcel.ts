import { apiHandler } from '@cross-account-api/api-handler';
import { operations } from './operations.ts';

export const handler = apiHandler(operations.getParcel, ({ pathParameters: { id }, caller, requestId }) => ({
  body: { id, caller, requestId },
}));
