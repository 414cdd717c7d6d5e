import { cpuShare, priceOfMillion, timeAt } from './lambda-model.ts';

test.each([
  [128, 128 / 1_769],
  [1_769, 1],
  [10_240, 1],
])('with %i MB, an invocation has its share of a CPU, and never more than one', (memoryMb, share) => {
  expect(cpuShare(memoryMb)).toBeCloseTo(share);
});

test('less memory makes an invocation compute longer, and wait as long; the init phase stays as it is', () => {
  const invocation = { initMs: 100, durationMs: 30, cpuMs: 10 };
  expect(timeAt(invocation, 1_769)).toBe(130);
  expect(timeAt(invocation, 1_769 / 2)).toBeCloseTo(140);
  expect(timeAt({ ...invocation, cpuMs: 0 }, 256)).toBe(130);
});

test('threads that compute at the same time share the CPU of the function', () => {
  expect(timeAt({ initMs: 0, durationMs: 10, cpuMs: 14 }, 1_769)).toBe(14);
});

// The price list's example of a mobile backend (https://aws.amazon.com/lambda/pricing/): 3 million invocations of 120 ms with 1,536 MB are
// 540,000 GB-seconds. On arm64, these cost 7.20 dollars, and the requests 0.60.
test('the price is that of AWS for the example in its price list, without the free tier', () => {
  expect(3 * priceOfMillion(120, 1_536)).toBeCloseTo(7.2 + 0.6, 2);
  expect(priceOfMillion(119.01, 1_536)).toBe(priceOfMillion(120, 1_536));
});
