import type { AssumedRole } from '@cross-account-api/assume-role';
import { createApiClient, operation } from '@cross-account-api/contract';
import type { SignedFetch } from '@cross-account-api/signed-fetch';
import * as v from 'valibot';

export const operations = {
  postMessage: operation({
    method: 'POST',
    path: '/messages',
    summary: 'Sends a message.',
    request: v.object({ orderId: v.string() }),
    response: v.object({ id: v.string() }),
    status: 200,
    idempotencyKey: true,
  }),
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

/** Sends an order to the API. */
export async function sendOrder(order: { readonly orderId: string }, api: SignedFetch) {
  const client = createApiClient(api, operations);
  const { body } = await client.postMessage({ body: order }, { idempotencyKey: order.orderId });
  return body;
}

/** Says whose credentials a handler has. */
export async function report(_event: unknown, { assumedRole }: { readonly assumedRole: AssumedRole }) {
  return (await assumedRole.getCredentials()).accessKeyId;
}
