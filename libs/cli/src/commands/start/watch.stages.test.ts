import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import { fileInZip, storedZip, withFileInZip } from '@cross-account-api/local-aws/start';
import type { ProjectCopy } from '../../project/copy-project.ts';
import { copyPairProject } from '../../project/pair.testing.ts';
import { stageNames } from '../../project/stage-settings.ts';
import { CALLER_ACCOUNT } from '../../stage/test-pair.testing.ts';
import { createFunctionBundle } from './function-bundle.ts';
import { watchFunctions } from './watch.ts';

const SOURCE = 'src/caller.ts';
const FILE = 'src/caller.mjs';
const DATA = 'data/rates.json';
const before = { cwd: process.cwd(), env: { ...process.env } };

let project: ProjectCopy;
let aws: LocalAws;
let lambda: LambdaClient;
let cloudFormation: CloudFormationClient;
let s3: S3Client;
let name: string;
const printed: string[] = [];
const stop = new AbortController();

const folder = () => join(project.root, 'services/caller');
/** Saves the source as many editors do: at once. */
async function save(source: string): Promise<void> {
  const temporary = join(folder(), 'src/.caller.ts.tmp');
  await writeFile(temporary, source);
  await rename(temporary, join(folder(), SOURCE));
}
const write = (answer: string) => save(`export const handler = async () => ${JSON.stringify(answer)};\n`);

/** Puts a deployment package of the sources, with a file of package.patterns, into the bucket. */
async function packageAs(Key: string): Promise<void> {
  const bundle = await createFunctionBundle(folder(), SOURCE);
  const built = await bundle.build();
  await bundle.close();
  if (!('code' in built)) throw new Error('The source has an error.');
  const Body = storedZip({ [built.file]: built.code, [DATA]: '{"eur":1}' });
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key, Body }));
}

const template = (S3Key: string) =>
  JSON.stringify({
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: {
              Effect: 'Allow',
              Principal: { Service: 'lambda.amazonaws.com' },
              Action: 'sts:AssumeRole',
            },
          },
        },
      },
      Caller: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          ...{ FunctionName: name, Runtime: 'nodejs24.x', Handler: 'src/caller.handler' },
          ...{ Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { S3Bucket: 'code', S3Key } },
        },
      },
    },
  });

async function answer(): Promise<unknown> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: name }));
  return JSON.parse(Payload?.transformToString() ?? 'null');
}
async function answered(wanted: string): Promise<void> {
  while ((await answer()) !== wanted) await setTimeout(20);
}
async function deployedZip(): Promise<Buffer> {
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  return Buffer.from(await (await fetch(Code?.Location ?? '')).arrayBuffer());
}
async function deploy(S3Key: string): Promise<void> {
  await cloudFormation.send(
    new UpdateStackCommand({
      StackName: name,
      TemplateBody: template(S3Key),
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  await aws.stacksSettled();
}

beforeAll(async () => {
  project = await copyPairProject();
  process.chdir(project.root);
  aws = await startLocalAws({ root: project.root, port: 0, report: () => {} });
  const credentials = aws.directory.administrator(CALLER_ACCOUNT);
  const options = { endpoint: aws.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  lambda = new LambdaClient(options);
  cloudFormation = new CloudFormationClient(options);
  s3 = new S3Client({ ...options, forcePathStyle: true });
  name = stageNames('local', project.root).caller;
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  await write('first');
  await packageAs('first.zip');
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: name,
      TemplateBody: template('first.zip'),
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  await aws.stacksSettled();
  await watchFunctions({
    project: project.root,
    localAwsRoot: project.root,
    deployedAt: Date.now() + 1_000,
    aws,
    stop: stop.signal,
    print: (text) => printed.push(text),
  });
});
beforeEach(() => {
  printed.length = 0;
});
afterAll(async () => {
  stop.abort();
  for (const client of [lambda, cloudFormation, s3]) client?.destroy();
  await aws?.close();
  process.chdir(before.cwd);
  for (const variable of Object.keys(process.env)) delete process.env[variable];
  Object.assign(process.env, before.env);
  await project?.remove();
});

const newCode = () => printed.filter((text) => text.includes(`${name} has the new code`)).length;
/** Waits until the watch has said so. */
async function said(): Promise<void> {
  while (newCode() === 0) await setTimeout(20);
}

test('the bundle is replaced in the deployment package, whose other files stay', async () => {
  await write('second');
  await answered('second');
  expect((await fileInZip(await deployedZip(), DATA))?.toString()).toBe('{"eur":1}');
  await said();
});

test('code that does not compile stays away until it is mended, and then nothing more is said of it', async () => {
  const looks = () => aws.trace.events().filter(({ operation }) => operation === 'GetFunctionConfiguration');
  const saidOf = async (words: string) => {
    while (!printed.some((text) => text.includes(words))) await setTimeout(20);
  };
  await save('export const handler = async () => {');
  await saidOf(`The old code stays in ${name}.`);
  expect(await answer()).toBe('second');
  await write('second');
  await saidOf(`The code of ${name} is as deployed.`);
  printed.length = 0;
  const before = looks().length;
  await write('second');
  while (looks().length === before) await setTimeout(20);
  // The saves are looked at one after the other.
  await write('third');
  await answered('third');
  await said();
  expect(printed.filter((text) => !text.includes('has the new code'))).toEqual([]);
  await write('second');
  await answered('second');
});

test('code that somebody else has put in is noticed at the next save', async () => {
  const other = await withFileInZip(await deployedZip(), FILE, 'export const handler = async () => "other";');
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: other }));
  expect(await answer()).toBe('other');
  await write('second');
  await answered('second');
});

test('a deployment that puts older code in is followed by the code of the sources', async () => {
  await packageAs('older.zip');
  await write('newer');
  await said();
  printed.length = 0;
  await deploy('older.zip');
  await answered('newer');
  await said();
  expect(newCode()).toBe(1);
});

test('a deployment of the code that runs is left alone, although its package is another', async () => {
  await packageAs('same.zip');
  const { CodeSha256: before } =
    (await lambda.send(new GetFunctionCommand({ FunctionName: name }))).Configuration ?? {};
  await deploy('same.zip');
  const { CodeSha256: deployed } =
    (await lambda.send(new GetFunctionCommand({ FunctionName: name }))).Configuration ?? {};
  expect(deployed).not.toBe(before);
  // A save follows it, and waits until it has been looked at.
  await write('last');
  await answered('last');
  await said();
  expect(newCode()).toBe(1);
});
