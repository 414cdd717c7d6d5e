import { active, callOf } from '../dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from '../index.ts';

/* The words of DynamoDB's errors where dynalite has others, or none. */

const service: DynamoDbService = createDynamoDbService();
const call = callOf(() => service);
afterAll(() => service.close());

const TableName = 'items';
const Key = { id: { S: 'a' } };
const attributes = (...names: readonly string[]) =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
const table = {
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: attributes('id'),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
};

beforeAll(async () => {
  await call('CreateTable', table);
  await active(call, TableName);
});

test('the error for a table that exists names it', async () => {
  expect(await call('CreateTable', table)).toMatchObject({
    status: 400,
    body: {
      __type: expect.stringMatching(/#ResourceInUseException$/),
      message: 'Table already exists: items',
    },
  });
});

// https://github.com/nubo-db/dynamodb-conformance, whose tests run on AWS: writes have the envelope, reads have not.
test.each([
  [
    'UpdateItem',
    { Key, UpdateExpression: 'SET b = :w', ConditionExpression: 'a = :v' },
    'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v',
  ],
  ['UpdateItem', { Key, UpdateExpression: '' }, 'Invalid UpdateExpression: The expression can not be empty;'],
  [
    'DeleteItem',
    { Key, ConditionExpression: 'a <> :v' },
    'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v',
  ],
  [
    'PutItem',
    { Item: Key, ExpressionAttributeNames: { '#a': 'a' } },
    'ExpressionAttributeNames can only be specified when using expressions',
  ],
  ['PutItem', { Item: Key, ConditionExpression: 'attribute_exists(id)' }, undefined],
])('%s: an error of an expression begins with the number of errors', async (operation, input, reason) => {
  const values = 'UpdateExpression' in input &&
    input.UpdateExpression !== '' && { ExpressionAttributeValues: { ':w': { S: 'x' } } };
  const { body } = await call(operation, { TableName, ...input, ...values });
  if (reason !== undefined) expect(body.message).toBe(`1 validation error detected: ${reason}`);
  // A condition that does not hold is no invalid expression.
  else expect(body.message).toBe('The conditional request failed');
});

test('reads say the reason alone', async () => {
  const read = { TableName, FilterExpression: 'a = :v' };
  expect((await call('Scan', read)).body.message).toMatch(/^Invalid FilterExpression: /);
  expect((await call('GetItem', { TableName, Key, ProjectionExpression: '' })).body.message).toMatch(
    /^Invalid ProjectionExpression: /,
  );
});

test('an index whose key has several attributes of one type is refused with the index and the type', async () => {
  const KeySchema = [
    { AttributeName: 'owner', KeyType: 'HASH' },
    { AttributeName: 'year', KeyType: 'RANGE' },
    { AttributeName: 'month', KeyType: 'RANGE' },
  ];
  const index = { IndexName: 'by-month', KeySchema, Projection: { ProjectionType: 'ALL' } };
  const AttributeDefinitions = attributes('id', 'owner', 'year', 'month');
  const created = { ...table, TableName: 'other', AttributeDefinitions, GlobalSecondaryIndexes: [index] };
  const updated = { TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create: index }] };
  for (const [operation, input] of [
    ['CreateTable', created],
    ['UpdateTable', updated],
  ] as const) {
    await expect(call(operation, input)).rejects.toMatchObject({
      code: 'NotImplemented',
      message: expect.stringContaining(
        'several attributes of KeyType RANGE in the KeySchema of the global secondary index by-month',
      ),
    });
  }
});

// test_update_item_add_empty_set and test_put_item_empty_set of https://github.com/getmoto/moto, which run on AWS
test.each([
  ['PutItem', { Item: { ...Key, attr: { SS: [] } } }, 'string'],
  ['PutItem', { Item: { ...Key, attr: { NS: [] } } }, 'number'],
  [
    'UpdateItem',
    { Key, UpdateExpression: 'ADD attr :empty', ExpressionAttributeValues: { ':empty': { SS: [] } } },
    'string',
  ],
  [
    'UpdateItem',
    { Key, UpdateExpression: 'SET attr = :one', ExpressionAttributeValues: { ':one': { NS: [] } } },
    'number',
  ],
])('%s with %j is refused: a set may not be empty', async (operation, input, kind) => {
  expect(await call(operation, { TableName, ...input })).toMatchObject({
    status: 400,
    body: {
      __type: expect.stringMatching(/#ValidationException$/),
      message: `1 validation error detected: One or more parameter values were invalid: An ${kind} set  may not be empty`,
    },
  });
});
