import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoDBClient, warmUpByRead, warmUpByWrite } from './dynamodb.ts';
import { collectLogs } from './logged.testing.ts';

// The client logs requests that get no answer.
collectLogs();

const item = { tableName: 'answers', key: { id: 'warm-up' } };
const ways = [
  ['write', warmUpByWrite],
  ['read', warmUpByRead],
] as const;

let server: Server;
let sent: unknown[];
let connections: number;
/** How DynamoDB answers; `undefined`: never. */
let answer: { readonly status: number; readonly body: object } | undefined;

beforeEach(async () => {
  sent = [];
  connections = 0;
  answer = { status: 200, body: {} };
  server = createServer(async (request, response) => {
    sent.push(await json(request));
    if (answer === undefined) return;
    response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1');
  server.on('connection', () => {
    connections += 1;
  });
  await once(server, 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = () =>
  createDynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });

test('a write asks for an item that exists, so it writes nothing; a read asks for the same item', async () => {
  await warmUpByWrite(open(), { tableName: 'messages', key: { caller: 'warm-up', id: 'nobody' } });
  await warmUpByRead(open(), item);
  expect(sent).toEqual([
    {
      TableName: 'messages',
      Item: { caller: { S: 'warm-up' }, id: { S: 'nobody' } },
      ConditionExpression: 'attribute_exists(#key)',
      ExpressionAttributeNames: { '#key': 'caller' },
    },
    { TableName: 'answers', Key: { id: { S: 'warm-up' } } },
  ]);
});

test.each(ways)('a %s without a table sends nothing', async (_way, warmUp) => {
  await warmUp(open(), { ...item, tableName: undefined });
  expect(sent).toEqual([]);
});

test.each(ways)('a %s that is refused does not fail the init phase', async (_way, warmUp) => {
  answer = {
    status: 400,
    body: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'No.' },
  };
  await expect(warmUp(open(), item)).resolves.toBeUndefined();
  expect(sent).toHaveLength(1);
});

test.each(ways)('a %s that is not answered ends after 2 seconds', async (_way, warmUp) => {
  answer = undefined;
  const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  await expect(warmUp(open(), item)).resolves.toBeUndefined();
  expect(timeout).toHaveBeenCalledWith(2_000);
  timeout.mockRestore();
});

test.each(ways)('the first request after a %s uses its connection', async (_way, warmUp) => {
  const client = open();
  await warmUp(client, item);
  await client.send(new GetItemCommand({ TableName: 'orders', Key: { id: { S: 'a' } } }));
  expect([sent.length, connections]).toEqual([2, 1]);
});

// A freeze between the init phase and the first invocation can be long: with provisioned concurrency.
test.each(ways)('a connection of a %s that ended during a freeze fails no request', async (_way, warmUp) => {
  const client = open();
  await warmUp(client, item);
  server.closeAllConnections();
  await client.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: 'a' } } }));
  expect([sent.length, connections]).toEqual([2, 2]);
});
