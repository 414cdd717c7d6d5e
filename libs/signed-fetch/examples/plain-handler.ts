import { createAssumedRole } from '@cross-account-api/assume-role';
import { createSignedFetch } from '@cross-account-api/signed-fetch';
import type { Context } from 'aws-lambda';

const {
  API_URL = '',
  API_REGION: region = '',
  INVOKE_ROLE_ARN: roleArn = '',
  EXTERNAL_ID: externalId,
} = process.env;
const assumedRole = createAssumedRole({ roleArn, externalId });
const client = createSignedFetch({ baseUrl: API_URL, region, credentials: assumedRole });

export async function handler(event: unknown, context: Context) {
  // Leaves time to report an error.
  const { role, end } = assumedRole.beginInvocation(context.getRemainingTimeInMillis() - 250);
  const ended = new AbortController();
  const remainingTimeInMillis = () => context.getRemainingTimeInMillis();
  const api = client.bind({ remainingTimeInMillis, signal: ended.signal }, role);
  try {
    const { body } = await api.json('/messages', { json: event, idempotencyKey: context.awsRequestId });
    return body;
  } finally {
    // The process may be frozen now: calls that nobody awaited end, and a refresh of the credentials gets 250 ms.
    ended.abort(new Error('The invocation has ended.'));
    await end({ finish: true });
  }
}
