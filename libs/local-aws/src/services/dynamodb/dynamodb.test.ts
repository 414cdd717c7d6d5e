import { type AuthorizationRequest, createAuthorizer } from '@cross-account-api/iam';
import { active, callOf, context, scope } from './dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from './index.ts';

let service: DynamoDbService;
beforeEach(() => {
  service = createDynamoDbService();
});
afterEach(() => service.close());

const table = {
  TableName: 'keys',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  TimeToLiveSpecification: { Enabled: true, AttributeName: 'expiration' },
};

const call = callOf(() => service);

test('a table of a stack keeps items, and its time to live', async () => {
  const [type] = service.resourceTypes;
  const state = await type!.create(table as never, context);
  expect(state).toEqual({
    physicalId: 'keys',
    attributes: { Arn: 'arn:aws:dynamodb:us-east-1:111111111111:table/keys' },
  });
  await call('PutItem', { TableName: 'keys', Item: { id: { S: 'a' }, n: { N: '1' } } });
  const read = await call('GetItem', { TableName: 'keys', Key: { id: { S: 'a' } } });
  expect(read.body.Item).toEqual({ id: { S: 'a' }, n: { N: '1' } });
  expect(read.questions).toEqual([
    {
      action: 'dynamodb:GetItem',
      resource: 'arn:aws:dynamodb:us-east-1:111111111111:table/keys',
      resourceAccountId: '111111111111',
      context: {
        'dynamodb:Attributes': ['id'],
        'dynamodb:LeadingKeys': ['a'],
        'dynamodb:Select': 'ALL_ATTRIBUTES',
      },
    },
  ]);
  await type!.delete(state, table as never, context);
  await type!.delete(state, table as never, context);
  expect((await call('DescribeTable', { TableName: 'keys' })).body.__type).toMatch(
    /ResourceNotFoundException/,
  );
});

// The policy is AWS's example: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html#FGAC_DDB.OverviewUseCase
test('a policy limits a user to the own items and to certain attributes, also in indexes and batches', async () => {
  const key = (...names: readonly string[]) =>
    names.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' }));
  await call('CreateTable', {
    TableName: 'GameScores',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['UserId', 'GameTitle'].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: key('GameTitle', 'UserId'),
    GlobalSecondaryIndexes: [
      { IndexName: 'by-user', KeySchema: key('UserId', 'GameTitle'), Projection: { ProjectionType: 'ALL' } },
    ],
  });
  await active(call, 'GameScores');
  const arn = 'arn:aws:iam::111111111111:user/alice';
  const ids = { accountId: scope.accountId, arn, principalArn: arn, userId: 'AIDA', userName: 'alice' };
  const document = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 'dynamodb:*',
      Resource: 'arn:aws:dynamodb:us-east-1:111111111111:table/GameScores*',
      Condition: {
        'ForAllValues:StringEquals': {
          'dynamodb:LeadingKeys': ['Chess', 'alice'],
          'dynamodb:Attributes': ['UserId', 'GameTitle', 'Wins'],
        },
        StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    },
  };
  const authorizer = createAuthorizer({
    identityPolicies: () => [{ name: 'own', document }],
    permissionsBoundary: () => undefined,
    organizationOf: () => undefined,
  });
  const isAllowed = async (operation: string, input: object) => {
    const { questions } = await call(operation, { TableName: 'GameScores', ...input });
    const [question] = questions as readonly Omit<AuthorizationRequest, 'principal'>[];
    return (await authorizer.decide({ principal: { type: 'User', tags: {}, ...ids }, ...question! })).allowed;
  };
  const read = { ProjectionExpression: 'Wins' };
  const itemOf = (title: string) => ({ GameTitle: { S: title }, UserId: { S: 'alice' } });
  const query = (user: string) => ({
    ...read,
    IndexName: 'by-user',
    KeyConditionExpression: 'UserId = :u',
    ExpressionAttributeValues: { ':u': { S: user } },
  });
  const batch = (...titles: readonly string[]) => ({
    TableName: undefined,
    RequestItems: { GameScores: { ...read, Keys: titles.map(itemOf) } },
  });
  expect(await isAllowed('GetItem', { ...read, Key: itemOf('Chess') })).toBe(true);
  expect(await isAllowed('GetItem', { ...read, Key: itemOf('Go') })).toBe(false);
  expect(await isAllowed('GetItem', { Key: itemOf('Chess') })).toBe(false);
  expect(await isAllowed('GetItem', { ProjectionExpression: 'Pilot', Key: itemOf('Chess') })).toBe(false);
  expect(await isAllowed('Query', query('alice'))).toBe(true);
  expect(await isAllowed('Query', query('bob'))).toBe(false);
  expect(await isAllowed('BatchGetItem', batch('Chess'))).toBe(true);
  expect(await isAllowed('BatchGetItem', batch('Chess', 'Go'))).toBe(false);
  expect(await isAllowed('PutItem', { Item: { ...itemOf('Chess'), Wins: { N: '1' } } })).toBe(true);
  expect(await isAllowed('PutItem', { Item: { ...itemOf('Chess'), Pilot: { N: '1' } } })).toBe(false);
});

test('a table keeps its provisioned throughput, and does not enforce it', async () => {
  const [type] = service.resourceTypes;
  const { BillingMode: _, ...keys } = table;
  const provisioned = (units: number) => ({
    ...keys,
    ProvisionedThroughput: { ReadCapacityUnits: units, WriteCapacityUnits: units },
  });
  const shown = async () => (await call('DescribeTable', { TableName: 'keys' })).body.Table;
  const state = await type!.create(provisioned(1) as never, context);
  expect(await shown()).toMatchObject({ ProvisionedThroughput: { ReadCapacityUnits: 1 } });
  const puts = Array.from({ length: 20 }, (_item, id) =>
    call('PutItem', { TableName: 'keys', Item: { id: { S: `${id}` }, text: { S: 'x'.repeat(9_000) } } }),
  );
  for (const { status } of await Promise.all(puts)) expect(status).toBe(200);
  await type!.update(state, provisioned(2) as never, provisioned(1) as never, context);
  expect(await shown()).toMatchObject({ ProvisionedThroughput: { WriteCapacityUnits: 2 } });
  await type!.update(state, table as never, provisioned(2) as never, context);
  expect(await shown()).toMatchObject({ BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } });
  await expect(type!.create({ ...keys, TableName: 'none' } as never, context)).rejects.toThrow(
    'ReadCapacityUnits and WriteCapacityUnits must both be specified',
  );
});

test('neither a client nor a stack can delete a table while it is protected', async () => {
  const [type] = service.resourceTypes;
  const guarded = { ...table, DeletionProtectionEnabled: true };
  const state = await type!.create(guarded as never, context);
  const message =
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.';
  await expect(call('DeleteTable', { TableName: 'keys' })).rejects.toMatchObject({ message });
  await expect(type!.delete(state, guarded as never, context)).rejects.toMatchObject({ message });
  await type!.update(state, table as never, guarded as never, context);
  expect((await call('DeleteTable', { TableName: 'keys' })).status).toBe(200);
});

test('UpdateTable sets and removes the protection, which DescribeTable shows', async () => {
  await service.resourceTypes[0]!.create(table as never, context);
  const shown = async () =>
    (await call('DescribeTable', { TableName: 'keys' })).body.Table.DeletionProtectionEnabled;
  const protect = (DeletionProtectionEnabled: boolean, more = {}) =>
    call('UpdateTable', { TableName: 'keys', DeletionProtectionEnabled, ...more });
  expect(await shown()).toBe(false);
  expect((await protect(true)).body.TableDescription).toMatchObject({
    TableName: 'keys',
    DeletionProtectionEnabled: true,
  });
  expect(await shown()).toBe(true);
  await expect(call('DeleteTable', { TableName: 'keys' })).rejects.toThrow('protected against deletion');
  await protect(false, { BillingMode: 'PAY_PER_REQUEST' });
  expect(await shown()).toBe(false);
  expect((await call('DeleteTable', { TableName: 'keys' })).status).toBe(200);
  await expect(
    call('UpdateTable', { TableName: 'never', DeletionProtectionEnabled: true }),
  ).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
});

test('DescribeTable names the KMS key of a table, as its ARN', async () => {
  const [type] = service.resourceTypes;
  const shown = async () => (await call('DescribeTable', { TableName: 'keys' })).body.Table.SSEDescription;
  const encryptedWith = (KMSMasterKeyId: string) => ({
    ...table,
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId },
  });
  const arn = 'arn:aws:kms:us-east-1:111111111111:key/k-1';
  const state = await type!.create(encryptedWith('k-1') as never, context);
  expect(await shown()).toEqual({ Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: arn });
  await type!.update(state, encryptedWith(arn) as never, encryptedWith('k-1') as never, context);
  expect(await shown()).toMatchObject({ KMSMasterKeyArn: arn });
  await type!.update(state, table as never, encryptedWith(arn) as never, context);
  expect(await shown()).toBeUndefined();
});

test("accounts do not see each other's tables", async () => {
  await service.resourceTypes[0]!.create(table as never, context);
  const other = await call('DescribeTable', { TableName: 'keys' }, '222222222222');
  expect(other.status).toBe(400);
  expect((await call('DescribeTable', { TableName: 'keys' })).status).toBe(200);
});

test('a table of a client exists only in its account and region', async () => {
  const { TableName, AttributeDefinitions, KeySchema, BillingMode } = table;
  await call('CreateTable', { TableName, AttributeDefinitions, KeySchema, BillingMode });
  expect((await call('DescribeTable', { TableName })).body.Table.TableArn).toBe(
    'arn:aws:dynamodb:us-east-1:111111111111:table/keys',
  );
});

test('a failed condition returns the error of DynamoDB', async () => {
  await service.resourceTypes[0]!.create(table as never, context);
  const put = {
    TableName: 'keys',
    Item: { id: { S: 'a' } },
    ConditionExpression: 'attribute_not_exists(id)',
  };
  expect((await call('PutItem', put)).status).toBe(200);
  expect((await call('PutItem', put)).body.__type).toMatch(/ConditionalCheckFailedException/);
});

test.each([
  ['PutItem', { Item: { id: { S: 'a' }, n: { N: '2' } } }],
  ['UpdateItem', { Key: { id: { S: 'a' } }, UpdateExpression: 'REMOVE n' }],
  ['DeleteItem', { Key: { id: { S: 'a' } } }],
])('%s returns the item of the failed condition on request', async (operation, members) => {
  await service.resourceTypes[0]!.create(table as never, context);
  const item = { id: { S: 'a' }, n: { N: '1' } };
  await call('PutItem', { TableName: 'keys', Item: item });
  const request = { TableName: 'keys', ...members, ConditionExpression: 'attribute_not_exists(id)' };
  const old = { ...request, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
  expect((await call(operation, old)).body).toMatchObject({
    __type: expect.stringMatching(/ConditionalCheckFailedException$/),
    Item: item,
  });
  expect((await call(operation, request)).body).not.toHaveProperty('Item');
  const none = { ...request, ReturnValuesOnConditionCheckFailure: 'NONE' };
  expect((await call(operation, none)).body).not.toHaveProperty('Item');
});

test('the error for a parameter that dynalite would ignore names it', async () => {
  const { TableName, AttributeDefinitions, KeySchema, BillingMode } = table;
  const input = { TableName, AttributeDefinitions, KeySchema, BillingMode };
  await expect(
    call('CreateTable', { ...input, StreamSpecification: { StreamEnabled: true } }),
  ).rejects.toThrow(
    'local AWS does not implement StreamSpecification of dynamodb:CreateTable: leave it out.',
  );
});
