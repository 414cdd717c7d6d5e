import { callOf, context } from '../dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from '../index.ts';

let service: DynamoDbService;
beforeEach(() => {
  service = createDynamoDbService();
});
afterEach(() => service.close());

const call = callOf(() => service);
const index = {
  IndexName: 'by-owner',
  KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
};
const table = (rest: object) => ({
  TableName: 'items',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [{ ...index, ...rest }],
});

test('a member of an index that dynalite would leave out is refused by name', async () => {
  const WarmThroughput = { ReadUnitsPerSecond: 12_000 };
  await expect(call('CreateTable', table({ WarmThroughput }))).rejects.toThrow(
    'local AWS does not implement GlobalSecondaryIndexes.1.WarmThroughput of dynamodb:CreateTable: leave it out.',
  );
  expect((await call('CreateTable', table({}))).status).toBe(200);
});

test('the attributes of an item may have any name', async () => {
  await service.resourceTypes[0]?.create(table({}), context);
  const Item = { id: { S: 'a' }, WarmThroughput: { M: { anything: { L: [{ BOOL: true }] } } } };
  expect(await call('PutItem', { TableName: 'items', Item })).toMatchObject({ status: 200 });
});
