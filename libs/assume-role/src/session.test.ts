import fc from 'fast-check';
import { hold, isValid, refreshPause, retryDelay } from './session.ts';

const credentials = (expiration: number) => ({
  accessKeyId: 'a',
  secretAccessKey: 's',
  sessionToken: 't',
  expiration: new Date(expiration),
});

const HOUR = 3_600_000;

test('credentials are refreshed before users wait for the refresh, and users wait before the credentials expire', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: HOUR }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (lifetime, random) => {
        const held = hold(credentials(lifetime), 0, HOUR, random);
        expect(held.refreshAt).toBeGreaterThan(0);
        expect(held.waitAt).toBeGreaterThanOrEqual(held.refreshAt);
        expect(held.expiresAt).toBeGreaterThan(held.waitAt);
        expect([-1, 0, lifetime - 1, lifetime].map((at) => isValid(held, at))).toEqual([
          false,
          true,
          true,
          false,
        ]);
      },
    ),
  );
});

test('whatever the clocks show, credentials are used for at most the requested duration', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
      fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
      fc.integer({ min: 900, max: 3_600 }),
      fc.integer({ min: -48 * HOUR, max: 96 * HOUR }),
      (asked, skewMs, durationSeconds, now) => {
        const durationMs = durationSeconds * 1_000;
        const held = hold(credentials(asked + skewMs + durationMs), asked, durationMs, 0);
        expect(isValid(held, asked)).toBe(true);
        if (now < asked || now >= asked + durationMs) expect(isValid(held, now)).toBe(false);
      },
    ),
  );
});

test.each([
  [3_600_000, 3_300_000, 3_540_000],
  [900_000, 600_000, 840_000],
  [300_000, 200_000, 280_000],
])(
  'credentials that live for %i ms are refreshed after %i ms, and users wait for the refresh after %i ms',
  (lifetime, refreshAt, waitAt) => {
    const held = hold(credentials(lifetime), 0, HOUR, 0);
    expect(held).toMatchObject({ refreshAt, waitAt, expiresAt: lifetime });
  },
);

test('the pauses between requests to STS grow up to a limit', () => {
  expect([1, 2, 3, 4, 5, 6, 50].map((n) => retryDelay(n, 1))).toEqual([
    100, 1000, 2000, 4000, 5000, 5000, 5000,
  ]);
  expect(retryDelay(3, 0.25)).toBe(500);
  expect([0, 1, 2, 3, 4, 6, 7, 50].map(refreshPause)).toEqual([0, 0, 1000, 2000, 4000, 16000, 30000, 30000]);
});
