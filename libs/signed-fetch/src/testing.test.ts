import { AccessDenied, ApiError, ConnectionFailed, SignedFetchOptionError } from './index.ts';
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
