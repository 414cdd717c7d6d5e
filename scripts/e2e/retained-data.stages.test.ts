import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ListTablesCommand,
} from '@aws-sdk/client-dynamodb';
import { API_ACCOUNT, CALLER_ACCOUNT, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.close());

// The tests follow one stage: each one continues the one before it.

const retain = (retainData: boolean) =>
  writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: { retainData } }));

/** A request with a key: the API keeps its answer in the table. */
const postParcel = async () => {
  const { payload } = await invokeCaller(bed, {
    operation: 'postParcel',
    input: { body: { foo: 'bar' } },
    idempotencyKey: 'order-42',
  });
  return (payload as { body: { id: string } }).body.id;
};

async function tables(): Promise<readonly string[]> {
  const client = new DynamoDBClient(bed.administrator(API_ACCOUNT));
  try {
    return (await client.send(new ListTablesCommand({}))).TableNames ?? [];
  } finally {
    client.destroy();
  }
}

async function logGroups(): Promise<readonly string[]> {
  const names: string[] = [];
  for (const account of [API_ACCOUNT, CALLER_ACCOUNT]) {
    const client = new CloudWatchLogsClient(bed.administrator(account));
    for await (const page of paginateDescribeLogGroups({ client }, {})) {
      names.push(...(page.logGroups ?? []).map(({ logGroupName = '' }) => logGroupName));
    }
    client.destroy();
  }
  return names.sort();
}

async function remove(): Promise<string> {
  const outputs = [];
  for (const service of ['caller', 'api']) {
    const { exitCode, stdout, stderr } = await bed.sls(['remove'], { service });
    expect([exitCode, stdout + stderr]).toEqual([0, expect.any(String)]);
    outputs.push(stdout + stderr);
  }
  return outputs.join('');
}

const GROUPS = [
  '/aws/api-gateway/depot-local',
  '/aws/lambda/depot-local-parcel',
  '/aws/lambda/depot-local-parcels',
  '/aws/lambda/depot-local-sender',
  '/aws/lambda/shop-local',
];

let firstAnswer: string;
let table: string | undefined;

test('with retainData, a removal says that it keeps tables and logs, and does', async () => {
  await retain(true);
  await bed.deploy();
  firstAnswer = await postParcel();
  [table] = await tables();
  const said = await remove();
  expect(said).toContain('keeps: ');
  expect(said).toContain(`table ${table}`);
  expect(said).not.toContain('deletes, with all that is in them');
  expect(await tables()).toEqual([table]);
  expect(await logGroups()).toEqual(GROUPS);
});

test('a second table that may be the one of the earlier stack stops the deployment, which names both', async () => {
  const second = 'depot-local-IdempotencyTable-AAAAAAAAAAAA';
  const client = new DynamoDBClient(bed.administrator(API_ACCOUNT));
  await client.send(
    new CreateTableCommand({
      TableName: second,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  expect(exitCode).toBe(1);
  expect(stdout + stderr).toContain('several tables that may be IdempotencyTable');
  expect(stdout + stderr).toContain(second);
  await client.send(new DeleteTableCommand({ TableName: second }));
  client.destroy();
});

test('the stage is deployed again with them: a request that is repeated has the answer from before the removal', async () => {
  await bed.deploy();
  expect(await tables()).toEqual([table]);
  expect(await postParcel()).toBe(firstAnswer);
  expect(await logGroups()).toEqual(GROUPS);
});

test('without the setting, a removal says what it deletes before it begins, and leaves neither table nor log', async () => {
  await retain(false);
  await bed.deploy();
  const said = await remove();
  expect(said).toContain(`deletes, with all that is in them: `);
  expect(said).toContain(`table ${table}`);
  expect(said).toContain('log group /aws/lambda/shop-local');
  expect(said).toContain('set retainData: true of local in services/stages.yml');
  expect(await tables()).toEqual([]);
  expect(await logGroups()).toEqual([]);
});
