import { assumeRole } from '@cross-account-api/assume-role';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import { fail } from './fail.ts';

const { API_URL = '', API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID, ...own } = process.env;
const client = { baseUrl: API_URL, region: API_REGION, timeoutMs: 10_000 };
const credentials = {
  accessKeyId: own.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: own.AWS_SECRET_ACCESS_KEY ?? '',
  sessionToken: own.AWS_SESSION_TOKEN,
};

interface Event {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Makes the call that the event describes. An empty event sends a parcel. */
export const handler = middy()
  .use(
    INVOKE_ROLE_ARN === undefined
      ? [signedFetch({ ...client, credentials })]
      : [
          assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID, fetch: 'init' }),
          signedFetch({ ...client, credentials: 'assumedRole' }),
        ],
  )
  .handler(async (event, { api, awsRequestId }) => {
    if (typeof event !== 'object') fail(event);
    const { path = '/parcels', query, headers, ...call } = (event ?? {}) as Event;
    const { body = path === '/parcels' ? { foo: 'bar' } : undefined } = call;
    const { method = body === undefined ? 'GET' : 'POST' } = call;
    const hasKey = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'idempotency-key');
    const idempotencyKey = body === undefined || hasKey ? undefined : awsRequestId;
    const answer = await api.json(path, { method, query, headers, json: body, idempotencyKey });
    const { status, requestId, attempts } = answer;
    return { status, body: answer.body, requestId, attempts };
  });
