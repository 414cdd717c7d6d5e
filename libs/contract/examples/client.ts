import { createApiClient } from '@cross-account-api/contract';
import { createSignedFetch } from '@cross-account-api/signed-fetch';

export async function whoReceives(baseUrl: string, accessKeyId: string, secretAccessKey: string) {
  const api = createApiClient(createSignedFetch({ baseUrl, credentials: { accessKeyId, secretAccessKey } }));
  const { body } = await api.postMessage({ body: { foo: 'bar' } });
  return `${body.caller.accountId} sent ${JSON.stringify(body.received)}`;
}
