import { fetch, getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import {
  AccessDenied,
  ApiError,
  ConnectionFailed,
  createSignedFetch,
  SignedFetchOptionError,
} from './index.ts';
import { fakeApi } from './testing.ts';

test('a fake answers calls by a function, and keeps them', async () => {
  const api = fakeApi(({ path }) => ({ status: 201, headers: { etag: '"1"' }, body: { at: path } }));
  const answer = await api.json('/messages/1?part=a', { json: { foo: 'bar' }, idempotencyKey: 'key-1' });
  expect(answer).toMatchObject({ status: 201, body: { at: '/messages/1' }, attempts: 1 });
  expect(answer.headers.get('etag')).toBe('"1"');
  const [call] = api.calls;
  expect(call).toMatchObject({ method: 'POST', path: '/messages/1', body: { foo: 'bar' } });
  expect(call?.query.get('part')).toBe('a');
  expect(call?.headers.get('idempotency-key')).toBe('key-1');
});

test('a fake sends text as it is, and no body by default', async () => {
  const api = fakeApi(({ body }) => (body === undefined ? {} : { body: `got ${String(body)}` }));
  expect((await api.text('/csv', { method: 'PUT', body: 'a,b' })).body).toBe('got a,b');
  expect((await api.json('/empty')).body).toBeUndefined();
});

test.each([
  [403, AccessDenied],
  [422, ApiError],
])('the error of a call that a fake answers with %d is the real one', async (status, type) => {
  const api = fakeApi(() => ({ status, body: { detail: 'no' } }));
  const error = await api.json('/').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ status, reason: 'no', body: { detail: 'no' } });
});

test('a function that throws is a connection that failed', async () => {
  const api = fakeApi(() => Promise.reject(new Error('down')));
  await expect(api.json('/')).rejects.toBeInstanceOf(ConnectionFailed);
});

test('a call is not repeated, unless the test says so, and wrong options are refused as by a client', async () => {
  const once = fakeApi(() => ({ status: 503 }));
  await expect(once.json('/')).rejects.toBeInstanceOf(ApiError);
  expect(once.calls).toHaveLength(1);
  const twice = fakeApi(() => ({ status: 503 }), { retry: { maxAttempts: 2, baseDelayMs: 1 } });
  await expect(twice.json('/')).rejects.toBeInstanceOf(ApiError);
  expect(twice.calls).toHaveLength(2);
  await expect(once.json('//elsewhere')).rejects.toBeInstanceOf(SignedFetchOptionError);
  expect(() => fakeApi(() => ({}), { timeoutMs: 0 })).toThrow('timeoutMs');
});

test('an error that a function throws breaks the connection by its code', async () => {
  const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  const api = fakeApi(() => Promise.reject(reset));
  const sent = api.json('/', { json: {} });
  await expect(sent).rejects.toMatchObject({ reasonCode: 'ECONNRESET', maybeExecuted: true });
});

test.each(['error', 'statusCode'])(
  'an answer with the member %s, which none has, fails the call and says which there are, in JavaScript, too',
  async (name) => {
    const api = fakeApi(() => ({ [name]: 500 }));
    await expect(api.json('/')).rejects.toThrow(
      `an answer has status, headers and body, and no ${name}. To break the connection, throw an error`,
    );
  },
);

test("undici's global MockAgent answers a client with the fetch of undici, as the README says", async () => {
  const before = getGlobalDispatcher();
  const agent = new MockAgent();
  agent.disableNetConnect();
  setGlobalDispatcher(agent);
  try {
    const host = 'https://abc123.execute-api.eu-west-1.amazonaws.com';
    agent.get(host).intercept({ path: '/dev/whoami' }).reply(200, { name: 'team' });
    const credentials = { accessKeyId: 'ASIAFAKE000000000001', secretAccessKey: 'fake' };
    const api = createSignedFetch({ baseUrl: `${host}/dev`, credentials, fetch: fetch as never });
    expect((await api.json('/whoami')).body).toEqual({ name: 'team' });
    agent.assertNoPendingInterceptors();
  } finally {
    setGlobalDispatcher(before);
    await agent.close();
  }
});
