import fc from 'fast-check';
import { networkError } from './fake-api.testing.ts';
import { fullJitter, readConnectionError, retryAfter } from './retry.ts';

test('full jitter is between nothing and a bound that doubles', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      (attempt, random) => {
        const delay = fullJitter(attempt, { baseDelayMs: 100, maxDelayMs: 5_000 }, random);
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
  [networkError('ECONNREFUSED'), { kind: 'not-sent', permanent: false, closed: false }],
  [networkError('ENOTFOUND'), { kind: 'not-sent', closed: false }],
  [networkError('ETIMEDOUT', 'connect ETIMEDOUT', { syscall: 'connect' }), { kind: 'not-sent' }],
  [networkError('ETIMEDOUT', 'read ETIMEDOUT', { syscall: 'read' }), { kind: 'broken' }],
  [networkError('UND_ERR_CONNECT_TIMEOUT'), { kind: 'not-sent' }],
  [
    networkError(
      'ECONNRESET',
      'Client network socket disconnected before secure TLS connection was established',
    ),
    { kind: 'not-sent', closed: false },
  ],
  [networkError('UND_ERR_ABORTED', 'Proxy response (502) !== 200 when HTTP Tunneling'), { kind: 'not-sent' }],
  [networkError('DEPTH_ZERO_SELF_SIGNED_CERT'), { kind: 'not-sent', permanent: true }],
  [networkError('EHOSTUNREACH', 'connect EHOSTUNREACH', { syscall: 'connect' }), { kind: 'not-sent' }],
  [networkError('EHOSTUNREACH', 'read EHOSTUNREACH', { syscall: 'read' }), { kind: 'broken' }],
  [networkError('ERR_SOCKET_CONNECTION_TIMEOUT'), { kind: 'not-sent', permanent: false }],
  [networkError('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'), { kind: 'broken', permanent: false }],
  [networkError('ERR_SSL_WRONG_VERSION_NUMBER'), { kind: 'broken', permanent: false }],
  [networkError('EPROTO', 'write EPROTO', { syscall: 'write' }), { kind: 'broken', permanent: false }],
  [networkError('ECONNRESET', 'read ECONNRESET'), { kind: 'broken', closed: true }],
  [networkError('EPIPE', 'write EPIPE'), { kind: 'broken', closed: true }],
  [networkError('UND_ERR_HEADERS_TIMEOUT'), { kind: 'broken', closed: false }],
  [
    new TypeError('fetch failed', {
      cause: new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })]),
    }),
    { code: 'ECONNREFUSED', kind: 'not-sent' },
  ],
  [new TypeError('terminated', { cause: networkError('UND_ERR_SOCKET') }), { kind: 'broken', closed: true }],
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
