import { assumeRole } from '@cross-account-api/assume-role';
import { type Operations, pathOf, type UntypedInput } from '@cross-account-api/contract';
import { fromEnvironment, type SignedFetch, signedFetch } from '@cross-account-api/signed-fetch';
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

/** A batch of a queue. The body of each record is an event as JSON. */
interface Batch {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

const byName: Operations = operations;

/** Makes the call that the event asks for, or those of a batch's records. An empty event sends a parcel. */
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
    return isBatch(event) ? callForEach(event, api) : call((event ?? {}) as Event, api, awsRequestId);
  });

function isBatch(event: object | null): event is Batch {
  return event !== null && 'Records' in event;
}

/** Lambda deletes the records that the answer does not name. */
async function callForEach({ Records }: Batch, api: SignedFetch) {
  const results = await Promise.allSettled(
    Records.map(async ({ messageId, body }) => call(JSON.parse(body), api, messageId)),
  );
  const failed = Records.filter((_, index) => results[index]?.status === 'rejected');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function call(event: Event, api: SignedFetch, usualKey: string) {
  const { operation = 'postParcel', input, idempotencyKey } = event;
  const { method, path } = byName[operation] ?? fail(event);
  const { query, body, ...pathParameters } = input ?? {
    body: method === 'POST' ? { foo: 'bar' } : undefined,
  };
  // Without a schema, the response may have members that the contract does not have: tests add some.
  const answer = await api.json(pathOf(path, pathParameters), {
    method,
    query,
    json: body,
    idempotencyKey: idempotencyKey ?? (method === 'POST' ? usualKey : undefined),
  });
  const { status, requestId, attempts } = answer;
  return { status, body: answer.body, requestId, attempts };
}
