import { createApiClient, operation } from '@cross-account-api/contract';
import { createSignedFetch } from '@cross-account-api/signed-fetch';
import * as v from 'valibot';

export const operations = {
  postOrder: operation({
    method: 'POST',
    path: '/orders',
    summary: 'Places an order.',
    request: v.object({ items: v.array(v.string()) }),
    response: v.object({ id: v.string(), total: v.number() }),
    status: 201,
    idempotencyKey: true,
  }),
};

export async function order(baseUrl: string, accessKeyId: string, secretAccessKey: string) {
  const signed = createSignedFetch({ baseUrl, credentials: { accessKeyId, secretAccessKey } });
  const api = createApiClient(signed, operations);
  const { body } = await api.postOrder({ body: { items: ['pen', 'ink'] } });
  return `Order ${body.id} costs ${body.total}.`;
}
