import fc from 'fast-check';
import { retryAfter } from './answer.ts';
import { readConnectionError } from './connection-error.ts';
import { fullJitter } from './retry.ts';
import { networkError } from './testing/fake-api.ts';

test('full jitter is between nothing and a bound that doubles', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      (attempt, random) => {
        const delay = fullJitter(attempt, { maxAttempts: 9, baseDelayMs: 100, maxDelayMs: 5_000 }, random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(5_000, 100 * 2 ** (attempt - 1)));
      },
    ),
  );
});

test('whatever Retry-After says, it is a wait or nothing', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~]*$/), (value) => {
      const wait = retryAfter(new Headers({ 'retry-after': value }), Date.now());
      expect(wait === undefined || (Number.isFinite(wait) && wait >= 0)).toBe(true);
    }),
  );
});

test.each<[Error, object]>([
  [networkError('ECONNREFUSED'), { notSent: true, permanent: false, closed: false }],
  [networkError('ENOTFOUND'), { notSent: true, closed: false }],
  [networkError('ETIMEDOUT', 'connect ETIMEDOUT', { syscall: 'connect' }), { notSent: true }],
  [networkError('ETIMEDOUT', 'read ETIMEDOUT', { syscall: 'read' }), { notSent: false }],
  [networkError('UND_ERR_CONNECT_TIMEOUT'), { notSent: true }],
  [
    networkError(
      'ECONNRESET',
      'Client network socket disconnected before secure TLS connection was established',
    ),
    { notSent: true, closed: false },
  ],
  [networkError('UND_ERR_ABORTED', 'Proxy response (502) !== 200 when HTTP Tunneling'), { notSent: true }],
  [networkError('DEPTH_ZERO_SELF_SIGNED_CERT'), { notSent: true, permanent: true }],
  [networkError('EHOSTUNREACH', 'connect EHOSTUNREACH', { syscall: 'connect' }), { notSent: true }],
  [networkError('EHOSTUNREACH', 'read EHOSTUNREACH', { syscall: 'read' }), { notSent: false }],
  [networkError('ERR_SOCKET_CONNECTION_TIMEOUT'), { notSent: true, permanent: false }],
  [networkError('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'), { notSent: false, permanent: false }],
  [networkError('ERR_SSL_WRONG_VERSION_NUMBER'), { notSent: false, permanent: false }],
  [networkError('EPROTO', 'write EPROTO', { syscall: 'write' }), { notSent: false, permanent: false }],
  [networkError('ECONNRESET', 'read ECONNRESET'), { notSent: false, closed: true }],
  [networkError('EPIPE', 'write EPIPE'), { notSent: false, closed: true }],
  [networkError('UND_ERR_HEADERS_TIMEOUT'), { notSent: false, closed: false }],
  [
    new TypeError('fetch failed', {
      cause: new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })]),
    }),
    { code: 'ECONNREFUSED', notSent: true },
  ],
  [new TypeError('terminated', { cause: networkError('UND_ERR_SOCKET') }), { notSent: false, closed: true }],
])('%s is classified', (error, expected) => {
  expect(readConnectionError(error)).toMatchObject(expected);
});

test('whatever is thrown is read', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      expect(typeof readConnectionError(thrown).reason).toBe('string');
    }),
  );
});
