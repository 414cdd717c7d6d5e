import { callerSchema, jsonObjectSchema, operation } from '@cross-account-api/contract';
import * as v from 'valibot';

/** The routes of the simulated API: its own, whatever the contract of the services has. */
export const operations = {
  sendMessage: operation({
    method: 'POST',
    path: '/messages',
    summary: 'Executes a message.',
    request: jsonObjectSchema,
    response: v.object({
      id: v.string(),
      received: jsonObjectSchema,
      caller: callerSchema,
      requestId: v.string(),
    }),
    status: 200,
  }),
  whoami: operation({
    method: 'GET',
    path: '/whoami',
    summary: 'Says who called.',
    response: v.object({ caller: callerSchema, requestId: v.string() }),
    status: 200,
  }),
};
