import { setTimeout } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { startTestAws, type TestAws } from '../../testing/index.ts';

let aws: TestAws;
let cloudFormation: CloudFormationClient;
let logs: CloudWatchLogsClient;
let dynamoDb: DynamoDBClient;
beforeAll(async () => {
  aws = await startTestAws();
  const { sdk } = aws.as('111111111111');
  cloudFormation = new CloudFormationClient(sdk);
  logs = new CloudWatchLogsClient(sdk);
  dynamoDb = new DynamoDBClient(sdk);
});
afterAll(async () => {
  for (const client of [cloudFormation, logs, dynamoDb]) client.destroy();
  await aws.close();
});

const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
const kept = { DeletionPolicy: 'RetainExceptOnCreate' };
const group = { Type: 'AWS::Logs::LogGroup', ...kept, Properties: { LogGroupName: '/left' } };
const table = {
  Type: 'AWS::DynamoDB::Table',
  ...kept,
  Properties: { AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' },
};
const importOf = (id: string, ResourceType: string, ResourceIdentifier: Record<string, string>) => ({
  LogicalResourceId: id,
  ResourceType,
  ResourceIdentifier,
});
const both = [
  importOf('Group', 'AWS::Logs::LogGroup', { LogGroupName: '/left' }),
  importOf('Table', 'AWS::DynamoDB::Table', { TableName: 'left' }),
];

const create = (template: object, ResourcesToImport = both, StackName = 'again') =>
  cloudFormation.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName: 'import',
      ChangeSetType: 'IMPORT',
      ResourcesToImport,
      TemplateBody: JSON.stringify(template),
    }),
  );

async function settled(StackName = 'again'): Promise<string | undefined> {
  for (;;) {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const status = Stacks[0]?.StackStatus;
    if (status?.endsWith('_IN_PROGRESS') !== true) return status;
    await setTimeout(10);
  }
}

test('a new stack takes over a table with its items and a log group, and can be updated', async () => {
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/left' }));
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: 'left',
      AttributeDefinitions,
      KeySchema,
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await setTimeout(50);
  await dynamoDb.send(new PutItemCommand({ TableName: 'left', Item: { id: { S: 'order-1' } } }));

  await create({ Resources: { Group: group, Table: table } });
  const { Changes = [] } = await cloudFormation.send(
    new DescribeChangeSetCommand({ StackName: 'again', ChangeSetName: 'import' }),
  );
  expect(Changes.map(({ ResourceChange }) => ResourceChange?.Action)).toEqual(['Import', 'Import']);
  await cloudFormation.send(new ExecuteChangeSetCommand({ StackName: 'again', ChangeSetName: 'import' }));
  expect(await settled()).toBe('IMPORT_COMPLETE');
  const { StackResources = [] } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: 'again' }),
  );
  expect(
    StackResources.map(({ PhysicalResourceId, ResourceStatus }) => [
      PhysicalResourceId,
      ResourceStatus,
    ]).sort(),
  ).toEqual([
    ['/left', 'IMPORT_COMPLETE'],
    ['left', 'IMPORT_COMPLETE'],
  ]);

  const Outputs = { Arn: { Value: { 'Fn::GetAtt': ['Table', 'Arn'] } } };
  const { outputs } = await aws.deploy(
    { Resources: { Group: group, Table: table }, Outputs },
    { account: '111111111111', name: 'again' },
  );
  expect(outputs.Arn).toMatch(/:table\/left$/);
  const { Item } = await dynamoDb.send(
    new GetItemCommand({ TableName: 'left', Key: { id: { S: 'order-1' } } }),
  );
  expect(Item).toEqual({ id: { S: 'order-1' } });
});

test('a removal leaves them again', async () => {
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'again' }));
  for (;;) {
    const gone = await settled().catch(() => 'gone');
    if (gone === 'gone') break;
    await setTimeout(10);
  }
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/left' }));
  expect(logGroups).toHaveLength(1);
});

test('what does not exist is not imported, and what does exist stays', async () => {
  await create(
    { Resources: { Group: group, Table: table } },
    [both[0]!, importOf('Table', 'AWS::DynamoDB::Table', { TableName: 'never' })],
    'failing',
  );
  await cloudFormation.send(new ExecuteChangeSetCommand({ StackName: 'failing', ChangeSetName: 'import' }));
  expect(await settled('failing')).toBe('IMPORT_ROLLBACK_COMPLETE');
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/left' }));
  expect(logGroups).toHaveLength(1);
});

test('a table is taken over with its key and the alias of the key, to which it refers', async () => {
  const { AttributeName } = KeySchema[0]!;
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: 'encrypted',
      AttributeDefinitions: [{ AttributeName, AttributeType: 'S' }],
      KeySchema,
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const KMSMasterKeyId = { 'Fn::GetAtt': ['Key', 'Arn'] };
  const Resources = {
    Key: { Type: 'AWS::KMS::Key', ...kept },
    Alias: {
      Type: 'AWS::KMS::Alias',
      ...kept,
      Properties: { AliasName: 'alias/left', TargetKeyId: { Ref: 'Key' } },
    },
    Table: {
      ...table,
      Properties: {
        ...table.Properties,
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId },
      },
    },
  };
  const resources = [
    importOf('Key', 'AWS::KMS::Key', { KeyId: '1234-5678' }),
    importOf('Alias', 'AWS::KMS::Alias', { AliasName: 'alias/left' }),
    importOf('Table', 'AWS::DynamoDB::Table', { TableName: 'encrypted' }),
  ];
  await create({ Resources }, resources, 'encrypted');
  const change = { StackName: 'encrypted', ChangeSetName: 'import' };
  await cloudFormation.send(new ExecuteChangeSetCommand(change));
  expect(await settled('encrypted')).toBe('IMPORT_COMPLETE');
  const Outputs = { Key: { Value: KMSMasterKeyId }, Alias: { Value: { Ref: 'Alias' } } };
  const { outputs } = await aws.deploy(
    { Resources, Outputs },
    { account: '111111111111', name: 'encrypted' },
  );
  expect(outputs).toEqual({
    Key: expect.stringMatching(/^arn:aws:kms:.*:111111111111:key\/1234-5678$/),
    Alias: 'alias/left',
  });
});

test.each<[string, object, typeof both, string]>([
  [
    'a resource without a DeletionPolicy',
    { Resources: { Group: { ...group, DeletionPolicy: undefined } } },
    [both[0]!],
    'must have a DeletionPolicy',
  ],
  [
    'a further resource',
    { Resources: { Group: group, More: { Type: 'AWS::SNS::Topic' } } },
    [both[0]!],
    'you cannot modify or add [More]',
  ],
  [
    'outputs',
    { Resources: { Group: group }, Outputs: { A: { Value: 'a' } } },
    [both[0]!],
    'you cannot modify or add [Outputs]',
  ],
  [
    'a resource that the template lacks',
    { Resources: { Group: group } },
    both,
    'The template has no resource Table',
  ],
  [
    'another identifier',
    { Resources: { Group: group } },
    [importOf('Group', 'AWS::Logs::LogGroup', { Arn: 'x' })],
    'The identifier of AWS::Logs::LogGroup is LogGroupName',
  ],
  ['nothing', { Resources: { Group: group } }, [], 'needs ResourcesToImport'],
])('an import with %s is refused', async (_, template, resources, message) => {
  await expect(create(template, resources, 'refused')).rejects.toThrow(message);
});
