import { active, callOf } from '../dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from '../index.ts';

let service: DynamoDbService;
beforeAll(async () => {
  service = createDynamoDbService();
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  const key = (hash: string, range?: string) => [
    { AttributeName: hash, KeyType: 'HASH' },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
  ];
  await call('CreateTable', {
    TableName: 'items',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['id', 'at', 'owner', 'kind'].map(attribute),
    KeySchema: key('id', 'at'),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-owner',
        KeySchema: key('owner'),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'by-kind',
        KeySchema: key('id', 'kind'),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
      },
    ],
  });
  await active(call, TableName);
  await put({ owner: { S: 'o' }, kind: { S: 'k' }, note: { S: 'n' }, count: { N: '1' } });
});
afterAll(() => service.close());

const call = callOf(() => service);
const TableName = 'items';
const key = { id: { S: 'a' }, at: { S: '1' } };
const put = (item: object) => call('PutItem', { TableName, Item: { ...key, ...item } });
const query = (input: object, value = 'a') =>
  call('Query', {
    TableName,
    KeyConditionExpression: 'id = :v',
    ExpressionAttributeValues: { ':v': { S: value } },
    ...input,
  });
const queryOwner = (input: object) =>
  query(
    {
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :v',
      ExpressionAttributeNames: { '#o': 'owner' },
      ...input,
    },
    'o',
  );

/** A request that DynamoDB refuses, and the message. */
const refused = (message: string) => ({ code: 'ValidationException', status: 400, message });

/** https://github.com/danishi/dynamodb-csv/issues/41, https://github.com/architect/dynalite/issues/184 */
const EMPTY = 'One or more parameter values are not valid. ';
const CANNOT = 'The AttributeValue for a key attribute cannot contain an empty string value. ';
const emptyKey = (name: string) => refused(`${EMPTY}${CANNOT}Key: ${name}`);
const emptyIndexKey = refused(
  `${EMPTY}A value specified for a secondary index key is not supported. ${CANNOT}IndexName: by-owner, IndexKey: owner`,
);

test('a key of a table or of an index cannot be empty', async () => {
  await expect(put({ at: { S: '' } })).rejects.toMatchObject(emptyKey('at'));
  await expect(put({ owner: { S: '' } })).rejects.toMatchObject(emptyIndexKey);
  const batch = { RequestItems: { items: [{ PutRequest: { Item: { ...key, owner: { S: '' } } } }] } };
  await expect(call('BatchWriteItem', batch)).rejects.toMatchObject(emptyIndexKey);
  const update = {
    TableName,
    Key: key,
    UpdateExpression: 'SET #o = :v',
    ExpressionAttributeNames: { '#o': 'owner' },
    ExpressionAttributeValues: { ':v': { S: '' } },
  };
  await expect(call('UpdateItem', update)).rejects.toMatchObject(emptyIndexKey);
  const legacy = { TableName, Key: key, AttributeUpdates: { owner: { Value: { S: '' } } } };
  await expect(call('UpdateItem', legacy)).rejects.toMatchObject(emptyIndexKey);
  const get = { TableName, Key: { ...key, id: { S: '' } } };
  await expect(call('GetItem', get)).rejects.toMatchObject(emptyKey('id'));
  const getAll = { RequestItems: { items: { Keys: [get.Key] } } };
  await expect(call('BatchGetItem', getAll)).rejects.toMatchObject(emptyKey('id'));
  await expect(query({}, '')).rejects.toMatchObject(emptyKey('id'));
});

test('an attribute that is no key can be empty', async () => {
  expect((await put({ id: { S: 'empty' }, note: { S: '' } })).status).toBe(200);
});

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
test('the size of a key and of an item counts the bytes of UTF-8', async () => {
  const umlauts = (count: number) => ({ S: 'ä'.repeat(count) });
  expect((await put({ id: umlauts(1024), at: umlauts(512) })).status).toBe(200);
  await expect(put({ id: umlauts(1025) })).rejects.toMatchObject(
    refused(
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    ),
  );
  await expect(put({ at: umlauts(513) })).rejects.toMatchObject(
    refused(
      'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
    ),
  );
  expect(await put({ id: { S: 'big' }, note: umlauts(200 * 1024) })).toMatchObject({
    status: 400,
    body: { message: 'Item size has exceeded the maximum allowed size' },
  });
  expect((await put({ id: { S: 'big' }, note: umlauts(200 * 1024 - 30) })).status).toBe(200);
});

test('the size of a binary key counts its bytes, and not the letters of their Base64', async () => {
  const definition = (AttributeName: string) => ({ AttributeName, AttributeType: 'B' });
  await call('CreateTable', {
    TableName: 'binary',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [definition('id'), definition('at')],
    KeySchema: [
      { AttributeName: 'id', KeyType: 'HASH' },
      { AttributeName: 'at', KeyType: 'RANGE' },
    ],
  });
  await active(call, 'binary');
  const bytes = (count: number) => ({ B: Buffer.alloc(count, 1).toString('base64') });
  const store = (id: number, at: number) =>
    call('PutItem', { TableName: 'binary', Item: { id: bytes(id), at: bytes(at) } });
  expect((await store(2048, 1024)).status).toBe(200);
  await expect(store(2049, 1)).rejects.toMatchObject({
    message: expect.stringContaining('limit of2048 bytes'),
  });
  await expect(store(1, 1025)).rejects.toMatchObject({
    message: expect.stringContaining('limit of 1024 bytes'),
  });
});

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
test('UpdateItem refuses an item of more than 400 KB, counts the bytes of names and texts, and leaves the item as it was', async () => {
  const Key = { id: { S: 'ä' }, at: { S: 'a' } };
  const update = (bytes: number) =>
    call('UpdateItem', {
      TableName,
      Key,
      UpdateExpression: 'SET #long = :long',
      ExpressionAttributeNames: { '#long': 'größe' },
      ExpressionAttributeValues: { ':long': { S: `${'ä'.repeat(bytes / 2)}${'a'.repeat(bytes % 2)}` } },
    });
  // The names and the values of the key have 2 + 2 and 2 + 1 bytes, the other name has 7.
  const largest = 400 * 1024 - 14;
  expect((await update(largest)).status).toBe(200);
  expect(await update(largest + 1)).toMatchObject({
    status: 400,
    body: { message: 'Item size to update has exceeded the maximum allowed size' },
  });
  const { body } = await call('GetItem', { TableName, Key });
  expect(Buffer.byteLength(body.Item.größe.S)).toBe(largest);
});

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html (Select)
test.each([
  [
    { Select: 'SPECIFIC_ATTRIBUTES' },
    'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
  ],
  [
    { Select: 'COUNT', ProjectionExpression: 'id' },
    'Cannot specify the ProjectionExpression when choosing to get only the Count',
  ],
  [
    { Select: 'ALL_ATTRIBUTES', ProjectionExpression: 'id' },
    'Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES',
  ],
  [
    { Select: 'ALL_PROJECTED_ATTRIBUTES' },
    'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
  ],
])('%j does not fit: Query and Scan refuse it', async (input, message) => {
  await expect(query(input)).rejects.toMatchObject(refused(`1 validation error detected: ${message}`));
  await expect(call('Scan', { TableName, ...input })).rejects.toMatchObject(refused(message));
});

test('a projection with SPECIFIC_ATTRIBUTES or without Select is right', async () => {
  for (const Select of [undefined, 'SPECIFIC_ATTRIBUTES']) {
    const { body } = await query({ Select, ProjectionExpression: 'note' });
    expect(body.Items).toEqual([{ note: { S: 'n' } }]);
  }
});

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html (ConsistentRead)
test('a global index has no consistent reads', async () => {
  const message = 'Consistent reads are not supported on global secondary indexes';
  await expect(
    call('Scan', { TableName, IndexName: 'by-owner', ConsistentRead: true }),
  ).rejects.toMatchObject(refused(message));
  await expect(queryOwner({ ConsistentRead: true })).rejects.toMatchObject(refused(message));
  expect((await call('Scan', { TableName, IndexName: 'by-kind', ConsistentRead: true })).status).toBe(200);
});

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Projections
test('a global index only has its own attributes', async () => {
  await expect(
    queryOwner({
      ProjectionExpression: 'note, #c',
      ExpressionAttributeNames: { '#o': 'owner', '#c': 'count' },
    }),
  ).rejects.toMatchObject(
    refused(
      'One or more parameter values were invalid: Global secondary index by-owner does not project [count]',
    ),
  );
  const { body } = await queryOwner({ ProjectionExpression: 'id, note' });
  expect(body.Items).toEqual([{ id: { S: 'a' }, note: { S: 'n' } }]);
});

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.Projections
test('a local index has the attributes of its projection, and gets further ones from the table', async () => {
  const { body } = await query({ IndexName: 'by-kind' });
  expect(body.Items).toEqual([{ ...key, kind: { S: 'k' }, note: { S: 'n' } }]);
  const further = await query({
    IndexName: 'by-kind',
    ProjectionExpression: '#o',
    ExpressionAttributeNames: { '#o': 'owner' },
  });
  expect(further.body.Items).toEqual([{ owner: { S: 'o' } }]);
});

test('a condition that compares lists or maps is refused, because dynalite never finds them equal', async () => {
  const compare = (ConditionExpression: string, value: object) =>
    call('PutItem', {
      TableName,
      Item: key,
      ConditionExpression,
      ExpressionAttributeValues: { ':v': value },
    });
  const message = (operator: string) =>
    refused(
      `local AWS cannot compare lists and maps with the operator ${operator}: compare their elements instead.`,
    );
  await expect(compare('attribute_exists(m) AND m = :v', { M: {} })).rejects.toMatchObject(message('='));
  await expect(compare('NOT m <> :v', { L: [] })).rejects.toMatchObject(message('<>'));
  await expect(compare('contains(l, :v)', { M: {} })).rejects.toMatchObject(message('contains'));
  expect((await compare('attribute_not_exists(x) OR note = :v', { S: 'n' })).status).toBe(200);
});

// https://github.com/aws-cloudformation/cfn-lint/issues/1037
test('a table with indexes has no definition of an attribute that is in no key', async () => {
  const definition = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  const input = {
    TableName: 'others',
    AttributeDefinitions: ['id', 'owner', 'unused'].map(definition),
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-owner',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  };
  const billing = { BillingMode: 'PAY_PER_REQUEST' };
  await expect(call('CreateTable', { ...input, ...billing })).rejects.toMatchObject(
    refused(
      'One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: [id, owner, unused], keys used: [id, owner]',
    ),
  );
  const AttributeDefinitions = ['id', 'owner'].map(definition);
  const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  await expect(
    call('CreateTable', { ...input, AttributeDefinitions, ProvisionedThroughput }),
  ).rejects.toMatchObject(
    refused(
      'One or more parameter values were invalid: ProvisionedThroughput must be specified for index: by-owner',
    ),
  );
});

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
test('BatchGetItem answers with up to 16 MB, and keeps the projection of the keys that are left', async () => {
  const ids = Array.from({ length: 48 }, (_item, index) => `large ${index}`);
  const Keys = ids.map((id) => ({ ...key, id: { S: id } }));
  await Promise.all(Keys.map((each) => put({ ...each, note: { S: 'x'.repeat(380_000) } })));
  const request = { Keys, ProjectionExpression: '#n', ExpressionAttributeNames: { '#n': 'note' } };
  const { body } = await call('BatchGetItem', { RequestItems: { items: request } });
  // 44 × 380 KB are less than 16 MiB, and 45 × 380 KB more.
  expect(body.Responses.items.length).toBe(44);
  const { Keys: left, ...others } = body.UnprocessedKeys.items;
  expect(left.length).toBe(4);
  expect(others).toEqual({ ProjectionExpression: '#n', ExpressionAttributeNames: { '#n': 'note' } });
  const rest = await call('BatchGetItem', { RequestItems: body.UnprocessedKeys });
  expect(rest.body.Responses.items.length).toBe(4);
});
