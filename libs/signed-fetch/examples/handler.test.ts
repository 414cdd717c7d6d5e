// handler.test.ts
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A fake of the API: it keeps the keys of the requests, and loses its first response. */
const keys: unknown[] = [];
const api = createServer((request, response) => {
  keys.push(request.headers['idempotency-key']);
  response.writeHead(keys.length === 1 ? 502 : 200).end('{ "id": "1" }');
});

afterAll(() => {
  api.closeAllConnections();
  api.close();
});

test('a call whose response was lost is repeated with the same key', async () => {
  await once(api.listen(0, '127.0.0.1'), 'listening');
  // The middleware reads the environment when it is made: set it before the handler is loaded.
  Object.assign(process.env, {
    API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}/dev`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  });
  const { handler } = await import('./handler.ts');
  const context = { getRemainingTimeInMillis: () => 20_000 };
  expect(await handler({ orderId: 'order-1' }, context as never)).toEqual({ id: '1' });
  expect(keys).toEqual(['order-1', 'order-1']);
});
