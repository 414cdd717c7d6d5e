import { type ApiClient, problemOf } from '@cross-account-api/contract';
import { isSignedFetchError, type SignedFetch } from '@cross-account-api/signed-fetch';
import { operations } from '../../api/src/operations.ts';

type Client = ApiClient<SignedFetch, typeof operations>;

/** Reads orders page by page, until there are enough. */
export async function readOrders(client: Client, count: number): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let after: string | undefined; numbers.length < count; ) {
    const { body } = await client.listOrders({ query: { limit: 2, ...(after && { after }) } });
    numbers.push(...body.orders.map(({ number }) => number));
    if (body.next === undefined) break;
    after = body.next;
  }
  return numbers;
}

/**
 * Adds a pen to an order. If somebody else changes the order at the same time, it reads the order again. It does not if an attempt of its own may
 * have been executed and only the answer was lost: that attempt may be what changed the order.
 */
export async function addPen(client: Client, number: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { body, headers } = await client.getOrder({ number });
    if (body === undefined) throw new Error('A request without If-None-Match was answered 304.');
    const { item, pens } = body;
    try {
      const unchanged = { 'If-Match': headers.get('ETag') };
      await client.replaceOrder({ number, headers: unchanged, body: { item, pens: pens + 1 } });
      return;
    } catch (error) {
      const isChanged = problemOf(operations.replaceOrder, error)?.name === 'changed';
      const isOwnChange = isSignedFetchError(error) && error.maybeExecuted;
      if (!isChanged || isOwnChange || attempt === 3) throw error;
    }
  }
}

/** Pays an order, and pays the rest if the amount was too small. */
export async function pay(client: Client, number: number, cents: number): Promise<string> {
  try {
    const { body } = await client.payOrder({ number, body: { cents } });
    return `${body.paid} cents paid`;
  } catch (error) {
    const problem = problemOf(operations.payOrder, error);
    if (problem?.name === 'tooLittle') return pay(client, number, cents + problem.missingCents);
    if (problem?.name === 'alreadyPaid') return 'paid before';
    // Any other error: the API refused the request, or did not answer.
    throw isSignedFetchError(error) ? error : new Error('The call failed.', { cause: error });
  }
}
