import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribePolicyCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { errorMessage } from '../src/core/errors.ts';
import { explainEvent } from '../src/explain/refusal.ts';
import { renderExplanation } from '../src/explain/render.ts';
import { readOrganization } from '../src/identity/organization.ts';
import { type LocalAws, startLocalAws } from '../src/local-aws.ts';
import { recordOf } from '../src/trace/record.ts';
import { A, B } from './running.testing.ts';

const example = join(__dirname, '../examples/organization.yml');
const palette = { strong: String, faint: String, allowed: String, denied: String };

let root: string;
let aws: LocalAws;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'organization-'));
  aws = await startLocalAws({ root, port: 0, organization: example });
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true });
});

const sdk = (accountId: string, region = 'us-east-1') => ({
  endpoint: aws.url,
  region,
  credentials: aws.directory.administrator(accountId),
});
const administrator = (accountId: string) => `arn:aws:iam::${accountId}:user/administrator`;

/** The output of `npm run explain` for the latest request. */
function explanation(): string {
  const event = aws.trace.events().at(-1);
  return event === undefined
    ? ''
    : renderExplanation(explainEvent(recordOf(event)), { palette, width: 200 }).join('\n');
}

test('the error and the explanation name the service control policy that denies', async () => {
  const logs = new CloudWatchLogsClient(sdk(A, 'eu-west-1'));
  const organizations = new OrganizationsClient(sdk(A));
  try {
    const refused = await logs.send(new DescribeLogGroupsCommand()).catch(errorMessage);
    const [, message, PolicyId] =
      /^(.*): arn:aws:organizations::\d{12}:policy\/o-\w+\/service_control_policy\/(p-\w+)$/.exec(
        String(refused),
      ) ?? [];
    expect(message).toBe(
      `User: ${administrator(A)} is not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:eu-west-1:${A}:log-group::log-stream: with an explicit deny in a service control policy`,
    );
    expect(explanation()).toContain(
      'denied by statement OtherRegions of StayInRegion (service control policy)',
    );
    const { Policy } = await organizations.send(new DescribePolicyCommand({ PolicyId }));
    expect(Policy?.PolicySummary).toMatchObject({
      Name: 'StayInRegion',
      Arn: expect.stringContaining(`/service_control_policy/${PolicyId}`),
    });
  } finally {
    organizations.destroy();
    logs.destroy();
  }
});

test('a resource control policy denies other accounts what the bucket allows, and is named in the explanation', async () => {
  const [owner, other] = [A, B].map((id) => new S3Client({ ...sdk(id), forcePathStyle: true }));
  const Bucket = 'perimeter';
  const list = () => other?.send(new ListObjectsV2Command({ Bucket }));
  try {
    await owner?.send(new CreateBucketCommand({ Bucket }));
    await owner?.send(new DeletePublicAccessBlockCommand({ Bucket }));
    const statement = { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}` };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    await owner?.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    await expect(list()).resolves.toMatchObject({ KeyCount: 0 });

    const { accounts, ...organization } = await readOrganization(example);
    aws.directory.setOrganization({
      ...organization,
      accounts: accounts.filter(({ accountId }) => accountId === A),
    });
    await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(explanation()).toContain(
      'denied by statement Strangers of OurOrganizationOnly (resource control policy)',
    );

    const document = {
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Principal: '*', Action: 's3:List*', Resource: '*' },
    };
    const levels = [{ resourceControlPolicies: [{ name: 'Closed', document }] }];
    aws.directory.setOrganization({ id: organization.id, accounts: [{ accountId: A, levels }] });
    await expect(owner?.send(new ListObjectsV2Command({ Bucket }))).rejects.toThrow(
      `User: ${administrator(A)} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${Bucket}" with an explicit deny in a resource control policy: arn:aws:organizations::`,
    );
  } finally {
    owner?.destroy();
    other?.destroy();
  }
});

test('local AWS does not start with an invalid organization', async () => {
  const elsewhere = await mkdtemp(join(root, 'elsewhere-'));
  const file = join(elsewhere, 'wrong.yml');
  await writeFile(file, 'id: wrong\naccounts: []');
  await expect(startLocalAws({ root: elsewhere, port: 0, organization: file })).rejects.toThrow(
    `${file} is not valid:\n  id must be "o-"`,
  );
  expect(await readdir(elsewhere)).toEqual(['wrong.yml']);
});
