import { simulateStorm } from './storm.ts';

test('each environment asks STS once for each lifetime, and no invocation is without valid credentials', async () => {
  const storm = await simulateStorm(50, 3);
  expect(storm).toMatchObject({ environments: 50, failed: 0, expired: 0, throttled: 0, stsCalls: 200 });
  expect(storm.invocations).toBeGreaterThan(50 * 150);
});

test('if STS throttles, environments wait and none fails', async () => {
  const storm = await simulateStorm(200, 1, 50);
  expect(storm.throttled).toBeGreaterThan(0);
  expect(storm).toMatchObject({ failed: 0, expired: 0 });
});

test('two simulations have the same figures: each comes from the same random numbers', async () => {
  const storm = await simulateStorm(30, 2);
  expect(await simulateStorm(30, 2)).toEqual(storm);
  // In the busiest minute, at most 30 environments refreshed.
  expect(storm.busiestMinute.later).toBeGreaterThan(0);
  expect(storm.busiestMinute.later).toBeLessThanOrEqual(0.5);
});
