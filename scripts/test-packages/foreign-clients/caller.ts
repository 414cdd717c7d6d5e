import { fromEnvironment, signedFetch } from '@cross-account-api/signed-fetch';
import { toFetch } from '@cross-account-api/signed-fetch/fetch';
import middy from '@middy/core';
import createClient from 'openapi-fetch';
import { createOrder, getOrder } from './generated.ts';
import type { paths } from './paths.ts';

const { API_URL = '' } = process.env;

/** Makes the same calls with the client of each generator, and shows their answers. */
export const handler = middy<unknown, unknown>()
  .use(signedFetch({ baseUrl: API_URL, credentials: fromEnvironment }))
  .handler(async (_event, { api }) => {
    const client = createClient<paths>({ baseUrl: api.baseUrl, fetch: toFetch(api) });
    const body = { item: 'a' };
    const header = { 'Idempotency-Key': 'key-1' };
    const found = await client.GET('/orders/{id}', { params: { path: { id: '7' } } });
    const absent = await client.GET('/orders/{id}', { params: { path: { id: 'absent' } } });
    const created = await client.POST('/orders', { params: { header }, body });
    const orval = [
      await getOrder('7', { api }),
      await getOrder('absent', { api }),
      await createOrder(body, { api, headers: header }),
    ];
    const elsewhere = createClient<paths>({ baseUrl: 'https://elsewhere.example', fetch: toFetch(api) });
    const refused = await elsewhere
      .GET('/orders/{id}', { params: { path: { id: '7' } } })
      .catch((error: Error) => error.name);
    return {
      openapiFetch: [found, absent, created].map(({ response, data, error }) => [
        response.status,
        data ?? error,
      ]),
      orval: orval.map(({ status, data }) => [status, data]),
      refused,
    };
  });
