import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  GetRoleCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListRolesCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';

const ACCOUNT = '111111111111';
const LAG_MS = 3_000;

let root: string;
let aws: LocalAws;
let now: number;
const clients: { destroy(): void }[] = [];
let iam: IAMClient;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'propagation-'));
  now = Date.now();
  aws = await startLocalAws({ port: 0, root, clock: { now: () => new Date(now) } });
  iam = keep(new IAMClient(client(aws.directory.administrator(ACCOUNT))));
});
afterAll(async () => {
  for (const each of clients) each.destroy();
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => {
  aws.faults.set({ rules: [{ effect: { type: 'propagation', ms: LAG_MS } }] });
});

function keep<Client extends { destroy(): void }>(made: Client): Client {
  clients.push(made);
  return made;
}

function client(credentials: { accessKeyId: string; secretAccessKey: string }) {
  return { endpoint: aws.url, region: 'us-east-1', credentials, maxAttempts: 1 };
}

/** A user without permissions, and an IAM client that signs as it. */
function user(name: string) {
  aws.faults.clear();
  aws.directory.users.create(ACCOUNT, { name });
  const keys = client(aws.directory.users.createAccessKey(ACCOUNT, name));
  aws.faults.set({ rules: [{ effect: { type: 'propagation', ms: LAG_MS } }] });
  return { iam: keep(new IAMClient(keys)), sts: keep(new STSClient(keys)) };
}

/** Lets the last change be spread. */
function wait(ms = LAG_MS): void {
  now += ms;
}

const policy = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const trust = (name: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/${name}` },
        Action: 'sts:AssumeRole',
      },
    ],
  });
const assume = (sts: STSClient, role: string) =>
  sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, RoleSessionName: 'test' }),
  );

test('reads show a permission at once, and it counts once it is spread', async () => {
  const alice = user('alice');
  const input = { UserName: 'alice', PolicyName: 'read' };
  await iam.send(new PutUserPolicyCommand({ ...input, PolicyDocument: policy('iam:ListRoles') }));
  const { PolicyDocument } = await iam.send(new GetUserPolicyCommand(input));
  expect(decodeURIComponent(PolicyDocument ?? '')).toContain('iam:ListRoles');
  const list = () => alice.iam.send(new ListRolesCommand({}));
  await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' });
  wait(LAG_MS - 1);
  await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' });
  wait(1);
  await expect(list()).resolves.toBeDefined();

  // A removed permission counts until then.
  await iam.send(new PutUserPolicyCommand({ ...input, PolicyDocument: policy('iam:ListUsers') }));
  await expect(list()).resolves.toBeDefined();
  wait();
  await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a new version of a managed policy counts once it is spread', async () => {
  const bob = user('bob');
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'shared', PolicyDocument: policy('iam:ListUsers') }),
  );
  const PolicyArn = Policy?.Arn;
  await iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn }));
  wait();
  await iam.send(
    new CreatePolicyVersionCommand({
      PolicyArn,
      PolicyDocument: policy('iam:ListRoles'),
      SetAsDefault: true,
    }),
  );
  const list = () => bob.iam.send(new ListRolesCommand({}));
  await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' });
  wait();
  await expect(list()).resolves.toBeDefined();
});

test('a new role, and a new trust policy, count once they are spread', async () => {
  const [carol, dave] = [user('carol'), user('dave')];
  const RoleName = 'shared';
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust('carol') }));
  await expect(iam.send(new GetRoleCommand({ RoleName }))).resolves.toBeDefined();
  await expect(assume(carol.sts, RoleName)).rejects.toMatchObject({ name: 'AccessDenied' });
  wait();
  await expect(assume(carol.sts, RoleName)).resolves.toBeDefined();

  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust('dave') }));
  await expect(assume(dave.sts, RoleName)).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(assume(carol.sts, RoleName)).resolves.toBeDefined();
  wait();
  await expect(assume(dave.sts, RoleName)).resolves.toBeDefined();
  await expect(assume(carol.sts, RoleName)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('the trace names the fault at the change, and not at reads', async () => {
  await iam.send(new CreateRoleCommand({ RoleName: 'traced', AssumeRolePolicyDocument: trust('carol') }));
  await iam.send(new GetRoleCommand({ RoleName: 'traced' }));
  const [change, read] = aws.trace.events().slice(-2);
  expect(change).toMatchObject({
    operation: 'CreateRole',
    faults: [{ type: 'propagation', ms: LAG_MS, rule: 'rules[0]' }],
  });
  expect(read).not.toHaveProperty('faults');
});
