import type { Context } from 'aws-lambda';
import { type Answer, startFakeApi } from './fake-api.testing.ts';

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

/** Loads the function with its environment and invokes it, as often as Lambda does if it fails. */
async function invoke(event: unknown, { honoursKeys = true, invocations = 1 } = {}) {
  Object.assign(process.env, {
    API_URL: api.url,
    API_REGION: 'eu-west-1',
    API_HONOURS_IDEMPOTENCY_KEYS: String(honoursKeys),
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  let handler: ((event: unknown, context: Context) => Promise<unknown>) | undefined;
  jest.isolateModules(() => {
    ({ handler } = require('./caller.ts'));
  });
  const context = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => 20_000 } as Context;
  let failure: unknown;
  for (let n = 0; n < invocations; n += 1) {
    try {
      return { result: await handler?.(event, context) };
    } catch (error) {
      failure = error;
    }
  }
  return { failure: failure as Error };
}

describe('an event', () => {
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
    [{ path: `/messages/${id}`, query: { fields: 'body' } }, `GET /dev/messages/${id}?fields=body`],
    [{ path: '/messages/a%20b%2Fc', headers: { 'x-team': 'blue' } }, 'GET /dev/messages/a%20b%2Fc'],
  ])('the event %j calls an operation of the contract', async (event, route) => {
    expect(await invoke(event)).toMatchObject({ result: { status: 200, attempts: 1 } });
    expect(api.sent).toMatchObject([{ route, key: undefined }]);
  });

  test('an event returns the response as the API sent it, with members that the contract does not know yet', async () => {
    const body = { id, caller: { ...caller, team: 'blue' }, requestId: '1', edition: 'second' };
    api.answer = () => [200, {}, body];
    expect(await invoke({ path: `/messages/${id}` })).toMatchObject({ result: { body } });
  });

  test('an event fails if the response breaks the contract', async () => {
    api.answer = () => [200, {}, { id, caller: { ...caller, accountId: '12' }, requestId: '1' }];
    const { failure } = await invoke({ path: `/messages/${id}` });
    expect(failure).toMatchObject({ code: 'InvalidResponse' });
    expect(failure?.message).toContain('caller.accountId: an account ID has 12 digits');
  });

  test.each([
    [{ path: '/no-such-route' }, 'GET /dev/no-such-route', undefined],
    [{ method: 'DELETE', path: '/messages' }, 'DELETE /dev/messages', undefined],
    [{ path: '/whoami?a=1' }, 'GET /dev/whoami?a=1', undefined],
    [{ method: 'PUT', path: '/orders', body: [1] }, 'PUT /dev/orders', 'invocation-1'],
  ])('the event %j is not an operation, and is sent unchanged', async (event, route, key) => {
    api.answer = () => [200, {}, { anything: true }];
    expect(await invoke(event)).toMatchObject({ result: { status: 200, body: { anything: true } } });
    expect(api.sent).toMatchObject([{ route, key }]);
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
  const withKey = { body: { foo: 'bar' }, headers: { 'idempotency-KEY': 'order-42' } };

  test('an API that remembers no keys receives no key, and no request a second time', async () => {
    const count = losesFirstResponse();
    const { failure } = await invoke({}, { honoursKeys: false });
    expect(failure?.message).toContain('answered 502');
    expect(api.sent).toMatchObject([{ key: undefined }]);
    expect(count.executions).toBe(1);
  });

  test.each([
    ['of the contract', withKey],
    ['that the contract does not have', { ...withKey, method: 'POST', path: '/orders' }],
  ])(
    'a key is refused for a request %s, however often Lambda tries: the API would not remember it',
    async (_what, event) => {
      const count = losesFirstResponse();
      const { failure } = await invoke(event, { honoursKeys: false, invocations: 3 });
      expect(failure).toMatchObject({ code: 'InvalidEvent' });
      expect(failure?.message).toMatch(
        /^headers: Idempotency-Key must not be sent .*idempotency: false.*Leave the header out/,
      );
      expect(count.executions).toBe(0);
    },
  );

  test('if the caller is deployed before the API loses its table, a key is refused, and a request without a key is sent once', async () => {
    // The API still remembers keys, the caller does not know it.
    const { failure } = await invoke(withKey, { honoursKeys: false });
    expect(failure).toMatchObject({ code: 'InvalidEvent' });
    expect(await invoke({}, { honoursKeys: false })).toMatchObject({ result: { status: 200 } });
    expect(api.sent).toMatchObject([{ key: undefined }]);
  });

  test('if the API loses its table before the caller is deployed, it refuses the key, and nothing is executed', async () => {
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

  test('an API that remembers keys receives the key of the event, the same in each attempt', async () => {
    losesFirstResponse();
    expect(await invoke(withKey)).toMatchObject({ result: { status: 200, attempts: 2 } });
    expect(api.sent.map(({ key }) => key)).toEqual(['order-42', 'order-42']);
  });
});
