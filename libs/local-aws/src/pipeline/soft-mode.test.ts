import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { explainEvent, isRefused } from '../explain/refusal.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { createCallLog } from '../trace/call-log.ts';
import type { TraceEvent } from '../trace/event.ts';
import { recordOf } from '../trace/record.ts';
import { traceTree } from '../trace/steps.ts';
import { renderTraceTree } from '../trace/tree.ts';

const A = '111111111111';
const plain = { allowed: String, denied: String, strong: String, faint: String };
let root: string;
let aws: LocalAws;
let credentials: { accessKeyId: string; secretAccessKey: string };
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'soft-'));
  aws = await startLocalAws({ root, port: 0, soft: true });
  aws.directory.users.create(A, { name: 'nobody' });
  credentials = aws.directory.users.createAccessKey(A, 'nobody');
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

const settings = () => ({ endpoint: aws.url, region: 'us-east-1', credentials, maxAttempts: 1 });

async function createUser(UserName: string): Promise<TraceEvent> {
  const client = new IAMClient(settings());
  try {
    await client.send(new CreateUserCommand({ UserName }));
  } finally {
    client.destroy();
  }
  const event = aws.trace.events().at(-1);
  if (event === undefined) throw new Error('There is no event.');
  return event;
}

test('a call without permission succeeds, is marked in the trace, and is explained with the change that it needs', async () => {
  const event = await createUser('made');
  expect(aws.directory.users.find(A, 'made')).toBeDefined();
  expect(event).toMatchObject({ status: 200, softened: true, decisions: [{ allowed: false }] });
  const record = recordOf(event);
  expect(isRefused(record)).toBe(true);
  expect(explainEvent(record)).toMatchObject({
    refused: true,
    reason: expect.stringContaining('may not perform iam:CreateUser'),
    remedies: [{ change: 'add statement', statement: { Action: 'iam:CreateUser' } }],
  });
});

test('the terminal says that AWS would refuse it', async () => {
  const event = await createUser('another');
  const printed: string[] = [];
  const log = createCallLog({ palette: plain, width: () => 200, print: (line) => printed.push(line) });
  log.record(event);
  log.close();
  expect(printed).toEqual([
    expect.stringMatching(/^! .*iam CreateUser {2}let through: no identity-based policy allows it$/),
  ]);
  const tree = traceTree([event], event.requestId);
  if (tree === undefined) throw new Error('There is no tree.');
  const lines = renderTraceTree(tree, { palette: plain, width: 100 });
  expect(lines.at(-1)).toBe('1 call, 1 let through by soft mode: AWS would refuse it.');
});

test('a wrong signature is refused all the same, and so is a role that does not exist', async () => {
  const wrong = new STSClient({ ...settings(), credentials: { ...credentials, secretAccessKey: 'wrong' } });
  await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  });
  const sts = new STSClient(settings());
  const input = { RoleArn: `arn:aws:iam::${A}:role/missing`, RoleSessionName: 'session' };
  await expect(sts.send(new AssumeRoleCommand(input))).rejects.toMatchObject({ name: 'AccessDenied' });
  wrong.destroy();
  sts.destroy();
});

test('without soft mode, the same call is refused', async () => {
  const other = await mkdtemp(join(tmpdir(), 'strict-'));
  const strict = await startLocalAws({ root: other, port: 0 });
  try {
    strict.directory.users.create(A, { name: 'nobody' });
    const own = strict.directory.users.createAccessKey(A, 'nobody');
    const client = new IAMClient({ ...settings(), endpoint: strict.url, credentials: own });
    await expect(client.send(new CreateUserCommand({ UserName: 'a' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    client.destroy();
    expect(strict.trace.events().at(-1)).not.toHaveProperty('softened');
  } finally {
    await strict.close();
    await rm(other, { recursive: true, force: true });
  }
});
