import { type PostMessageResponse, postMessageRequestSchema } from '@cross-account-api/contract';
import { jsonHandler } from './json-handler.ts';

/** `POST /messages`: takes any JSON object, and says what was received and from whom. */
export const handler = jsonHandler(
  postMessageRequestSchema,
  ({ body, caller, requestId }): PostMessageResponse => ({
    id: crypto.randomUUID(),
    received: body,
    caller,
    requestId,
  }),
);
