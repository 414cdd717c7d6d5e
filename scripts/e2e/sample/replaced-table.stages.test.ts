import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { projectRoot } from '../../lib/project.ts';
import { deployPackages } from '../packaged-pair.testing.ts';
import { API_ACCOUNT, edit, invokeCaller, startTestBed, type TestBed } from '../test-bed.testing.ts';

// services/README.md, "A replaced table". The tests follow one stage: each one continues the one before it.

const SERVERLESS = 'services/api/serverless.yml';
const WRITER = 'services/api/src/messages.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ sample: true });
  await deployPackages(bed);
});
afterAll(() => bed?.close());

const api = () => deployPackages(bed, { only: 'api' });

/** The ID of a new message. */
async function post(): Promise<string> {
  const { payload } = await invokeCaller(bed, { operation: 'postMessage', input: { body: { foo: 'bar' } } });
  expect(payload).toMatchObject({ status: 200, body: { id: expect.any(String) } });
  return (payload as { body: { id: string } }).body.id;
}

async function read(id: string): Promise<void> {
  const { payload } = await invokeCaller(bed, { operation: 'getMessage', input: { id } });
  expect(payload).toMatchObject({ status: 200, body: { id, body: { foo: 'bar' } } });
}

/**
 * Stores messages and reads them again during a change, in each of its states. Each round reads the message that it has stored, and one
 * from before.
 * @throws Error if a call fails, or a message is not there
 */
async function storingDuring(ids: string[], ...states: readonly (() => Promise<unknown>)[]): Promise<void> {
  let changing = true;
  let rounds = 0;
  const stored = (async () => {
    for (; changing; rounds += 1) {
      const id = await post();
      await read(id);
      await read(ids[rounds % ids.length] ?? id);
      ids.push(id);
      await setTimeout(200);
    }
  })();
  // It may fail before the change has ended.
  stored.catch(() => {});
  try {
    for (const state of states) {
      await state();
      const next = rounds + 2;
      while (
        rounds < next &&
        (await Promise.race([
          stored.then(
            () => 'ended',
            () => 'failed',
          ),
          setTimeout(50),
        ])) === undefined
      );
    }
  } finally {
    changing = false;
    await stored;
  }
}

async function tableName(LogicalResourceId: string): Promise<string> {
  const client = new CloudFormationClient(bed.administrator(API_ACCOUNT));
  try {
    const { StackResourceDetail } = await client.send(
      new DescribeStackResourceCommand({ StackName: 'cross-account-api-local', LogicalResourceId }),
    );
    return StackResourceDetail?.PhysicalResourceId ?? '';
  } finally {
    client.destroy();
  }
}

async function itemsOf(TableName: string): Promise<readonly unknown[]> {
  const client = new DynamoDBClient(bed.administrator(API_ACCOUNT));
  try {
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    return Items;
  } finally {
    client.destroy();
  }
}

/** Runs the program of services/README.md. */
async function copyItems(): Promise<string> {
  const readme = await readFile(join(projectRoot, 'services/README.md'), 'utf8');
  const [, program] = /^```js\n(\/\/ copy-items\.mjs\n.*?)^```/ms.exec(readme) ?? [];
  if (program === undefined) throw new Error('services/README.md has no copy-items.mjs.');
  await writeFile(join(bed.project.root, 'copy-items.mjs'), program);
  const tables = [await tableName('MessagesTable'), await tableName('MessagesByIdTable')];
  const { stdout } = await promisify(execFile)(process.execPath, ['copy-items.mjs', ...tables], {
    cwd: bed.project.root,
    env: { ...process.env, ...bed.aws.environment('local-api'), AWS_REGION: 'us-east-1' },
  });
  return stdout;
}

const ids: string[] = [];

test('a table whose key changes stops the deployment', async () => {
  ids.push(await post(), await post());
  const file = 'services/api/resources/messages.yml';
  const before = await readFile(join(bed.project.root, file), 'utf8');
  await edit(bed.project, file, 'caller, KeyType: HASH', 'id, KeyType: HASH');
  await edit(bed.project, file, 'id, KeyType: RANGE', 'caller, KeyType: RANGE');
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  expect([exitCode, stdout + stderr]).toEqual([
    1,
    expect.stringContaining(
      'The table MessagesTable is replaced by an empty one, because its KeySchema changes',
    ),
  ]);
  await writeFile(join(bed.project.root, file), before);
});

test('with a second table beside it, no call fails and no message is lost while the items are copied and the functions change to it', async () => {
  /** 1: the second table, with permissions for both functions. One writes to both tables. */
  const writesBoth = async () => {
    const file = join(bed.project.root, 'services/api/resources/messages.yml');
    const text = await readFile(file, 'utf8');
    const table = text.slice(text.indexOf('  MessagesTable:'));
    const second = table
      .replace('MessagesTable', 'MessagesByIdTable')
      .replace('caller, KeyType: HASH', 'id, KeyType: HASH')
      .replace('id, KeyType: RANGE', 'caller, KeyType: RANGE');
    await writeFile(file, `${text}${second}`);
    await edit(
      bed.project,
      SERVERLESS,
      /Resource: !GetAtt MessagesTable\.Arn/g,
      'Resource: [!GetAtt MessagesTable.Arn, !GetAtt MessagesByIdTable.Arn]',
    );
    await edit(
      bed.project,
      SERVERLESS,
      'MESSAGES_TABLE: !Ref MessagesTable',
      'MESSAGES_TABLE: !Ref MessagesTable\n      NEW_MESSAGES_TABLE: !Ref MessagesByIdTable',
    );
    const write =
      /await dynamoDb\.send\(\n\s+new PutItemCommand\(\{\n\s+TableName: process\.env\.MESSAGES_TABLE,/;
    await edit(
      bed.project,
      WRITER,
      write,
      `for (const TableName of [process.env.MESSAGES_TABLE, process.env.NEW_MESSAGES_TABLE])
      await dynamoDb.send(new PutItemCommand({ TableName,`,
    );
  };
  /** 3: the other function reads the new table. */
  const readsNew = () =>
    edit(
      bed.project,
      SERVERLESS,
      /MESSAGES_TABLE: !Ref MessagesTable\n {4}iam/,
      'MESSAGES_TABLE: !Ref MessagesByIdTable\n    iam',
    );
  /** 4: nothing uses the old table. */
  const writesNew = () =>
    edit(bed.project, WRITER, 'process.env.MESSAGES_TABLE, process.env.NEW', 'process.env.NEW');
  await storingDuring(
    ids,
    writesBoth,
    api,
    async () => expect(await copyItems()).toMatch(/^\d+ items copied, \d+ were there already\.$/m),
    readsNew,
    api,
    writesNew,
    api,
  );
  for (const id of ids) await read(id);
  expect(await itemsOf(await tableName('MessagesByIdTable'))).toHaveLength(ids.length);
});

test('then the old table can go, and the deployment says that it is deleted', async () => {
  const file = join(bed.project.root, 'services/api/resources/messages.yml');
  const text = await readFile(file, 'utf8');
  const old = text.slice(text.indexOf('  MessagesTable:'), text.indexOf('  MessagesByIdTable:'));
  await writeFile(file, text.replace(old, ''));
  await edit(
    bed.project,
    SERVERLESS,
    /\[!GetAtt MessagesTable\.Arn, (.*)\]/g,
    '!GetAtt MessagesByIdTable.Arn',
  );
  await edit(bed.project, SERVERLESS, '      MESSAGES_TABLE: !Ref MessagesTable\n', '');
  const deploy = (environment = {}) => bed.sls(['deploy'], { service: 'api', environment });
  const stopped = await deploy();
  expect([stopped.exitCode, stopped.stdout + stopped.stderr]).toEqual([
    1,
    expect.stringContaining(
      'The table MessagesTable is no longer in the template, and is deleted with its items',
    ),
  ]);
  const remove = async () =>
    expect(await deploy({ INTERRUPT_CALLERS: 'yes' })).toMatchObject({ exitCode: 0 });
  await storingDuring(ids, remove);
  for (const id of ids) await read(id);
});
