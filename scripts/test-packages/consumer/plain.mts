import { type AssumedRole, AssumeRoleDenied, createAssumedRole } from '@cross-account-api/assume-role';
import {
  type Caller,
  callerSchema,
  createApiClient,
  jsonObjectSchema,
  operation,
} from '@cross-account-api/contract';
import { AccessDenied, createSignedFetch, signedFetch } from '@cross-account-api/signed-fetch';
import * as v from 'valibot';

const operations = {
  postMessage: operation({
    method: 'POST',
    path: '/messages',
    summary: 'Sends a message.',
    request: jsonObjectSchema,
    response: v.object({ received: jsonObjectSchema, caller: callerSchema }),
    status: 200,
  }),
};

const role = createAssumedRole({ roleArn: 'arn:aws:iam::111111111111:role/api-dev-invoke' });
const api = createSignedFetch({
  baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  credentials: role,
});

export async function send(foo: string): Promise<Caller> {
  const client = createApiClient(api, operations);
  const { body, status } = await client.postMessage({ body: { foo } }, { timeoutMs: 1_000 });
  // @ts-expect-error: a status is a number
  const text: string = status;
  return text === '' ? body.caller : body.caller;
}

export const middleware = signedFetch({
  baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  credentials: role,
});
export const isRefusal = (error: unknown) =>
  error instanceof AccessDenied || error instanceof AssumeRoleDenied;
export const keyOf = async (assumed: AssumedRole) => (await assumed.getCredentials()).accessKeyId;
// What TypeScript 5 finds below the name of a package, if it reads no `exports`.
export { fakeRole } from '@cross-account-api/assume-role/testing';
export { describeApi } from '@cross-account-api/contract/openapi';
export { toFetch } from '@cross-account-api/signed-fetch/fetch';
export { fakeApi } from '@cross-account-api/signed-fetch/testing';
