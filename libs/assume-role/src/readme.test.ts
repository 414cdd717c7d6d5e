import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { assumeRole } from './index.ts';

const folder = join(__dirname, '..');

test('the examples in the README are those that are type-checked and run here', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect([...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code)).toEqual(
    ['handler', 'handler.test'].map((name) => readFileSync(join(folder, `examples/${name}.ts`), 'utf8')),
  );
});

test('the README has a row for each option', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const [, known = ''] = /The options are (.*)\.$/.exec(refusal(() => assumeRole({ x: 1 } as never))) ?? [];
  const rows = [...readme.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\|/gm)].flatMap(([, cell = '']) =>
    cell.replaceAll('`', '').split(', '),
  );
  expect(rows).toEqual(expect.arrayContaining(known.split(', ')));
  expect(known.split(', ')).toHaveLength(11);
});

function refusal(create: () => unknown): string {
  try {
    create();
  } catch (error) {
    return String(error);
  }
  return '';
}

/** Lets no time-out end, however busy this machine is. Sockets and promises work as usual. */
function stopTimers(): void {
  jest.useFakeTimers({ now: Date.now(), doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
}

test('the example in the README runs: another AWS client calls with the credentials of the assumed role', async () => {
  const actions: [action: string | null, accessKeyId: string | undefined][] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const action = new URLSearchParams(body).get('Action');
    actions.push([action, /Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1]]);
    response.setHeader('content-type', 'text/xml');
    response.end(
      action === 'AssumeRole'
        ? '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAASSUMED000000001</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>'
        : '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/reader/caller</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const environment = { ...process.env };
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'ASIAFUNCTION00000001',
    AWS_SECRET_ACCESS_KEY: 's',
    AWS_SESSION_TOKEN: 't',
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_NAME: 'caller',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ROLE_ARN: 'arn:aws:iam::111111111111:role/reader',
  });
  stopTimers();
  try {
    const { handler } = await import('../examples/handler.ts');
    const context = { getRemainingTimeInMillis: () => 10_000 } as never;
    expect(await handler({}, context)).toBe('arn:aws:sts::111111111111:assumed-role/reader/caller');
    expect(actions).toEqual([
      ['AssumeRole', 'ASIAFUNCTION00000001'],
      ['GetCallerIdentity', 'ASIAASSUMED000000001'],
    ]);
  } finally {
    jest.useRealTimers();
    process.env = environment;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});
