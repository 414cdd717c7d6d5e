import type { SimulatedEnvironment } from './environment.ts';
import type { Reply, Sent } from './network.ts';
import { MESSAGES_TABLE, Tables } from './tables.ts';

let now = Date.UTC(2026, 0, 1);
let lag = 0;
let tables: Tables;
let changes: unknown[];

beforeEach(() => {
  lag = 0;
  changes = [];
  tables = new Tables(
    () => now,
    () => lag,
  );
  tables.replaceKeys('keys');
});

function send(operation: string, input: object): { status: number; answer: Record<string, unknown> } {
  const date = new Date(now).toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
  const sent: Sent = {
    link: 'table',
    kind: 'keys PutItem',
    from: {} as SimulatedEnvironment,
    method: 'POST',
    url: '',
    shown: '',
    headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'x-amz-date': date },
    body: JSON.stringify({ TableName: 'keys', ...input }),
    watch: {
      settled: () => {},
      received: () => {},
      stored: (item) => changes.push(item),
      refused: () => changes.push('refused'),
    },
  };
  let reply: Reply | undefined;
  tables.serve(sent, (given) => {
    reply = given;
  });
  now += 10;
  return { status: reply!.status, answer: JSON.parse(String(reply!.body)) };
}

const Item = { id: { S: 'a' }, status: { S: 'INPROGRESS' }, expiration: { N: '100' } };
const Key = { id: { S: 'a' } };
const unlessLive = (at: string) => ({
  ConditionExpression: 'attribute_not_exists(#id) OR #end < :now',
  ExpressionAttributeNames: { '#id': 'id', '#end': 'expiration' },
  ExpressionAttributeValues: { ':now': { N: at } },
});

test('a condition is evaluated with the values of each request', () => {
  expect(send('PutItem', { Item, ...unlessLive('50') }).status).toBe(200);
  expect(send('PutItem', { Item, ...unlessLive('99') })).toMatchObject({
    status: 400,
    answer: { __type: expect.stringMatching(/#ConditionalCheckFailedException$/) },
  });
  expect(send('PutItem', { Item, ...unlessLive('101') }).status).toBe(200);
  expect(send('PutItem', { Item, ...unlessLive('99') }).status).toBe(400);
});

test('a failed condition shows the item only to those who ask for it', () => {
  send('PutItem', { Item });
  expect(send('PutItem', { Item, ...unlessLive('1') }).answer).not.toHaveProperty('Item');
  const asks = { ...unlessLive('1'), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
  expect(send('PutItem', { Item, ...asks }).answer).toMatchObject({ Item });
});

test('an update changes some attributes, and creates an item that is not there', () => {
  const update = {
    Key,
    UpdateExpression: 'SET #status = :status',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':status': { S: 'COMPLETED' } },
  };
  send('UpdateItem', update);
  send('PutItem', { Item });
  send('UpdateItem', update);
  expect(changes).toEqual([
    { id: { S: 'a' }, status: { S: 'COMPLETED' } },
    Item,
    { ...Item, status: { S: 'COMPLETED' } },
  ]);
});

test('a read that is not consistent may miss the last write', () => {
  send('PutItem', { Item });
  lag = 1_000;
  expect(send('GetItem', { Key }).answer).toEqual({});
  expect(send('GetItem', { Key, ConsistentRead: true }).answer).toEqual({ Item });
  now += 1_000;
  expect(send('GetItem', { Key }).answer).toEqual({ Item });
  send('DeleteItem', { Key });
  expect(send('GetItem', { Key, ConsistentRead: true }).answer).toEqual({});
});

test('an item of more than 400 KB is refused', () => {
  const data = (kilobytes: number) => ({ Item: { ...Key, data: { S: 'x'.repeat(kilobytes * 1_024) } } });
  expect(send('PutItem', data(399)).status).toBe(200);
  expect(send('PutItem', data(400))).toMatchObject({
    status: 400,
    answer: { __type: expect.stringMatching(/#ValidationException$/) },
  });
  expect(changes.at(-1)).toBe('refused');
});

test('messages have a sort key, and outlive the table of keys', () => {
  const message = (id: string) => ({
    TableName: MESSAGES_TABLE,
    Item: { caller: { S: 'role' }, id: { S: id } },
  });
  send('PutItem', message('1'));
  send('PutItem', message('2'));
  send('PutItem', { Item });
  tables.replaceKeys(undefined);
  const read = (id: string) =>
    send('GetItem', { TableName: MESSAGES_TABLE, Key: { caller: { S: 'role' }, id: { S: id } } });
  expect(read('1').answer).toHaveProperty('Item.id.S', '1');
  expect(read('2').answer).toHaveProperty('Item.id.S', '2');
  expect(send('GetItem', { Key }).status).toBe(400);
});
