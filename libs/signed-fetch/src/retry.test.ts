import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { networkError } from './fake-api.testing.ts';
import type { Outcome, Problem } from './outcome.ts';
import type { PreparedRequest } from './request.ts';
import { nextStep, REQUEST_IN_PROGRESS, type RetryState, readConnectionError, retryAfter } from './retry.ts';

/** The details of an error response that decide nothing. */
const unread = { problem: undefined, json: undefined, makeHeaders: () => new Headers() };

describe('the next step', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  type State = RetryState & Pick<PreparedRequest, 'repeatable' | 'hasIdempotencyKey' | 'retry'>;
  const initial: State = {
    repeatable: false,
    hasIdempotencyKey: false,
    retry: { maxAttempts: 4, baseDelayMs: 100, throttlingBaseDelayMs: 1_000, quota: true },
    renewable: false,
    counted: 1,
    done: new Set(),
    serverTime: now,
    polledMs: 0,
  };

  const answered = (
    status: number,
    headers: Record<string, string> = {},
    errorType?: string,
    reason = 'no reason given',
    problem?: Problem,
  ): Outcome => ({
    kind: 'answered',
    reason: String(status),
    status,
    header: (name) => headers[name],
    makeHeaders: () => new Headers(headers),
    body: new Uint8Array(),
    requestId: undefined,
    extendedRequestId: undefined,
    details: [200, 201, 204, 299, 304].includes(status)
      ? undefined
      : { errorType, reason, ...unread, problem },
  });
  const tooLarge = (status: number): Outcome => ({
    kind: 'answered',
    reason: String(status),
    status,
    header: () => undefined,
    makeHeaders: () => new Headers(),
    body: undefined,
    requestId: undefined,
    extendedRequestId: undefined,
    details: undefined,
  });
  const broken = (kind: 'not-sent' | 'broken', more: object = {}): Outcome => ({
    kind,
    reason: 'x',
    code: 'x',
    permanent: false,
    closed: false,
    ...more,
  });
  const step = (outcome: Outcome, state: Partial<State> = {}) =>
    nextStep(outcome, { ...initial, ...state }, { ...initial, ...state }, 0.5);

  const RETRY = { kind: 'retry', afterMs: 50, paid: true };
  const THROTTLED = { kind: 'retry', afterMs: 500, paid: false };
  const FAIL = { kind: 'fail' };
  const expired = answered(403, {}, 'ExpiredTokenException');
  const late = (headers = { date: 'Tue, 24 Nov 2026 12:10:00 GMT' }) =>
    answered(
      403,
      headers,
      'InvalidSignatureException',
      'Signature expired: 20261124T120000Z is now earlier than …',
    );

  describe('is the one of the table "What is repeated" in the README', () => {
    const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
    const [, section = ''] = /\n## What is repeated\n(.*?)\n## /s.exec(readme) ?? [];
    const rows = [...section.matchAll(/^\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm)].slice(2);
    const outcomes: Readonly<Record<string, readonly Outcome[]>> = {
      '429': [answered(429)],
      'no connection': [broken('not-sent')],
      '408, 500, 502, 503, 504, time-out, connection broken': [
        ...[408, 500, 502, 503, 504].map((status) => answered(status)),
        { kind: 'timed-out', reason: 'x' },
        broken('broken'),
      ],
      'a request with the same key is being executed': [
        answered(503, {}, undefined, 'x', { type: REQUEST_IN_PROGRESS }),
      ],
      '409 with `Retry-After`': [answered(409, { 'retry-after': '1' })],
      '403, credentials expired or unknown': [expired, answered(403, {}, 'UnrecognizedClientException')],
      '403, clock skewed': [late()],
      'wrong certificate, body too large, everything else': [
        broken('not-sent', { permanent: true }),
        tooLarge(200),
        ...[302, 400, 403, 404, 409, 422, 501].map((status) => answered(status)),
      ],
    };
    const withKey = { hasIdempotencyKey: true };
    /** What a cell means: the step in each of these states. */
    const meanings: Readonly<Record<string, readonly (readonly [Partial<State>, kind: string])[]>> = {
      yes: [[{}, 'retry']],
      no: [[{}, 'fail']],
      'with a key': [[withKey, 'retry']],
      'each second, with a key': [[withKey, 'poll']],
      'once, if there are newer ones': [
        [{ renewable: true }, 'renew'],
        [{ renewable: true, done: new Set(['renew']) }, 'fail'],
        [{ renewable: false }, 'fail'],
      ],
      "once, by the server's `Date`": [
        [{}, 'correct-clock'],
        [{ done: new Set(['correct-clock']) }, 'fail'],
      ],
    };
    const expectMeaning = (cell: string, outcome: Outcome, repeatable: boolean) => {
      const meaning = meanings[cell] ?? [];
      expect(meaning).not.toEqual([]);
      for (const [state, kind] of meaning)
        expect(step(outcome, { repeatable, ...state })).toMatchObject({ kind });
    };

    test('which has a row for each outcome', () => {
      expect(rows.map(([, outcome]) => outcome)).toEqual(Object.keys(outcomes));
    });

    test.each(rows.map(([, outcome = '', repeatable = '', other = '']) => [outcome, repeatable, other]))(
      '%s: %s; a POST without a key: %s',
      (name, repeatable, other) => {
        for (const outcome of outcomes[name] ?? []) {
          expectMeaning(repeatable, outcome, true);
          expectMeaning(other, outcome, false);
        }
      },
    );
  });

  test.each([200, 201, 204, 299, 304])('a response with status %d is a success', (status) => {
    expect(step(answered(status))).toMatchObject({ kind: 'succeed', answer: { status } });
  });

  test.each([199, 300, 301, 303, 305, 400, 401, 404, 422, 501, 505, 599])(
    'status %d fails a call, whether the request is repeatable or not',
    (status) => {
      expect(
        step(answered(status, { 'retry-after': '1' }), { repeatable: true, hasIdempotencyKey: true }),
      ).toEqual(FAIL);
      expect(step(answered(status))).toEqual(FAIL);
    },
  );

  test.each([408, 500, 502, 503, 504])(
    'a request is retried after status %d only if it is repeatable',
    (status) => {
      expect(step(answered(status), { repeatable: true })).toEqual(RETRY);
      expect(step(answered(status))).toEqual(FAIL);
    },
  );

  test('a request is always retried after status 429', () => {
    expect(step(answered(429))).toEqual(THROTTLED);
    expect(step(answered(429), { repeatable: true })).toEqual(THROTTLED);
  });

  test('a request is retried after status 409 only with a key and Retry-After', () => {
    const conflict = answered(409, { 'retry-after': '1' });
    expect(step(conflict, { hasIdempotencyKey: true, repeatable: true })).toEqual({
      kind: 'retry',
      afterMs: 1_000,
      paid: false,
    });
    expect(step(conflict, { repeatable: true })).toEqual(FAIL);
    expect(step(answered(409), { hasIdempotencyKey: true, repeatable: true })).toEqual(FAIL);
  });

  test('a response that is too large fails a call', () => {
    expect(step(tooLarge(200), { repeatable: true })).toEqual(FAIL);
    expect(step(tooLarge(503), { repeatable: true })).toEqual(FAIL);
  });

  test('a request without a connection is retried unless the certificate is invalid', () => {
    expect(step(broken('not-sent'))).toEqual(RETRY);
    expect(step(broken('not-sent', { permanent: true }), { repeatable: true })).toEqual(FAIL);
  });

  test('a request is retried after a time-out or a broken connection only if it is repeatable', () => {
    for (const outcome of [
      broken('broken'),
      broken('broken', { closed: true }),
      { kind: 'timed-out', reason: '' },
    ] as Outcome[]) {
      expect(step(outcome)).toEqual(FAIL);
      expect(step(outcome, { repeatable: true, done: new Set(['resend']) })).toEqual(RETRY);
    }
  });

  test('a request on a closed connection is sent again once, even if no attempt is left', () => {
    const closed = broken('broken', { closed: true });
    expect(step(closed, { repeatable: true, counted: 4 })).toEqual({ kind: 'resend', paid: true });
    expect(step(closed, { repeatable: true, counted: 4, done: new Set(['resend']) })).toEqual(FAIL);
  });

  test.each(['ExpiredTokenException', 'UnrecognizedClientException'])(
    'credentials are renewed once after %s, if their source can renew them',
    (errorType) => {
      const refused = answered(403, {}, errorType);
      expect(step(refused, { renewable: true, counted: 4 })).toEqual({ kind: 'renew' });
      expect(step(refused, { renewable: true, done: new Set(['renew']) })).toEqual(FAIL);
      expect(step(refused)).toEqual(FAIL);
      expect(step(answered(401, {}, errorType), { renewable: true })).toEqual(FAIL);
    },
  );

  test('any other 403 fails a call', () => {
    for (const errorType of ['AccessDeniedException', 'XExpiredTokenException', undefined]) {
      expect(step(answered(403, {}, errorType), { renewable: true, repeatable: true })).toEqual(FAIL);
    }
    expect(step(expired, { done: new Set(['correct-clock']) })).toEqual(FAIL);
  });

  test('a signature at the wrong time is corrected once by the server’s date', () => {
    expect(step(late(), { counted: 4 })).toEqual({ kind: 'correct-clock', byMs: 600_000 });
    expect(step(late(), { serverTime: now + 1_000 })).toEqual({ kind: 'correct-clock', byMs: 599_000 });
    expect(step(late(), { done: new Set(['correct-clock']) })).toEqual(FAIL);
    expect(step(late({ date: 'soon' }))).toEqual(FAIL);
    // No signature can have such a year.
    expect(step(late({ date: 'Fri, 12 Sep 275760 00:00:00 GMT' }))).toEqual(FAIL);
    expect(step(late({} as never))).toEqual(FAIL);
    const { details, ...rest } = late() as Extract<Outcome, { kind: 'answered' }>;
    for (const other of [
      {
        errorType: 'InvalidSignatureException',
        reason: 'The request signature does not match. Signature expired',
      },
      { errorType: 'AccessDeniedException', reason: details?.reason ?? '' },
    ]) {
      expect(step({ ...rest, details: { ...other, ...unread } })).toEqual(FAIL);
    }
    const early = {
      errorType: 'InvalidSignatureException',
      reason: 'Signature not yet current: …',
      ...unread,
    };
    expect(step({ ...rest, details: early })).toMatchObject({ kind: 'correct-clock' });
  });

  test('a call fails once all attempts are used', () => {
    expect(step(answered(429), { counted: 3 })).toEqual({ ...THROTTLED, afterMs: 2_000 });
    expect(step(answered(429), { counted: 4 })).toEqual(FAIL);
    expect(step(answered(429), { counted: 5 })).toEqual(FAIL);
  });

  test.each<[string, Outcome, number[]]>([
    ['100 ms, 200 ms', answered(503), [100, 200, 400, 3_200, 5_000, 5_000]],
    ['1 s, 2 s after status 429', answered(429), [1_000, 2_000, 4_000, 5_000, 5_000, 5_000]],
  ])('a retry waits a random time of up to %s and so on, and 5 seconds', (_bounds, outcome, bounds) => {
    const retry = { ...initial.retry, maxAttempts: 20 };
    const waits = (random: number) =>
      [1, 2, 3, 6, 7, 19].map((counted) => {
        const request = { ...initial, retry, repeatable: true };
        const taken = nextStep(outcome, request, { ...initial, counted }, random);
        return taken.kind === 'retry' && taken.afterMs;
      });
    expect(waits(1)).toEqual(bounds);
    expect(waits(0)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('the retry quota pays for failures and broken connections, and not for waits that the API asks for', () => {
    const paid = (outcome: Outcome) => {
      const taken = step(outcome, { repeatable: true, hasIdempotencyKey: true });
      return 'paid' in taken && taken.paid;
    };
    const timedOut: Outcome = { kind: 'timed-out', reason: '' };
    const failures = [answered(408), answered(503), timedOut, broken('broken'), broken('not-sent')];
    const closed = broken('broken', { closed: true });
    const soon = answered(503, { 'retry-after': '0' });
    expect([...failures, closed, soon].map(paid)).toEqual(Array(7).fill(true));
    const asked = { 'retry-after': '1' };
    expect(
      [answered(429), answered(429, asked), answered(503, asked), answered(409, asked)].map(paid),
    ).toEqual(Array(4).fill(false));
  });

  test('a retry waits as long as Retry-After asks, up to 60 s; a longer Retry-After fails the call', () => {
    expect(step(answered(429, { 'retry-after': '60' }))).toEqual({
      kind: 'retry',
      afterMs: 60_000,
      paid: false,
    });
    expect(step(answered(429, { 'retry-after': '61' }))).toEqual(FAIL);
    const date = { 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' };
    expect(step(answered(429, date), { serverTime: now + 10_000 })).toEqual({
      kind: 'retry',
      afterMs: 20_000,
      paid: false,
    });
  });
});

test.each([
  ['0', 0],
  ['3', 3_000],
  ['999999999', 999_999_999_000],
  ['1000000000', undefined],
  ['1.5', undefined],
  ['-5', undefined],
  ['2026-11-24', undefined],
  ['', undefined],
  ['Tue, 24 Nov 2026 12:00:07 GMT', 7_000],
  ['Tue, 24 Nov 2026 11:59:59 GMT', 0],
  ['Tue, 99 Nov 2026 12:00:07 GMT', undefined],
  ['Tue, 24 Nov 2026 12:00:07 GMT+1', undefined],
  ['x Tue, 24 Nov 2026 12:00:07 GMT', undefined],
])('retryAfter reads %p as %p ms', (value, ms) => {
  const serverTime = Date.parse('2026-11-24T12:00:00Z');
  expect(retryAfter(() => value, serverTime)).toBe(ms);
});

test('retryAfter reads a missing header as undefined', () => {
  expect(retryAfter(() => undefined, Date.now())).toBeUndefined();
});

test('retryAfter reads any text as a number of milliseconds or as undefined', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~]*$/), (value) => {
      const wait = retryAfter(() => value, Date.now());
      expect(wait === undefined || (Number.isFinite(wait) && wait >= 0)).toBe(true);
    }),
  );
});

/** Errors of `fetch`, and how they are read. */
const connectionErrors: [Error, object][] = [
  [
    networkError('ECONNREFUSED', 'connect ECONNREFUSED', { syscall: 'connect' }),
    { kind: 'not-sent', permanent: false, closed: false },
  ],
  [
    networkError('ENOTFOUND', 'getaddrinfo ENOTFOUND', { syscall: 'getaddrinfo' }),
    { kind: 'not-sent', closed: false },
  ],
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
  [
    Object.assign(new Error('403 Forbidden'), { code: 'ERR_PROXY_TUNNEL' }),
    { kind: 'not-sent', closed: false },
  ],
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
      cause: new AggregateError([
        Object.assign(new Error('connect'), { code: 'ECONNREFUSED', syscall: 'connect' }),
      ]),
    }),
    { code: 'ECONNREFUSED', kind: 'not-sent' },
  ],
  [networkError('ECONNABORTED'), { closed: true }],
  [networkError('X', 'a  b\n\tc'), { reason: 'X: a b c' }],
  [networkError('X', 'x'.repeat(400)), { reason: `X: ${'x'.repeat(300)}…` }],
  [
    new Error('plain'),
    { kind: 'broken', code: 'UNKNOWN', reason: 'UNKNOWN: plain', permanent: false, closed: false },
  ],
  [new TypeError('outer', { cause: 'text' }), { code: 'UNKNOWN', reason: 'UNKNOWN: outer' }],
  [new TypeError('outer', { cause: new AggregateError([]) }), { code: 'UNKNOWN' }],
  [new TypeError('terminated', { cause: networkError('UND_ERR_SOCKET') }), { kind: 'broken', closed: true }],
];

test.each(
  connectionErrors.map(([error, expected]) => {
    const { message } = error.cause instanceof Error ? error.cause : error;
    return { error, message: message.slice(0, 50), expected };
  }),
)('readConnectionError reads "$message" as $expected', ({ error, expected }) => {
  expect(readConnectionError(error, [])).toMatchObject(expected);
});

test('readConnectionError reads any thrown value', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      expect(typeof readConnectionError(thrown, []).reason).toBe('string');
    }),
  );
});
