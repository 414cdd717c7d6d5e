import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { problemSchema } from '@cross-account-api/contract';
import * as v from 'valibot';
import { operations } from '@cross-account-api/operations';
import { handler as message } from './message.ts';
import { handler as messages } from './messages.ts';
import { context, proxyEvent, SESSION as session } from './proxy-event.testing.ts';

const another = 'arn:aws:sts::111111111111:assumed-role/cross-account-api-dev-invoke.billing/caller';

/** The items of the table of messages, by their keys. */
const items = new Map<string, object>();

beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockReturnValue(true);
  items.clear();
  jest.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(async (command: unknown) => {
    if (command instanceof PutItemCommand) {
      const { Item = {} } = command.input;
      items.set(`${Item.caller?.S} ${Item.id?.S}`, Item);
    }
    if (!(command instanceof GetItemCommand)) return {};
    const { Key = {}, ConsistentRead } = command.input;
    // At worst, a read that is not consistent finds none of the last writes.
    if (ConsistentRead !== true) return {};
    return { Item: items.get(`${Key.caller?.S} ${Key.id?.S}`) };
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

const post = async (body: unknown, userArn = session) => {
  const response = await messages(proxyEvent({ body: JSON.stringify(body), userArn }), context);
  expect(response.statusCode).toBe(200);
  return v.parse(operations.postMessage.response, JSON.parse(response.body));
};

const get = (id: string, query: Record<string, string[]> = {}, userArn = session) =>
  message(
    proxyEvent({
      httpMethod: 'GET',
      pathParameters: { id },
      multiValueQueryStringParameters: query,
      userArn,
    }),
    context,
  );

test('POST /messages answers with the received body and the caller', async () => {
  expect(await post({ foo: 'bar' })).toEqual({
    id: expect.any(String),
    received: { foo: 'bar' },
    caller: {
      accountId: '111111111111',
      arn: session,
      roleName: 'cross-account-api-dev-invoke',
      sessionName: 'caller',
    },
    requestId: 'request-1',
  });
});

test('the caller comes from the signature, not from the body', async () => {
  const { caller } = await post({
    caller: { accountId: '999999999999', arn: 'arn:aws:iam::999999999999:root' },
  });
  expect(caller.accountId).toBe('111111111111');
});

test('a message whose write was carried out, but not confirmed, is stored once: the repeated request writes the same item', async () => {
  process.env.IDEMPOTENCY_TABLE = 'keys';
  const stored: unknown[] = [];
  let remembering = messages;
  jest.isolateModules(() => {
    jest
      .spyOn(require('@aws-sdk/client-dynamodb').DynamoDBClient.prototype, 'send')
      .mockImplementation(async (command) => {
        const { Item = {} } = (command as PutItemCommand).input;
        if (Item.sender === undefined) return {};
        stored.push(Item.id?.S);
        if (stored.length === 1) throw new Error('The connection was closed.');
        return {};
      });
    ({ handler: remembering } = require('./messages.ts'));
  });
  delete process.env.IDEMPOTENCY_TABLE;
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'order-42' };
  const attempt = async () => (await remembering(proxyEvent({ headers, body: '{}' }), context)).statusCode;
  expect([await attempt(), await attempt()]).toEqual([500, 200]);
  expect(stored).toHaveLength(2);
  expect(new Set(stored).size).toBe(1);
});

test.each([
  [
    'has too many bytes',
    JSON.stringify({ a: 'x'.repeat(410_000) }),
    /has 410008 bytes. It must have at most 408576/,
  ],
  ['is not JSON and has too many bytes', '['.repeat(410_000), /has 410000 bytes/],
  [
    'has numbers that take more bytes in the table',
    JSON.stringify({ a: Array.from({ length: 20_000 }, () => 1) }).replaceAll('1', '1e20'),
    /is stored with 440007 bytes. They must be at most 408576/,
  ],
])('a message that %s is refused with its size', async (_what, body, detail) => {
  const response = await messages(proxyEvent({ body }), context);
  expect(response.statusCode).toBe(413);
  expect(JSON.parse(response.body).detail).toMatch(detail);
});

test('GET /messages/{id} answers with the message, or with the part that the query names', async () => {
  const { id, caller } = await post({ foo: { bar: [1] } });
  const read = async (query?: Record<string, string[]>) => {
    const response = await get(id, query);
    expect(response.statusCode).toBe(200);
    return v.parse(operations.getMessage.response, JSON.parse(response.body));
  };
  const body = { foo: { bar: [1] } };
  expect(await read()).toEqual({ id, body, caller, requestId: 'request-1' });
  expect(await read({ fields: ['body'] })).toEqual({ id, body, requestId: 'request-1' });
  expect(await read({ fields: ['caller'] })).toEqual({ id, caller, requestId: 'request-1' });
});

test('another session of the same role is the same caller; another role gets 404', async () => {
  const { id } = await post({ foo: 'bar' });
  expect(await get(id, {}, session.replace(/caller$/, 'elsewhere'))).toMatchObject({ statusCode: 200 });
  const { statusCode, body } = await get(id, {}, another);
  expect(statusCode).toBe(404);
  expect(v.parse(problemSchema, JSON.parse(body))).toMatchObject({
    status: 404,
    detail: `There is no message ${id} of this caller.`,
  });
});

test('a message that has expired gets 404, even if DynamoDB still has it', async () => {
  const { id } = await post({ foo: 'bar' });
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * 3_600_000);
  expect(await get(id)).toMatchObject({ statusCode: 404 });
});

test.each([
  ['an ID that is no UUID', 'id', {}, /"path":"id","message":"must be a UUID"/],
  [
    'an unknown part',
    '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f',
    { fields: ['all'] },
    /"path":"fields","message":"must be body or caller"/,
  ],
])('%s is refused, and named', async (_what, id, query, message) => {
  const response = await get(id, query);
  expect(response.statusCode).toBe(400);
  expect(response.body).toMatch(message);
});
