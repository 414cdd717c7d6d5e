import { AdvancingClock } from './advancing-clock.ts';

test('the clock is ahead by the sum of all advances, until it is reset', () => {
  const clock = new AdvancingClock({ now: () => new Date(1_000) });
  expect(clock.now()).toEqual(new Date(1_000));
  clock.advance(500);
  clock.advance(2_000);
  expect([clock.now(), clock.aheadMs]).toEqual([new Date(3_500), 2_500]);
  clock.reset();
  expect(clock.now()).toEqual(new Date(1_000));
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('the clock cannot advance by %p', (ms) => {
  const clock = new AdvancingClock({ now: () => new Date(0) });
  expect(() => clock.advance(ms)).toThrow(`and not by ${ms}`);
  expect(clock.now()).toEqual(new Date(0));
});
