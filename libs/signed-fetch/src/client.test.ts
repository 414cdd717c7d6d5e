import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import * as v from 'valibot';
import {
  advance,
  FakeApi,
  gatewayAnswer,
  networkError,
  type Reply,
  settle,
  useFakeTime,
} from './fake-api.testing.ts';
import {
  AccessDenied,
  ApiError,
  ConnectionFailed,
  createSignedFetch,
  DeadlineExceeded,
  InvalidPath,
  InvalidResponse,
  type RequestOptions,
  RequestTimeout,
  ResponseTooLarge,
  SignedFetchError,
  SignedFetchOptionError,
  type SignedFetchOptions,
  type SigningCredentials,
  Throttled,
} from './index.ts';

useFakeTime();

const baseUrl = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE/zQ8Yp3vTfLk+9Jm2Xw7Rc5Nd1Hs6Gb==';

/** A source whose credentials are numbered, as `assume-role`'s provider renews them. */
function numberedSource() {
  let number = 1;
  const rejected: SigningCredentials[] = [];
  return {
    rejected,
    getCredentials: async () => ({
      accessKeyId: `ASIAEXAMPLE00000000${number}`,
      secretAccessKey: SECRET,
      sessionToken: `${TOKEN}-${number}`,
    }),
    invalidate: (credentials: SigningCredentials) => {
      rejected.push(credentials);
      number += 1;
    },
  };
}

function setUp(replies: (Reply | (() => Reply))[], options: Partial<SignedFetchOptions> = {}) {
  const api = new FakeApi(...replies);
  const source = numberedSource();
  const client = createSignedFetch({
    baseUrl,
    credentials: source,
    fetch: api.fetch as typeof fetch,
    ...options,
  });
  return { api, source, client };
}

/** Makes a call while time passes as needed. */
async function outcome<T>(call: Promise<T>, ms = 120_000): Promise<T | Error> {
  const result = call.catch((error: Error) => error);
  await advance(ms);
  return result;
}

const ok = () => gatewayAnswer(200, { ok: true });
const json = { json: { foo: 'bar' } };
const keyed: RequestOptions = { ...json, idempotencyKey: 'key-1' };

describe('a call', () => {
  test('is signed, names the library, and gives what the service returns', async () => {
    const { api, client } = setUp([ok()], { headers: { 'X-Team': 'a' } });
    const { status, body, requestId, attempts } = await client.json('/messages', json);
    expect({ status, body, requestId, attempts }).toEqual({
      status: 200,
      body: { ok: true },
      requestId: 'request-200',
      attempts: 1,
    });
    const [request] = api.requests;
    expect(request).toMatchObject({
      url: `${baseUrl}/messages`,
      method: 'POST',
      body: '{"foo":"bar"}',
      redirect: 'manual',
    });
    expect(request?.headers.get('authorization')).toMatch(
      /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE000000001\/20261124\/eu-west-1\/execute-api\/aws4_request, /,
    );
    expect(request?.headers.get('user-agent')).toBe('cross-account-api-signed-fetch');
    expect(request?.headers.get('x-team')).toBe('a');
    expect(request?.headers.get('content-type')).toBe('application/json');
  });

  test('has the headers of the call rather than the client’s, and the client’s rather than the library’s', async () => {
    const { api, client } = setUp([ok()], {
      headers: { 'User-Agent': 'caller/1', Accept: 'text/csv', 'X-Team': 'a' },
    });
    await client.json('/', {
      ...json,
      headers: { 'x-team': 'b', 'content-type': 'application/merge-patch+json' },
    });
    await client.fetch('/');
    expect(api.requests.map(({ headers }) => Object.fromEntries(headers))).toMatchObject([
      {
        'user-agent': 'caller/1',
        accept: 'text/csv',
        'x-team': 'b',
        'content-type': 'application/merge-patch+json',
      },
      { 'user-agent': 'caller/1', accept: 'text/csv', 'x-team': 'a' },
    ]);
  });

  test('accepts JSON and problem documents, if it is to be parsed', async () => {
    const { api, client } = setUp([ok()]);
    await client.json('/');
    await client.fetch('/');
    expect(api.requests.map(({ headers }) => headers.get('accept'))).toEqual([
      'application/json, application/problem+json',
      null,
    ]);
  });

  test('without a body is a GET; text and bytes go out as they are', async () => {
    const { api, client } = setUp([ok()]);
    await client.fetch('/whoami?x=1');
    await client.fetch('/raw', { method: 'put', body: new TextEncoder().encode('bytes') });
    await client.fetch('/raw', { body: 'text' });
    expect(api.requests.map(({ method, body }) => [method, body])).toEqual([
      ['GET', ''],
      ['PUT', 'bytes'],
      ['POST', 'text'],
    ]);
  });

  test('passes the X-Ray trace on', async () => {
    const { api, client } = setUp([ok()]);
    const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    process.env._X_AMZN_TRACE_ID = trace;
    try {
      await client.fetch('/');
      await client.bind({ traceHeader: 'Root=1-2-3' }).fetch('/');
      process.env._X_AMZN_TRACE_ID = 'bad\r\nvalue';
      await client.fetch('/');
    } finally {
      delete process.env._X_AMZN_TRACE_ID;
    }
    expect(api.requests.map(({ headers }) => headers.get('x-amzn-trace-id'))).toEqual([
      trace,
      'Root=1-2-3',
      null,
    ]);
  });

  test('asks for credentials and signs for each attempt anew', async () => {
    let asked = 0;
    const { api, client } = setUp([gatewayAnswer(503, {}, { 'retry-after': '2' }), ok()], {
      credentials: async () => {
        asked += 1;
        return { accessKeyId: `ASIAEXAMPLE00000000${asked}`, secretAccessKey: SECRET };
      },
    });
    await outcome(client.fetch('/'));
    const [first, second] = api.requests.map(({ headers }) => headers);
    expect(first?.get('authorization')).toContain('Credential=ASIAEXAMPLE000000001/');
    expect(second?.get('authorization')).toContain('Credential=ASIAEXAMPLE000000002/');
    expect([first, second].map((headers) => headers?.get('x-amz-date'))).toEqual([
      '20261124T120000Z',
      '20261124T120002Z',
    ]);
  });

  test('sends the bytes as they were when it was made, on each attempt', async () => {
    const { api, client } = setUp([gatewayAnswer(503, {}), ok()]);
    const body = new TextEncoder().encode('before');
    const call = client.fetch('/', { method: 'PUT', body });
    body.fill(0);
    await outcome(call);
    expect(api.requests.map((request) => request.body)).toEqual(['before', 'before']);
  });

  test.each<[string, RequestOptions, string]>([
    ['/x', { method: 'BREW' }, 'method'],
    ['/x', { method: 'GET', body: 'a' }, 'method'],
    ['/x', { method: 'HEAD', json: {} }, 'method'],
    ['/x', { body: 'a', json: {} }, 'json'],
    ['/x', { json: () => 1 }, 'json'],
    ['/x', { json: 1n }, 'json'],
    ['/x', { body: {} as never }, 'body'],
    ['/x', { headers: { Authorization: 'mine' } }, 'headers'],
    ['/x', { headers: { 'X-Amz-Security-Token': 'mine' } }, 'headers'],
    ['/x', { headers: { host: 'evil.example.com' } }, 'headers'],
    ['/x', { headers: { 'Sec-Fetch-Mode': 'navigate' } }, 'headers'],
    ['/x', { headers: { 'Proxy-Authorization': 'mine' } }, 'headers'],
    ['/x', { signal: {} as never }, 'signal'],
    ['/x', { query: { '': 'x' } }, 'query'],
    ['/x?=x', {}, 'query'],
    ['/x', { headers: { 'X-Amzn-Trace-Id': 'Root=1-2-3' } }, 'headers'],
    ['/x', { headers: { 'bad name': 'x' } }, 'headers'],
    ['/x', { headers: { 'x-a': 'a\r\nb: c' } }, 'headers'],
    ['/x', { headers: { 'x-a': 'ü' } }, 'headers'],
    ['/x', { headers: { 'x-a': ' a' } }, 'headers'],
    ['/x', { headers: { 'x-a': '1', 'X-A': '2' } }, 'headers'],
    ['/x', { idempotencyKey: '' }, 'idempotencyKey'],
    ['/x', { idempotencyKey: 'two words' }, 'idempotencyKey'],
    ['/x', { idempotencyKey: 'a', headers: { 'Idempotency-Key': 'b' } }, 'idempotencyKey'],
    ['/x', { timeoutMs: 0 }, 'timeoutMs'],
    ['/x', { retry: { maxAttempts: 0 } }, 'retry.maxAttempts'],
  ])('%s with %p is refused before anything is sent: %s', async (path, options, option) => {
    const { api, client } = setUp([ok()]);
    await expect(client.fetch(path, options)).rejects.toMatchObject({
      code: 'SignedFetchOptionError',
      option,
    });
    await expect(client.fetch(path, options)).rejects.toThrow(
      new RegExp(`^signedFetch: ${option} .*(must|cannot|is) `),
    );
    await expect(client.fetch('/../x')).rejects.toThrow(InvalidPath);
    expect(api.requests).toHaveLength(0);
  });
});

describe('retries', () => {
  const closed = () => networkError('UND_ERR_SOCKET', 'other side closed');
  const refused = () => networkError('ECONNREFUSED', 'refused', { syscall: 'connect' });

  // Which of them are repeated: a GET, a POST, a POST with a key.
  test.each<[string, () => Reply, [boolean, boolean, boolean]]>([
    ['429', () => gatewayAnswer(429, { message: 'Too Many Requests' }), [true, true, true]],
    ['500', () => gatewayAnswer(500, {}), [true, false, true]],
    ['502', () => gatewayAnswer(502, {}), [true, false, true]],
    ['503', () => gatewayAnswer(503, {}), [true, false, true]],
    ['504', () => gatewayAnswer(504, {}), [true, false, true]],
    ['501', () => gatewayAnswer(501, {}), [false, false, false]],
    ['400', () => gatewayAnswer(400, {}), [false, false, false]],
    ['409', () => gatewayAnswer(409, {}), [false, false, false]],
    ['409 with Retry-After', () => gatewayAnswer(409, {}, { 'retry-after': '1' }), [false, false, true]],
    ['no name', () => networkError('ENOTFOUND', 'no name', { syscall: 'getaddrinfo' }), [true, true, true]],
    ['no connection', refused, [true, true, true]],
    ['connection broken', closed, [true, false, true]],
    ['no answer', () => 'silence', [true, false, true]],
    ['bad certificate', () => networkError('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), [false, false, false]],
  ])('%s', async (_, reply, expected) => {
    const repeated: boolean[] = [];
    for (const options of [{}, json, keyed]) {
      const { api, client } = setUp([reply, ok]);
      const result = await outcome(client.fetch('/x', options));
      expect(result instanceof Error).toBe(api.requests.length === 1);
      repeated.push(api.requests.length === 2);
    }
    expect(repeated).toEqual(expected);
  });

  /** The milliseconds between one request and the next. */
  const waits = ({ requests }: FakeApi) =>
    requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0));

  test.each([
    [0.5, [1_000, 2_000, 2_500, 2_500]],
    [0, [0, 0, 0, 0]],
    [0.9, [1_800, 3_600, 4_500, 4_500]],
  ])(
    'wait with full jitter, and no longer than 5 seconds at most (random number %d)',
    async (random, expected) => {
      jest.spyOn(Math, 'random').mockReturnValue(random);
      const { api, client } = setUp([() => gatewayAnswer(503, {})], {
        retry: { maxAttempts: 5, baseDelayMs: 2_000 },
      });
      expect(await outcome(client.fetch('/'))).toBeInstanceOf(ApiError);
      expect(waits(api)).toEqual(expected);
    },
  );

  test.each([
    ['3', 3_000],
    ['0', 50],
    ['Tue, 24 Nov 2026 12:00:07 GMT', 7_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 50],
    ['soon', 50],
  ])('Retry-After: %s waits %d ms', async (value, wait) => {
    const { api, client } = setUp([gatewayAnswer(429, {}, { 'retry-after': value }), ok()]);
    expect(await outcome(client.fetch('/', json))).toMatchObject({ attempts: 2 });
    expect(waits(api)).toEqual([wait]);
  });

  test('a Retry-After that is too long is for the caller to know', async () => {
    const { api, client } = setUp([gatewayAnswer(429, {}, { 'retry-after': '3600' }), ok()]);
    const error = await outcome(client.fetch('/'));
    expect(error).toBeInstanceOf(Throttled);
    expect(error).toMatchObject({ code: 'Throttled', retryAfterMs: 3_600_000 });
    expect(api.requests).toHaveLength(1);
  });

  test('the idempotency key is the same on each attempt; true makes a new one for each call', async () => {
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

  test('a stale socket costs a silent request and no waiting', async () => {
    const { api, client } = setUp([closed, ok], { retry: { maxAttempts: 1 } });
    const call = client.fetch('/', keyed);
    expect((await call).attempts).toBe(1);
    expect(api.requests).toHaveLength(2);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('but only once', async () => {
    const { api, client } = setUp([closed], { retry: { maxAttempts: 1 } });
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(ConnectionFailed);
    expect(api.requests).toHaveLength(2);
  });
});

describe('refused credentials and clocks', () => {
  const expired = () =>
    gatewayAnswer(
      403,
      { message: 'The security token included in the request is expired' },
      { errorType: 'ExpiredTokenException' },
    );
  const unknown = () =>
    gatewayAnswer(
      403,
      { message: 'The security token included in the request is invalid.' },
      { errorType: 'UnrecognizedClientException:http://internal.amazon.com/' },
    );
  const late = () =>
    gatewayAnswer(
      403,
      {
        message:
          'Signature expired: 20261124T120000Z is now earlier than 20261124T123000Z (20261124T123500Z - 5 min.)',
      },
      { errorType: 'InvalidSignatureException', date: 'Tue, 24 Nov 2026 12:35:00 GMT' },
    );

  test.each([
    ['expired', expired],
    ['unknown', unknown],
  ])('%s: others are fetched, once', async (_, reply) => {
    const { api, source, client } = setUp([reply, ok]);
    expect((await client.fetch('/', json)).attempts).toBe(2);
    expect(source.rejected.map(({ accessKeyId }) => accessKeyId)).toEqual(['ASIAEXAMPLE000000001']);
    expect(api.requests[1]?.headers.get('x-amz-security-token')).toBe(`${TOKEN}-2`);
  });

  test('does not use up the attempts that are allowed', async () => {
    const { client } = setUp([expired, late, () => gatewayAnswer(503, {}), ok], {
      retry: { maxAttempts: 2 },
    });
    expect(await outcome(client.fetch('/'))).toMatchObject({ status: 200, attempts: 4 });
  });

  test('refused again, it is AccessDenied', async () => {
    const { api, source, client } = setUp([expired]);
    const error = await outcome(client.fetch('/'));
    expect(error).toBeInstanceOf(AccessDenied);
    expect(error).toMatchObject({ errorType: 'ExpiredTokenException' });
    expect(source.rejected).toHaveLength(1);
    expect(api.requests).toHaveLength(2);
  });

  test('a source that cannot renew is not asked again', async () => {
    const { getCredentials } = numberedSource();
    const { api, client } = setUp([expired], { credentials: getCredentials });
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(AccessDenied);
    expect(api.requests).toHaveLength(1);
  });

  test('a skewed clock is corrected by the server’s date, once, and remembered', async () => {
    const { api, client } = setUp([late, ok]);
    expect((await client.fetch('/', json)).attempts).toBe(2);
    await client.bind({}).fetch('/');
    expect(api.requests.map(({ headers }) => headers.get('x-amz-date'))).toEqual([
      '20261124T120000Z',
      '20261124T123500Z',
      '20261124T123500Z',
    ]);
  });

  test('a clock that is still refused is an error', async () => {
    const { api, client } = setUp([late]);
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(AccessDenied);
    expect(api.requests).toHaveLength(2);
  });

  test('another wrong signature is an error at once', async () => {
    const { api, client } = setUp([
      gatewayAnswer(
        403,
        { message: 'The request signature we calculated does not match' },
        { errorType: 'InvalidSignatureException', date: 'Tue, 24 Nov 2026 12:35:00 GMT' },
      ),
    ]);
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(AccessDenied);
    expect(api.requests).toHaveLength(1);
  });

  test('credentials that cannot be signed with are refused, and not shown', async () => {
    const { client } = setUp([ok], {
      credentials: async () => ({ accessKeyId: 'x', secretAccessKey: SECRET }),
    });
    await expect(client.fetch('/')).rejects.toThrow(SignedFetchOptionError);
    await expect(client.fetch('/')).rejects.not.toThrow(SECRET);
  });

  test('what the source throws goes through', async () => {
    const failure = new Error('no credentials');
    const { client } = setUp([ok], { credentials: () => Promise.reject(failure) });
    await expect(client.fetch('/')).rejects.toBe(failure);
  });
});

describe('the time that is left', () => {
  function inInvocation(
    replies: (Reply | (() => Reply))[],
    remainingMs: number,
    options: Partial<SignedFetchOptions> = {},
  ) {
    const { client, ...rest } = setUp(replies, options);
    const end = Date.now() + remainingMs;
    return { ...rest, end, client: client.bind({ remainingTimeInMillis: () => end - Date.now() }) };
  }

  test('is never overrun, less the margin; the error says what was tried and why it failed', async () => {
    const { api, client, end } = inInvocation([gatewayAnswer(503, { message: 'down' }), 'silence'], 3_000);
    let endedAt = 0;
    const call = client.fetch('/x?private=1').catch((error: unknown) => {
      endedAt = Date.now();
      return error;
    });
    await settle();
    await advance(3_000);
    const error = await call;
    expect(error).toBeInstanceOf(DeadlineExceeded);
    expect(endedAt).toBe(end - 500);
    expect(String(error)).toMatch(/2 attempts:/);
    expect(String(error)).toContain('1. answered 503: down (after 0 ms)');
    expect(String(error)).toContain('2. no complete response within 2450 ms');
    expect(String(error)).not.toContain('private');
    expect(error).toMatchObject({
      code: 'DeadlineExceeded',
      requestId: 'request-503',
      attempts: [{ status: 503 }, { outcome: 'timed-out' }],
    });
    expect(api.requests[1]?.signal.aborted).toBe(true);
  });

  test('is what ended a POST without a key, and not its own time-out', async () => {
    const { client } = inInvocation(['silence'], 3_000);
    const error = await outcome(client.fetch('/', json));
    expect(error).toMatchObject({ code: 'DeadlineExceeded', attempts: [{ outcome: 'timed-out' }] });
    expect(String(error)).toContain('no complete response within 2500 ms');
  });

  test('no wait is begun that would outlast it', async () => {
    const { client } = inInvocation([gatewayAnswer(429, {}, { 'retry-after': '5' })], 3_000);
    await expect(client.fetch('/')).rejects.toThrow(DeadlineExceeded);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a wait that would end with it is not begun either', async () => {
    const { api, client } = inInvocation([gatewayAnswer(429, {}, { 'retry-after': '2' })], 2_500);
    await expect(client.fetch('/')).rejects.toThrow(DeadlineExceeded);
    expect(api.requests).toHaveLength(1);
    const patient = inInvocation([gatewayAnswer(429, {}, { 'retry-after': '2' }), ok], 2_501);
    expect(await outcome(patient.client.fetch('/'))).toMatchObject({ status: 200 });
  });

  test('of exactly the margin is none', async () => {
    const { api, client } = inInvocation([ok], 500);
    await expect(client.fetch('/')).rejects.toThrow(DeadlineExceeded);
    expect(api.requests).toHaveLength(0);
    const barely = inInvocation([ok], 501);
    expect(await outcome(barely.client.fetch('/'))).toMatchObject({ status: 200 });
  });

  test('without any, nothing is sent', async () => {
    const { api, client } = inInvocation([ok], 400);
    await expect(client.fetch('/')).rejects.toThrow(
      /no time left, except 500 ms for the handler. Last attempt: none/,
    );
    expect(api.requests).toHaveLength(0);
  });

  test('covers waiting for credentials', async () => {
    const { client } = inInvocation([ok], 2_000, { credentials: () => new Promise(() => undefined) });
    expect(await outcome(client.fetch('/'), 2_000)).toBeInstanceOf(DeadlineExceeded);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('an attempt has its own time-out', async () => {
    const { api, client } = setUp(['silence'], { timeoutMs: 1_000, retry: { maxAttempts: 2 } });
    const error = await outcome(client.fetch('/'));
    expect(error).toBeInstanceOf(RequestTimeout);
    expect(api.requests).toHaveLength(2);
    expect(String(error)).toMatch(/no complete response within 1000 ms/);
  });
});

describe('JSON that cannot be written', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  test.each<[string, { readonly value: unknown }]>([
    ['a bigint', { value: 1n }],
    ['a function', { value: () => 1 }],
    ['a cycle', { value: cycle }],
  ])('%s is refused with the rule', async (_, { value }) => {
    const { client } = setUp([ok()]);
    const error = await client.fetch('/', { json: value }).catch((e: unknown) => e);
    expect(error).toMatchObject({ option: 'json' });
    expect(String(error)).toMatch(/json must not be a function, nor hold a cycle or a BigInt$/);
  });
});

describe('a signal', () => {
  test.each(['answered', 'broken', 'silent'])('is left alone by a call that has ended: %s', async (how) => {
    const replies: Record<string, Reply> = {
      answered: ok(),
      broken: networkError('EPIPE'),
      silent: 'silence',
    };
    const { client } = setUp([replies[how] ?? ok()]);
    const own = new AbortController();
    const scope = new AbortController();
    await outcome(client.bind({ signal: scope.signal }).fetch('/', { ...json, signal: own.signal }));
    await outcome(client.bind({ signal: scope.signal }).json('/', json));
    expect(getEventListeners(own.signal, 'abort')).toEqual([]);
    expect(getEventListeners(scope.signal, 'abort')).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('of the call or of the scope ends a call that has both', async () => {
    for (const which of [0, 1]) {
      const { api, client } = setUp(['silence']);
      const controllers = [new AbortController(), new AbortController()];
      const [own, scope] = controllers.map(({ signal }) => signal);
      const call = client.bind({ ...(scope && { signal: scope }) }).fetch('/', { signal: own });
      const ended = call.catch((error: unknown) => error);
      await settle();
      const reason = new Error('enough');
      controllers[which]?.abort(reason);
      expect(await ended).toBe(reason);
      expect(api.requests[0]?.signal.aborted).toBe(true);
    }
  });

  test('of null is none, as with fetch', async () => {
    const { client } = setUp([ok()]);
    expect((await client.fetch('/', { signal: null })).status).toBe(200);
    expect(
      (await client.bind({ signal: new AbortController().signal }).fetch('/', { signal: null })).status,
    ).toBe(200);
  });

  test('ends a request, a wait, and a call that has not begun', async () => {
    const reason = new Error('not needed any more');
    for (const replies of [['silence'], [() => gatewayAnswer(503, {})]] as Reply[][]) {
      const { api, client } = setUp(replies);
      const controller = new AbortController();
      const call = client.fetch('/', { signal: controller.signal }).catch((error: unknown) => error);
      await settle();
      controller.abort(reason);
      expect(await call).toBe(reason);
      expect(jest.getTimerCount()).toBe(0);
      expect(api.requests).toHaveLength(1);
      await expect(client.fetch('/', { signal: controller.signal })).rejects.toBe(reason);
      expect(api.requests).toHaveLength(1);
    }
  });
});

describe('errors', () => {
  test.each<
    [number, unknown, Record<string, string>, new (...args: never[]) => Error, Record<string, unknown>]
  >([
    [
      403,
      {
        Message:
          'User: arn:aws:sts::111111111111:assumed-role/r/s is not authorized to perform: execute-api:Invoke',
      },
      { errorType: 'AccessDeniedException' },
      AccessDenied,
      {
        code: 'AccessDenied',
        errorType: 'AccessDeniedException',
        reason: expect.stringContaining('is not authorized'),
      },
    ],
    [
      403,
      { message: 'Missing Authentication Token' },
      { errorType: 'MissingAuthenticationTokenException' },
      AccessDenied,
      {},
    ],
    [
      422,
      { type: 'about:blank', title: 'Unprocessable', detail: 'foo is missing', status: 422, balance: 3 },
      { 'content-type': 'application/problem+json; charset=utf-8' },
      ApiError,
      {
        code: 'ApiError',
        status: 422,
        problem: expect.objectContaining({ detail: 'foo is missing', balance: 3 }),
      },
    ],
    [
      404,
      '<html>Not\u001b[31m found</html>',
      { 'content-type': 'text/html' },
      ApiError,
      { status: 404, problem: undefined },
    ],
    [301, '', { location: 'https://elsewhere.example.com/' }, ApiError, { status: 301 }],
    [
      429,
      { message: 'Too Many Requests' },
      { errorType: 'TooManyRequestsException' },
      Throttled,
      { code: 'Throttled' },
    ],
  ])('%d %p', async (status, body, headers, type, members) => {
    const { client } = setUp([() => gatewayAnswer(status, body, headers)]);
    const error = await outcome(client.fetch('/x'));
    expect(error).toBeInstanceOf(type);
    expect(error).toBeInstanceOf(SignedFetchError);
    expect(error).toMatchObject({ requestId: `request-${status}`, ...members });
    expect(String(error)).toContain(`GET ${baseUrl}/x`);
    expect((error as Error).stack).toMatch(new RegExp(`^${type.name}: GET`));
    expect(String(error)).toContain(`Request ID: request-${status}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them must get into a log
    expect(String(error)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('hold no secret, not even where the API quotes the whole request', async () => {
    const { client, api } = setUp([
      () => {
        const sent = api.requests.at(-1)?.headers;
        return gatewayAnswer(
          403,
          {
            message: `does not match. ${sent?.get('authorization')}\n\nThe Canonical String for this request should have been\n'x-amz-security-token:${TOKEN}-1'`,
          },
          { errorType: 'InvalidSignatureException' },
        );
      },
      () =>
        gatewayAnswer(
          500,
          { detail: `${TOKEN}-1 ${SECRET}` },
          { 'content-type': 'application/problem+json' },
        ),
    ]);
    for (const path of ['/a', '/b']) {
      const error = await outcome(client.fetch(path, json));
      const shown = inspect(error, { depth: 20, showHidden: true });
      expect(shown).not.toContain(TOKEN);
      expect(shown).not.toContain(SECRET);
      expect(shown).not.toMatch(/Signature=[0-9a-f]/);
      expect(shown).not.toContain('Canonical String');
    }
    expect(inspect(client, { depth: 20, showHidden: true })).not.toMatch(/wJalrXUtnFEMI/);
  });

  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const unicode = (text: string) =>
    text.replaceAll(/./gs, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const html = (text: string) =>
    text.replaceAll('/', '&#x2F;').replaceAll('+', '&#43;').replaceAll('=', '&equals;');
  const lower = (text: string) => encodeURIComponent(text).replaceAll(/%../g, (code) => code.toLowerCase());

  test.each<[string, (secret: string) => string]>([
    ['as it is', (secret) => `PRIVATE ${secret}`],
    ['percent-encoded', (secret) => `PRIVATE ${encodeURIComponent(secret)}`],
    ['percent-encoded in lower case', (secret) => `PRIVATE ${lower(secret)}`],
    ['percent-encoded twice', (secret) => `PRIVATE ${encodeURIComponent(lower(secret))}`],
    ['escaped for HTML', (secret) => `PRIVATE ${html(secret)}`],
    ['in base64', (secret) => `PRIVATE ${base64(secret)}`],
    ['in base64 after one byte', (secret) => `PRIVATE ${base64(`:${secret}:`)}`],
    ['in base64 after two bytes', (secret) => `PRIVATE ${base64(`::${secret}`)}`],
    ['in base64url', (secret) => `PRIVATE ${Buffer.from(secret).toString('base64url')}`],
    ['cut off', (secret) => `PRIVATE ${secret.slice(0, 30)}`],
    ['in JSON', (secret) => JSON.stringify({ detail: 'PRIVATE', more: [secret] })],
    [
      'in JSON with escaped slashes',
      (secret) => JSON.stringify({ detail: 'PRIVATE', secret }).replaceAll('/', '\\/'),
    ],
    ['in JSON as \\u escapes', (secret) => `{"detail":"PRIVATE","secret":"${unicode(secret)}"}`],
    ['as a key of JSON', (secret) => JSON.stringify({ detail: 'PRIVATE', [secret]: 1 })],
    [
      'as a nested key of JSON',
      (secret) => JSON.stringify({ detail: 'PRIVATE', a: { [secret]: 1 } }).replaceAll('/', '\\/'),
    ],
  ])('show nothing of an answer that repeats a secret %s', async (_, write) => {
    const secrets: ((sent: Headers | undefined) => string | undefined)[] = [
      (sent) => sent?.get('x-amz-security-token') ?? undefined,
      (sent) => sent?.get('authorization')?.split('Signature=')[1],
      () => SECRET,
    ];
    for (const secretOf of secrets) {
      for (const [status, type] of [
        [500, 'application/problem+json'],
        [403, 'application/json'],
        [422, 'text/html'],
      ] as const) {
        const { client, api } = setUp([
          () =>
            new Response(write(secretOf(api.requests.at(-1)?.headers) ?? ''), {
              status,
              headers: { 'content-type': type },
            }),
        ]);
        const error = await outcome(client.fetch('/a', json));
        expect(error).toBeInstanceOf(SignedFetchError);
        const shown = inspect(error, { depth: 20, showHidden: true });
        expect(shown).toContain('(not shown: it repeats a secret of the request)');
        expect(shown).not.toContain('PRIVATE');
      }
    }
  });

  test.each<[string, (token: string) => Response]>([
    ['a body that is no JSON', (token) => new Response(`<PRIVATE ${token}>`)],
    ['a body that the schema refuses', (token) => Response.json({ PRIVATE: token })],
    ['an escaped body that the schema refuses', (token) => new Response(`["PRIVATE ${unicode(token)}"]`)],
    [
      'the headers of a success',
      (token) => Response.json({}, { headers: { 'x-amzn-requestid': `PRIVATE${token}` } }),
    ],
    [
      'a redirect',
      (token) =>
        new Response('', { status: 302, headers: { location: `/PRIVATE?t=${encodeURIComponent(token)}` } }),
    ],
    [
      'headers',
      (token) =>
        new Response('', {
          status: 403,
          headers: { 'x-amzn-errortype': `PRIVATE${token}`, 'x-amzn-requestid': `PRIVATE${token}` },
        }),
    ],
    [
      'the headers of an answer that is too large',
      (token) => new Response('x'.repeat(101), { headers: { 'x-amzn-requestid': `PRIVATE${token}` } }),
    ],
  ])('hold no secret that %s repeats', async (_what, reply) => {
    const { client, api } = setUp(
      [() => reply(api.requests.at(-1)?.headers.get('x-amz-security-token') ?? '')],
      {
        maxResponseBytes: 100,
      },
    );
    const schema = v.pipe(
      v.unknown(),
      v.check(
        () => false,
        ({ input }) => `got ${JSON.stringify(input)}`,
      ),
    );
    const error = await outcome(client.json('/a', { schema }));
    expect(error).toBeInstanceOf(SignedFetchError);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/PRIVATE|IQoJb3JpZ2lu/);
  });

  test('hold no secret that the error of fetch repeats, as those of some mocks do', async () => {
    const { client, api } = setUp([
      () => networkError('ERR', `PRIVATE ${JSON.stringify([...(api.requests.at(-1)?.headers ?? [])])}`),
    ]);
    const error = await outcome(client.fetch('/a', json));
    expect(error).toMatchObject({ code: 'ConnectionFailed', reasonCode: 'ERR' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/PRIVATE|IQoJb3JpZ2lu/);
  });

  test('show the start of a body that is too long to read for its reason', async () => {
    const { client } = setUp([() => gatewayAnswer(400, { detail: 'a'.repeat(2 ** 18) })]);
    expect(await outcome(client.fetch('/'))).toMatchObject({
      reason: expect.stringMatching(/^\{"detail":"a{189}…$/),
    });
    const short = setUp([() => gatewayAnswer(400, { detail: 'a'.repeat(2 ** 18 - 13) })]);
    expect(await outcome(short.client.fetch('/'))).toMatchObject({ reason: `${'a'.repeat(1_000)}…` });
  });

  test('show what a schema says on one line', async () => {
    const { client } = setUp([ok()]);
    const schema = v.pipe(
      v.unknown(),
      v.check(() => false, `a\n\u001b[31mb${'c'.repeat(1_100)}`),
    );
    const error = await outcome(client.json('/', { schema }));
    expect(String(error)).toMatch(/not as the schema says \(a \[31mbc{960,1000}…\. The body begins/);
  });

  test.each(['[1]', '"text"', 'null', '1', 'no JSON', ''])(
    'have no problem document if the body is %s',
    async (body) => {
      const type = { 'content-type': 'application/problem+json' };
      const { client } = setUp([() => new Response(body, { status: 400, headers: type })]);
      expect(await outcome(client.fetch('/'))).toMatchObject({
        code: 'ApiError',
        problem: undefined,
        reason: body === '' ? 'no reason given' : body,
      });
    },
  );

  test('have no problem document if the content type only mentions one', async () => {
    const type = { 'content-type': 'text/plain; like=application/problem+json' };
    const { client } = setUp([() => gatewayAnswer(400, { detail: 'x' }, type)]);
    expect(await outcome(client.fetch('/'))).toMatchObject({ problem: undefined, reason: 'x' });
  });

  test.each([
    [{ message: 'one', detail: 'two' }, 'one'],
    [{ message: '', Message: 'two' }, 'two'],
    [{ message: 1, detail: 'three', title: 'four' }, 'three'],
    [{ title: 'four' }, 'four'],
    [{ other: 'x' }, '{"other":"x"}'],
    [{ message: `a\n b\u0007${'c'.repeat(1_100)}` }, `a b ${'c'.repeat(996)}…`],
    [{ message: 'wrong. The Canonical String for this request should have been' }, 'wrong.'],
  ])('say why in the words of %j', async (body, reason) => {
    const { client } = setUp([() => gatewayAnswer(400, body)]);
    expect(await outcome(client.fetch('/'))).toMatchObject({ reason });
  });

  test.each([
    ['AccessDeniedException', /Check the policies of role, session and API/],
    ['MissingAuthenticationTokenException', /Check baseUrl, method, path/],
    ['ForbiddenException', /Check baseUrl, method, path/],
    ['ExpiredTokenException', /Check where the credentials come from/],
    ['UnrecognizedClientException:http://internal.amazon.com/', /Check where the credentials come from/],
    ['InvalidSignatureException', /Check region, secret key, clock/],
    ['Other', /The API itself decided so/],
  ])('say what to do about %s', async (errorType, remedy) => {
    const { client } = setUp([() => gatewayAnswer(403, {}, { errorType })]);
    const error = await outcome(client.fetch('/'));
    expect(error).toMatchObject({ errorType: errorType.split(':', 1)[0] });
    expect(String(error)).toMatch(remedy);
  });

  test.each([
    [301, /Redirects are not followed. Correct baseUrl/],
    [404, /Change the request\.$/m],
    [501, /The API failed. Look into its logs\.\nRequest ID: request-501/],
    [429, /Call less often, or raise the limits/],
  ])('say what to do about status %d', async (status, remedy) => {
    const { client } = setUp([() => gatewayAnswer(status, {}, { 'retry-after': '99' })]);
    expect(String(await outcome(client.fetch('/')))).toMatch(remedy);
  });

  test('of time-outs say whether the request was repeated', async () => {
    const { client } = setUp(['silence']);
    expect(String(await outcome(client.fetch('/')))).toMatch(
      /The last attempt may have been executed. Raise timeoutMs if the API is slow/,
    );
    expect(String(await outcome(client.fetch('/', json)))).toMatch(
      /not repeated. Give an idempotencyKey.*Raise timeoutMs/,
    );
    const refused = setUp([() => networkError('ECONNREFUSED', 'refused', { syscall: 'connect' })]);
    expect(String(await outcome(refused.client.fetch('/')))).toMatch(
      /Nothing was sent. Check baseUrl and the network/,
    );
  });

  test('for a conflict do not ask for another request', async () => {
    const { client } = setUp([gatewayAnswer(409, { detail: 'The request was executed.' })]);
    const error = await outcome(client.fetch('/', keyed));
    expect(error).toMatchObject({ code: 'ApiError', status: 409 });
    expect(String(error)).toMatch(
      /The request was executed\.\nIt conflicts with what the API has already done/,
    );
  });

  test('of the connection say what to do', async () => {
    const { client } = setUp([networkError('UND_ERR_SOCKET', 'other side closed')]);
    const error = await outcome(client.fetch('/', json));
    expect(error).toMatchObject({
      code: 'ConnectionFailed',
      reasonCode: 'UND_ERR_SOCKET',
      maybeExecuted: true,
    });
    expect(String(error)).toMatch(/not repeated. Give an idempotencyKey, if the API honours it/);
  });
});

describe('a large answer', () => {
  test('is read up to the limit, and no further', async () => {
    const chunk = new Uint8Array(1_000);
    let pulled = 0;
    let cancelled = false;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            pulled += 1;
            controller.enqueue(chunk);
          },
          cancel: () => {
            cancelled = true;
          },
        }),
        { headers: { 'x-amzn-requestid': 'request-1' } },
      );
    const { client } = setUp([], { maxResponseBytes: 5_000, fetch: async () => endless() });
    const error = await client.fetch('/').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ResponseTooLarge);
    expect(error).toMatchObject({
      code: 'ResponseTooLarge',
      status: 200,
      requestId: 'request-1',
      attempts: [{ outcome: 'answered', status: 200 }],
    });
    expect(String(error)).toMatch(/answered 200: more than 5000 bytes\n.*raise maxResponseBytes/);
    expect(pulled).toBeLessThan(10);
    expect(cancelled).toBe(true);
  });

  test('of exactly the limit is given', async () => {
    const { client } = setUp([new Response('x'.repeat(5_000))], { maxResponseBytes: 5_000 });
    expect((await client.fetch('/')).text()).toBe('x'.repeat(5_000));
  });

  test('is not asked for again, not even after an error', async () => {
    const { api, client } = setUp([new Response('x'.repeat(5_001), { status: 503 })], {
      maxResponseBytes: 5_000,
    });
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(ResponseTooLarge);
    expect(api.requests).toHaveLength(1);
  });

  test('may by default be a little larger than API Gateway allows, and no more', async () => {
    const { client } = setUp([
      () => new Response(new Uint8Array(11 * 2 ** 20)),
      () => new Response(new Uint8Array(11 * 2 ** 20 + 1)),
    ]);
    expect((await client.fetch('/')).body).toHaveLength(11 * 2 ** 20);
    await expect(client.fetch('/')).rejects.toBeInstanceOf(ResponseTooLarge);
  });
});

describe('JSON', () => {
  test.each<[Response, RegExp]>([
    [new Response('<html>hello</html>'), /not with JSON. The body begins with "<html>hello<\/html>"/],
    [new Response(`{"a":${'x'.repeat(5_000)}`), /begins with "\{\\"a\\":x{195}…"/],
  ])('an answer that is none is an error that shows its start', async (answer, message) => {
    const { client } = setUp([answer]);
    const error = await client.json('/').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidResponse);
    expect(String(error)).toMatch(message);
  });

  test.each([200, 202, 204, 205, 304])('the body of an empty %d response is undefined', async (status) => {
    const { client } = setUp([new Response(null, { status })]);
    expect(await client.json('/')).toMatchObject({ status, body: undefined });
  });

  test('the body of a response to HEAD is undefined', async () => {
    const { client } = setUp([new Response(null, { headers: { 'content-type': 'application/json' } })]);
    expect(await client.json('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: undefined });
  });

  test('a 202 response that has a body is parsed', async () => {
    const { client } = setUp([new Response('{"queued":true}', { status: 202 })]);
    expect((await client.json('/')).body).toEqual({ queued: true });
  });

  test('a schema gives the body its type, or says what is wrong', async () => {
    const v = await import('valibot');
    const { client } = setUp([ok()]);
    const { body } = await client.json('/', { schema: v.object({ ok: v.boolean() }) });
    const typed: boolean = body.ok;
    expect(typed).toBe(true);
    const wrong = client.json('/', { schema: v.object({ ok: v.object({ deep: v.string() }) }) });
    await expect(wrong).rejects.toThrow(/not as the schema says \(ok: Invalid type/);
    const { body: unchecked } = await client.json('/');
    // @ts-expect-error: without a schema nothing is known about the body
    expect(unchecked.ok).toBe(true);
  });
});

describe('options', () => {
  test.each<[string, Record<string, unknown>]>([
    ['baseUrl', { baseUrl: 'nowhere' }],
    ['credentials', { credentials: undefined }],
    ['credentials', { credentials: { accessKeyId: 'AKIAEXAMPLE123456789' } }],
    ['timeoutMs', { timeoutMs: '10' }],
    ['marginMs', { marginMs: -1 }],
    ['maxResponseBytes', { maxResponseBytes: 0 }],
    ['retry', { retry: 3 }],
    ['retry.baseDelayMs', { retry: { baseDelayMs: 0 } }],
    ['headers', { headers: { Host: 'x' } }],
    ['headers', { headers: { 'user-agent': 'a\nb' } }],
    ['userAgent', { userAgent: 'a' }],
    ['fetch', { fetch: 'fetch' }],
    ['timeout', { timeout: 3 }],
  ])('%s is refused when the client is made', (option, options) => {
    expect(() => setUp([], options)).toThrow(
      expect.objectContaining({ name: 'SignedFetchOptionError', code: 'SignedFetchOptionError', option }),
    );
  });
});
