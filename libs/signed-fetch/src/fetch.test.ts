import fc from 'fast-check';
import { baseUrl, ok, setUp } from './client.testing.ts';
import { gatewayAnswer, networkError } from './fake-api.testing.ts';
import { toFetch } from './fetch.ts';
import { ConnectionFailed, SignedFetchOptionError } from './index.ts';

const once = { retry: { maxAttempts: 1 } };

test.each([
  ['a text', `${baseUrl}/orders?a=b%20c&a=d`],
  ['a URL', new URL(`${baseUrl}/orders?a=b%20c&a=d`)],
  ['a Request', new Request(`${baseUrl}/orders?a=b%20c&a=d`)],
])('%s below the base URL is sent, signed', async (_what, input) => {
  const { api, client } = setUp([ok()]);
  const response = await toFetch(client)(input);
  expect([response.status, response.ok, await response.json()]).toEqual([200, true, { ok: true }]);
  expect(response.url).toBe(`${baseUrl}/orders?a=b%20c&a=d`);
  const [{ url, headers } = api.requests[0] ?? { url: '', headers: new Headers() }] = api.requests;
  expect(url).toBe(`${baseUrl}/orders?a=b%20c&a=d`);
  expect(headers.get('authorization')).toMatch(/^AWS4-HMAC-SHA256 Credential=/);
});

test('method, headers and the whole body are sent, of a Request too, and its init overrides it', async () => {
  const { api, client } = setUp([ok()]);
  const request = new Request(`${baseUrl}/orders`, {
    method: 'POST',
    body: '{"a":1}',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1', 'x-own': '1' },
  });
  await toFetch(client)(request, {
    headers: { 'content-type': 'application/json', 'idempotency-key': 'key-2' },
  });
  expect(api.requests[0]).toMatchObject({ method: 'POST', body: '{"a":1}' });
  expect(api.requests[0]?.headers.get('idempotency-key')).toBe('key-2');
  expect(api.requests[0]?.headers.get('x-own')).toBeNull();
});

test.each([400, 403, 404, 429, 500, 503])('an answer with status %d is a Response', async (status) => {
  const { client } = setUp([gatewayAnswer(status, { message: 'no' }, { 'retry-after': '100' })], once);
  const response = await toFetch(client)(`${baseUrl}/orders`);
  expect([response.status, response.ok, await response.json()]).toEqual([status, false, { message: 'no' }]);
});

test.each([204, 205])('an answer with status %d is a Response without a body', async (status) => {
  const { client } = setUp([new Response(null, { status })], once);
  const response = await toFetch(client)(`${baseUrl}/orders`, { method: 'DELETE' });
  expect([response.status, response.body]).toEqual([status, null]);
});

test('a redirect is not followed, and is a Response', async () => {
  const { api, client } = setUp([gatewayAnswer(302, '', { location: 'https://elsewhere.example/' })]);
  const response = await toFetch(client)(`${baseUrl}/orders`, { redirect: 'follow' });
  expect([response.status, response.headers.get('location')]).toEqual([302, 'https://elsewhere.example/']);
  expect(api.requests).toHaveLength(1);
});

test('no answer is the typed error, and an aborted signal its reason', async () => {
  const { client } = setUp([networkError('ECONNREFUSED', 'no', { syscall: 'connect' })], once);
  await expect(toFetch(client)(`${baseUrl}/orders`)).rejects.toBeInstanceOf(ConnectionFailed);
  const reason = new Error('stop');
  await expect(toFetch(client)(`${baseUrl}/orders`, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});

const { host } = new URL(baseUrl);
test.each([
  ['another host', 'https://elsewhere.example/dev/orders'],
  ['another host that begins alike', `https://${host}.example.com/dev/orders`],
  ['another scheme', `http://${host}/dev/orders`],
  ['another port', `https://${host}:8443/dev/orders`],
  ['another stage', `https://${host}/prod/orders`],
  ['a stage that begins alike', `${baseUrl}2/orders`],
  ['the segment ..', `${baseUrl}/../prod/orders`],
  ['the segment %2e%2e', `${baseUrl}/%2e%2e/prod/orders`],
  ['the segment .. that is encoded twice', `${baseUrl}/%252e%252e/prod/orders`],
  ['a user', `https://user@${host}/dev/orders`],
  ['a password', `https://:password@${host}/dev/orders`],
  ['no host', '/dev/orders'],
])('a URL with %s is refused, and nothing is sent', async (_what, input) => {
  const { api, client } = setUp([ok()]);
  const refused = await toFetch(client)(input).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(SignedFetchOptionError);
  expect(String(refused)).not.toContain('password');
  expect(api.requests).toEqual([]);
});

test('whatever the URL is, it is sent below the base URL, or refused', async () => {
  const part = fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E',
    '/',
    '//',
    '\\',
    '@',
    ':',
    '?',
    '#',
    'dev',
    'a',
    '%',
    '%2f',
  );
  const url = fc
    .tuple(fc.constantFrom(baseUrl, `https://${host}`, 'https://', ''), fc.array(part))
    .map(([start, parts]) => start + parts.join(''));
  await fc.assert(
    fc.asyncProperty(url, async (input) => {
      const { api, client } = setUp([ok()]);
      const refused = await toFetch(client)(input).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused !== undefined) expect(refused).toBeInstanceOf(SignedFetchOptionError);
      const sent = api.requests.map((request) => new URL(request.url));
      expect(sent).toHaveLength(refused === undefined ? 1 : 0);
      for (const { href } of sent) expect(href.startsWith(`${baseUrl}/`)).toBe(true);
    }),
  );
});

test('a header Authorization is refused in a sentence, and nothing is sent', async () => {
  const { api, client } = setUp([ok()]);
  const sent = toFetch(client)(`${baseUrl}/orders`, {
    headers: { Authorization: 'Bearer token-of-somebody' },
  });
  const refused = await sent.catch((error: unknown) => String(error));
  expect(refused).toContain('must not have Authorization: the signature takes its place.');
  expect(refused).not.toContain('token-of-somebody');
  expect(api.requests).toEqual([]);
});
