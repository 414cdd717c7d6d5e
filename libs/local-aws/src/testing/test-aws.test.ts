import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { apiTemplate } from './api.testing.ts';
import { accounts, decisionOn, matchers, startTestAws, type TestAws } from './index.ts';

expect.extend(matchers);

let aws: TestAws;
let url: string;
let roleArn: string;

beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws?.close());
beforeEach(async () => {
  await aws.reset();
  const { outputs } = await aws.deploy(apiTemplate, { account: accounts.api, name: 'hello' });
  url = outputs.Url ?? '';
  roleArn = outputs.RoleArn ?? '';
});

describe('requests', () => {
  test('an actor calls a deployed API by its own URL, and the statement that allowed it is known', async () => {
    const response = await aws.as(roleArn).fetch(`${url}?a=b%20c&a=d`);
    expect(response).toBeAllowedBy('InvokeRoute');
    expect([response.status, response.url, await response.json()]).toEqual([
      200,
      `${url}?a=b%20c&a=d`,
      { path: '/hello', query: { a: 'd' }, body: null },
    ]);
  });

  test('an answer without a body, and a redirect, arrive as they are', async () => {
    const role = aws.as(roleArn);
    const empty = await role.fetch(`${url}?status=204`);
    expect([empty.status, await empty.text()]).toEqual([204, '']);
    const redirect = await role.fetch(`${url}?status=303`);
    expect([redirect.status, redirect.headers.get('location')]).toEqual([303, '/elsewhere']);
  });

  test('an unsigned request goes through TLS, and one with http does not', async () => {
    const response = await aws.fetch(url, { method: 'POST', body: 'text' });
    await expect(response.json()).resolves.toMatchObject({ body: 'text' });
    const { status } = await aws.fetch(url.replace('https:', 'http:'));
    expect(status).toBe(403);
  });

  test('a host outside AWS is refused, and the error says so', async () => {
    await expect(aws.fetch('https://example.com/')).rejects.toThrow(/example\.com/);
  });

  test('a request can be aborted', async () => {
    const reason = new Error('stop');
    await expect(aws.fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('the global fetch is led there, until that is undone', async () => {
    const restore = aws.useForFetch();
    try {
      await expect(
        fetch(url, { method: 'POST', body: 'global' }).then((one) => one.json()),
      ).resolves.toMatchObject({
        body: 'global',
      });
    } finally {
      restore();
    }
    // Now it does not trust the CA, or does not find the host.
    await expect(fetch(url, { signal: AbortSignal.timeout(5_000) })).rejects.toThrow();
  });
});

describe('actors', () => {
  test('any client of the SDK takes the settings', async () => {
    const s3 = new S3Client(aws.as(accounts.caller).sdk);
    await s3.send(new CreateBucketCommand({ Bucket: 'a-bucket' }));
    const output = await s3.send(new ListBucketsCommand({}));
    expect(output.Buckets?.map(({ Name }) => Name)).toEqual(['a-bucket']);
    expect(output).toBeAllowedBy('AdministratorAccess');
  });

  test('a trust policy decides on AssumeRole, and the keys of the session make an actor', async () => {
    const sts = new STSClient(aws.as(accounts.caller).sdk);
    const assume = (ExternalId: string) =>
      sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test', ExternalId }));
    await expect(assume('wrong')).rejects.toBeDeniedBy();
    const session = await assume('id');
    expect(session).toBeAllowedBy('TrustCaller');
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session.Credentials ?? {};
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    expect(await aws.as(keys).fetch(url)).toBeAllowedBy('InvokeRoute');
  });

  test('an actor invokes a function and gets its answer, also if the function fails', async () => {
    const administrator = aws.as(accounts.api);
    await expect(administrator.invoke('hello', { name: 'you' })).resolves.toMatchObject({
      payload: { hello: 'you' },
    });
    const failed = await administrator.invoke('hello', { fail: true });
    expect(failed).toMatchObject({
      functionError: 'Unhandled',
      payload: { errorMessage: 'It was told to fail.' },
    });
    expect(failed).toBeAllowedBy();
  });

  test('an invocation that Lambda refuses is an error with the name that AWS gives it', async () => {
    const refusal = await aws
      .as(roleArn)
      .invoke('hello')
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('explicit deny'),
    });
    expect(refusal).toBeDeniedBy('NoFunctions');
    await expect(aws.as(accounts.api).invoke('absent')).rejects.toThrow('Function not found');
  });

  test('a role or an account that does not exist is named, with those that do', () => {
    expect(() => aws.as('arn:aws:iam::111111111111:role/other')).toThrow(
      /no role .*other\. There are .*role\/invoke/,
    );
    expect(() => aws.as('333333333333')).toThrow('there are 111111111111, 222222222222');
  });
});

test('the calls are listed by the patterns of a fault plan', async () => {
  await aws.as(roleArn).fetch(url);
  await aws.as(accounts.api).invoke('hello');
  expect(aws.calls({ service: 'execute-api' }).map(({ operation }) => operation)).toEqual(['GET /hello']);
  expect(aws.calls({ principal: '*:assumed-role/invoke/*' })).toHaveLength(1);
  expect(aws.calls({ account: accounts.caller })).toEqual([]);
  const [call] = aws.calls({ operation: 'Invoke' });
  expect(decisionOn(call)).toMatchObject({ allowed: true, by: ['AdministratorAccess #1'] });
});

test.each([
  [{ op: 'Invoke' }, 'calls() lists by service, operation, principal, account, and not by op.'],
  [{ operation: /Invoke/ }, 'The operation of calls() must be a text, with * and ? as wildcards.'],
])('in JavaScript, too, calls are not listed by %j', (match, message) => {
  expect(() => aws.calls(match as object)).toThrow(new TypeError(message));
});

describe('reset', () => {
  test('the accounts are empty, and the clients from before go on', async () => {
    const administrator = aws.as(accounts.api);
    const { credentials, sdk } = administrator;
    const sts = new STSClient(sdk);
    await sts.send(new GetCallerIdentityCommand({}));
    aws.faults.set({ rules: [{ effect: { type: 'throttle' } }] });
    aws.advance(3_600_000);
    await aws.reset();
    expect(aws.calls()).toEqual([]);
    await expect(administrator.invoke('hello')).rejects.toThrow('Function not found');
    await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Account: accounts.api,
    });
    expect([aws.as(accounts.api).credentials, aws.url]).toEqual([credentials, sdk.endpoint]);
    expect(aws.localAws.directory.roles.findByArn(roleArn)).toBeUndefined();
  });

  test('it waits for a request in flight and for what its function requests, and later ones wait for it', async () => {
    const administrator = aws.as(accounts.api);
    const order: string[] = [];
    const invocation = administrator.invoke('hello', { waitMs: 300 }).finally(() => order.push('invocation'));
    while (aws.calls({ operation: 'GET /started' }).length === 0) await setTimeout(10);
    const reset = aws.reset().finally(() => order.push('reset'));
    const later = administrator.invoke('hello').catch((error: Error) => error.message);
    await expect(invocation).resolves.toMatchObject({ payload: 400 });
    await reset;
    await expect(later).resolves.toContain('Function not found');
    expect(order).toEqual(['invocation', 'reset']);
    expect(aws.calls().map(({ operation }) => operation)).toEqual(['Invoke']);
  });

  test('the first fault plan is back', async () => {
    await using faulty = await startTestAws({
      faults: { rules: [{ name: 'first', effect: { type: 'throttle' } }] },
    });
    faulty.faults.clear();
    await faulty.reset();
    expect(faulty.faults.report().rules.map(({ rule }) => rule)).toEqual(['first']);
  });
});

test('sessions expire as time passes, and signatures stay valid', async () => {
  const role = aws.as(roleArn);
  expect((await role.fetch(url)).status).toBe(200);
  aws.advance(3_590_000);
  expect((await role.fetch(url)).status).toBe(200);
  aws.advance(20_000);
  const expired = await role.fetch(url);
  expect([expired.status, expired.headers.get('x-amzn-errortype')]).toEqual([403, 'ExpiredTokenException']);
  expect((await aws.as(roleArn).fetch(url)).status).toBe(200);
  const sts = new STSClient({ ...aws.as(accounts.caller).sdk, maxAttempts: 1 });
  await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
    Account: accounts.caller,
  });
});

test('the folder is removed at the end, and the environment leads a child process there', async () => {
  await using other = await startTestAws();
  expect(other.environment()).toMatchObject({ AWS_ENDPOINT_URL: other.url, LOCAL_AWS_ROOT: other.root });
  expect(() => other.environment('nope')).toThrow(
    'There is no profile nope. There are local-api, local-caller',
  );
  expect(existsSync(other.root)).toBe(true);
  await other.close();
  expect(existsSync(other.root)).toBe(false);
});
