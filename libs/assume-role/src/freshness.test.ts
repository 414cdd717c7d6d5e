import fc from 'fast-check';
import { refreshPause, retryDelay } from './backoff.ts';
import { freshness, holdCredentials } from './freshness.ts';
import { readStsFailure } from './sts-failure.ts';

test('credentials age in one direction: fresh, ageing, ending, expired', () => {
  const order = ['fresh', 'ageing', 'ending', 'expired'];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3_600_000 }),
      fc.integer({ min: 60_000, max: 1_800_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.array(fc.integer({ min: 0, max: 3_700_000 }), { minLength: 2 }),
      (lifetime, windowMs, random, moments) => {
        const held = holdCredentials(
          { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't', expiration: new Date(lifetime) },
          { asked: 0, durationMs: 3_600_000, windowMs, random },
        );
        expect(freshness(held, 0)).toBe('fresh');
        expect(freshness(held, lifetime)).toBe('expired');
        const states = moments.toSorted((a, b) => a - b).map((at) => order.indexOf(freshness(held, at)));
        expect(states).toEqual(states.toSorted());
      },
    ),
  );
});

test('pauses grow to a limit', () => {
  expect([1, 2, 3, 4, 5, 6, 50].map((n) => retryDelay(n, 1))).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
  expect([0, 1, 2, 3, 4, 50].map(refreshPause)).toEqual([0, 0, 1000, 2000, 4000, 30000]);
});

test.each([
  [{ name: 'SomethingNew', $metadata: { httpStatusCode: 429 } }, 'transient'],
  [{ name: 'SomethingNew', $metadata: { httpStatusCode: 503 } }, 'transient'],
  [{ name: 'SomethingNew', $metadata: { httpStatusCode: 400 } }, 'permanent'],
])('a failure that is not known by its name is read by its status: %p is %s', (thrown, kind) => {
  expect(readStsFailure(thrown).kind).toBe(kind);
});

test('whatever is thrown is read', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      expect(['denied', 'transient', 'skewed', 'permanent']).toContain(readStsFailure(thrown).kind);
    }),
  );
});
