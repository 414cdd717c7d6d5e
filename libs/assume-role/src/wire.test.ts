import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { STS, STSClient } from '@aws-sdk/client-sts';
import { roleArn } from './fake-sts.testing.ts';
import { createAssumedRole } from './index.ts';

afterEach(() => jest.restoreAllMocks());

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
  const client = new STS({
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

test('a server error is tried again', async () => {
  let failures = 2;
  const { client, bodies, close } = await stsServer(() =>
    failures-- > 0
      ? { status: 500, body: 'not even XML' }
      : {
          status: 200,
          body: '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE123456789</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>',
        },
  );
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const role = createAssumedRole({ roleArn, sessionName: 'caller', client });
  expect((await role()).accessKeyId).toBe('ASIAEXAMPLE123456789');
  expect(bodies).toHaveLength(3);
  await close();
  client.destroy();
});

test('a dead endpoint is CredentialsUnavailable with the code of Node', async () => {
  // In a process of its own: within Jest, the SDK reduces errors of Node to their text.
  const script = `
    import { createAssumedRole } from './index.ts';
    // A pause before the second try that no invocation has time for.
    Math.random = () => 1e6;
    const role = createAssumedRole({ roleArn: '${roleArn}', sessionName: 'caller', region: 'eu-west-1', attemptTimeoutMs: 60_000 });
    await role.beginInvocation(60_000).role().catch((error) => console.log(error.code, error.reasonCode, error.attempts));
  `;
  const environment = {
    ...process.env,
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE123456789',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: __dirname,
    env: environment,
  });
  expect(stdout).toBe('CredentialsUnavailable ECONNREFUSED 1\n');
});

test('the client that is made by default asks once for each try that is reported, and keeps no connection', async () => {
  const { endpoint, bodies, sockets, close } = await stsServer(() => ({
    status: bodies.length < 3 ? 500 : 400,
    body: '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>no</Message></Error></ErrorResponse>',
  }));
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE123456789',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  try {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const role = createAssumedRole({ roleArn, sessionName: 'caller', region: 'eu-west-3' });
    await expect(role()).rejects.toMatchObject({ reasonCode: 'ValidationError', attempts: 3 });
    expect(bodies).toHaveLength(3);
    expect(sockets.size).toBe(3);
  } finally {
    process.env = before;
    await close();
  }
});
