import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchGetItemCommand, GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoDBClient } from './dynamodb.ts';
import { collectLogs } from './logged.testing.ts';

const logged = collectLogs();

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

const lines = () =>
  logged.map(({ message, level, request, table, reason }) => ({ message, level, request, table, reason }));

test('the log names the table that does not answer, and the request, once for each time that it is sent', async () => {
  using api = await setUp(() => undefined, 2);
  await expect(api.client.send(get)).rejects.toThrow();
  const line = {
    message: 'no answer',
    level: 'WARN',
    request: 'GetItem',
    table: 'table',
    reason: 'ETIMEDOUT',
  };
  expect(lines()).toEqual([line, line]);
  expect(logged.map(({ durationMs }) => typeof durationMs)).toEqual(['number', 'number']);
  expect(JSON.stringify(logged)).not.toContain('"S"');
});

test('the log names a table whose answer is late, also if it is a refusal', async () => {
  using api = await setUp((_request, response) => {
    setTimeout(() => {
      response.statusCode = 400;
      response.setHeader('Content-Type', 'application/x-amz-json-1.0');
      response.end('{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}');
    }, 1_100);
  }, 1);
  await expect(api.client.send(get)).rejects.toThrow();
  expect(lines()).toEqual([
    { message: 'late answer', level: 'WARN', request: 'GetItem', table: 'table', reason: undefined },
  ]);
});

test('an answer in time and a refusal in time leave no line', async () => {
  using api = await setUp(answered);
  await api.client.send(get);
  using refusing = await setUp((_request, response) => {
    response.statusCode = 400;
    response.setHeader('Content-Type', 'application/x-amz-json-1.0');
    response.end('{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}');
  }, 1);
  await expect(refusing.client.send(get)).rejects.toThrow();
  expect(logged).toEqual([]);
});

test('the log names all tables of a batch and of a transaction', async () => {
  using api = await setUp((request) => request.socket.destroy(), 1);
  const Key = { id: { S: '1' } };
  const batch = new BatchGetItemCommand({ RequestItems: { a: { Keys: [Key] }, b: { Keys: [Key] } } });
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [{ Put: { TableName: 'c', Item: Key } }, { Delete: { TableName: 'd', Key } }],
  });
  await expect(api.client.send(batch)).rejects.toThrow();
  await expect(api.client.send(transaction)).rejects.toThrow();
  expect(lines()).toEqual([
    { message: 'no answer', level: 'WARN', request: 'BatchGetItem', table: 'a, b', reason: 'ECONNRESET' },
    {
      message: 'no answer',
      level: 'WARN',
      request: 'TransactWriteItems',
      table: 'c, d',
      reason: 'ECONNRESET',
    },
  ]);
});
