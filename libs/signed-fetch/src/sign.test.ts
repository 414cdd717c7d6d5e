import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { authorizationByAws4 } from './aws4.testing.ts';
import { createSignedFetch } from './client.ts';
import { codePoint } from './code-point.testing.ts';
import { readBaseUrl, resolveUrl } from './request.ts';
import { createSigner } from './sign.ts';
import { Hash } from './smithy-hash.testing.ts';

const base = readBaseUrl('https://abc123.execute-api.eu-west-1.amazonaws.com/dev');
const credentials = {
  accessKeyId: 'ASIAEXAMPLE123456789',
  secretAccessKey: 'secret/+',
  sessionToken: 'token/+==',
};
const sign = createSigner(base.region);
const at = Date.parse('2026-11-24T12:00:00Z');

type Case = {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | undefined;
};

async function authorization({ method, path, query, headers, body }: Case) {
  const { href } = resolveUrl(base, query === '' ? path : `${path}?${query}`);
  const signed = await sign({ method, href, headers, body }, credentials, at);
  const url = new URL(href);
  const value = signed.headers.authorization ?? '';
  const names = new Set(/SignedHeaders=([^,]+)/.exec(value)?.[1]?.split(';'));
  return { value, url, names, headers: new Headers(signed.headers) };
}

/** The signature as AWS's own SDK computes it for the request that goes over the wire. */
async function bySmithy(
  { method, body }: Case,
  url: URL,
  names: Set<string>,
  headers: Headers,
): Promise<string> {
  const signer = new SignatureV4({
    service: 'execute-api',
    region: base.region,
    credentials,
    sha256: Hash,
    applyChecksum: false,
  });
  const query: Record<string, string[]> = Object.create(null);
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const present = [...headers].filter(([name]) => names.has(name) && !name.startsWith('x-amz-'));
  const signed = await signer.sign(
    {
      method,
      protocol: 'https:',
      hostname: url.hostname,
      path: url.pathname,
      query,
      headers: { host: url.host, ...Object.fromEntries(present) },
      ...(body !== undefined && { body }),
    },
    { signingDate: new Date(at) },
  );
  return signed.headers.authorization ?? '';
}

/** The signature as aws4, which many servers and tools use, computes it. */
function byAws4({ method, body }: Case, url: URL, names: Set<string>, headers: Headers): string {
  const present = [...headers].filter(([name]) => names.has(name) && name !== 'x-amz-security-token');
  return authorizationByAws4(
    { method, host: url.host, path: url.pathname + url.search, headers: Object.fromEntries(present), body },
    credentials,
  );
}

afterEach(() => jest.restoreAllMocks());

const text = fc.string({ unit: codePoint, maxLength: 8 }).filter((s) => s.isWellFormed());
const segment = fc.oneof(
  fc.constantFrom(
    'a',
    'B-_~',
    'é',
    '日本',
    '🎉',
    'a b',
    '%2F',
    '%2f',
    '%20',
    '+',
    "!$&'()*",
    ';=:@,',
    '',
    '...',
    '[x]',
    '|',
  ),
  fc.stringMatching(/^[a-z0-9]{1,6}$/),
);
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => `/x/${parts.join('/')}`);
const query = fc
  .array(
    fc.tuple(
      text.filter((name) => name !== ''),
      text,
    ),
    { maxLength: 5 },
  )
  .map((pairs) => new URLSearchParams(pairs).toString());
const headers = fc
  .dictionary(
    fc.constantFrom(
      'x-custom',
      'accept',
      'accept-encoding',
      'cache-control',
      'content-type',
      'pragma',
      'range',
      'referer',
      'x-other',
    ),
    fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/),
  )
  .chain((others) => fc.constantFrom(others, { ...others, 'idempotency-key': 'a/key' }));
const body = fc.option(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
  { nil: undefined },
);
const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE');

test('signatures are those that independent signers compute for the request on the wire', async () => {
  await fc.assert(
    fc.asyncProperty(fc.record({ method, path, query, headers, body }), async (request) => {
      const { value, url, names, headers: sent } = await authorization(request);
      expect(value).toBe(await bySmithy(request, url, names, sent));
      expect(value).toBe(byAws4(request, url, names, sent));
    }),
    { numRuns: 500 },
  );
});

test.each<[string, Partial<Case>]>([
  ['repeated parameters', { query: 'a=2&a=1&b=0&a=2' }],
  ['empty parameters', { query: 'a=&b&c=1' }],
  ['a plus and a space in the query', { query: 'a=b+c&d=e%2Bf&g=h%20i' }],
  ['an encoded slash', { path: '/files/a%2Fb' }],
  ['double slashes', { path: '/a//b///c/' }],
  ['a plus in the path', { path: '/a+b' }],
  ['a space in the path', { path: '/a b' }],
  ['a path that is not ASCII', { path: '/naïve/日本' }],
  ['an empty body', { method: 'POST', body: new Uint8Array() }],
  ['a binary body', { method: 'POST', body: Uint8Array.from([0, 255, 128, 10, 13]) }],
  ['spaces within a header', { headers: { 'x-custom': 'a  b   c' } }],
])('a request with %s has the signature that independent signers compute', async (_, part) => {
  const request = { method: 'GET', path: '/', query: '', headers: {}, body: undefined, ...part };
  const { value, url, names, headers: sent } = await authorization(request);
  expect(value).toBe(await bySmithy(request, url, names, sent));
  expect(value).toBe(byAws4(request, url, names, sent));
});

test('session token and date are signed; content type, user agent and trace header, which proxies change, are not', async () => {
  const { names } = await authorization({
    method: 'POST',
    path: '/messages',
    query: '',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'x',
      'x-amzn-trace-id': 'Root=1',
      'idempotency-key': 'k',
    },
    body: Uint8Array.from([1]),
  });
  expect([...names]).toEqual(['host', 'idempotency-key', 'x-amz-date', 'x-amz-security-token']);
});

test('headers that proxies or OpenTelemetry change are sent but not signed; others with similar names are signed', async () => {
  const headers = {
    'accept-encoding': 'gzip',
    baggage: 'a=1',
    'cache-control': 'no-cache',
    forwarded: 'for=a',
    from: 'a',
    'max-forwards': '1',
    pragma: 'a',
    range: 'bytes=0-1',
    referer: 'a',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    tracestate: 'a=1',
    via: 'a',
    'x-forwarded-for': 'a',
    'x-forwarded-proto': 'a',
    'x-from': 'a',
    'from-x': 'a',
    'x-x-forwarded-for': 'a',
    'via-x': 'a',
  };
  const { names, headers: sent } = await authorization({
    method: 'GET',
    path: '/',
    query: '',
    headers,
    body: undefined,
  });
  expect(Object.fromEntries(sent)).toMatchObject(headers);
  expect([...names]).toEqual([
    'from-x',
    'host',
    'via-x',
    'x-amz-date',
    'x-amz-security-token',
    'x-from',
    'x-x-forwarded-for',
  ]);
});

test('sign returns the texts that must not be shown', async () => {
  const { href } = resolveUrl(base, '/');
  const { headers: sent, secrets } = await sign(
    { method: 'GET', href, headers: {}, body: undefined },
    credentials,
    at,
  );
  const signature = /Signature=(\w{64})$/.exec(sent.authorization ?? '')?.[1];
  expect(secrets).toEqual(['secret/+', 'token/+==', signature]);
});

test('a signer that is used again signs like a new one, whichever secret, day and token', async () => {
  const use = fc.record({
    secretAccessKey: fc.constantFrom('secret-1', 'secret-2'),
    sessionToken: fc.constantFrom('token-1', undefined),
    at: fc.constantFrom(at, at + 1_000, at + 86_400_000),
    body: fc.constantFrom(undefined, new Uint8Array([1]), new Uint8Array()),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(use, { minLength: 2, maxLength: 8 }), async (uses) => {
      const reused = createSigner(base.region);
      for (const { at: time, body: bytes, ...given } of uses) {
        const request = { method: 'POST', href: 'https://api.example.com/', headers: {}, body: bytes };
        const keys = { accessKeyId: 'ASIAEXAMPLE123456789', ...given };
        expect(await reused(request, keys, time)).toEqual(
          await createSigner(base.region)(request, keys, time),
        );
      }
    }),
  );
});

test('another region gives another signature', async () => {
  const request = { method: 'GET', href: 'https://api.example.com/', headers: {}, body: undefined };
  const [here, there] = await Promise.all(
    ['eu-west-1', 'eu-west-2'].map((region) => createSigner(region)(request, credentials, at)),
  );
  expect(here?.headers.authorization).toContain('/20261124/eu-west-1/execute-api/aws4_request');
  expect(there?.headers.authorization?.slice(-64)).not.toBe(here?.headers.authorization?.slice(-64));
});

test('a client sends exactly what AWS’s SDK would sign', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.dictionary(
        text.filter((name) => name !== '' && name !== '__proto__'),
        fc.array(text, { maxLength: 3 }),
      ),
      headers,
      fc.option(fc.oneof(fc.string({ unit: codePoint }), body), { nil: undefined }),
      fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
      async (ownPath, ownQuery, ownHeaders, ownBody, ownMethod) => {
        let sent: [url: URL, init: RequestInit] | undefined;
        const client = createSignedFetch({
          baseUrl: `${base.origin}${base.basePath}`,
          credentials,
          fetch: async (url, init = {}) => {
            sent = [new URL(String(url)), init];
            return new Response();
          },
        });
        jest.spyOn(Date, 'now').mockReturnValue(at);
        await client.fetch(ownPath, {
          method: ownMethod,
          query: ownQuery,
          headers: ownHeaders,
          ...(ownBody !== undefined && { body: ownBody }),
        });
        const [url, init] = sent ?? [base.origin, {}];
        const received = new Headers(init.headers);
        const value = received.get('authorization') ?? '';
        const names = new Set(/SignedHeaders=([^,]+)/.exec(value)?.[1]?.split(';'));
        const bytes = init.body instanceof Uint8Array ? Uint8Array.from(init.body) : undefined;
        expect(bytes).toEqual(typeof ownBody === 'string' ? new TextEncoder().encode(ownBody) : ownBody);
        const request = { method: ownMethod, path: ownPath, query: '', headers: {}, body: bytes };
        expect(value).toBe(await bySmithy(request, new URL(url), names, received));
      },
    ),
    { numRuns: 300 },
  );
});

test('a request to a function URL is signed for the service lambda and the region of the host, as by the SDK of AWS', async () => {
  const hostname = 'abcdefghijklmnop.lambda-url.eu-west-2.on.aws';
  const target = readBaseUrl(`https://${hostname}/`);
  expect(target).toEqual({
    origin: `https://${hostname}`,
    basePath: '',
    region: 'eu-west-2',
    service: 'lambda',
  });
  const request = {
    method: 'GET',
    href: `https://${hostname}/orders/a%20b?x=1`,
    headers: {},
    body: undefined,
  };
  const signed = await createSigner(target.region, target.service)(request, credentials, at);
  const { service, region } = { service: 'lambda', region: 'eu-west-2' };
  const signer = new SignatureV4({ service, region, credentials, sha256: Hash, applyChecksum: false });
  const byAws = await signer.sign(
    {
      ...{ method: 'GET', protocol: 'https:', hostname, path: '/orders/a%20b' },
      ...{ query: { x: '1' }, headers: { host: hostname } },
    },
    { signingDate: new Date(at) },
  );
  expect(signed.headers.authorization).toBe(byAws.headers.authorization);
});
