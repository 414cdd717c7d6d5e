import fc from 'fast-check';
import { holdCredentials, isValid, refreshPause } from './session.ts';
import { readStsFailure, retryDelay } from './sts.ts';

const credentials = (expiration: number) => ({
  accessKeyId: 'a',
  secretAccessKey: 's',
  sessionToken: 't',
  expiration: new Date(expiration),
});

const HOUR = 3_600_000;

test('credentials are used, then refreshed meanwhile, then waited for, and then they have expired', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: HOUR }),
      fc.integer({ min: 60_000, max: 1_800_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (lifetime, windowMs, random) => {
        const refreshed = { credentials: credentials(lifetime), asked: 0 };
        const held = holdCredentials(refreshed, HOUR, windowMs, random);
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

test('whatever the clocks show, credentials are used for at most the time that was asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
      fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
      fc.integer({ min: 900, max: 3_600 }),
      fc.integer({ min: -48 * HOUR, max: 96 * HOUR }),
      (asked, skewMs, durationSeconds, now) => {
        const durationMs = durationSeconds * 1_000;
        const refreshed = { credentials: credentials(asked + skewMs + durationMs), asked };
        const held = holdCredentials(refreshed, durationMs, 300_000, 0);
        expect(isValid(held, asked)).toBe(true);
        if (now < asked || now >= asked + durationMs) expect(isValid(held, now)).toBe(false);
      },
    ),
  );
});

test.each([
  [3_600_000, 300_000, 3_300_000, 3_540_000],
  [3_600_000, 1_800_000, 2_400_000, 3_540_000],
  [900_000, 300_000, 600_000, 840_000],
  [300_000, 300_000, 200_000, 280_000],
])(
  'of %i ms with a window of %i ms, the refresh is due after %i ms, and waited for after %i ms',
  (lifetime, windowMs, refreshAt, waitAt) => {
    const held = holdCredentials({ credentials: credentials(lifetime), asked: 0 }, HOUR, windowMs, 0);
    expect(held).toMatchObject({ refreshAt, waitAt, expiresAt: lifetime });
  },
);

test('pauses grow to a limit', () => {
  expect([1, 2, 3, 4, 5, 6, 50].map((n) => retryDelay(n, 1))).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
  expect(retryDelay(3, 0.25)).toBe(100);
  expect([0, 1, 2, 3, 4, 6, 7, 50].map(refreshPause)).toEqual([0, 0, 1000, 2000, 4000, 16000, 30000, 30000]);
});

describe('what an error of STS means', () => {
  const skew = 'Signature expired: 20261124T110000Z is now earlier than 20261124T115500Z';
  const future = 'Signature not yet current: 20261124T120000Z is still later than 20261124T115500Z';

  test.each<[name: string, kind: string, more: object]>([
    ['AccessDenied', 'denied', {}],
    ['AccessDeniedException', 'denied', {}],
    ['RequestExpired', 'skewed', {}],
    ['SignatureDoesNotMatch', 'skewed', { message: skew }],
    ['SignatureDoesNotMatch', 'skewed', { message: future }],
    ['SignatureDoesNotMatch', 'permanent', { message: 'The request signature we calculated does not match' }],
    ['ValidationError', 'permanent', { message: 'Value expired' }],
    ['Throttling', 'transient', {}],
    ['ThrottlingException', 'transient', {}],
    ['ThrottledException', 'transient', {}],
    ['RequestThrottled', 'transient', {}],
    ['RequestThrottledException', 'transient', {}],
    ['RequestLimitExceeded', 'transient', {}],
    ['RequestTimeout', 'transient', {}],
    ['RequestTimeoutException', 'transient', {}],
    ['TimeoutError', 'transient', { $metadata: {} }],
    ['SomethingNew', 'transient', { $metadata: { httpStatusCode: 429 } }],
    ['SomethingNew', 'transient', { $metadata: { httpStatusCode: 500 } }],
    ['SomethingNew', 'transient', { $metadata: { httpStatusCode: 503 } }],
    ['SomethingNew', 'permanent', { $metadata: { httpStatusCode: 499 } }],
    ['SomethingNew', 'permanent', { $metadata: {} }],
    ['CredentialsProviderError', 'permanent', { $metadata: undefined }],
  ])('%s is %s %o', (name, kind, more) => {
    const error = {
      name,
      message: 'it failed',
      $metadata: { httpStatusCode: 400, requestId: 'id-1' },
      ...more,
    };
    expect(readStsFailure(error)).toMatchObject({ kind, code: name.replace('Exception', '') });
  });

  test.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENETDOWN',
    'ENOBUFS',
    'EAI_AGAIN',
    'ENOTFOUND',
    'EMFILE',
    'ERR_SOCKET_CONNECTION_TIMEOUT',
  ])('%s of the network is transient', (code) => {
    expect(readStsFailure(Object.assign(new Error('it failed'), { code }))).toMatchObject({
      kind: 'transient',
      code,
      reason: 'it failed',
    });
  });

  test.each(['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_INVALID_URL'])(
    '%s is permanent',
    (code) => {
      expect(readStsFailure({ name: 'Error', message: '', code })).toMatchObject({
        kind: 'permanent',
        code,
        reason: code,
      });
    },
  );

  test('its text is one short line without the request that STS quotes', () => {
    const message = `It\u001b\u0007 does\n  not match.\n\nThe Canonical String for this request should have been\n'x-amz-security-token:T'`;
    expect(readStsFailure({ name: 'SignatureDoesNotMatch', message }).reason).toBe('It does not match.');
    expect(readStsFailure({ message: ` ${'a'.repeat(2_000)}` }).reason).toBe('a'.repeat(1_000));
  });

  test('the caller and the ID of the request are what STS says, if it does', () => {
    const caller = 'arn:aws:sts::222222222222:assumed-role/caller-dev/caller';
    const message = `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/x`;
    expect(readStsFailure({ name: 'AccessDenied', message, $metadata: { requestId: 'id-1' } })).toEqual({
      kind: 'denied',
      code: 'AccessDenied',
      reason: message,
      requestId: 'id-1',
      caller,
    });
    expect(readStsFailure({ name: 'AccessDenied', message: 'no', $metadata: { requestId: 1 } })).toEqual({
      kind: 'denied',
      code: 'AccessDenied',
      reason: 'no',
      requestId: undefined,
      caller: undefined,
    });
  });

  test('whatever is thrown is read', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        expect(['denied', 'transient', 'skewed', 'permanent']).toContain(readStsFailure(thrown).kind);
      }),
    );
    expect(readStsFailure(undefined)).toMatchObject({ kind: 'permanent', code: 'Error', reason: 'Error' });
  });
});
