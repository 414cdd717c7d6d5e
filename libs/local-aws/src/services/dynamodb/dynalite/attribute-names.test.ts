import { active, callOf, refusal } from '../dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from '../index.ts';

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html: the name of an attribute may be any text. */

const service: DynamoDbService = createDynamoDbService();
const call = callOf(() => service);
afterAll(() => service.close());

const TableName = 'constructor';
const Key = { id: { S: 'a' } };

/** An object with a member of any name, `__proto__`, too. */
const object = (name: string, value: unknown, more: object = {}): object =>
  Object.fromEntries([...Object.entries(more), [name, value]]);

beforeAll(async () => {
  await call('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  await active(call, TableName);
});
beforeEach(() => call('DeleteItem', { TableName, Key }));

const get = async (more: object = {}) => (await call('GetItem', { TableName, Key, ...more })).body.Item;

describe.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'ordinary'])(
  'an attribute named %s',
  (name) => {
    const aliases = { ExpressionAttributeNames: { '#n': name } };
    const item = object(name, { S: '__proto__' }, { ...Key, m: { M: object(name, { L: [{ S: 'x' }] }) } });

    test('is stored and read, in an item and in a map', async () => {
      await call('PutItem', { TableName, Item: item });
      expect(Object.entries(await get()).sort()).toEqual(Object.entries(item).sort());
      const { Responses } = (
        await call('BatchGetItem', {
          RequestItems: { [TableName]: { Keys: [Key], AttributesToGet: [name] } },
        })
      ).body;
      expect(Object.entries(Responses[TableName][0])).toEqual([[name, { S: '__proto__' }]]);
      const projected = await get({ ProjectionExpression: 'm.#n[0]', ...aliases });
      expect(Object.entries(projected.m.M)).toEqual([[name, { L: [{ S: 'x' }] }]]);
    });

    test('is set by an update, of a new item, too, and removed', async () => {
      const update = (UpdateExpression: string, ExpressionAttributeValues?: object) =>
        call('UpdateItem', {
          TableName,
          Key,
          UpdateExpression,
          ...aliases,
          ExpressionAttributeValues,
          ReturnValues: 'ALL_NEW',
        });
      const { Attributes } = (await update('SET #n = :v', { ':v': { M: {} } })).body;
      expect(Object.entries(Attributes)).toContainEqual([name, { M: {} }]);
      await update('SET #n.#n = :v', { ':v': { S: 'x' } });
      expect(Object.entries(await get())).toContainEqual([name, { M: object(name, { S: 'x' }) }]);
      await update('REMOVE #n');
      expect(Object.keys(await get())).toEqual(['id']);
    });

    test('is absent from an item that does not have it', async () => {
      await call('PutItem', { TableName, Item: { ...Key, m: { M: {} } } });
      const scan = async (FilterExpression: string) =>
        (await call('Scan', { TableName, FilterExpression, ...aliases })).body.Count;
      expect(await scan('attribute_exists(#n)')).toBe(0);
      expect(await scan('attribute_not_exists(#n) AND attribute_not_exists(m.#n)')).toBe(1);
      expect(await get({ ProjectionExpression: '#n', ...aliases })).toEqual({});
    });
  },
);

test('an expression may have the name itself, beside other names', async () => {
  await call('PutItem', {
    TableName,
    Item: { ...Key, toString: { S: 'x' }, m: { M: { valueOf: { N: '1' } } } },
  });
  const found = await call('Scan', {
    TableName,
    FilterExpression: 'toString = :x AND #n = :x AND attribute_exists(m.valueOf)',
    ExpressionAttributeNames: { '#n': 'toString' },
    ExpressionAttributeValues: { ':x': { S: 'x' } },
  });
  expect(found.body.Count).toBe(1);
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
  expect((await refusal(call('Scan', { TableName, FilterExpression: 'constructor = id' }))).message).toBe(
    'Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: constructor',
  );
});

test('a table whose key is named so is described, and its errors have the name', async () => {
  const AttributeName = 'constructor';
  await call('CreateTable', {
    TableName: 'keyed',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName, AttributeType: 'S' }],
    KeySchema: [{ AttributeName, KeyType: 'HASH' }],
  });
  await active(call, 'keyed');
  const { Table } = (await call('DescribeTable', { TableName: 'keyed' })).body;
  expect(Table.KeySchema).toEqual([{ AttributeName, KeyType: 'HASH' }]);
  expect((await refusal(call('PutItem', { TableName: 'keyed', Item: { id: { S: 'a' } } }))).message).toBe(
    'One or more parameter values were invalid: Missing the key constructor in the item',
  );
  expect((await call('PutItem', { TableName: 'keyed', Item: { constructor: { S: 'a' } } })).status).toBe(200);
});

test('a name that local AWS needs itself is refused, and not changed', async () => {
  const item = { TableName, Item: { ...Key, '\u0001onstructor': { S: 'x' } } };
  expect(await refusal(call('PutItem', item))).toEqual({
    code: 'NotImplemented',
    message: 'local AWS cannot store the attribute "\\u0001onstructor": leave out the control character.',
  });
});
