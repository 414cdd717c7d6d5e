import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';

const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';
const identity = { accountId: '222222222222', arn: 'arn:aws:sts::222222222222:assumed-role/caller/caller' };
const caller = { ...identity, roleName: 'caller', sessionName: 'caller' };
const problem = { 'content-type': 'application/problem+json' };

const answers: Answer = ({ route, body }) => {
  if (route.startsWith('POST ')) return [200, {}, { id, received: JSON.parse(body), caller, requestId: '1' }];
  if (route.startsWith('GET /dev/messages/')) return [200, {}, { id, body: { foo: 'bar' }, requestId: '1' }];
  return [200, {}, { caller, requestId: '1' }];
};

let api: Awaited<ReturnType<typeof startFakeApi>>;
beforeAll(async () => {
  api = await startFakeApi(answers);
});
afterAll(() => api.close());
beforeEach(() => {
  Object.assign(api, { answer: answers, sent: [] });
  for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockReturnValue(true);
});

/** A request that the fake received. */
interface Sent {
  /** With the stage and the query, such as `GET /dev/whoami`. */
  readonly route: string;
  /** The header `Idempotency-Key`. */
  readonly key: string | undefined;
  /** The session token of the credentials that signed it. */
  readonly token: string | undefined;
  readonly body: string;
}

/** Answers a request: status, headers, body. */
type Answer = (sent: Sent) => readonly [status: number, headers: Record<string, string>, body: unknown];

/**
 * Starts an API on this machine, for code that calls one.
 * @param answer can be set again for each test
 */
async function startFakeApi(answer: Answer) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const key = request.headers['idempotency-key']?.toString();
    const token = request.headers['x-amz-security-token']?.toString();
    const sent = { route: `${request.method} ${request.url}`, key, token, body };
    api.sent.push(sent);
    const [status, headers, answered] = api.answer(sent);
    response.writeHead(status, headers).end(JSON.stringify(answered));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dev`,
    answer,
    sent: [] as Sent[],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return api;
}

type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** Loads the function with its environment. A variable that is `undefined` is absent. */
function load(variables: Readonly<Record<string, string | undefined>> = {}): Handler {
  const { env } = process;
  process.env = { ...env, ...environment(), ...variables };
  for (const [name, value] of Object.entries(variables)) if (value === undefined) delete process.env[name];
  try {
    let handler: Handler | undefined;
    jest.isolateModules(() => {
      ({ handler } = require('./caller.ts'));
    });
    if (handler === undefined) throw new Error('caller.ts has no handler.');
    return handler;
  } finally {
    process.env = env;
  }
}

const environment = () => ({
  API_URL: api.url,
  API_REGION: 'eu-west-1',
});
/** Lambda's own, which stay. */
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' });

/** Loads the function and invokes it, as often as Lambda does if it fails. */
async function invoke(event: unknown, { invocations = 1 } = {}) {
  const handler = load();
  const context = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => 20_000 } as Context;
  let failure: unknown;
  for (let n = 0; n < invocations; n += 1) {
    try {
      return { result: await handler(event, context) };
    } catch (error) {
      failure = error;
    }
  }
  return { failure: failure as Error };
}

describe('the environment', () => {
  const role = { INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/invoke', EXTERNAL_ID: 'an-id' };

  test.each([
    ['API_URL', {}],
    ['API_REGION', {}],
    ['INVOKE_ROLE_ARN', role],
    ['EXTERNAL_ID', role],
  ])('without %s, the function does not start, and the error names the variable', (name, variables) => {
    expect(() => load({ ...variables, [name]: undefined })).toThrow(
      `The function has no environment variable ${name}. serverless.yml sets it.`,
    );
  });
});

describe('the credentials', () => {
  const Credentials = {
    AccessKeyId: 'ASIAASSUMED000000001',
    SecretAccessKey: 'secret',
    SessionToken: 'token-of-the-role',
    Expiration: new Date(Date.now() + 3_600_000),
  };

  test.each([
    [
      'the role, with the external ID',
      { INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/invoke', EXTERNAL_ID: 'an-id' },
      'token-of-the-role',
    ],
    ['the function itself', {}, 'token-of-the-function'],
  ])('a call is signed by %s, and has the session token', async (_who, variables, token) => {
    const inputs: object[] = [];
    let handler: Handler | undefined;
    const given = {
      ...variables,
      AWS_SESSION_TOKEN: 'token-of-the-function',
      AWS_LAMBDA_FUNCTION_NAME: 'caller',
      AWS_REGION: 'eu-west-1',
    };
    const { env } = process;
    jest.isolateModules(() => {
      const { STSClient } = require('@aws-sdk/client-sts');
      jest.spyOn(STSClient.prototype, 'send').mockImplementation(async (command) => {
        inputs.push((command as { input: object }).input);
        return { Credentials };
      });
      process.env = { ...env, ...environment(), ...given };
      ({ handler } = require('./caller.ts'));
    });
    try {
      await handler?.({ operation: 'getWhoami' }, {
        awsRequestId: 'invocation-1',
        getRemainingTimeInMillis: () => 20_000,
      } as Context);
    } finally {
      process.env = env;
    }
    expect(api.sent).toMatchObject([{ token }]);
    const asked =
      'EXTERNAL_ID' in variables ? [{ RoleArn: variables.INVOKE_ROLE_ARN, ExternalId: 'an-id' }] : [];
    expect(inputs).toMatchObject(asked);
  });
});

describe('an event', () => {
  test('a call, and a call that fails, log a line with the IDs of the invocation and of the request in account A', async () => {
    api.answer = (sent) => [
      sent.route.startsWith('POST ') ? 409 : 200,
      { 'x-amzn-requestid': `of ${sent.route.slice(0, 4)}`.replaceAll(' ', '-') },
      { caller, requestId: '1' },
    ];
    const lines: unknown[] = [];
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
    }
    await invoke({ operation: 'getWhoami' });
    await invoke({});
    expect(lines).toMatchObject([
      {
        level: 'INFO',
        message: 'called',
        request: `GET ${api.url}/whoami`,
        status: 200,
        attempts: 1,
        apiRequestId: 'of-GET-',
        function_request_id: 'invocation-1',
      },
      {
        level: 'ERROR',
        message: 'failed',
        code: 'ApiError',
        attempts: 1,
        apiRequestId: 'of-POST',
        function_request_id: 'invocation-1',
      },
    ]);
  });

  test('an empty event sends the example of POST /messages, with the ID of the invocation as its key', async () => {
    const { result } = await invoke({});
    expect(result).toEqual({
      status: 200,
      body: { id, received: { foo: 'bar' }, caller, requestId: '1' },
      requestId: undefined,
      attempts: 1,
    });
    expect(api.sent).toEqual([{ route: 'POST /dev/messages', key: 'invocation-1', body: '{"foo":"bar"}' }]);
  });

  test.each([
    [
      { operation: 'getMessage', input: { id, query: { fields: 'body' } } },
      `GET /dev/messages/${id}?fields=body`,
    ],
    [{ operation: 'getMessage', input: { id: 'a b/c' } }, 'GET /dev/messages/a%20b%2Fc'],
  ])('the event %j calls the operation of the contract', async (event, route) => {
    expect(await invoke(event)).toMatchObject({ result: { status: 200, attempts: 1 } });
    expect(api.sent).toMatchObject([{ route, key: undefined }]);
  });

  test('an event fails if the response breaks the contract', async () => {
    api.answer = () => [200, {}, { id, caller: { ...caller, accountId: '12' }, requestId: '1' }];
    const { failure } = await invoke({ operation: 'getMessage', input: { id } });
    expect(failure).toMatchObject({ code: 'InvalidResponse' });
    expect(failure?.message).toContain('caller.accountId: an account ID has 12 digits');
  });

  test.each([
    [{ operation: 'deleteMessage' }, /^operation: must be postMessage, getMessage, .*not "deleteMessage"/],
    [
      { operation: 'getMessage', input: { ID: id } },
      /^input: has the unknown member ID\. It can have the members id, query\./,
    ],
    [{ method: 'DELETE', path: '/messages' }, / It can have the members operation, input, idempotencyKey\./],
  ])('the event %j is refused with the known names, and nothing is sent', async (event, message) => {
    const { failure } = await invoke(event);
    expect(failure).toMatchObject({ code: 'InvalidEvent', message: expect.stringMatching(message) });
    expect(api.sent).toEqual([]);
  });
});

/** An API that executes each request, and whose first response is lost. */
function losesFirstResponse(): { executions: number } {
  const count = { executions: 0 };
  api.answer = (sent) => {
    count.executions += 1;
    return count.executions === 1 ? [502, {}, { message: 'lost' }] : answers(sent);
  };
  return count;
}

describe('nothing is executed twice', () => {
  const call = { operation: 'postMessage', input: { body: { foo: 'bar' } } };
  const withKey = { ...call, idempotencyKey: 'order-42' };

  test('a key for an operation that remembers none is refused, however often Lambda tries', async () => {
    const event = { operation: 'getWhoami', idempotencyKey: 'order-42' };
    const { failure } = await invoke(event, { invocations: 3 });
    expect(failure).toMatchObject({ code: 'InvalidEvent' });
    expect(failure?.message).toMatch(/^idempotencyKey: must be left out\. getWhoami remembers no keys/);
    expect(api.sent).toEqual([]);
  });

  test('if the API forgets keys before the caller is deployed, it refuses the key, and nothing is executed', async () => {
    let executions = 0;
    api.answer = (sent) => {
      if (sent.key !== undefined)
        return [400, problem, { title: 'Bad Request', status: 400, detail: 'no keys' }];
      executions += 1;
      return answers(sent);
    };
    for (const event of [{}, withKey]) {
      expect((await invoke(event, { invocations: 3 })).failure?.message).toContain('answered 400: no keys');
    }
    expect(api.sent).toHaveLength(6);
    expect(executions).toBe(0);
  });

  test.each([
    ['the ID of the invocation', {}, 'invocation-1'],
    ['the ID of the invocation', call, 'invocation-1'],
    ['the key of the event', withKey, 'order-42'],
  ])(
    'an API that remembers keys receives %s for the event %j, the same in each attempt',
    async (_which, event, key) => {
      losesFirstResponse();
      expect(await invoke(event)).toMatchObject({ result: { status: 200, attempts: 2 } });
      expect(api.sent.map((sent) => sent.key)).toEqual([key, key]);
    },
  );
});
