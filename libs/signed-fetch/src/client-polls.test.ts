import { json, keyed, ok, outcome, setUp } from './client.testing.ts';
import {
  type FakeApi,
  gatewayAnswer,
  NOW,
  networkError,
  type Reply,
  useFakeTime,
} from './fake-api.testing.ts';
import { ApiError, DeadlineExceeded, type SignedFetchOptions } from './index.ts';

useFakeTime();

/** The answer of api-handler while a request with the same key is being executed. */
const inProgress = (status = 503, retryAfter = '30') =>
  gatewayAnswer(
    status,
    { type: 'urn:problem-type:cross-account-api:request-in-progress', title: 'Request in progress', status },
    { 'content-type': 'application/problem+json', 'retry-after': retryAfter },
  );

/** An API that answers that the request is being executed until a time. */
function busyFor(ms: number, first: Reply[] = [], options: Partial<SignedFetchOptions> = {}) {
  const { client, ...rest } = setUp(
    [...first, ...Array(200).fill(() => (Date.now() < NOW + ms ? inProgress() : ok()))],
    options,
  );
  return { ...rest, client };
}

const seconds = ({ requests }: FakeApi) => requests.map(({ at }) => (at - NOW) / 1_000);

test('a call asks each second for the response to a request that is being executed, and no longer waits for Retry-After', async () => {
  const { api, client } = busyFor(9_000, [networkError('ECONNRESET')]);
  const call = outcome(client.fetch('/', keyed));
  expect(await call).toMatchObject({ status: 200, attempts: 11 });
  expect(seconds(api)).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(api.requests.map(({ headers }) => headers.get('idempotency-key')))).toEqual(
    new Set(['key-1']),
  );
});

test('polls have jitter: from half a second to one and a half', async () => {
  for (const [random, at] of [
    [0, 0.5],
    [0.99, 1.49],
  ] as const) {
    jest.spyOn(Math, 'random').mockReturnValue(random);
    jest.setSystemTime(NOW);
    const { api, client } = busyFor(400);
    await outcome(client.fetch('/', keyed));
    expect(seconds(api)).toEqual([0, at]);
  }
});

test('polls use up no attempt: the API may fail three times in between', async () => {
  const failed = () => gatewayAnswer(500, {});
  const { api, client } = setUp([
    ...[inProgress, inProgress, failed, inProgress, failed, inProgress, inProgress, failed, inProgress, ok],
  ]);
  expect(await outcome(client.fetch('/', keyed))).toMatchObject({ status: 200, attempts: 10 });
  expect(api.requests).toHaveLength(10);
});

test('in an invocation, a call polls until the time is over, and its error says what to do', async () => {
  const { api, client } = busyFor(900_000);
  const end = NOW + 100_000;
  const bound = client.bind({ remainingTimeInMillis: () => end - Date.now() });
  const error = await outcome(bound.fetch('/', keyed), 150_000);
  expect(error).toBeInstanceOf(DeadlineExceeded);
  expect(seconds(api).at(-1)).toBe(99);
  expect(String(error)).toMatch(/still being executed. Call again later, with the same key/);
  // The first attempt and the last one.
  expect(String(error).match(/Request in progress \(after/g)).toHaveLength(2);
  expect(String(error)).toMatch(/100 attempts:\n {2}1\. .*\n {2}…\n {2}100\. /);
});

test('without an invocation, a call polls for a minute, and then fails with the answer of the API', async () => {
  const { api, client } = busyFor(900_000);
  const error = await outcome(client.fetch('/', keyed));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 503, problem: { title: 'Request in progress' } });
  expect(String(error)).toMatch(/still being executed. Call again later, with the same key/);
  expect(api.requests).toHaveLength(61);
});

test.each<[string, () => Response, object, number]>([
  ['without a key', inProgress, json, 1],
  ['with a GET', inProgress, {}, 1],
  ['if retries are turned off', inProgress, { ...keyed, retry: { maxAttempts: 1 } }, 1],
  [
    'after a 503 of another type',
    () => gatewayAnswer(503, { type: 'about:blank' }, { 'content-type': 'application/problem+json' }),
    keyed,
    4,
  ],
  [
    'if the type stands in a document of another kind',
    () => gatewayAnswer(503, { type: 'urn:problem-type:cross-account-api:request-in-progress' }),
    keyed,
    4,
  ],
])('a call does not poll %s', async (_when, reply, options, requests) => {
  const { api, client } = setUp([reply]);
  const end = NOW + 20_000;
  const bound = client.bind({ remainingTimeInMillis: () => end - Date.now() });
  expect(await outcome(bound.fetch('/', options))).toBeInstanceOf(Error);
  expect(api.requests).toHaveLength(requests);
});

test('a call polls for the type, whatever the status: other APIs may answer 409', async () => {
  const { api, client } = setUp([() => inProgress(409), ok]);
  expect(await outcome(client.fetch('/', keyed))).toMatchObject({ status: 200 });
  expect(seconds(api)).toEqual([0, 1]);
});
