import { request } from 'node:http';
import { connect } from 'node:net';
import { type LambdaFixture, lambdaFixture, until } from '../lambda.testing.ts';
import { RuntimeApi, type RuntimeApiAccess, type RuntimeEvents } from './runtime-api.ts';

jest.setTimeout(30_000);

const NEXT = '/2018-06-01/runtime/invocation/next';
const invocation = {
  requestId: 'request-1',
  functionArn: 'arn:aws:lambda:eu-central-1:111111111111:function:work',
  deadlineMs: 0,
  traceId: 'Root=1',
  payload: Buffer.from('{"customer":"secret-data"}'),
};

interface Reply {
  readonly status: number | undefined;
  readonly body: string;
}

function send(
  address: string,
  path: string,
  headers: Readonly<Record<string, string | string[]>>,
  body?: string,
): Promise<Reply> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, path, headers, method: body === undefined ? 'GET' : 'POST' });
    outgoing.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body: text }));
    });
    outgoing.end(body);
  });
}

/** Every way in which somebody else may ask. */
const forgeries = ({ address, token }: RuntimeApiAccess) => {
  const authorization = `Bearer ${token}`;
  return {
    'no secret': {},
    'an empty secret': { authorization: 'Bearer ' },
    'a wrong secret of the same length': { authorization: `Bearer ${'x'.repeat(token.length)}` },
    'the beginning of the secret': { authorization: authorization.slice(0, -1) },
    'the secret without its scheme': { authorization: token },
    'a foreign Host': { authorization, host: 'evil.example' },
    'a foreign Host with this port': { authorization, host: `evil.example:${address.split(':')[1]}` },
    'a Host without port': { authorization, host: '127.0.0.1' },
    'a foreign Host and no secret': { host: 'evil.example' },
  };
};

describe('the Runtime API', () => {
  const events: string[] = [];
  const listener: RuntimeEvents = {
    next: () => events.push('next'),
    response: (_id, payload) => events.push(`response ${payload}`),
    responseTooLarge: () => events.push('too large'),
    error: (_id, document) => events.push(`error ${document}`),
    initError: (document) => events.push(`init error ${document}`),
  };
  let api: RuntimeApi;
  let access: RuntimeApiAccess;
  let own: Record<string, string>;
  beforeEach(async () => {
    events.length = 0;
    api = new RuntimeApi();
    api.attach(listener);
    access = await api.listen();
    own = { authorization: `Bearer ${access.token}` };
  });
  afterEach(() => api.close());

  test('gives its runtime the invocation, and takes the response from it', async () => {
    const next = send(access.address, NEXT, own);
    await until(() => events.includes('next'));
    api.deliver(invocation);
    expect(await next).toEqual({ status: 200, body: '{"customer":"secret-data"}' });
    expect(
      await send(access.address, '/2018-06-01/runtime/invocation/request-1/response', own, '"done"'),
    ).toMatchObject({ status: 202 });
    expect(events).toEqual(['next', 'response "done"']);
  });

  test('answers the runtime under the name localhost too', async () => {
    const host = access.address.replace('127.0.0.1', 'localhost');
    expect(await send(access.address, '/', { ...own, host })).toMatchObject({ status: 404 });
  });

  test('refuses whoever has not its Host and its secret, and tells them nothing', async () => {
    const next = send(access.address, NEXT, own);
    await until(() => events.includes('next'));
    for (const [name, headers] of Object.entries(forgeries(access))) {
      const reply = await send(access.address, NEXT, headers);
      expect({ name, status: reply.status }).toEqual({ name, status: 403 });
      expect(reply.body).not.toContain(access.token);
    }
    api.deliver(invocation);
    expect((await next).body).toContain('secret-data');
    expect(events).toEqual(['next']);
  });

  test('takes no response, no error and no init error from anybody else', async () => {
    const next = send(access.address, NEXT, own);
    await until(() => events.includes('next'));
    api.deliver(invocation);
    await next;
    const paths = ['invocation/request-1/response', 'invocation/request-1/error', 'init/error'];
    for (const headers of Object.values(forgeries(access))) {
      for (const path of paths) {
        const reply = await send(access.address, `/2018-06-01/runtime/${path}`, headers, '"forged"');
        expect(reply.status).toBe(403);
      }
    }
    expect(events).toEqual(['next']);
  });

  test('refuses a request with two Host headers', async () => {
    const [host = '', port] = access.address.split(':');
    const reply = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), host, () =>
        socket.write(
          `GET ${NEXT} HTTP/1.1\r\nhost: ${access.address}\r\nhost: evil.example\r\nauthorization: Bearer ${access.token}\r\n\r\n`,
        ),
      );
      socket.on('error', reject).on('close', () => resolve(text));
      socket.on('data', (chunk) => {
        text += chunk;
      });
    });
    expect(reply).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(events).toEqual([]);
  });

  test('answers its runtime with 400 for an unknown request ID, and 404 for an unknown path', async () => {
    const next = send(access.address, NEXT, own);
    await until(() => events.includes('next'));
    api.deliver(invocation);
    await next;
    const status = async (path: string) => (await send(access.address, path, own, '1')).status;
    expect(await status('/2018-06-01/runtime/invocation/other/response')).toBe(400);
    expect(await status('/2018-06-01/runtime/nothing')).toBe(404);
    expect(await status('/')).toBe(404);
  });
});

describe('a running function', () => {
  let lambda: LambdaFixture;
  afterEach(() => lambda.service.close());

  test('keeps its events and its response to itself, and its code never sees the secret', async () => {
    lambda = lambdaFixture();
    await lambda.deploy(
      'worker',
      `exports.handler = async (event, { awsRequestId }) => {
        process.stdout.write('AT ' + process.env.AWS_LAMBDA_RUNTIME_API + ' ' + awsRequestId + '\\n');
        await new Promise((resolve) => setTimeout(resolve, event.wait));
        return Object.keys(process.env);
      }`,
      { Timeout: 30 },
    );
    const running = lambda.invoke('worker', { wait: 1000 });
    const line = () => lambda.logged.get('/aws/lambda/worker')?.find((text) => text.startsWith('AT '));
    await until(() => line() !== undefined);
    const [, address = '', requestId] = line()?.split(' ') ?? [];
    const path = `/2018-06-01/runtime/invocation/${requestId}/response`;
    for (const headers of [{}, { host: 'evil.example' }, { authorization: 'Bearer guess' }]) {
      expect((await send(address, path, headers, '"forged"')).status).toBe(403);
      expect((await send(address, NEXT, headers)).status).toBe(403);
    }
    const names: unknown = (await running).json;
    expect(names).toContain('AWS_LAMBDA_RUNTIME_API');
    expect(names).not.toContain('LOCAL_AWS_RUNTIME_API_TOKEN');
    expect((await lambda.invoke('worker', { wait: 0 })).json).toEqual(names);
  });
});
