import { createAssumedRole } from '@cross-account-api/assume-role';
import { callAsked, createApiClient } from '@cross-account-api/contract';
import { createSignedFetch } from '@cross-account-api/signed-fetch';
import type { Context } from 'aws-lambda';
import { operations } from '@cross-account-api/operations';

const {
  API_URL = '',
  API_REGION: region = '',
  INVOKE_ROLE_ARN: roleArn = '',
  EXTERNAL_ID: externalId,
} = process.env;
const assumedRole = createAssumedRole({ roleArn, externalId });
const signedFetch = createSignedFetch({ baseUrl: API_URL, region, credentials: assumedRole });

/** Resolves when the role's credentials have been fetched, or could not be: then the invocation throws the error. */
export const ready = assumedRole.prefetch();

export async function handler(event: unknown, context: Context) {
  const remainingTimeInMillis = () => context.getRemainingTimeInMillis();
  // Leaves 250 ms to report an error.
  const { role, end } = assumedRole.beginInvocation(remainingTimeInMillis() - 250);
  const ended = new AbortController();
  const api = signedFetch.bind({ remainingTimeInMillis, signal: ended.signal }, role);
  try {
    // If your function takes other events, delete these two lines, and `takesOperations` in serverless.yml.
    const asked = await callAsked(event, operations, api, context.awsRequestId);
    if (asked) return asked;

    const { status, body, requestId, attempts } = await createApiClient(api, operations).postMessage(
      { body: { foo: 'bar' } },
      { idempotencyKey: context.awsRequestId },
    );
    return { status, body, requestId, attempts };
  } finally {
    // The process may be frozen now: calls that nobody awaited end, and a refresh of the credentials gets 250 ms.
    ended.abort(new Error('The invocation has ended.'));
    await end({ finish: true });
  }
}
