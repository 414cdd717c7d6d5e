import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { apiResources } from '../../test/template.testing.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { storedZip } from '../services/lambda/code/stored-zip.ts';
import { CONSOLE_PATH } from './console.ts';
import type { AccountMap, CallDetails, StreamEvent } from './model.ts';

const A = '111111111111';
let root: string;
let aws: LocalAws;
let token: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'console-'));
  aws = await startLocalAws({ root, port: 0, report: () => {} });
  token = aws.consoleUrl.split('#token=')[1] ?? '';
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request with exactly these headers, which `fetch` would not. */
function send(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = new URL(`${CONSOLE_PATH}${path}`, aws.url);
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
    });
    request.on('error', reject).end(body);
  });
}

const admitted = () => ({ authorization: `Bearer ${token}` });
const fromPage = () => ({ ...admitted(), origin: aws.url, 'content-type': 'application/json' });

test('the page, its script and its style are public, and the page may load nothing else', async () => {
  for (const path of ['', '/client.js', '/client.css']) {
    const { status, headers } = await send(path);
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
  const { body } = await send('');
  expect(body).not.toContain(token);
  expect(body).not.toMatch(/<script>|style=|https?:\/\/(?!www\.w3\.org)/);
});

test.each(['/events', '/map', '/roles', '/calls/a', '/page', '/faults'])(
  'GET %s needs the token, and the right one',
  async (path) => {
    expect((await send(path)).status).toBe(401);
    expect((await send(path, { authorization: `Bearer ${'x'.repeat(43)}` })).status).toBe(401);
    expect((await send(`${path}?token=${token}`)).status).toBe(401);
  },
);

test.each([
  ['POST', '/invoke'],
  ['POST', '/ask'],
  ['POST', '/arrow'],
  ['PUT', '/faults'],
  ['DELETE', '/faults'],
])('%s %s needs the token and the origin of the console', async (method, path) => {
  const { authorization, ...withoutToken } = fromPage();
  const body = method === 'DELETE' ? '' : '{}';
  expect((await send(path, withoutToken, method, body)).status).toBe(401);
  for (const origin of [
    'http://evil.example',
    'null',
    aws.url.replace('127.0.0.1', 'localhost'),
    undefined,
  ]) {
    const headers = {
      authorization,
      'content-type': 'application/json',
      ...(origin !== undefined && { origin }),
    };
    expect((await send(path, headers, method, body)).status).toBe(403);
  }
});

test('a page of another origin gets nothing, even with the token', async () => {
  expect((await send('/map', { ...admitted(), origin: 'http://evil.example' })).status).toBe(403);
});

test('a host that was rebound to this machine gets no data, not even the page', async () => {
  for (const path of ['', '/client.js', '/map']) {
    const { status, body } = await send(path, {
      ...admitted(),
      host: `evil.example:${new URL(aws.url).port}`,
    });
    expect(status).toBe(403);
    expect(body).toContain('HostRefused');
  }
});

async function* lines(signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const response = await fetch(`${aws.url}${CONSOLE_PATH}/events`, { headers: admitted(), signal });
  let rest = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) yield JSON.parse(line) as StreamEvent;
  }
}

async function whoami(endpoint = aws.url, secretAccessKey?: string): Promise<string> {
  const { accessKeyId, secretAccessKey: own } = aws.directory.administrator(A);
  const credentials = { accessKeyId, secretAccessKey: secretAccessKey ?? own };
  const client = new STSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    const { $metadata } = await client.send(new GetCallerIdentityCommand({}));
    return $metadata.requestId ?? '';
  } catch (error) {
    return (error as { $metadata: { requestId?: string } }).$metadata.requestId ?? '';
  } finally {
    client.destroy();
  }
}

test('the stream has the instance, the earlier calls, and each call when it is answered', async () => {
  const before = await whoami();
  const stop = new AbortController();
  const stream = lines(stop.signal);
  const next = async () => (await stream.next()).value as StreamEvent;
  try {
    expect(await next()).toMatchObject({ type: 'hello', instance: { url: aws.url } });
    expect(await next()).toMatchObject({
      type: 'calls',
      calls: expect.arrayContaining([expect.objectContaining({ requestId: before })]),
    });
    const after = await whoami();
    expect(await next()).toMatchObject({
      type: 'calls',
      calls: [{ requestId: after, operation: 'GetCallerIdentity' }],
    });
  } finally {
    stop.abort();
    await stream.next().catch(() => {});
  }
});

test('after a reset, the stream says that it is another instance, so the page forgets the calls', async () => {
  await whoami();
  const stop = new AbortController();
  const stream = lines(stop.signal);
  const next = async () => (await stream.next()).value as StreamEvent;
  try {
    const hello = await next();
    await next();
    await aws.reset();
    const again = await next();
    expect(again).toMatchObject({ type: 'hello', instance: { url: aws.url } });
    expect(again).not.toEqual(hello);
    const after = await whoami();
    expect(await next()).toMatchObject({ type: 'calls', calls: [{ requestId: after }] });
  } finally {
    stop.abort();
    await stream.next().catch(() => {});
  }
});

test('a wrong signature is explained with the canonical request, and no secret or token is in any answer', async () => {
  const requestId = await whoami(aws.url, 'wrong-secret');
  const { body } = await send(`/calls/${requestId}`, admitted());
  const details = JSON.parse(body) as CallDetails;
  expect(details).toMatchObject({
    refused: true,
    reason: expect.stringContaining('signature does not match'),
  });
  expect(details.signature?.server[0]).toBe('POST');
  const { secretAccessKey } = aws.directory.administrator(A);
  const saved = await aws.saveConsole();
  for (const text of [body, saved]) {
    expect(text).not.toContain(secretAccessKey);
    expect(text).not.toContain(token);
  }
});

test('an unknown call is named', async () => {
  const { status, body } = await send('/calls/no-such-call', admitted());
  expect(status).toBe(404);
  expect(body).toContain('no-such-call');
});

describe('with a function', () => {
  const name = 'greeter';
  const functionArn = `arn:aws:lambda:us-east-1:${A}:function:${name}`;
  const roleArn = `arn:aws:iam::${A}:role/greeter`;
  beforeAll(async () => {
    aws.directory.roles.create(A, {
      name,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
    });
    const client = new LambdaClient({
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: aws.directory.administrator(A),
    });
    const ZipFile = storedZip({
      'index.mjs': 'export const handler = async ({ name }) => "Hello, " + name;',
    });
    await client.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: roleArn,
        Code: { ZipFile },
      }),
    );
    client.destroy();
  });

  test('the map has a role with an odd but legal path, and what it may do', async () => {
    const odd = aws.directory.roles.create(A, {
      name: 'odd',
      path: '/a:b/',
      trustPolicy: {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { AWS: roleArn }, Action: 'sts:AssumeRole' },
      },
    });
    aws.directory.roles.putPolicy(A, 'odd', 'call', {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: functionArn },
    });
    const { status, body } = await send('/map', admitted());
    expect(status).toBe(200);
    const map = JSON.parse(body) as AccountMap;
    expect(map.nodes).toContainEqual({ id: odd.arn, kind: 'role', accountId: A, name: 'odd' });
    expect(map.arrows).toContainEqual(expect.objectContaining({ from: odd.arn, to: functionArn }));
    expect((await send('/page', admitted())).status).toBe(200);
    aws.directory.roles.deletePolicy(A, 'odd', 'call');
    aws.directory.roles.delete(A, 'odd');
  });

  test('a role that cannot be read has no arrows, and does not fail the map', async () => {
    const { roles } = aws.directory;
    const arn = `arn:aws:iam::${A}:role/deleted-meanwhile`;
    const listed = roles.list(A);
    const list = jest
      .spyOn(roles, 'list')
      .mockImplementation((accountId) =>
        accountId === A ? [...listed, { ...listed[0]!, arn, name: 'deleted-meanwhile' }] : [],
      );
    const { status, body } = await send('/map', admitted());
    list.mockRestore();
    expect(status).toBe(200);
    const map = JSON.parse(body) as AccountMap;
    expect(map.nodes).toContainEqual(expect.objectContaining({ id: arn }));
    expect(map.arrows.filter(({ from }) => from === arn)).toEqual([]);
    expect(map.arrows).toContainEqual(expect.objectContaining({ from: functionArn, to: roleArn }));
  });

  test('the map has it, with the decision that lets Lambda run it as its role', async () => {
    const map = JSON.parse((await send('/map', admitted())).body) as AccountMap;
    expect(map.nodes).toContainEqual({ id: functionArn, kind: 'function', accountId: A, name, roleArn });
    const runs = map.arrows.find(({ from, to }) => from === functionArn && to === roleArn);
    expect(runs).toMatchObject({ allowed: true, verdict: 'allowed', actions: ['sts:AssumeRole'] });
    const ends = JSON.stringify({ from: functionArn, to: roleArn });
    const { body } = await send('/arrow', fromPage(), 'POST', ends);
    expect(JSON.parse(body)).toMatchObject({
      verdict: 'allowed',
      decision: { allowed: true, action: 'sts:AssumeRole' },
    });
  });

  test('an arrow whose end was deleted meanwhile is named', async () => {
    const ends = JSON.stringify({ from: functionArn, to: `${roleArn}-of-before` });
    const { status, body } = await send('/arrow', fromPage(), 'POST', ends);
    expect(status).toBe(404);
    expect(JSON.parse(body).message).toBe('One end of this arrow was deleted meanwhile.');
  });

  const createStack = async (StackName: string, Resources: object) => {
    const client = new CloudFormationClient({
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: aws.directory.administrator(A),
    });
    await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
    await waitUntilStackCreateComplete(
      { client, maxWaitTime: 30, minDelay: 0.1, maxDelay: 1 },
      { StackName },
    );
    client.destroy();
  };

  test('the map names the routes that anybody may call, and no preflight', async () => {
    const routes = [
      { route: 'GET /signed' },
      { route: 'GET /open', authorizationType: 'NONE' },
      { route: 'OPTIONS /open', authorizationType: 'NONE' },
    ] as const;
    await createStack('routes', apiResources('Routes', routes));
    const { nodes } = JSON.parse((await send('/map', admitted())).body) as AccountMap;
    const found = nodes.filter(({ kind }) => kind === 'route');
    expect(Object.fromEntries(found.map(({ name: route, isOpen }) => [route, isOpen]))).toEqual({
      'GET /signed': undefined,
      'GET /open': true,
      'OPTIONS /open': undefined,
    });
  });

  test('the map marks the resources of a stack that have no effect', async () => {
    const StackName = 'alarms';
    await createStack(StackName, { Alarms: { Type: 'AWS::SNS::Topic' } });
    const map = JSON.parse((await send('/map', admitted())).body) as AccountMap;
    expect(map.inert).toEqual([
      { accountId: A, stackName: StackName, logicalId: 'Alarms', type: 'AWS::SNS::Topic' },
    ]);
  });

  test('it can be invoked, by a signed call that is in the trace', async () => {
    const body = JSON.stringify({ functionArn, event: '{"name":"you"}' });
    const { status, body: answered } = await send('/invoke', fromPage(), 'POST', body);
    expect(status).toBe(200);
    const answer: unknown = JSON.parse(answered);
    expect(answer).toMatchObject({ status: 200, payload: '"Hello, you"' });
    const { requestId } = answer as { requestId: string };
    expect(aws.trace.find(requestId)).toMatchObject({
      operation: 'Invoke',
      principal: `arn:aws:iam::${A}:user/administrator`,
    });
  });

  test('a question is answered with the verdict and a proven change', async () => {
    const question = { principal: roleArn, action: 'lambda:InvokeFunction', resource: functionArn };
    const { body } = await send('/ask', fromPage(), 'POST', JSON.stringify(question));
    expect(JSON.parse(body)).toMatchObject({
      verdict: 'no identity-based policy allows it',
      decision: { allowed: false },
      remedies: [
        {
          instruction: `add to a policy of ${roleArn}`,
          text: expect.stringContaining('lambda:InvokeFunction'),
        },
      ],
    });
  });
});

test.each([
  [
    'an unknown principal',
    { principal: 'nobody', action: 'a:B', resource: '*' },
    '"nobody" is not a principal',
  ],
  [
    'an action with wildcards',
    { principal: 'a', action: 's3:*', resource: '*' },
    'must be an action without wildcards',
  ],
  ['a resource that is no ARN', { principal: 'a', action: 'a:B', resource: 'x' }, 'must be an ARN'],
])('a question with %s is refused with the rule', async (_what, question, message) => {
  const { status, body } = await send('/ask', fromPage(), 'POST', JSON.stringify(question));
  expect(status).toBe(400);
  expect(JSON.parse(body).message).toContain(message);
});

test('a fault plan can be set, seen and ended; one that is not valid is refused with the rule', async () => {
  const plan = { rules: [{ name: 'slow', effect: { type: 'delay', ms: 1 } }] };
  expect((await send('/faults', fromPage(), 'PUT', JSON.stringify(plan))).status).toBe(200);
  expect(JSON.parse((await send('/faults', admitted())).body).rules).toEqual([
    { rule: 'slow', seen: 0, struck: 0 },
  ]);
  expect((await send('/faults', fromPage(), 'DELETE')).body).toContain('"plan":null');
  const wrong = await send('/faults', fromPage(), 'PUT', '{"rules":[{"effect":{"type":"nap"}}]}');
  expect(wrong.status).toBe(400);
  expect(wrong.body).toContain('must have a type');
});

test('hostile names in the trace cannot end the script or begin an element of the saved page', async () => {
  await fetch(`${aws.url}/</script><img/onerror=alert(1)>`, { headers: { host: 'x' } }).catch(() => {});
  const saved = await aws.saveConsole();
  const data = saved.split('<script type="application/json" id="recording">')[1]?.split('</script>')[0] ?? '';
  expect(data).not.toContain('<');
  expect(JSON.parse(data)).toMatchObject({ instance: { url: aws.url } });
  expect(saved).toContain("default-src 'none'; script-src 'sha256-");
});
