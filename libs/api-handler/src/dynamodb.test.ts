import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoDBClient } from './dynamodb.ts';

const get = new GetItemCommand({ TableName: 'table', Key: { id: { S: '1' } } });
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };

/** A server in DynamoDB's place, and a client of it with the SDK's own number of attempts, unless another is given. */
async function setUp(answer: RequestListener, maxAttempts?: number) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = createDynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials,
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  });
  return {
    client,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const answered: RequestListener = (_request, response) =>
  response.setHeader('Content-Type', 'application/x-amz-json-1.0').end('{"Item":{"id":{"S":"1"}}}');

test('a request without an answer is sent again, where the SDK alone waits until the function ends', async () => {
  let requests = 0;
  using api = await setUp((request, response) => {
    requests += 1;
    if (requests > 1) answered(request, response);
  });
  expect(await api.client.send(get)).toMatchObject({ Item: { id: { S: '1' } }, $metadata: { attempts: 2 } });
});

test('a request is sent again if its response begins and does not end', async () => {
  let requests = 0;
  using api = await setUp((request, response) => {
    requests += 1;
    if (requests > 1) answered(request, response);
    else response.setHeader('Content-Type', 'application/x-amz-json-1.0').write('{"Item":');
  });
  expect(await api.client.send(get)).toMatchObject({ Item: { id: { S: '1' } }, $metadata: { attempts: 2 } });
});

test('a kept connection has no time-out that a freeze could outlast', async () => {
  using api = await setUp(answered);
  await api.client.send(get);
  const { httpAgent } = Reflect.get(api.client.config.requestHandler, 'config') as {
    httpAgent: { freeSockets: Record<string, { timeout: number }[]> };
  };
  expect(Object.values(httpAgent.freeSockets).flat()).toMatchObject([{ timeout: 0 }]);
});

test('the date of a response does not set the clock of the client', async () => {
  using api = await setUp((request, response) => {
    response.setHeader('Date', 'Sat, 13 Sep 275760 00:00:00 GMT');
    answered(request, response);
  });
  await api.client.send(get);
  // Until then, the date is the last one that JavaScript can write.
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect(await api.client.send(get)).toMatchObject({ Item: { id: { S: '1' } } });
});

test('settings of the SDK are passed on', async () => {
  let requests = 0;
  using api = await setUp((_request, response) => {
    requests += 1;
    response.writeHead(500).end('{}');
  }, 1);
  await expect(api.client.send(get)).rejects.toMatchObject({ $metadata: { attempts: 1 } });
  expect(requests).toBe(1);
});
