import { baseUrl, json, ok, outcome, SECRET, setUp } from './client.testing.ts';
import { gatewayAnswer, useFakeTime } from './fake-api.testing.ts';
import { InvalidPath, type RequestOptions } from './index.ts';

useFakeTime();

describe('a call', () => {
  test('a call is signed, names the library, and returns the response of the API', async () => {
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

  test('the headers of a call override those of the client, which override those of the library', async () => {
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

  test.each(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    'a key is sent with %s, and with no call that has none',
    async (method) => {
      const { api, client } = setUp([ok()]);
      await client.fetch('/', { method, idempotencyKey: 'key-1' });
      await client.fetch('/', { method });
      expect(api.requests.map((sent) => [sent.method, sent.headers.get('idempotency-key')])).toEqual([
        [method, 'key-1'],
        [method, null],
      ]);
    },
  );

  test.each([0, false, null, ''])('the JSON body %j is sent as it is, by a POST', async (value) => {
    const { api, client } = setUp([ok()]);
    await client.json('/', { json: value });
    const [request] = api.requests;
    expect(request).toMatchObject({ method: 'POST', body: JSON.stringify(value) });
    expect(request?.headers.get('content-type')).toBe('application/json');
  });

  test('a response of JSON 0, false, null or "" is that value, and no empty body', async () => {
    for (const value of [0, false, null, '']) {
      const { client } = setUp([gatewayAnswer(200, JSON.stringify(value))]);
      expect(await client.json('/')).toMatchObject({ body: value });
    }
  });

  test('a call accepts JSON and problem documents if its response is to be parsed', async () => {
    const { api, client } = setUp([ok()]);
    await client.json('/');
    await client.fetch('/');
    expect(api.requests.map(({ headers }) => headers.get('accept'))).toEqual([
      'application/json, application/problem+json',
      null,
    ]);
  });

  test('a call without a body is a GET; text and bytes are sent unchanged', async () => {
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

  test('a call passes the X-Ray trace on', async () => {
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

  test('a call asks for credentials and signs anew for each attempt', async () => {
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

  test('a call sends the bytes as they were when it was made, on each attempt', async () => {
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
    ['/x', { body: {} as never }, 'body'],
    ['/x', { headers: { Authorization: 'mine' } }, 'headers'],
    ['/x', { signal: {} as never }, 'signal'],
    ['/x?=x', {}, 'query'],
    ['/x', { headers: { 'x-a': 'a\r\nb: c' } }, 'headers'],
    ['/x', { headers: { 'x-a': 'ü' } }, 'headers'],
    ['/x', { idempotencyKey: '' }, 'idempotencyKey'],
    ['/x', { idempotencyKey: 'two words' }, 'idempotencyKey'],
    ['/x', { idempotencyKey: 'a', headers: { 'Idempotency-Key': 'b' } }, 'idempotencyKey'],
    ...['', ' ', 'two words', 'x'.repeat(256), 'x'.repeat(5_000)].map(
      (key): [string, RequestOptions, string] => [
        '/x',
        { body: 'a', headers: { 'Idempotency-Key': key } },
        'headers',
      ],
    ),
    ['/x', { timeoutMs: 0 }, 'timeoutMs'],
    ['/x', { retry: { maxAttempts: 0 } }, 'retry.maxAttempts'],
  ])('a call of %s with %j is refused before anything is sent: %s', async (path, options, option) => {
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

describe('JSON that cannot be written', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  test.each<[string, { readonly value: unknown }]>([
    ['a bigint', { value: 1n }],
    ['a function', { value: () => 1 }],
    ['a cycle', { value: cycle }],
  ])('JSON with %s is refused with the rule', async (_, { value }) => {
    const { client } = setUp([ok()]);
    const error = await client.fetch('/', { json: value }).catch((e: unknown) => e);
    expect(error).toMatchObject({ option: 'json' });
    expect(String(error)).toMatch(/json must not be a function, nor hold a cycle or a BigInt$/);
  });
});
