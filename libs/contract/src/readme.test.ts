import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestOptions, request } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

test('the example in the README is the one that is type-checked and run here', async () => {
  const folder = join(__dirname, '..');
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(readFileSync(join(folder, 'examples/client.ts'), 'utf8'));
  const { order } = await import('../examples/client.ts');
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.end(JSON.stringify({ id: '42', total: JSON.parse(body).items.length }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The API has a host name of AWS. What is sent there comes here.
  const { port } = server.address() as AddressInfo;
  const send = jest
    .spyOn(https, 'request')
    .mockImplementation(((url: string, options: RequestOptions) =>
      request(`http://127.0.0.1:${port}${new URL(url).pathname}`, options)) as typeof https.request);
  try {
    const baseUrl = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';
    await expect(order(baseUrl, 'AKIAIOSFODNN7EXAMPLE', 'secret')).resolves.toBe('Order 42 costs 2.');
  } finally {
    send.mockRestore();
    server.closeAllConnections();
    server.close();
  }
});
