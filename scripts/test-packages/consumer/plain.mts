import { type AssumedRole, AssumeRoleDenied, createAssumedRole } from '@cross-account-api/assume-role';
import { createApiClient, type PostMessageResponse } from '@cross-account-api/contract';
import { AccessDenied, createSignedFetch, signedFetch } from '@cross-account-api/signed-fetch';

const role = createAssumedRole({ roleArn: 'arn:aws:iam::111111111111:role/api-dev-invoke' });
const api = createSignedFetch({
  baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  credentials: role,
});

export async function send(foo: string): Promise<PostMessageResponse> {
  const { body, status } = await createApiClient(api).postMessage({ body: { foo } }, { timeoutMs: 1_000 });
  // @ts-expect-error: a status is a number
  const text: string = status;
  return text === '' ? body : body;
}

export const middleware = signedFetch({
  baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  credentials: role,
});
export const isRefusal = (error: unknown) =>
  error instanceof AccessDenied || error instanceof AssumeRoleDenied;
export const keyOf = async (assumed: AssumedRole) => (await assumed.getCredentials()).accessKeyId;
