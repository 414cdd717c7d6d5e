import { rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startLocalAws } from '../src/local-aws.ts';
import { storedZip } from '../src/services/lambda/code/stored-zip.ts';

// A local AWS whose TMPDIR is a small disk. The script fills the disk, uses the services, makes room, and uses them again. It
// prints the results as JSON.

const [root = ''] = process.argv.slice(2);
const aws = await startLocalAws({ root, port: 0 });
const { accessKeyId, secretAccessKey } = aws.directory.administrator('111111111111');
const options = {
  endpoint: aws.url,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey },
  maxAttempts: 1,
};
const dynamodb = new DynamoDBClient(options);
const elsewhere = new DynamoDBClient({ ...options, region: 'eu-west-1' });
const lambda = new LambdaClient(options);
const s3 = new S3Client({ ...options, forcePathStyle: true });
const iam = new IAMClient(options);

/** The result of a request: `ok`, or the status and code of its error. */
async function outcome(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'ok';
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return `${$metadata?.httpStatusCode} ${name}`;
  }
}

const acknowledged: string[] = [];
async function put(id: string, size: number): Promise<string> {
  const Item = { id: { S: id }, text: { S: 'x'.repeat(size) } };
  const result = await outcome(dynamodb.send(new PutItemCommand({ TableName: 'items', Item })));
  if (result === 'ok') acknowledged.push(id);
  return result;
}

const createTable = (TableName: string, client = dynamodb) =>
  client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );

const { Role } = await iam.send(
  new CreateRoleCommand({
    RoleName: 'function',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    }),
  }),
);
const createFunction = (FunctionName: string) =>
  lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      Timeout: 30,
      Code: {
        ZipFile: storedZip({
          'index.js': 'exports.handler = async () => process.env.AWS_LAMBDA_FUNCTION_NAME',
          [FunctionName]: 'x'.repeat(300_000),
        }),
      },
    }),
  );
async function invoke(FunctionName: string): Promise<string> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  return Buffer.from(Payload ?? []).toString();
}

async function download(Key: string): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key }));
  if ((await Body?.transformToByteArray())?.length !== 1_000_000) throw new Error(`${Key} is not whole.`);
}

async function useAll(moment: string) {
  const Key = `${moment}.bin`;
  const Body = Buffer.alloc(1_000_000, 1);
  return {
    // Parallel writes, as from several functions.
    put: await Promise.all([1, 2, 3].map((index) => put(`${moment}${index}`, 100_000))),
    small: await put(`${moment}4`, 10),
    get: await outcome(
      dynamodb.send(new GetItemCommand({ TableName: 'items', Key: { id: { S: 'first' } } })),
    ),
    table: await outcome(createTable(moment)),
    // The first table of a region starts an engine.
    region: await outcome(createTable(moment, elsewhere)),
    object: await outcome(s3.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body }))),
    read: await outcome(download(Key)),
    warm: await invoke('warm'),
    cold: await invoke('cold').catch((error: Error) => error.name),
    deploy: await outcome(createFunction(moment)),
  };
}

await createTable('items');
await put('first', 10);
await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
for (const name of ['warm', 'cold']) await createFunction(name);
await invoke('warm');

/** Fills the disk except for `freeBytes`. @returns frees the space again */
async function fill(name: string, freeBytes: number): Promise<() => Promise<void>> {
  const file = join(tmpdir(), name);
  const { bavail, bsize } = await statfs(tmpdir());
  await writeFile(file, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes))).catch(() => {});
  return () => rm(file);
}

// The tables fill the disk: LevelDB fails as it moves items from its log to a table file, and then refuses all writes.
const free1 = await fill('filler1', 9_000_000);
let filled = 'ok';
for (let count = 0; filled === 'ok' && count < 1_000; count += 1) filled = await put(`item${count}`, 50_000);
const free2 = await fill('filler2', 0);
const full = await useAll('full');
const again = await useAll('again');
await free1();
await free2();
const free = await useAll('free');
const found: (string | undefined)[] = [];
for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: 'items' })) {
  found.push(...Items.map(({ id }) => id?.S));
}
const lost = acknowledged.filter((id) => !found.includes(id));
await aws.close();
process.stdout.write(JSON.stringify({ filled, full, again, free, lost }));
for (const client of [dynamodb, elsewhere, lambda, s3, iam]) client.destroy();
