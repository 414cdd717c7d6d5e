import { json, keyed, ok, outcome, setUp } from './client.testing.ts';
import { gatewayAnswer, networkError, type Reply, useFakeTime } from './fake-api.testing.ts';
import { ApiError, type SignedFetch } from './index.ts';

useFakeTime();

const failed = () => gatewayAnswer(503, {});
/** Tokens of a client, and what a retry costs. */
const [TOKENS, PRICE] = [500, 14];

/** Makes calls one after another. Returns the last error. */
async function callEach(api: SignedFetch, calls: number, options: object = {}): Promise<unknown> {
  let last: unknown;
  for (let nth = 0; nth < calls; nth += 1) last = await outcome(api.fetch('/', options));
  return last;
}

test.each<[string, () => Reply]>([
  ['fails', failed],
  ['breaks connections', () => networkError('EPROTO')],
  ['closes connections', () => networkError('ECONNRESET')],
  ['takes no connection', () => networkError('ECONNREFUSED', 'refused', { syscall: 'connect' })],
  ['does not answer', () => 'silence'],
])('an API that %s gets 35 retries of a client, however many calls it makes', async (_, reply) => {
  const { api, client } = setUp([reply]);
  await callEach(client, 100);
  expect(api.requests).toHaveLength(100 + Math.floor(TOKENS / PRICE));
});

test('the error is that of the last attempt, and says that the quota ended the call', async () => {
  const { client } = setUp([failed]);
  const first = await callEach(client, 1);
  expect(String(first)).not.toContain('quota');
  const error = await callEach(client, 50);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'ApiError', status: 503, attempts: [{ status: 503 }] });
  expect(String(error)).toContain('The retry quota of the client ended the call');
  expect(String(error)).toContain('retry.quota: false turns it off');
});

test('the clients of all invocations of a process share the quota', async () => {
  const { api, client } = setUp([failed]);
  for (let nth = 0; nth < 100; nth += 1) {
    const bound = client.bind({ remainingTimeInMillis: () => 20_000 });
    await callEach(nth % 2 === 0 ? bound : client, 1);
  }
  expect(api.requests).toHaveLength(135);
});

test('a success returns what its last retry cost; one without a retry returns one token', async () => {
  const replies = Array(135).fill(failed);
  const { api, client } = setUp([() => (replies.shift() ?? ok)()]);
  await callEach(client, 100);
  // 500 - 35 · 14 = 10 tokens are left. Four more pay a retry.
  await callEach(client, 3);
  replies.push(failed);
  expect(await callEach(client, 1)).toBeInstanceOf(ApiError);
  await callEach(client, 1);
  // The retry of each of these calls pays the next one.
  for (let nth = 0; nth < 3; nth += 1) {
    replies.push(failed);
    expect(await callEach(client, 1)).toMatchObject({ status: 200, attempts: 2 });
  }
  expect(api.requests).toHaveLength(135 + 3 + 1 + 1 + 6);
});

test.each<[string, () => Reply, object]>([
  ['429', () => gatewayAnswer(429, {}), json],
  ['a wait that the API asks for', () => gatewayAnswer(503, {}, { 'retry-after': '1' }), keyed],
])('%s costs nothing', async (_, reply, options) => {
  const { api, client } = setUp([reply]);
  await callEach(client, 50, options);
  expect(api.requests).toHaveLength(200);
});

test.each([
  ['the client', { retry: { quota: false } }, {}],
  ['the call', {}, { retry: { quota: false } }],
])('the option quota of %s turns it off', async (_, options, ofCall) => {
  const { api, client } = setUp([failed], options);
  await callEach(client, 50, ofCall);
  expect(api.requests).toHaveLength(200);
});

test('a retry for which no time is left costs nothing', async () => {
  const { api, client } = setUp([failed]);
  const bound = client.bind({ remainingTimeInMillis: () => 510 });
  await callEach(bound, 100);
  expect(api.requests).toHaveLength(100);
  await callEach(client, 1);
  expect(api.requests).toHaveLength(104);
});
