import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { STS } from '@aws-sdk/client-sts';
import { roleArn } from './fake-sts.testing.ts';
import {
  cleanUpAfterEachTest,
  failure,
  listen,
  type Received,
  serveSts,
  success,
} from './fake-sts-server.testing.ts';
import { type AssumedRoleOptions, assumeRole, createAssumedRole } from './index.ts';

cleanUpAfterEachTest();

/** A role with the default client, unless another is given. It waits longer than usual: the STS of a test may be on a busy machine. */
const makeRole = (options: Partial<AssumedRoleOptions> = {}) =>
  createAssumedRole({
    roleArn,
    sessionName: 'caller',
    region: 'eu-west-1',
    attemptTimeoutMs: 60_000,
    ...options,
  });

/** The time that a request was signed for. */
const signedFor = (date: unknown) => Date.parse(String(date).replace(/(..)(..)T(..)(..)/, '-$1-$2T$3:$4:'));

test('the default client sends every parameter, signed with the credentials of the function', async () => {
  const { received } = await serveSts(() => ({}));
  const role = makeRole({
    externalId: 'a:b/c=d+e@f',
    durationSeconds: 900,
    parameters: {
      Policy: '{"Version":"2012-10-17","Statement":[{"Sid":"é & <b>"}]}',
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/A' }],
      Tags: [{ Key: 'team', Value: 'a b' }],
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'alice',
    },
  });
  expect(await role()).toEqual({
    accessKeyId: 'ASIAEXAMPLE123456789',
    secretAccessKey: 's+/=',
    sessionToken: 't',
    expiration: new Date('2100-01-01T00:00:00Z'),
  });
  const [{ headers, parameters } = { headers: {}, parameters: new URLSearchParams() }] = received;
  expect(Object.fromEntries(parameters)).toEqual({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'caller',
    DurationSeconds: '900',
    ExternalId: 'a:b/c=d+e@f',
    Policy: '{"Version":"2012-10-17","Statement":[{"Sid":"é & <b>"}]}',
    'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/A',
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': 'a b',
    'TransitiveTagKeys.member.1': 'team',
    SourceIdentity: 'alice',
  });
  expect(headers.authorization).toMatch(/Credential=AKIAEXAMPLE123456789\/\d{8}\/eu-west-1\/sts\//);
  expect(headers['x-amz-security-token']).toBe('token-of-the-function/+=');
});

test.each(['default', 'given'])(
  'AssumeRoleDenied has caller and request ID as STS sent them to the %s client',
  async (which) => {
    const caller = 'arn:aws:iam::222222222222:user/x';
    const words = `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    const { received } = await serveSts(() => ({ status: 403, body: failure('AccessDenied', words) }));
    const client = new STS({ region: 'eu-west-1', maxAttempts: 1 });
    const role = makeRole(which === 'given' ? { client } : {});
    await expect(role()).rejects.toMatchObject({ code: 'AssumeRoleDenied', caller, requestId: 'request-1' });
    expect(received).toHaveLength(1);
  },
);

test('the option client replaces the default client', async () => {
  const { received } = await serveSts(() => ({}));
  const credentials = { accessKeyId: 'AKIAGIVEN00000000001', secretAccessKey: 'secret' };
  const role = makeRole({ client: new STS({ region: 'us-east-1', maxAttempts: 1, credentials }) });
  expect((await role()).accessKeyId).toBe('ASIAEXAMPLE123456789');
  expect(received[0]?.headers.authorization).toMatch(/Credential=AKIAGIVEN00000000001\/\d{8}\/us-east-1\//);
});

test('after a server error, STS is asked again, once for each attempt, on a new connection', async () => {
  const { received, sockets } = await serveSts((_request, index) =>
    index < 2
      ? { status: 500, body: 'not even XML' }
      : { status: 400, body: failure('ValidationError', 'no') },
  );
  jest.spyOn(Math, 'random').mockReturnValue(0);
  await expect(makeRole()()).rejects.toMatchObject({ reasonCode: 'ValidationError', attempts: 3 });
  expect(received).toHaveLength(3);
  expect(sockets.size).toBe(3);
});

test.each([
  ['no credentials', '<AssumeRoleResponse/>'],
  ['an invalid date', success().replace('2100-01-01', 'tomorrow')],
  ['no XML', 'hello'],
])('a response of STS with %s is an error with the reason InvalidResponse', async (_what, body) => {
  await serveSts(() => ({ body }));
  const error = await makeRole()().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ reasonCode: 'InvalidResponse', attempts: 1 });
  expect(String(error)).not.toContain('$response');
});

test('a request to STS that takes too long is ended, and its connection is closed', async () => {
  const closed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await serveSts(() => ({}));
  process.env.AWS_ENDPOINT_URL_STS = await listen((request) => {
    request.socket.on('close', closed.resolve);
    asked.resolve();
  });
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] });
  try {
    const { role } = makeRole({ attemptTimeoutMs: 1_000 }).beginInvocation(1_500);
    const error = role().catch((reason: unknown) => reason);
    await asked.promise;
    await jest.advanceTimersByTimeAsync(1_500);
    expect(await error).toMatchObject({ reasonCode: 'Timeout' });
    await closed.promise;
  } finally {
    jest.useRealTimers();
  }
});

test("fetch: 'init' asks STS with the default client before the first invocation", async () => {
  const asked = Promise.withResolvers<void>();
  await serveSts(() => {
    asked.resolve();
    return {};
  });
  assumeRole({ roleArn, sessionName: 'caller', region: 'eu-west-1', fetch: 'init' });
  await asked.promise;
});

describe('the clock', () => {
  const HOURS = 3 * 3_600_000;
  const refusal = {
    status: 403,
    body: failure('SignatureDoesNotMatch', 'Signature not yet current: A is B'),
  };
  /** As STS does, accepts signatures of the last and the next 15 minutes. */
  const judge = ({ headers }: Received) =>
    Math.abs(signedFor(headers['x-amz-date']) - Date.now()) < 900_000 ? {} : refusal;

  test('a wrong clock is corrected by the clock of STS, and stays corrected', async () => {
    const date = new Date(Date.now() + HOURS).toUTCString();
    const { received } = await serveSts((_request, index) => ({ ...(index === 0 && refusal), date }));
    const role = makeRole();
    await role();
    role.invalidate();
    await role();
    const times = received.map(({ headers }) => signedFor(headers['x-amz-date']));
    expect(times.map((time) => 0 + Math.round((time - Date.now()) / HOURS))).toEqual([0, 1, 1]);
  });

  const absurd = [
    'Sat, 13 Sep 275760 00:00:00 GMT',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    'Thu, 01 Jan 1970 00:00:00 GMT',
  ];

  test.each(absurd)('the date of an error response does not set the clock: %s', async (date) => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const { received } = await serveSts((request, index) =>
      index === 0 ? { status: 503, body: failure('ServiceUnavailable', 'no'), date } : judge(request),
    );
    await makeRole()();
    expect(received).toHaveLength(2);
  });

  test.each(absurd)('the clock recovers from the wrong date of a successful response: %s', async (date) => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    await serveSts((request, index) => (index === 0 ? { date } : judge(request)));
    const role = makeRole();
    await role();
    role.invalidate();
    // With the latest date that there is, the SDK fails to sign a millisecond later.
    await setTimeout(2);
    await role();
  });

  test.each(absurd)(
    'the clock recovers from the wrong date of a response that refuses the signature: %s',
    async (date) => {
      jest.spyOn(Math, 'random').mockReturnValue(0);
      await serveSts((request, index) => (index === 0 ? { ...refusal, date } : judge(request)));
      const role = makeRole();
      await role().catch(() => setTimeout(2));
      await role();
    },
  );
});

// In separate processes: within Jest, the SDK reduces errors of Node to their text, and agents read variables at the start.
describe('a program', () => {
  async function run(environment: NodeJS.ProcessEnv): Promise<string> {
    const script = `
      import { createAssumedRole } from './index.ts';
      const role = createAssumedRole({ roleArn: '${roleArn}', sessionName: 'caller', region: 'eu-west-1', attemptTimeoutMs: 60_000 });
      // A pause before the second try that is longer than any invocation.
      if (process.env.ONCE) Math.random = () => 1e6;
      await role.beginInvocation(60_000).role().then(
        ({ accessKeyId }) => console.log(accessKeyId),
        (error) => console.log(error.code, error.reasonCode, error.attempts),
      );
    `;
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE123456789',
      AWS_SECRET_ACCESS_KEY: 'secret',
      ...environment,
    };
    const args = ['--input-type=module', '-e', script];
    return (await promisify(execFile)(process.execPath, args, { cwd: __dirname, env })).stdout.trim();
  }

  test('a program whose STS endpoint is dead gets CredentialsUnavailable with the error code of Node', async () => {
    const output = await run({ ONCE: '1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    expect(output).toBe('CredentialsUnavailable ECONNREFUSED 1');
  });

  test('a program asks STS again after responses that were cut off', async () => {
    const cuts = ['end', 'reset'] as const;
    const { received } = await serveSts((_request, index) => ({ cut: cuts[index] }));
    expect(await run({})).toBe('ASIAEXAMPLE123456789');
    expect(received).toHaveLength(3);
  });

  test('a program behind a proxy connects to STS through the proxy', async () => {
    const { createServer } = await import('node:http');
    const hosts: (string | undefined)[] = [];
    const proxy = createServer().on('connect', ({ url }, socket) => {
      hosts.push(url);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    expect(await run({ ONCE: '1', HTTPS_PROXY, NODE_USE_ENV_PROXY: '1' })).toMatch(/^CredentialsUnavailable/);
    expect(hosts[0]).toBe('sts.eu-west-1.amazonaws.com:443');
    proxy.close();
    await once(proxy, 'close');
  });
});
