import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  DescribeLogStreamsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { API_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

let bed: TestBed;
let dynamoDb: DynamoDBClient;
let logs: CloudWatchLogsClient;
let cloudFormation: CloudFormationClient;
beforeAll(async () => {
  bed = await startTestBed();
  const sdk = bed.administrator(API_ACCOUNT);
  dynamoDb = new DynamoDBClient(sdk);
  logs = new CloudWatchLogsClient(sdk);
  cloudFormation = new CloudFormationClient(sdk);
});
afterAll(async () => {
  for (const client of [dynamoDb, logs, cloudFormation]) client?.destroy();
  await bed?.close();
});

// The tests follow one stage: each one continues the one before it.

/** A table and logs that a key of the stack encrypts, what may have no properties, and a key whose policy refers to a role of the stack. */
const resources = `
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Principal: { AWS: !GetAtt InvokeRole.Arn }, Action: "kms:Decrypt", Resource: "*" }
  KeyAlias:
    Type: AWS::KMS::Alias
    Properties: { AliasName: !Sub "alias/\${AWS::StackName}-orders", TargetKeyId: !Ref Key }
  OrdersTable:
    Type: AWS::DynamoDB::Table
    DependsOn: [InvokeRole, KeyAlias]
    Properties:
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      BillingMode: PAY_PER_REQUEST
      SSESpecification: { SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt Key.Arn }
      Tags: [{ Key: reader, Value: !Ref InvokeRole }]
  AuditLogs:
    Type: AWS::Logs::LogGroup
    Properties: { LogGroupName: !Sub "/audit/\${AWS::AccountId}/\${AWS::StackName}", KmsKeyId: !GetAtt Key.Arn }
  UnnamedLogs:
    Type: AWS::Logs::LogGroup
  Exports:
    Type: AWS::S3::Bucket
`;

/** The physical IDs of the API's stack. */
async function physicalIds(): Promise<Readonly<Record<string, string>>> {
  const { api: StackName } = stageNames('local', bed.project.root);
  const found: Record<string, string> = {};
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName })) {
    for (const { LogicalResourceId: id = '', PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      found[id] = PhysicalResourceId ?? '';
    }
  }
  return found;
}

const keyOf = async (TableName: string | undefined) =>
  (await dynamoDb.send(new DescribeTableCommand({ TableName }))).Table?.SSEDescription?.KMSMasterKeyArn;

const streamsOf = async (logGroupName: string | undefined) =>
  (await logs.send(new DescribeLogStreamsCommand({ logGroupName }))).logStreams?.map(
    ({ logStreamName }) => logStreamName,
  );

let before: Readonly<Record<string, string>>;

test('a stage with retainData and alarms, and with a topic, a bucket and a log group without properties, is deployed in both services', async () => {
  const local = { retainData: true, alarms: true };
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local }));
  await writeFile(join(bed.project.root, 'services/api/resources/orders.yml'), resources);
  const others = `  - \${file(./resources/idempotency.yml)}\n`;
  await edit(
    bed.project,
    'services/api/serverless.yml',
    others,
    `${others}  - \${file(./resources/orders.yml)}\n`,
  );
  await bed.deploy();
  before = await physicalIds();
  expect(before).toMatchObject({ AlarmTopic: expect.anything(), Exports: expect.anything() });
  expect(await keyOf(before.OrdersTable)).toMatch(new RegExp(`:key/${before.Key}$`));
  const { OrdersTable: TableName, AuditLogs, UnnamedLogs } = before;
  await dynamoDb.send(
    new PutItemCommand({ TableName, Item: { id: { S: 'order-1' }, paid: { BOOL: true } } }),
  );
  for (const logGroupName of [AuditLogs, UnnamedLogs]) {
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'before' }));
  }
});

test('a removal names the key that it keeps with the data', async () => {
  for (const service of ['caller', 'api']) {
    const { exitCode, stdout, stderr } = await bed.sls(['remove'], { service });
    const said = stdout + stderr;
    expect([exitCode, said]).toEqual([0, expect.any(String)]);
    if (service !== 'api') continue;
    for (const kept of [
      `table ${before.OrdersTable}`,
      `log group ${before.AuditLogs}`,
      `KMS key ${before.Key}`,
    ]) {
      expect(said).toMatch(new RegExp(`keeps: .*${kept}`));
    }
  }
});

test('the next deployment has the same item, key and logs, and sets what the import had to leave out', async () => {
  await bed.deploy();
  const after = await physicalIds();
  const kept = ['Key', 'OrdersTable', 'AuditLogs', 'UnnamedLogs', 'IdempotencyTable'];
  for (const id of kept) expect([id, after[id]]).toEqual([id, before[id]]);
  expect(after.Exports).not.toBe(before.Exports);
  const { OrdersTable: TableName } = after;
  const { Item } = await dynamoDb.send(new GetItemCommand({ TableName, Key: { id: { S: 'order-1' } } }));
  expect(Item).toEqual({ id: { S: 'order-1' }, paid: { BOOL: true } });
  expect(await keyOf(TableName)).toMatch(new RegExp(`:key/${before.Key}$`));
  expect(await streamsOf(after.AuditLogs)).toEqual(['before']);
  expect(await streamsOf(after.UnnamedLogs)).toEqual(['before']);
});
