import fc from 'fast-check';
import { codePoint } from './code-point.testing.ts';
import { FakeApi, gatewayAnswer, useFakeTime } from './fake-api.testing.ts';
import { createSignedFetch, SignedFetchOptionError } from './index.ts';
import { readNumber } from './request.ts';

// An attempt may take 1 ms, which real time would sometimes use up.
useFakeTime();

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const valid = {
  baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  credentials: { accessKeyId: 'ASIAEXAMPLE123456789', secretAccessKey: SECRET },
};

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
});
/** Anything, and objects that are almost right. */
const wrong = fc.oneof(
  anything,
  fc.string({ unit: codePoint }),
  fc.constantFrom<unknown>(
    null,
    Number.NaN,
    -1,
    0,
    1,
    1e99,
    '',
    'eu-west-1',
    Symbol('x'),
    () => 1,
    new Headers(),
    new Map(),
  ),
  fc.dictionary(fc.string({ unit: codePoint, maxLength: 4 }), anything, { maxKeys: 3 }),
);

test.each([
  'baseUrl',
  'credentials',
  'region',
  'timeoutMs',
  'marginMs',
  'maxResponseBytes',
  'retry',
  'headers',
  'logger',
  'fetch',
])('whatever the client’s %s is, it is accepted, or refused by its name', (option) => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(wrong, (value) => {
      try {
        createSignedFetch({ ...valid, [option]: value } as never);
        seen.add('accepted');
      } catch (error) {
        seen.add('refused');
        expect(error).toBeInstanceOf(SignedFetchOptionError);
        expect(error).toMatchObject({ option: expect.stringMatching(new RegExp(`^(${option}|region)`)) });
        expect(String(error)).not.toContain(SECRET);
      }
    }),
    // The right values that chance would not find often enough.
    { numRuns: 150, examples: [[(valid as Record<string, unknown>)[option]], [undefined], [Symbol('x')]] },
  );
  expect([...seen].toSorted()).toEqual(['accepted', 'refused']);
});

test.each(['method', 'query', 'headers', 'body', 'json', 'idempotencyKey', 'signal', 'timeoutMs', 'retry'])(
  'whatever a call’s %s is, it is sent, or refused by its name before anything is sent',
  async (option) => {
    const seen = new Set<boolean>();
    await fc.assert(
      fc.asyncProperty(wrong, async (value) => {
        const api = new FakeApi(() => gatewayAnswer(200, {}));
        const client = createSignedFetch({ ...valid, fetch: api.fetch as typeof fetch });
        const error = await client
          .fetch('/', { method: 'POST', [option]: value } as never)
          .catch((e: unknown) => e);
        seen.add(error instanceof Error);
        expect(api.requests).toHaveLength(error instanceof Error ? 0 : 1);
        if (error instanceof Error) {
          expect(error).toBeInstanceOf(SignedFetchOptionError);
          expect(error).toMatchObject({ option: expect.stringMatching(new RegExp(`^${option}`)) });
        }
      }),
      { numRuns: 100, examples: [[undefined], [Symbol('x')]] },
    );
    // Each has a value that is sent, and one that is refused.
    expect(seen.size).toBe(2);
  },
);

test('whatever the path is, it is sent below the base URL, or refused before anything is sent', async () => {
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(wrong, async (path) => {
      const api = new FakeApi(() => gatewayAnswer(200, {}));
      const client = createSignedFetch({ ...valid, fetch: api.fetch as typeof fetch });
      const error = await client.fetch(path as never).catch((e: unknown) => e);
      if (error instanceof Error) expect(error).toBeInstanceOf(SignedFetchOptionError);
      expect(api.requests).toHaveLength(error instanceof Error ? 0 : 1);
      expect(api.requests.every(({ url }) => url.startsWith(`${valid.baseUrl}/`))).toBe(true);
      sent += api.requests.length;
    }),
    { numRuns: 100, examples: [['/'], ['/a?b'], ['//a']] },
  );
  expect(sent).toBeGreaterThan(0);
});

test('whatever a provider of credentials returns, it is signed with, or refused and not shown', async () => {
  const seen = new Set<boolean>();
  await fc.assert(
    fc.asyncProperty(
      fc.record(
        { accessKeyId: wrong, secretAccessKey: fc.oneof(fc.constant(SECRET), wrong), sessionToken: wrong },
        { requiredKeys: [] },
      ),
      async (credentials) => {
        const api = new FakeApi(() => gatewayAnswer(200, {}));
        const client = createSignedFetch({
          ...valid,
          credentials: async () => credentials as never,
          fetch: api.fetch as typeof fetch,
        });
        const error = await client.fetch('/').catch((e: unknown) => e);
        seen.add(error instanceof Error);
        if (!(error instanceof Error)) return;
        expect(error).toMatchObject({ code: 'SignedFetchOptionError', option: 'credentials' });
        expect(String(error)).not.toContain(SECRET);
      },
    ),
    { examples: [[{ accessKeyId: valid.credentials.accessKeyId, secretAccessKey: SECRET }]] },
  );
  expect(seen.size).toBe(2);
});

test.each([
  [undefined, 5],
  [1, 1],
  [10, 10],
  [1.5, 1.5],
])('readNumber reads %p as %p if 1 to 10 are allowed and 5 is the default', (value, expected) => {
  expect(readNumber('timeoutMs', value, 1, 10, 5)).toBe(expected);
});

test.each([
  [0.9, '0.9'],
  [10.1, '10.1'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  ['5', 'string'],
  [null, 'object'],
])('readNumber refuses %p with the name of the option and its bounds', (value, shown) => {
  expect(() => readNumber('timeoutMs', value, 1, 10, 5)).toThrow(
    new SignedFetchOptionError('timeoutMs', `must be a number from 1 to 10, not ${shown}`),
  );
});

test.each<[string, number, number]>([
  ['timeoutMs', 1, 900_000],
  ['marginMs', 0, 60_000],
  ['maxResponseBytes', 1, 2 ** 30],
  ['retry.maxAttempts', 1, 20],
  ['retry.baseDelayMs', 1, 60_000],
  ['retry.throttlingBaseDelayMs', 1, 60_000],
])('the option %s accepts numbers from %d to %d', (name, min, max) => {
  const [group = '', member] = name.split('.');
  const create = (value: number) => () =>
    createSignedFetch({ ...valid, [group]: member === undefined ? value : { [member]: value } });
  expect(create(min)).not.toThrow();
  expect(create(max)).not.toThrow();
  expect(create(min - 1)).toThrow(`${name} must be a number from ${min} to ${max}, not ${min - 1}`);
  expect(create(max + 1)).toThrow(expect.objectContaining({ option: name }));
});

const refusals: [option: string, options: object, rule: string][] = [
  ['options', Object.assign([], valid), 'must be an object'],
  ['retry', { ...valid, retry: 3 }, 'must be an object'],
  ['headers', { ...valid, headers: [] }, 'must be an object'],
  ['headers', { ...valid, headers: null }, 'must be an object'],
  ['fetch', { ...valid, fetch: 'fetch' }, 'must be a function'],
  ['colour', { ...valid, colour: 'red' }, 'is not an option'],
  ['retry.quota', { ...valid, retry: { quota: 'no' } }, 'must be true or false'],
  ['retry.limit', { ...valid, retry: { limit: 1 } }, 'is not an option'],
  ['headers', { ...valid, headers: { 'a b': '' } }, '"a b" is reserved, or not the name of a header'],
  ['headers', { ...valid, headers: { Host: '' } }, '"Host" is reserved, or not the name of a header'],
  ['headers', { ...valid, headers: { a: '1', A: '1' } }, '"A" is given twice. Join the values'],
  [
    'headers',
    { ...valid, headers: { 'Idempotency-Key': 'a' } },
    'must not have idempotency-key: each request needs its own',
  ],
  ['headers', { ...valid, headers: { a: ' 1' } }, '"a" must be ASCII text without spaces around it'],
  ['headers', { ...valid, headers: { a: undefined } }, '"a" must be ASCII text without spaces around it'],
  [
    'credentials',
    { ...valid, credentials: { ...valid.credentials, accessKeyId: 'short' } },
    'must have an accessKeyId',
  ],
  [
    'credentials',
    { ...valid, credentials: { ...valid.credentials, secretAccessKey: '' } },
    'must have an accessKeyId',
  ],
  [
    'credentials',
    { ...valid, credentials: { ...valid.credentials, sessionToken: 'a b' } },
    'must have an accessKeyId',
  ],
  [
    'credentials',
    { ...valid, credentials: { ...valid.credentials, sessionToken: 1 } },
    'must have an accessKeyId',
  ],
];

test.each(refusals.map(([option, options, rule]) => ({ option, options, rule })))(
  'the option $option is refused: $rule',
  ({ option, options, rule }) => {
    expect(() => createSignedFetch(options as never)).toThrow(
      expect.objectContaining({ option, message: expect.stringContaining(`signedFetch: ${option} ${rule}`) }),
    );
  },
);

test.each([
  ['fetch', 'timeout'],
  ['fetch', 'idempotencykey'],
  ['fetch', 'credentials'],
  ['fetch', 'schema'],
  ['json', 'timeout'],
  ['text', 'toString'],
] as const)(
  'a call of %s() with the unknown option %s is refused before anything is sent',
  async (method, option) => {
    const api = new FakeApi(() => gatewayAnswer(200, {}));
    const client = createSignedFetch({ ...valid, fetch: api.fetch as typeof fetch });
    await expect(client[method]('/', { [option]: 1_000 } as never)).rejects.toMatchObject({
      option,
      message: `signedFetch: ${option} is not an option of this call`,
    });
    expect(api.requests).toEqual([]);
  },
);

test.each([
  ['abc.appsync-api.eu-west-1.amazonaws.com', 'appsync-api'],
  ['abc.appsync-realtime-api.eu-west-1.amazonaws.com', 'appsync-realtime-api'],
  ['search-x-abc.eu-west-1.es.amazonaws.com', 'es'],
  ['search-x-abc.aos.eu-west-1.on.aws', 'aos'],
  ['abc.eu-west-1.aoss.amazonaws.com', 'aoss'],
  ['x-abc.7d67968.vpc-lattice-svcs.eu-west-1.on.aws', 'vpc-lattice-svcs'],
])('the host %s is refused: it is of another service', (host, label) => {
  expect(() => createSignedFetch({ ...valid, baseUrl: `https://${host}/`, region: 'eu-west-1' })).toThrow(
    expect.objectContaining({
      option: 'baseUrl',
      message: expect.stringContaining(
        `is a host of another service (${label}): this package signs for API Gateway (execute-api) and function URLs only`,
      ),
    }),
  );
});

test.each(['api.es.example.com', 'lambda-url.example.org', 'constructor.amazonaws.com'])(
  'the host %s is accepted: it can be a custom domain',
  (host) => {
    expect(() =>
      createSignedFetch({ ...valid, baseUrl: `https://${host}/`, region: 'eu-west-1' }),
    ).not.toThrow();
  },
);

test('a region that is not the one in baseUrl is refused with both', () => {
  expect(() => createSignedFetch({ ...valid, region: 'us-east-1' })).toThrow(
    /region must be eu-west-1, the region in baseUrl, not us-east-1\. Set it to eu-west-1, or leave it out$/,
  );
});

test.each([
  'authorization',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amzn-trace-id',
  'sec-fetch-mode',
  'Sec-CH-UA',
  'Proxy-Authorization',
])('the header %s is refused', (name) => {
  expect(() => createSignedFetch({ ...valid, headers: { [name]: '1' } })).toThrow(
    expect.objectContaining({ option: 'headers' }),
  );
});

test.each([
  'x-amz-invocation-type',
  'x-host',
  'hosts',
  'x-sec-fetch-mode',
  'x-te',
  'tea',
  'constructor',
  "!#$%&'*+.^_`|~-a1",
])('the header %s is accepted', (name) => {
  expect(() => createSignedFetch({ ...valid, headers: { [name]: '', [`${name}2`]: 'a \tb' } })).not.toThrow();
});

test('an idempotency key that HTTP cannot carry, such as the key of an object in S3, is refused with what to give instead', async () => {
  const client = createSignedFetch(valid);
  const sent = client.json('/', { json: {}, idempotencyKey: 'orders/März.csv' });
  await expect(sent).rejects.toThrow(
    'idempotencyKey must be true or 1 to 255 visible ASCII characters. Give other text, such as the key of an object in S3, as its hash',
  );
  const twice = client.json('/', { json: {}, idempotencyKey: 'a', headers: { 'Idempotency-Key': 'a' } });
  await expect(twice).rejects.toThrow('idempotencyKey must not be given beside a header Idempotency-Key');
});

test('on Node 20, where each call would fail, making a client fails with the version that it needs', () => {
  const { withResolvers } = Promise;
  Reflect.deleteProperty(Promise, 'withResolvers');
  try {
    const needs = `signed-fetch needs Node 22.3 or later, and this is Node ${process.versions.node}.`;
    expect(() => createSignedFetch(valid)).toThrow(needs);
  } finally {
    Promise.withResolvers = withResolvers;
  }
});
