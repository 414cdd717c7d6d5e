import { callerSchema, operation } from '@cross-account-api/contract';
import * as v from 'valibot';
import { messageOperations } from './messages.ts';

// This contract defines the whole API. The client, the OpenAPI document and the tools of the repository follow from it.

/** The operations of the API. */
export const operations = {
  ...messageOperations,
  getWhoami: operation({
    method: 'GET',
    path: '/whoami',
    summary: 'Says who called, as API Gateway vouches for it.',
    response: v.object({ caller: callerSchema, requestId: v.pipe(v.string(), v.nonEmpty()) }),
    status: 200,
  }),
};
