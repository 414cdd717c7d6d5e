import { executingFor, failing, simulateLoad, simulateStarts, throttledAt } from './outage.ts';

beforeEach(() => {
  jest.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => jest.restoreAllMocks());

test('of a burst of three times what the API admits in a second, nearly all calls succeed', async () => {
  const burst = (throttlingBaseDelayMs?: number) => {
    const client = { retry: { throttlingBaseDelayMs } };
    return simulateLoad({ calls: 300, answer: throttledAt(100), client });
  };
  const load = await burst();
  expect(load.succeededPercent).toBeGreaterThan(99);
  // With the waits that are right after a failure, most of the calls fail, with more requests.
  const short = await burst(100);
  expect(short.succeededPercent).toBeLessThan(50);
  expect(short.requestsPerCall).toBeGreaterThan(load.requestsPerCall);
});

test('an API that is down gets 35 more requests than calls', async () => {
  const load = { calls: 1_000, parallel: 10, answer: failing };
  expect(await simulateLoad(load)).toMatchObject({ succeededPercent: 0, requestsPerCall: 1.035 });
  const client = { retry: { quota: false } };
  expect(await simulateLoad({ ...load, client })).toMatchObject({ requestsPerCall: 4 });
});

test('a call whose answer was lost gets it soon after it is there', async () => {
  const call = { calls: 1, keyed: true, answer: executingFor(9_000) };
  for (const given of [{ ...call, invocationMs: 29_000 }, call]) {
    const { succeededPercent, slowestMs } = await simulateLoad(given);
    expect(succeededPercent).toBe(100);
    expect(slowestMs).toBeLessThan(10_600);
  }
});

test('in an outage of STS, environments that start ask it few times, and get credentials when it is over', async () => {
  const starts = await simulateStarts(500, 8_000);
  expect(starts).toMatchObject({ environments: 500, failed: 0 });
  expect(starts.stsRequests / 500).toBeLessThan(7);
  expect(starts.p95Ms).toBeLessThan(13_000);
});

test('two simulations have the same figures', async () => {
  const simulate = () => simulateLoad({ calls: 50, answer: throttledAt(20) });
  expect(await simulate()).toEqual(await simulate());
});
