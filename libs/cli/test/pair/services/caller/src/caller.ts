import { assumeRole } from '@cross-account-api/assume-role';
import { type Operations, pathOf, type UntypedInput } from '@cross-account-api/contract';
import { fromEnvironment, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import { operations } from '../../api/src/operations.ts';
import { fail } from './fail.ts';

const { API_URL = '', API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID } = process.env;
const client = { baseUrl: API_URL, region: API_REGION, timeoutMs: 10_000 };

interface Event {
  readonly operation?: string;
  readonly input?: UntypedInput;
  readonly idempotencyKey?: string;
}

const byName: Operations = operations;

/** Makes the call that the event asks for. An empty event sends a parcel. */
export const handler = middy()
  .use(
    INVOKE_ROLE_ARN === undefined
      ? [signedFetch({ ...client, credentials: fromEnvironment })]
      : [
          assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID, fetch: 'init' }),
          signedFetch({ ...client, credentials: 'assumedRole' }),
        ],
  )
  .handler(async (event, { api, awsRequestId }) => {
    if (typeof event !== 'object') fail(event);
    const { operation = 'postParcel', input, idempotencyKey } = (event ?? {}) as Event;
    const { method, path } = byName[operation] ?? fail(event);
    const { query, body, ...pathParameters } = input ?? {
      body: method === 'POST' ? { foo: 'bar' } : undefined,
    };
    // Without a schema, the response may have members that the contract does not have: tests add some.
    const answer = await api.json(pathOf(path, pathParameters), {
      method,
      query,
      json: body,
      idempotencyKey: idempotencyKey ?? (method === 'POST' ? awsRequestId : undefined),
    });
    const { status, requestId, attempts } = answer;
    return { status, body: answer.body, requestId, attempts };
  });
