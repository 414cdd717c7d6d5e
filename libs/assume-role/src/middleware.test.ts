import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { STSClient } from '@aws-sdk/client-sts';
import middy from '@middy/core';
import {
  type AssumedRole,
  AssumeRoleDenied,
  type AssumeRoleOptions,
  assumeRole,
  createAssumedRole,
} from './index.ts';
import { systemRuntime } from './runtime.ts';
import { FakeRuntime, settle } from './testing/fake-runtime.ts';
import { FakeSts } from './testing/fake-sts.ts';

const roleArn = 'arn:aws:iam::111111111111:role/api-dev-invoke';
const readerArn = 'arn:aws:iam::111111111111:role/reader';

function setUp() {
  const runtime = new FakeRuntime();
  const sts = new FakeSts(runtime);
  return { runtime, sts, options: { roleArn, sessionName: 'caller', client: sts.client, runtime } };
}

/** What Lambda passes. Typed as `never`, as a handler's type asks for what its middlewares add to the context. */
function lambdaContext(remainingMs = 3_000): never {
  return { awsRequestId: '1', getRemainingTimeInMillis: () => remainingMs } as never;
}

test('the handler finds credentials, and invocations share them', async () => {
  const { sts, options } = setUp();
  const handler = middy<unknown, string>()
    .use(assumeRole(options))
    .handler(async (_event, context) => (await context.assumedRole.getCredentials()).accessKeyId);
  const all = await Promise.all([1, 2, 3].map(() => handler({}, lambdaContext())));
  all.push(await handler({}, lambdaContext()));
  expect(new Set(all)).toEqual(new Set(['ASIAFAKE000000000001']));
  expect(sts.requests).toHaveLength(1);
});

test('each role has a key of its own', async () => {
  const { sts, options } = setUp();
  const handler = middy<unknown, string[]>()
    .use(assumeRole({ ...options, contextKey: 'invoker' }))
    .use(assumeRole({ ...options, roleArn: readerArn, contextKey: 'reader' }))
    .handler(async (_event, context) => [context.invoker.roleArn, context.reader.roleArn]);
  expect(await handler({}, lambdaContext())).toEqual([roleArn, readerArn]);
  expect(sts.requests.map(({ input }) => input.RoleArn)).toEqual([roleArn, readerArn]);
});

test('a denial ends the invocation before the handler runs', async () => {
  const { sts, options } = setUp();
  sts.auto = (request) => request.fail('AccessDenied', 'no');
  const inner = jest.fn();
  await expect(middy(inner).use(assumeRole(options))({}, lambdaContext())).rejects.toThrow(AssumeRoleDenied);
  expect(inner).not.toHaveBeenCalled();
});

test('lazy: STS is asked only when the handler asks', async () => {
  const { sts, options } = setUp();
  const handler = middy<{ ask: boolean }, unknown>()
    .use(assumeRole({ ...options, lazy: true }))
    .handler(async ({ ask }, context) => (ask ? (await context.assumedRole()).accessKeyId : 'none'));
  expect(await handler({ ask: false }, lambdaContext())).toBe('none');
  expect(sts.requests).toHaveLength(0);
  expect(await handler({ ask: true }, lambdaContext())).toBe('ASIAFAKE000000000001');
});

test('prefetch: STS is asked when the middleware is made; a failure shows nowhere but in the invocation', async () => {
  const { sts, options } = setUp();
  sts.auto = (request) => request.fail('AccessDenied', 'not yet');
  const handler = middy(async () => 'done').use(assumeRole({ ...options, prefetch: true }));
  await settle();
  expect(sts.requests).toHaveLength(1);
  await expect(handler({}, lambdaContext())).rejects.toThrow(AssumeRoleDenied);
  sts.auto = (request) => request.succeed();
  expect(await handler({}, lambdaContext())).toBe('done');
});

test('a refresh that is under way when the handler returns is stopped, and begun again by the next', async () => {
  const { sts, runtime, options } = setUp();
  const handler = middy(async () => 'done').use(assumeRole({ ...options, finishRefreshMs: 0 }));
  await handler({}, lambdaContext());
  await runtime.advance(56 * 60_000);
  sts.auto = undefined;
  expect(await handler({}, lambdaContext())).toBe('done');
  expect(sts.last.signal.aborted).toBe(true);
  runtime.freeze(10 * 60_000);
  sts.auto = (request) => request.succeed();
  expect(await handler({}, lambdaContext())).toBe('done');
  expect(sts.requests).toHaveLength(3);
});

test('an error of the handler is not held up by a refresh that is under way', async () => {
  const { sts, runtime, options } = setUp();
  let fails = false;
  const handler = middy(async () => {
    if (fails) throw new Error('the handler failed');
  }).use(assumeRole(options));
  await handler({}, lambdaContext());
  await runtime.advance(56 * 60_000);
  sts.auto = undefined;
  fails = true;
  await expect(handler({}, lambdaContext())).rejects.toThrow('the handler failed');
  expect(sts.last.signal.aborted).toBe(true);
});

test('the remaining time, less a margin, bounds how long STS is tried', async () => {
  const { sts, runtime, options } = setUp();
  sts.auto = undefined;
  const invocation = middy(async () => 'done')
    .use(assumeRole(options))({}, lambdaContext(1_000))
    .catch((error: unknown) => error);
  await settle();
  expect(runtime.sleeping[0]).toBe(750);
  await runtime.advance(750);
  expect(String(await invocation)).toContain('STS did not answer within 750 ms');
});

test.each(['', 'two words', 'functionName', '__proto__', 1])('contextKey %p is refused', (contextKey) => {
  const { options } = setUp();
  expect(() => assumeRole({ ...options, contextKey: contextKey as string })).toThrow(/contextKey/);
});

test('types: the context has exactly what was put there', async () => {
  const { options } = setUp();
  const handler = middy<unknown, unknown>()
    .use(assumeRole({ ...options, contextKey: 'invoker' }))
    .handler(async (_event, context) => {
      const role: AssumedRole = context.invoker;
      const name: string = context.functionName;
      // @ts-expect-error: no such role was put there
      const missing = context.assumedRole;
      // @ts-expect-error: a role is not to be replaced
      context.invoker = role;
      return { role, name, missing };
    });
  expect(await handler({}, lambdaContext())).toMatchObject({ missing: undefined });
  // @ts-expect-error: a role without ARN is none
  const incomplete: AssumeRoleOptions = { sessionName: 'caller' };
  expect(() => assumeRole(incomplete)).toThrow(/roleArn/);
});

describe('over the wire', () => {
  async function stsServer(answer: () => { status: number; body: string }) {
    const bodies: string[] = [];
    const sockets = new Set<unknown>();
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(body);
      sockets.add(request.socket);
      const { status, body: text } = answer();
      response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': 'sts-1' }).end(text);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new STSClient({
      region: 'eu-west-1',
      endpoint,
      credentials: { accessKeyId: 'AKIAEXAMPLE123456789', secretAccessKey: 'secret' },
      maxAttempts: 1,
    });
    const close = async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    };
    return { client, endpoint, bodies, sockets, close };
  }

  test('the real SDK client: credentials, and a denial as STS words it', async () => {
    let status = 200;
    const { client, bodies, close } = await stsServer(() => ({
      status,
      body:
        status === 200
          ? `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE123456789</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
          : `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::222222222222:user/x is not authorized to perform: sts:AssumeRole on resource: ${roleArn}</Message></Error></ErrorResponse>`,
    }));
    try {
      const role = createAssumedRole({ roleArn, sessionName: 'caller', client });
      expect(await role()).toEqual({
        accessKeyId: 'ASIAEXAMPLE123456789',
        secretAccessKey: 's',
        sessionToken: 't',
        expiration: new Date('2100-01-01T00:00:00Z'),
      });
      expect(new URLSearchParams(bodies[0]).get('RoleSessionName')).toBe('caller');
      // It is what the SDK's clients take as credentials.
      const next = new STSClient({ region: 'eu-west-1', credentials: role });
      expect((await next.config.credentials()).accessKeyId).toBe('ASIAEXAMPLE123456789');
      role.invalidate();
      status = 403;
      await expect(role()).rejects.toMatchObject({
        code: 'AssumeRoleDenied',
        caller: 'arn:aws:iam::222222222222:user/x',
        requestId: 'sts-1',
      });
      expect(bodies).toHaveLength(2);
    } finally {
      await close();
    }
  });

  test('a server error is tried again; a dead endpoint is CredentialsUnavailable', async () => {
    let failures = 2;
    const { client, bodies, close } = await stsServer(() =>
      failures-- > 0
        ? { status: 500, body: 'not even XML' }
        : {
            status: 200,
            body: '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE123456789</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>',
          },
    );
    const runtime = { now: Date.now, random: () => 0, sleep: new FakeRuntime().sleep };
    const role = createAssumedRole({ roleArn, sessionName: 'caller', client, runtime });
    expect((await role()).accessKeyId).toBe('ASIAEXAMPLE123456789');
    expect(bodies).toHaveLength(3);
    await close();
    role.invalidate();
    await expect(role.beginInvocation(50).role()).rejects.toMatchObject({
      code: 'CredentialsUnavailable',
      reasonCode: 'ECONNREFUSED',
    });
    client.destroy();
  });

  test('the client that is made by default asks once for each try that is reported, and keeps no connection', async () => {
    const { endpoint, bodies, sockets, close } = await stsServer(() => ({ status: 500, body: '' }));
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_STS: endpoint,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE123456789',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });
    try {
      const runtime = { now: Date.now, random: () => 0.2, sleep: systemRuntime.sleep };
      const role = createAssumedRole({ roleArn, sessionName: 'caller', region: 'eu-west-3', runtime });
      const error: unknown = await role
        .beginInvocation(250)
        .role()
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'CredentialsUnavailable', attempts: bodies.length });
      expect(bodies.length).toBeGreaterThan(1);
      expect(sockets.size).toBe(bodies.length);
    } finally {
      process.env = before;
      await close();
    }
  });
});
