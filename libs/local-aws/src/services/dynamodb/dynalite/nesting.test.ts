import { active, callOf, refusal } from '../dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from '../index.ts';

/*
 * https://github.com/nubo-db/dynamodb-conformance (nestingDepth) runs on AWS: 31 maps around a scalar are taken, 32 are not, in items, in
 * batches and in the values of expressions.
 */

const service: DynamoDbService = createDynamoDbService();
const call = callOf(() => service);
afterAll(() => service.close());

const TableName = 'items';
const Key = { id: { S: 'a' } };

beforeAll(async () => {
  await call('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  await active(call, TableName);
});
beforeEach(() => call('PutItem', { TableName, Item: { ...Key, n: { N: '1' } } }));

/** A scalar within maps, and within lists at each second level. */
function within(maps: number): object {
  let value: object = { S: 'leaf' };
  for (let at = 0; at < maps; at += 1) value = at % 2 === 0 ? { M: { n: value } } : { L: [value] };
  return value;
}

const condition = { UpdateExpression: 'SET touched = :t', ConditionExpression: 'size(n) > :v' };
const operations: [string, (value: object) => Parameters<typeof call>][] = [
  ['an item', (value) => ['PutItem', { TableName, Item: { ...Key, value } }]],
  [
    'an item of a batch',
    (value) => [
      'BatchWriteItem',
      { RequestItems: { [TableName]: [{ PutRequest: { Item: { ...Key, value } } }] } },
    ],
  ],
  [
    'a value that an update sets',
    (value) => [
      'UpdateItem',
      { TableName, Key, UpdateExpression: 'SET a = :v', ExpressionAttributeValues: { ':v': value } },
    ],
  ],
  [
    'a value of AttributeUpdates',
    (value) => ['UpdateItem', { TableName, Key, AttributeUpdates: { a: { Action: 'PUT', Value: value } } }],
  ],
];
const message =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';

test.each(operations)('%s may have 32 levels, and not 33, or thousands', async (_what, input) => {
  expect((await call(...input(within(31)))).status).toBe(200);
  const [operation, refused] = input(within(32));
  expect(await refusal(call(operation, refused))).toEqual({ code: 'ValidationException', message });
  for (const levels of [5_000, 100_000]) {
    const text = JSON.stringify(input({ S: 'leaf' })[1]);
    const deep = `${'{"L":['.repeat(levels)}{"S":"leaf"}${']}'.repeat(levels)}`;
    const sent = call(operation, text.replace('{"S":"leaf"}', deep));
    expect(await refusal(sent)).toEqual({ code: 'ValidationException', message });
  }
});

test.each(['Query', 'UpdateItem'])(
  'a value of a condition of %s has at most 32 levels',
  async (operation) => {
    const input =
      operation === 'Query'
        ? { KeyConditionExpression: 'id = :t', FilterExpression: 'contains(a, :v)' }
        : { Key, ...condition };
    const values = (maps: number) => ({ ':t': { S: 'a' }, ':v': within(maps) });
    const send = (maps: number) =>
      call(operation, { TableName, ...input, ExpressionAttributeValues: values(maps) });
    // A list or a map cannot be compared with a number, and local AWS does not compare maps.
    expect((await refusal(send(31))).message).not.toBe(message);
    expect((await refusal(send(32))).message).toBe(message);
  },
);

test('an update cannot put together an item of more levels', async () => {
  const set = (path: string, value: string) =>
    call('UpdateItem', { TableName, Key, UpdateExpression: `SET ${path} = ${value}` });
  await call('PutItem', {
    TableName,
    Item: { ...Key, deep: within(30), m: { M: { l: { L: [{ S: 'x' }] }, m: { M: {} } } } },
  });
  expect((await set('m.n', 'deep')).status).toBe(200);
  expect((await refusal(set('m.m.n', 'deep'))).message).toBe(message);
  expect((await set('m.l[0]', 'list_append(m.l, m.l)')).status).toBe(200);
  expect((await refusal(set('m.m.n', 'm.n'))).message).toBe(message);
});

test('what is nested where no value stands is refused as what has another type', async () => {
  const deep = `${'{"x":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const refused = async (operation: string, members: string) =>
    (await refusal(call(operation, `{"TableName":"items","Key":{"id":{"S":"a"}},${members}}`))).code;
  const values = `"UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":${deep}}`;
  expect(await refused('UpdateItem', values)).toBe('ValidationException');
  expect(await refused('GetItem', `"ProjectionExpression":${deep}`)).toBe('SerializationException');
  const names = `"ProjectionExpression":"#a","ExpressionAttributeNames":{"#a":${deep}}`;
  expect(await refused('GetItem', names)).toBe('SerializationException');
  expect(await refused('GetItem', `"Unknown":${deep}`)).toBe('NotImplemented');
  // With a name for which the whole input is read.
  expect(await refused('GetItem', names.replace('"x"', '"constructor"'))).toBe('SerializationException');
});
