import type { ApiClient, JsonObject } from '@cross-account-api/contract';
import type { SignedFetch } from '@cross-account-api/signed-fetch';
import type { operations } from '@cross-account-api/operations';

/** The clients of both APIs. In this example, they have the same operations. */
interface Clients {
  readonly api: ApiClient<SignedFetch, typeof operations>;
  readonly billing: ApiClient<SignedFetch, typeof operations>;
}

/**
 * Sends an order to both APIs at once.
 * @param idempotencyKey of the invocation. If one call fails, the invocation fails, and Lambda repeats it with the same key: the API that
 * has executed its call does not execute it again
 */
export async function sendToBoth(order: JsonObject, { api, billing }: Clients, idempotencyKey: string) {
  const [sent, billed] = await Promise.all([
    api.postMessage({ body: order }, { idempotencyKey }),
    billing.postMessage({ body: order }, { idempotencyKey }),
  ]);
  return { id: sent.body.id, billedAs: billed.body.caller.roleName };
}
