import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const folder = join(__dirname, '..');

test('the example in the README is the one that is type-checked and run here', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(
    readFileSync(join(folder, 'examples/handler.ts'), 'utf8'),
  );
});

test('it runs: the call is signed with the assumed role’s credentials, and repeated with its key', async () => {
  const calls: [accessKeyId: string | undefined, key: string | string[] | undefined][] = [];
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    if (request.url !== '/dev/messages') {
      response.setHeader('content-type', 'text/xml');
      response.end(
        '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAASSUMED000000001</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>',
      );
      return;
    }
    const accessKeyId = /Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1];
    calls.push([accessKeyId, request.headers['idempotency-key']]);
    response.statusCode = calls.length === 1 ? 503 : 200;
    response.end(JSON.stringify({ received: JSON.parse(body), requestId: 'request-1' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = { ...process.env };
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'ASIAFUNCTION00000001',
    AWS_SECRET_ACCESS_KEY: 's',
    AWS_SESSION_TOKEN: 't',
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_NAME: 'caller',
    AWS_ENDPOINT_URL: url,
    API_URL: `${url}/dev`,
    ROLE_ARN: 'arn:aws:iam::111111111111:role/api-dev-invoke',
  });
  try {
    const { handler } = await import('../examples/handler.ts');
    const context = { getRemainingTimeInMillis: () => 10_000 } as never;
    expect(await handler({ orderId: 'order-1' }, context)).toBe('request-1 after 2 attempt(s)');
    expect(calls).toEqual([
      ['ASIAASSUMED000000001', 'order-1'],
      ['ASIAASSUMED000000001', 'order-1'],
    ]);
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
