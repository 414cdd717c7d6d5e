import { callAsked, createApiClient } from '@cross-account-api/contract';
import { operations } from '@cross-account-api/operations';
import { callsApi } from './calls-api.ts';

export { ready } from './calls-api.ts';

/** Calls the API in account A: `sls invoke -f caller`. Put your calls in the place of `postMessage`. */
export const handler = callsApi().handler(async (event: unknown, { api, awsRequestId }) => {
  // If your function takes other events, delete these two lines, and `takesOperations` in serverless.yml.
  const asked = await callAsked(event, operations, api, awsRequestId);
  if (asked) return asked;

  const client = createApiClient(api, operations);
  // Lambda repeats a failed asynchronous invocation under its ID: the API still executes the call once.
  const { status, body, requestId, attempts } = await client.postMessage(
    { body: { foo: 'bar' } },
    { idempotencyKey: awsRequestId },
  );
  return { status, body, requestId, attempts };
});
