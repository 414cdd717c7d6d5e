import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { SignedFetchMiddlewareOptions } from './index.ts';

const folder = join(__dirname, '..');

test('the examples in the README are those that are type-checked and run: here, and in scripts/e2e/sample/outside-lambda.stages.test.ts', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect([...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code)).toEqual(
    ['handler', 'plain-handler', 'container', 'handler.test'].map((name) =>
      readFileSync(join(folder, `examples/${name}.ts`), 'utf8'),
    ),
  );
});

test('the README has a row for each option, and no other', () => {
  // The compiler asks for each name.
  const options: Record<keyof SignedFetchMiddlewareOptions, true> = {
    baseUrl: true,
    credentials: true,
    region: true,
    timeoutMs: true,
    marginMs: true,
    maxResponseBytes: true,
    retry: true,
    headers: true,
    logger: true,
    fetch: true,
    contextKey: true,
  };
  const [, table = ''] =
    /\n## Options\n(.*?)\n## /s.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual(Object.keys(options).toSorted());
});

test('the example in the README runs: the call is signed with the function’s credentials, and repeated with its key', async () => {
  const calls: [accessKeyId: string | undefined, key: string | string[] | undefined][] = [];
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    calls.push([
      /Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1],
      request.headers['idempotency-key'],
    ]);
    response.statusCode = calls.length === 1 ? 503 : 200;
    response.end(JSON.stringify({ received: JSON.parse(body) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const environment = { ...process.env };
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'ASIAFUNCTION00000001',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_REGION: 'eu-west-1',
    API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dev`,
  });
  try {
    const { handler } = await import('../examples/handler.ts');
    const context = { getRemainingTimeInMillis: () => 20_000 } as never;
    expect(await handler({ orderId: 'order-1' }, context)).toEqual({ received: { orderId: 'order-1' } });
    expect(calls).toEqual([
      ['ASIAFUNCTION00000001', 'order-1'],
      ['ASIAFUNCTION00000001', 'order-1'],
    ]);
  } finally {
    process.env = environment;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

test('the example without middy runs: it calls as the assumed role, whose credentials it keeps', async () => {
  const calls: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const [, accessKeyId] = /Credential=(\w+)/.exec(request.headers.authorization ?? '') ?? [];
    const isSts = new URLSearchParams(body).get('Action') === 'AssumeRole';
    calls.push(accessKeyId);
    response.setHeader('content-type', isSts ? 'text/xml' : 'application/json');
    response.end(
      isSts
        ? '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAASSUMED000000001</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>'
        : JSON.stringify({ received: JSON.parse(body), key: request.headers['idempotency-key'] }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = { ...process.env };
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'ASIAFUNCTION00000001',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_NAME: 'caller',
    AWS_ENDPOINT_URL_STS: origin,
    API_URL: `${origin}/dev`,
    API_REGION: 'eu-west-1',
    INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/invoke',
  });
  try {
    const { handler } = await import('../examples/plain-handler.ts');
    const context = { getRemainingTimeInMillis: () => 20_000, awsRequestId: 'request-1' } as never;
    for (const foo of ['a', 'b']) {
      expect(await handler({ foo }, context)).toEqual({ received: { foo }, key: 'request-1' });
    }
    expect(calls).toEqual(['ASIAFUNCTION00000001', 'ASIAASSUMED000000001', 'ASIAASSUMED000000001']);
  } finally {
    process.env = environment;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
