import { json, keyed, ok, outcome, setUp } from './client.testing.ts';
import { type FakeApi, gatewayAnswer, networkError, type Reply, useFakeTime } from './fake-api.testing.ts';
import { ApiError, ConnectionFailed, Throttled } from './index.ts';

useFakeTime();

describe('retries', () => {
  const closed = () => networkError('UND_ERR_SOCKET', 'other side closed');
  const refused = () => networkError('ECONNREFUSED', 'refused', { syscall: 'connect' });

  // Which of them are repeated: a GET, a POST, a POST with a key.
  test.each<[string, () => Reply, [boolean, boolean, boolean]]>([
    ['status 429', () => gatewayAnswer(429, { message: 'Too Many Requests' }), [true, true, true]],
    ['status 408', () => gatewayAnswer(408, {}), [true, false, true]],
    ['status 500', () => gatewayAnswer(500, {}), [true, false, true]],
    ['status 502', () => gatewayAnswer(502, {}), [true, false, true]],
    ['status 503', () => gatewayAnswer(503, {}), [true, false, true]],
    ['status 504', () => gatewayAnswer(504, {}), [true, false, true]],
    ['status 501', () => gatewayAnswer(501, {}), [false, false, false]],
    ['status 400', () => gatewayAnswer(400, {}), [false, false, false]],
    ['status 409', () => gatewayAnswer(409, {}), [false, false, false]],
    [
      'status 409 with Retry-After',
      () => gatewayAnswer(409, {}, { 'retry-after': '1' }),
      [false, false, true],
    ],
    [
      'an unknown host name',
      () => networkError('ENOTFOUND', 'no name', { syscall: 'getaddrinfo' }),
      [true, true, true],
    ],
    ['a refused connection', refused, [true, true, true]],
    ['a broken connection', closed, [true, false, true]],
    ['a time-out', () => 'silence', [true, false, true]],
    ['an invalid certificate', () => networkError('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), [false, false, false]],
  ])(
    'a GET, a POST and a POST with a key are repeated only if that is safe after %s',
    async (_, reply, expected) => {
      const repeated: boolean[] = [];
      for (const options of [{}, json, keyed]) {
        const { api, client } = setUp([reply, ok]);
        const result = await outcome(client.fetch('/x', options));
        expect(result instanceof Error).toBe(api.requests.length === 1);
        repeated.push(api.requests.length === 2);
      }
      expect(repeated).toEqual(expected);
    },
  );

  // https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 names the methods that are idempotent: PUT, DELETE and the safe ones.
  test.each([
    ['GET', true],
    ['HEAD', true],
    ['OPTIONS', true],
    ['PUT', true],
    ['DELETE', true],
    ['POST', false],
    ['PATCH', false],
    ['patch', false],
  ])(
    'a %s that may have been executed is repeated: %j, and with a key in any case',
    async (method, expected) => {
      for (const headers of [{}, { 'Idempotency-Key': 'key-1' }]) {
        const { api, client } = setUp([() => gatewayAnswer(503, {}), ok]);
        await outcome(client.fetch('/x', { method, headers }));
        const isKeyed = Object.keys(headers).length > 0;
        expect([isKeyed, api.requests.length]).toEqual([isKeyed, expected || isKeyed ? 2 : 1]);
      }
    },
  );

  /** The milliseconds between one request and the next. */
  const waits = ({ requests }: FakeApi) =>
    requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0));

  test('retries wait with full jitter, and for at most 5 seconds', async () => {
    const { api, client } = setUp([() => gatewayAnswer(503, {})], {
      retry: { maxAttempts: 5, baseDelayMs: 2_000 },
    });
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(ApiError);
    expect(waits(api)).toEqual([1_000, 2_000, 2_500, 2_500]);
  });

  test('retries follow the options of the client, unless the call has others', async () => {
    const { api, client } = setUp([() => gatewayAnswer(503, {})], {
      retry: { maxAttempts: 5, baseDelayMs: 2_000 },
    });
    await outcome(client.fetch('/', { retry: { maxAttempts: 2 } }));
    expect(waits(api)).toEqual([1_000]);
  });

  test.each([
    ['3', 3_000],
    ['Tue, 24 Nov 2026 12:00:07 GMT', 7_000],
    ['soon', 500],
  ])('a retry after the header "Retry-After: %s" waits %d ms', async (value, wait) => {
    const { api, client } = setUp([gatewayAnswer(429, {}, { 'retry-after': value }), ok()]);
    expect(await outcome(client.fetch('/', json))).toMatchObject({ attempts: 2 });
    expect(waits(api)).toEqual([wait]);
  });

  test('a Retry-After above 60 s is reported, not waited for', async () => {
    const { api, client } = setUp([gatewayAnswer(429, {}, { 'retry-after': '3600' }), ok()]);
    const error = await outcome(client.fetch('/'));
    expect(error).toBeInstanceOf(Throttled);
    expect(error).toMatchObject({ code: 'Throttled', retryAfterMs: 3_600_000 });
    expect(api.requests).toHaveLength(1);
  });

  test('the idempotency key is the same on each attempt; the value true makes a new one for each call', async () => {
    const { api, client } = setUp([() => gatewayAnswer(500, {})]);
    await outcome(client.fetch('/', { ...json, idempotencyKey: true }));
    await outcome(client.fetch('/', { ...json, idempotencyKey: true }));
    const keys = api.requests.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toHaveLength(8);
    expect(new Set(keys.slice(0, 4)).size).toBe(1);
    expect(new Set(keys).size).toBe(2);
  });

  test('a key that is given as a header makes a POST repeatable, too', async () => {
    const { api, client } = setUp([gatewayAnswer(500, {}), ok()]);
    await outcome(client.fetch('/', { ...json, headers: { 'Idempotency-Key': 'a' } }));
    expect(api.requests).toHaveLength(2);
  });

  test('a request on a stale socket is sent again without a wait, and uses up no attempt', async () => {
    const { api, client } = setUp([closed, ok], { retry: { maxAttempts: 1 } });
    await client.fetch('/', keyed);
    expect(api.requests).toHaveLength(2);
    expect(jest.getTimerCount()).toBe(0);
  });

  test.each([
    ['the connection was closed, maybe after the API had the request', closed],
    ['there was no connection', refused],
    ['the API throttled', () => gatewayAnswer(429, {})],
    ['the API failed', () => gatewayAnswer(503, {})],
  ])('the member attempts counts every request: %s', async (_, reply) => {
    const { api, client } = setUp([reply, ok]);
    expect(await outcome(client.fetch('/', keyed))).toMatchObject({ attempts: 2 });
    expect(api.requests).toHaveLength(2);
  });

  test('a request on a closed connection is sent again only once', async () => {
    const { api, client } = setUp([closed], { retry: { maxAttempts: 1 } });
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(ConnectionFailed);
    expect(api.requests).toHaveLength(2);
  });
});
