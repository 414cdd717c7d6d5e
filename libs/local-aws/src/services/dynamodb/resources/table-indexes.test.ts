import { callOf, context } from '../dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from '../index.ts';

let service: DynamoDbService;
beforeEach(() => {
  service = createDynamoDbService();
});
afterEach(() => service.close());

const call = callOf(() => service);
const TableName = 'items';
const hash = (AttributeName: string) => [{ AttributeName, KeyType: 'HASH' }];
const index = (IndexName: string, attribute: string, ProjectionType = 'ALL') => ({
  IndexName,
  KeySchema: hash(attribute),
  Projection: { ProjectionType },
});
const table = (indexes: readonly object[], ...keys: readonly string[]) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', ...keys].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: hash('id'),
  ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
});
const bare = table([]);
const byOwner = table([index('by-owner', 'owner')], 'owner');
const byKind = table([index('by-kind', 'kind')], 'kind');

const create = (properties: object) => service.resourceTypes[0]!.create(properties as never, context);
const update = (properties: object, previous: object) =>
  service.resourceTypes[0]!.update(
    { physicalId: TableName, attributes: {} },
    properties as never,
    previous as never,
    context,
  );
const put = (id: string, rest: object) => call('PutItem', { TableName, Item: { id: { S: id }, ...rest } });
const found = async (name: string, attribute: string, value: string) => {
  const { body } = await call('Query', {
    TableName,
    IndexName: name,
    KeyConditionExpression: '#k = :v',
    ExpressionAttributeNames: { '#k': attribute },
    ExpressionAttributeValues: { ':v': { S: value } },
  });
  return body.Items?.map((item: { id: { S: string } }) => item.id.S).sort() ?? body.message;
};
const owned = (owner: string) => ({ owner: { S: owner } });

test('a table of a stack can be queried by its indexes', async () => {
  await create(byOwner);
  await Promise.all([put('a', owned('x')), put('b', owned('x')), put('c', owned('y')), put('d', {})]);
  expect(await found('by-owner', 'owner', 'x')).toEqual(['a', 'b']);
});

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
test('a query of an index needs the permission on the index', async () => {
  await create(byOwner);
  const { questions } = await call('Scan', { TableName, IndexName: 'by-owner' });
  expect(questions).toMatchObject([
    {
      action: 'dynamodb:Scan',
      resource: 'arn:aws:dynamodb:us-east-1:111111111111:table/items/index/by-owner',
    },
  ]);
});

test('an update of a stack adds an index with all items, and removes it again', async () => {
  await create(bare);
  await Promise.all([put('a', owned('x')), put('b', {}), put('number', { owner: { N: '1' } })]);
  await Promise.all([update(byOwner, bare), put('meanwhile', owned('x'))]);
  await put('later', owned('x'));
  expect(await found('by-owner', 'owner', 'x')).toEqual(['a', 'later', 'meanwhile']);
  const { Table } = (await call('DescribeTable', { TableName })).body;
  expect(Table).toMatchObject({
    AttributeDefinitions: byOwner.AttributeDefinitions,
    GlobalSecondaryIndexes: [
      {
        ...index('by-owner', 'owner'),
        IndexStatus: 'ACTIVE',
        IndexArn: 'arn:aws:dynamodb:us-east-1:111111111111:table/items/index/by-owner',
      },
    ],
  });
  await update(bare, byOwner);
  expect(await found('by-owner', 'owner', 'x')).toBe('The table does not have the specified index: by-owner');
  expect((await call('DescribeTable', { TableName })).body.Table).toMatchObject({
    AttributeDefinitions: bare.AttributeDefinitions,
  });
  // The index was deleted with its items.
  await update(byOwner, bare);
  await call('DeleteItem', { TableName, Key: { id: { S: 'a' } } });
  expect(await found('by-owner', 'owner', 'x')).toEqual(['later', 'meanwhile']);
});

test('an update changes the throughput of a table and of its indexes', async () => {
  const units = (count: number) => ({ ReadCapacityUnits: count, WriteCapacityUnits: count });
  const provisioned = (count: number) => {
    const { BillingMode: _, ...rest } = byOwner;
    const ProvisionedThroughput = units(count);
    const indexes = byOwner.GlobalSecondaryIndexes?.map((one) => ({ ...one, ProvisionedThroughput }));
    return { ...rest, ProvisionedThroughput: units(1), GlobalSecondaryIndexes: indexes };
  };
  await create(byOwner);
  const shown = async () => {
    const { Table } = (await call('DescribeTable', { TableName })).body;
    return [
      Table.BillingModeSummary.BillingMode,
      Table.GlobalSecondaryIndexes[0].ProvisionedThroughput.ReadCapacityUnits,
    ];
  };
  await update(provisioned(1), byOwner);
  expect(await shown()).toEqual(['PROVISIONED', 1]);
  await update(provisioned(2), provisioned(1));
  expect(await shown()).toEqual(['PROVISIONED', 2]);
  await update(byOwner, provisioned(2));
  expect(await shown()).toEqual(['PAY_PER_REQUEST', 0]);
});

// https://github.com/aws/aws-cdk/issues/14920
test('an update creates or deletes only one index', async () => {
  await create(byOwner);
  const message = 'Cannot perform more than one GSI creation or deletion in a single update';
  await expect(update(byKind, byOwner)).rejects.toThrow(message);
  const reshaped = table([index('by-owner', 'owner', 'KEYS_ONLY')], 'owner');
  await expect(update(reshaped, byOwner)).rejects.toThrow("Cannot update GSI's properties other than");
});

test('an update that leaves out the attribute of a key is refused', async () => {
  await create(byOwner);
  await expect(
    update({ ...byOwner, AttributeDefinitions: bare.AttributeDefinitions }, byOwner),
  ).rejects.toThrow(
    'Property AttributeDefinitions is inconsistent with the KeySchema of the table and the secondary indexes',
  );
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html (AttributeDefinitions)
test('only another type of an attribute replaces the table', () => {
  const isReplaced = service.resourceTypes[0]!.replacedIf?.AttributeDefinitions;
  expect(isReplaced?.(bare.AttributeDefinitions, byOwner.AttributeDefinitions)).toBe(false);
  expect(isReplaced?.(byOwner.AttributeDefinitions, bare.AttributeDefinitions)).toBe(false);
  const number = [{ AttributeName: 'id', AttributeType: 'N' }];
  expect(isReplaced?.(bare.AttributeDefinitions, number)).toBe(true);
});

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
test('UpdateTable creates one index after the other, and none twice', async () => {
  await create(bare);
  const add = (...names: readonly string[]) =>
    call('UpdateTable', {
      TableName,
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexUpdates: names.map((name) => ({ Create: index(`by-${name}`, name) })),
    });
  await expect(add('owner', 'kind')).rejects.toMatchObject({ code: 'LimitExceededException' });
  expect((await Promise.all([add('owner'), add('kind')])).map(({ status }) => status)).toEqual([200, 200]);
  await expect(add('owner')).rejects.toThrow('Attempting to create an index which already exists');
  await put('a', { ...owned('x'), kind: { S: 'k' } });
  expect(await found('by-owner', 'owner', 'x')).toEqual(['a']);
  expect(await found('by-kind', 'kind', 'k')).toEqual(['a']);
  const remove = { TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'none' } }] };
  await expect(call('UpdateTable', remove)).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
});
