import { cpuShare, priceOfMillion, timeAt } from './lambda-model.ts';

test.each([
  [128, 128 / 1_769],
  [1_769, 1],
  [10_240, 1],
])('with %i MB, an invocation has its share of a CPU, and never more than one', (memoryMb, share) => {
  expect(cpuShare(memoryMb)).toBeCloseTo(share);
});

const invocation = { initMs: 300, durationMs: 90, initCpuMs: 100, cpuMs: 10, roundTrips: 0 };

test('less memory makes an invocation compute longer; the init phase stays as it is', () => {
  expect(timeAt(invocation, 1_769)).toBe(110);
  expect(timeAt(invocation, 1_769 / 2)).toBeCloseTo(120);
  expect(timeAt({ ...invocation, initCpuMs: 0 }, 1_769 / 4)).toBeCloseTo(40);
});

test('each round trip takes a millisecond at any size, whatever this machine waited for', () => {
  expect(timeAt({ ...invocation, roundTrips: 6 }, 1_769)).toBe(116);
  expect(timeAt({ ...invocation, roundTrips: 6, durationMs: 5_000, initMs: 5_000 }, 1_769)).toBe(116);
});

// The price list's example of a mobile backend (https://aws.amazon.com/lambda/pricing/): 3 million invocations of 120 ms with 1,536 MB are
// 540,000 GB-seconds. On arm64, these cost 7.20 dollars, and the requests 0.60.
test('the price is that of AWS for the example in its price list, without the free tier', () => {
  expect(3 * priceOfMillion(120, 1_536)).toBeCloseTo(7.2 + 0.6, 2);
  expect(priceOfMillion(119.01, 1_536)).toBe(priceOfMillion(120, 1_536));
});
