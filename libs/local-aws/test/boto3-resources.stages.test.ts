import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { words } from '../src/core/words.ts';
import { pythonWith } from './python.testing.ts';
import { A, type Running, startRunning } from './running.testing.ts';

/* boto3's resources, as people use them. The witness is boto3: its files name the operations that its resources call. */

const python = pythonWith(['boto3'], "the tests of boto3's resources");
const testWithPython = python === undefined ? test.skip : test;

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

async function run(task: 'operations' | 'use'): Promise<string> {
  const script = join(import.meta.dirname, 'boto3-resources.py');
  const environment = running.aws.environment('local-api');
  const env = { ...process.env, ...environment, AWS_DEFAULT_REGION: 'us-east-1' };
  const { stdout } = await promisify(execFile)(python ?? '', [script, task], { env, maxBuffer: 2 ** 24 });
  return stdout;
}

interface Answer {
  readonly service: string;
  readonly operation: string;
  readonly status: number;
  readonly message: string;
}

/** Old names of operations: their requests are those of the operations that replaced them. */
const REPLACED: Readonly<Record<string, string>> = {
  GetBucketLifecycle: 'GetBucketLifecycleConfiguration',
  PutBucketLifecycle: 'PutBucketLifecycleConfiguration',
};

/** What local AWS has of them: an operation that is gone, or that a request no longer reaches, is missing here. */
const IMPLEMENTED: Readonly<Record<string, readonly string[]>> = {
  s3: words(`AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload DeleteBucket DeleteBucketPolicy
    DeleteObject DeleteObjects GetBucketPolicy GetObject HeadObject ListBuckets ListObjectVersions ListObjects PutBucketPolicy PutObject
    UploadPart`),
  dynamodb:
    words(`BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable GetItem ListTables PutItem Query Scan
    UpdateItem UpdateTable`),
  iam: words(`AttachRolePolicy AttachUserPolicy CreateAccessKey CreatePolicy CreatePolicyVersion CreateRole CreateUser DeleteAccessKey
    DeletePolicy DeletePolicyVersion DeleteRole DeleteRolePolicy DeleteUser DeleteUserPolicy DetachRolePolicy DetachUserPolicy GetPolicy
    GetPolicyVersion GetRole GetRolePolicy GetUser GetUserPolicy ListAttachedRolePolicies ListAttachedUserPolicies ListPolicies
    ListRolePolicies ListRoles ListUserPolicies ListUsers PutRolePolicy PutUserPolicy UpdateAssumeRolePolicy`),
  cloudformation: words(
    `CreateStack DeleteStack DescribeStackEvents DescribeStackResource DescribeStacks ListStackResources UpdateStack`,
  ),
};

testWithPython(
  'every operation that the resource files name reaches its operation, or is refused by its name',
  async () => {
    const before = running.aws.trace.events().length;
    const answers = (await run('operations'))
      .trim()
      .split('\n')
      .map((line): Answer => JSON.parse(line));
    const reached = running.aws.trace
      .events()
      .slice(before)
      .map(({ operation }) => operation);
    expect(reached).toHaveLength(answers.length);
    expect(answers.length).toBeGreaterThan(150);
    const implemented: string[] = [];
    for (const [at, { service, operation, status, message }] of answers.entries()) {
      if (status === 501) {
        expect(message).toContain(
          `local AWS does not implement ${service}:${REPLACED[operation] ?? operation}.`,
        );
        continue;
      }
      expect(reached[at]).toBe(operation);
      expect(status).toBeLessThan(500);
      implemented.push(`${service}:${operation}`);
    }
    const expected = Object.entries(IMPLEMENTED).flatMap(([service, names]) =>
      names.map((name) => `${service}:${name}`),
    );
    expect(implemented).toEqual(expect.arrayContaining(expected));
  },
  60_000,
);

testWithPython(
  'what people do with resources works',
  async () => {
    expect(JSON.parse(await run('use'))).toEqual({
      s3: {
        all: ['a/1', 'a/2', 'b/1'],
        filtered: ['a/1'],
        pages: [2, 1],
        body: 'b/1',
        size: 3,
        buckets: expect.arrayContaining(['boto3-resources']),
        deleted: 4,
      },
      dynamodb: {
        scanned: 30,
        queried: [0, 1, 2],
        read: { by: ['x'] },
        filtered: 1,
        key: ['id', 'at'],
        tables: [],
      },
      iam: {
        attached: ['boto3-resources'],
        own: ['own'],
        document: 's3:GetObject',
        trust: 'sts:AssumeRole',
        version: 's3:GetObject',
        user: `arn:aws:iam::${A}:user/boto3-resources`,
        key: true,
        roles: true,
        current: 'administrator',
      },
      cloudformation: {
        status: 'CREATE_COMPLETE',
        outputs: ['Name'],
        resources: ['Logs'],
        type: 'AWS::Logs::LogGroup',
        events: true,
        stacks: ['boto3-resources'],
      },
    });
  },
  60_000,
);
