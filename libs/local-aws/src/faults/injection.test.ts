import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { FAULTS_PATH } from './fault-control.ts';
import type { FaultRule } from './plan.ts';

const ACCOUNT = '111111111111';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/session-for-tests`;

let root: string;
let aws: LocalAws;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'local-aws-'));
  aws = await startLocalAws({ port: 0, root, report: () => {} });
  const iam = new IAMClient(client());
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: 'sts:AssumeRole',
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iam.send(new CreateRoleCommand({ RoleName: 'session-for-tests', AssumeRolePolicyDocument }));
  iam.destroy();
});

afterAll(async () => {
  await aws.close();
  await rm(root, { recursive: true, force: true });
});

afterEach(() => aws.faults.clear());

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function client(credentials: Keys = aws.directory.administrator(ACCOUNT), maxAttempts = 1) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return { endpoint: aws.url, region: 'us-east-1', credentials: keys, maxAttempts };
}

/** Calls GetCallerIdentity under a fault, and returns the response or the error. */
async function whoAmI(credentials?: Keys, maxAttempts?: number): Promise<Record<string, unknown>> {
  const sts = new STSClient(client(credentials, maxAttempts));
  try {
    return { ...(await sts.send(new GetCallerIdentityCommand({}))) };
  } catch (error) {
    return error as Record<string, unknown>;
  } finally {
    sts.destroy();
  }
}

async function beginSession(): Promise<Keys & { readonly expiration: Date }> {
  const sts = new STSClient(client());
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test' }));
  sts.destroy();
  return {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
    expiration: Credentials!.Expiration!,
  };
}

const strike = (effect: FaultRule['effect'], rule: Partial<FaultRule> = {}) =>
  aws.faults.set({ rules: [{ name: 'fault', match: { service: 'sts' }, times: 1, ...rule, effect }] });

const lastEvent = () => aws.trace.events().at(-1);

test('an error is written in the protocol of the service that fails', async () => {
  strike({ type: 'error', status: 503, code: 'ServiceUnavailable', message: 'Come back later.' });
  expect(await whoAmI()).toMatchObject({
    name: 'ServiceUnavailable',
    message: 'Come back later.',
    $metadata: { httpStatusCode: 503 },
  });
  expect(lastEvent()).toMatchObject({
    service: 'sts',
    status: 503,
    errorCode: 'ServiceUnavailable',
    principal: expect.stringContaining(':user/administrator'),
    faults: [{ type: 'error', rule: 'fault' }],
  });
  expect(await whoAmI()).toMatchObject({ Account: ACCOUNT });
  expect(lastEvent()).not.toHaveProperty('faults');
});

test('each service throttles in its own words', async () => {
  strike({ type: 'throttle' });
  expect(await whoAmI()).toMatchObject({ name: 'Throttling', $metadata: { httpStatusCode: 400 } });
  strike({ type: 'throttle' }, { match: { service: 'dynamodb' } });
  const dynamodb = new DynamoDBClient(client());
  await expect(dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject({
    name: 'ThrottlingException',
  });
  dynamodb.destroy();
});

test('a fault does not bypass authentication', async () => {
  strike({ type: 'error', status: 500, code: 'InternalFailure' });
  const wrong = { ...aws.directory.administrator(ACCOUNT), secretAccessKey: 'wrong' };
  expect(await whoAmI(wrong)).toMatchObject({ name: 'SignatureDoesNotMatch' });
});

test('a connection is dropped before or after the request was carried out', async () => {
  const begun = () =>
    aws.trace
      .events()
      .filter(({ operation, decisions }) => operation === 'AssumeRole' && decisions.length > 0).length;
  const before = begun();
  strike({ type: 'drop-before' }, { match: { operation: 'AssumeRole' } });
  await expect(beginSession()).rejects.toThrow();
  expect(lastEvent()).toMatchObject({ status: 0, faults: [{ type: 'drop-before' }] });
  expect(begun()).toBe(before);
  strike({ type: 'drop-after' }, { match: { operation: 'AssumeRole' } });
  await expect(beginSession()).rejects.toThrow();
  expect(lastEvent()).toMatchObject({ status: 200, faults: [{ type: 'drop-after' }] });
  expect(begun()).toBe(before + 1);
});

test('a cut response ends early, and its client notices', async () => {
  strike({ type: 'cut' });
  expect(await whoAmI()).not.toHaveProperty('Account');
  expect(await whoAmI(undefined, 3)).toMatchObject({ Account: ACCOUNT });
});

test('clients with retries survive all faults', async () => {
  for (const effect of [
    { type: 'drop-before' },
    { type: 'error', status: 500, code: 'InternalFailure' },
    { type: 'throttle' },
  ] as const) {
    strike(effect);
    expect(await whoAmI(undefined, 3)).toMatchObject({ Account: ACCOUNT });
  }
});

test.each([1_200, -1_200])(
  'a clock that is %i s off refuses signatures, and the Date header says by how much',
  async (seconds) => {
    strike({ type: 'skew', seconds });
    const refused = await whoAmI();
    expect(refused).toMatchObject({ name: 'SignatureDoesNotMatch' });
    expect(String(refused.message)).toMatch(
      seconds > 0 ? /^Signature expired: / : /^Signature not yet current: /,
    );
    strike({ type: 'skew', seconds }, { times: 2 });
    // The SDK learns the server's time from the header, and signs again.
    expect(await whoAmI(undefined, 3)).toMatchObject({ Account: ACCOUNT });
  },
);

test('sessions keep their lifetime under a skewed clock', async () => {
  const session = await beginSession();
  strike({ type: 'skew', seconds: 7_200 }, { times: 3 });
  expect(await whoAmI(session, 3)).toMatchObject({ Account: ACCOUNT });
});

test('the session that signed expires or is revoked, and others stay valid', async () => {
  const [first, second, third] = [await beginSession(), await beginSession(), await beginSession()];
  strike({ type: 'expire-session' });
  expect(await whoAmI(first)).toMatchObject({ name: 'ExpiredToken' });
  strike({ type: 'revoke-session' });
  expect(await whoAmI(second)).toMatchObject({ name: 'InvalidClientTokenId' });
  expect(await whoAmI(first)).toMatchObject({ name: 'ExpiredToken' });
  expect(await whoAmI(third)).toMatchObject({ Account: ACCOUNT });
});

test('sessions are shortened, and their expiration says so', async () => {
  aws.faults.set({ maxSessionSeconds: 20 });
  const { expiration } = await beginSession();
  expect(expiration.getTime() - Date.now()).toBeLessThanOrEqual(20_000);
  aws.faults.clear();
  const usual = await beginSession();
  expect(usual.expiration.getTime() - Date.now()).toBeGreaterThan(3_500_000);
});

test('a program that can read the token can change the plan of a running local AWS', async () => {
  const file = join(root, '.local-aws/control-token');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const token = (await readFile(file, 'utf8')).trim();
  const send = (headers: Record<string, string>) =>
    fetch(new URL(FAULTS_PATH, aws.url), {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ rules: [{ effect: { type: 'throttle' } }] }),
    });
  expect((await send({})).status).toBe(401);
  expect(await whoAmI()).toMatchObject({ Account: ACCOUNT });
  expect((await send({ authorization: `Bearer ${token}` })).status).toBe(200);
  expect(await whoAmI()).toMatchObject({ name: 'Throttling' });
});

test('the trace file has the faults as well', async () => {
  strike({ type: 'delay', ms: 1 });
  await whoAmI();
  const { requestId } = lastEvent() ?? {};
  // Written while the next request is being answered already.
  let line: unknown;
  while (line === undefined) {
    const text = await readFile(join(root, '.local-aws/trace.jsonl'), 'utf8');
    const written = text.split('\n').slice(0, -1);
    line = written
      .map((one) => JSON.parse(one) as { requestId: string })
      .find((one) => one.requestId === requestId);
  }
  expect(line).toMatchObject({ faults: [{ type: 'delay', ms: 1, rule: 'fault' }] });
});

test('a plan that is not valid keeps local AWS from starting', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'local-aws-'));
  await expect(
    startLocalAws({
      port: 0,
      root: elsewhere,
      faults: { rules: [{ rate: 2, effect: { type: 'throttle' } }] },
    }),
  ).rejects.toMatchObject({ code: 'InvalidFaultPlan' });
  await rm(elsewhere, { recursive: true });
});
