import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { STS } from '@aws-sdk/client-sts';
import aws4 from 'aws4';
import { roleArn } from './fake-sts.testing.ts';
import { createAssumedRole } from './index.ts';
import { type AssumeRoleInput, stsClient } from './sts.ts';

const before = { ...process.env };
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  process.env = { ...before };
  jest.restoreAllMocks();
  await Promise.all(closers.splice(0).map((close) => close()));
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const SUCCESS = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE123456789</AccessKeyId><SecretAccessKey>s+/=</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const failure = (code: string, message: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;

/** An STS whose endpoint and credentials are in the environment. */
async function serve(
  answer: (index: number) => { status?: number; body?: string; date?: string; cut?: 'end' | 'reset' },
) {
  const received: Received[] = [];
  const sockets = new Set<unknown>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    sockets.add(request.socket);
    const { status = 200, body: text = SUCCESS, date, cut } = answer(received.length);
    received.push({ headers: request.headers, body });
    if (date !== undefined) response.setHeader('date', date);
    if (cut !== undefined) {
      const sever = () => (cut === 'end' ? request.socket.end() : request.socket.resetAndDestroy());
      response.writeHead(status, { 'content-length': text.length }).write(text.slice(0, -1), sever);
      return;
    }
    response.writeHead(status, { 'x-amzn-requestid': 'request-1' }).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE123456789',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token/+=',
  });
  return { received, sockets };
}

const input: AssumeRoleInput = {
  RoleArn: roleArn,
  RoleSessionName: 'caller',
  DurationSeconds: 3600,
  ExternalId: undefined,
  Policy: undefined,
  PolicyArns: undefined,
  Tags: undefined,
  TransitiveTagKeys: undefined,
  SourceIdentity: undefined,
};
const full: AssumeRoleInput = {
  ...input,
  ExternalId: 'a:b/c=d+e@f',
  Policy: '{"Version":"2012-10-17","Statement":[{"Sid":"é & <b>"}]}',
  PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/A' }, { arn: 'arn:aws:iam::aws:policy/B' }],
  Tags: [
    { Key: 'team', Value: 'a b' },
    { Key: 'empty', Value: '' },
  ],
  TransitiveTagKeys: ['team', 'empty'],
  SourceIdentity: 'alice',
};

function assume(client: { assumeRole: ReturnType<typeof stsClient>['assumeRole'] }, request = input) {
  return client.assumeRole(request, { abortSignal: new AbortController().signal });
}

test.each([
  ['the least', input],
  ['every parameter', full],
])('it asks as the client of the SDK does: %s', async (_what, request) => {
  const { received } = await serve(() => ({}));
  const own = await assume(stsClient('eu-west-1'), request);
  const sdk = await assume(new STS({ region: 'eu-west-1' }), request);
  expect(sdk).toMatchObject(Object(own));
  const [ours, theirs] = received.map(({ body }) => [...new URLSearchParams(body)].sort());
  expect(ours).toEqual(theirs);
});

test.each([
  ['with a session token', 'token/+='],
  ['without', undefined],
])('aws4 makes the same signature, %s', async (_what, sessionToken) => {
  const { received } = await serve(() => ({}));
  if (sessionToken === undefined) delete process.env.AWS_SESSION_TOKEN;
  await assume(stsClient('eu-west-1'), full);
  const [{ headers, body } = { headers: {}, body: '' }] = received;
  const names = ['content-type', 'host', 'x-amz-date'];
  const request = {
    service: 'sts',
    region: 'eu-west-1',
    method: 'POST',
    host: String(headers.host),
    path: '/',
    headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
    body,
    extraHeadersToIgnore: { 'content-length': true },
  };
  const { headers: signed } = aws4.sign(request, {
    accessKeyId: 'AKIAEXAMPLE123456789',
    secretAccessKey: 'secret',
    ...(sessionToken !== undefined && { sessionToken }),
  });
  expect(headers.authorization).toBe(signed?.Authorization);
  expect(headers['x-amz-security-token']).toBe(sessionToken);
});

test('what STS refuses is read from its XML', async () => {
  await serve(() => ({
    status: 403,
    body: failure('AccessDenied', 'a &lt;b&gt; &quot;c&quot; &apos;d&apos; &amp;lt; é &new;'),
  }));
  await expect(assume(stsClient('eu-west-1'))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: 'a <b> "c" \'d\' &lt; é &new;',
    $metadata: { httpStatusCode: 403, requestId: 'request-1' },
  });
});

test('a response that is not of STS is an error with its status', async () => {
  await serve(() => ({ status: 502, body: 'Bad Gateway' }));
  await expect(assume(stsClient('eu-west-1'))).rejects.toMatchObject({
    name: 'InvalidResponse',
    message: 'STS answered 502',
    $metadata: { httpStatusCode: 502 },
  });
});

test('a response without credentials, or with a date that is none, gives no credentials', async () => {
  for (const body of ['<AssumeRoleResponse/>', SUCCESS.replace('2100-01-01', 'tomorrow')]) {
    await serve(() => ({ body }));
    const role = createAssumedRole({ roleArn, sessionName: 'caller', region: 'eu-west-1' });
    await expect(role()).rejects.toMatchObject({ reasonCode: 'InvalidResponse', attempts: 1 });
  }
});

test.each(['end', 'reset'] as const)('a response that is cut, by %s, is asked for again', async (cut) => {
  const { received } = await serve((index) => (index === 0 ? { cut } : {}));
  const role = createAssumedRole({ roleArn, sessionName: 'caller', region: 'eu-west-1' });
  await expect(role()).resolves.toMatchObject({ accessKeyId: 'ASIAEXAMPLE123456789' });
  expect(received).toHaveLength(2);
});

test('a clock that is wrong is corrected by that of STS, and stays corrected', async () => {
  const hours = 3 * 3_600_000;
  const date = new Date(Date.now() + hours).toUTCString();
  const { received } = await serve((index) =>
    index === 0
      ? {
          status: 403,
          date,
          body: failure('SignatureDoesNotMatch', 'Signature expired: A is now earlier than B'),
        }
      : {},
  );
  const role = createAssumedRole({ roleArn, sessionName: 'caller', region: 'eu-west-1' });
  await role();
  role.invalidate();
  await role();
  const times = received.map(({ headers }) =>
    Date.parse(String(headers['x-amz-date']).replace(/(..)(..)T(..)(..)/, '-$1-$2T$3:$4:')),
  );
  expect(times.map((time) => 0 + Math.round((time - Date.now()) / hours))).toEqual([0, 1, 1]);
});

test('without credentials in the environment, nothing is sent, and the message says what to do', async () => {
  const { received } = await serve(() => ({}));
  delete process.env.AWS_SECRET_ACCESS_KEY;
  const role = createAssumedRole({ roleArn, sessionName: 'caller', region: 'eu-west-1' });
  await expect(role()).rejects.toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'NoCredentials' });
  await expect(role()).rejects.toThrow(/AWS_SECRET_ACCESS_KEY are not set\. Outside Lambda, give a client/);
  expect(received).toHaveLength(0);
});

test('a request that is ended is not waited for', async () => {
  await serve(() => ({}));
  const ended = stsClient('eu-west-1').assumeRole(input, { abortSignal: AbortSignal.abort() });
  await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
});

test('the client of the SDK fits: its credentials, and a denial as STS words it', async () => {
  let denied = false;
  const words = `User: arn:aws:iam::222222222222:user/x is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  const { received } = await serve(() =>
    denied ? { status: 403, body: failure('AccessDenied', words) } : {},
  );
  const client = new STS({ region: 'eu-west-1', maxAttempts: 1 });
  const role = createAssumedRole({ roleArn, sessionName: 'caller', client });
  expect(await role()).toEqual({
    accessKeyId: 'ASIAEXAMPLE123456789',
    secretAccessKey: 's+/=',
    sessionToken: 't',
    expiration: new Date('2100-01-01T00:00:00Z'),
  });
  role.invalidate();
  denied = true;
  await expect(role()).rejects.toMatchObject({
    code: 'AssumeRoleDenied',
    caller: 'arn:aws:iam::222222222222:user/x',
    requestId: 'request-1',
  });
  expect(received).toHaveLength(2);
});

test.each(['own', 'SDK'])(
  'after a server error, the %s client is asked again, once for each attempt, without a connection that is kept',
  async (which) => {
    const { received, sockets } = await serve((index) =>
      index < 2
        ? { status: 500, body: 'not even XML' }
        : { status: 400, body: failure('ValidationError', 'no') },
    );
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const region = 'eu-west-1';
    const client = which === 'SDK' ? { client: new STS({ region, maxAttempts: 1 }) } : { region };
    const role = createAssumedRole({ roleArn, sessionName: 'caller', ...client });
    await expect(role()).rejects.toMatchObject({ reasonCode: 'ValidationError', attempts: 3 });
    expect(received).toHaveLength(3);
    if (which === 'own') expect(sockets.size).toBe(3);
  },
);

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
