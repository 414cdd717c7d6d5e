import { inspect } from 'node:util';
import {
  advance,
  FakeSts,
  freeze,
  holdTime,
  releaseTime,
  roleArn,
  settle,
  stateOf,
} from './fake-sts.testing.ts';
import {
  type AssumedRoleOptions,
  AssumeRoleDenied,
  CredentialsUnavailable,
  createAssumedRole,
} from './index.ts';

const MINUTE = 60_000;

beforeEach(holdTime);
afterEach(() => {
  // Whatever a test did: nothing waits in the background.
  expect(jest.getTimerCount()).toBe(0);
  releaseTime();
});

function setUp(options: Partial<AssumedRoleOptions> = {}) {
  const sts = new FakeSts();
  const warnings: { message: string; details: Readonly<Record<string, unknown>> }[] = [];
  const role = createAssumedRole({
    roleArn,
    sessionName: 'caller',
    client: sts.client,
    logger: { warn: (message, details) => void warnings.push({ message, details }) },
    ...options,
  });
  /** Credentials that were fetched, and that have this long to live. */
  const ageTo = async (leftMs: number): Promise<void> => {
    await role();
    await advance(60 * MINUTE - leftMs);
  };
  const key = async (): Promise<string> => (await role()).accessKeyId.slice(-1);
  return { sts, role, warnings, ageTo, key };
}

describe('one STS call', () => {
  test('serves any number of concurrent users, and later ones until shortly before expiry', async () => {
    const { sts, role, key } = setUp();
    const all = await Promise.all(Array.from({ length: 50 }, () => role.getCredentials()));
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    await advance(54 * MINUTE - 1);
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(1);
  });

  test('carries what the options say', async () => {
    const { sts, role } = setUp({
      durationSeconds: 900,
      externalId: 'external-id',
      policy: { Version: '2012-10-17', Statement: [] },
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      tags: { team: 'a b' },
      transitiveTagKeys: ['team'],
      sourceIdentity: 'alice',
    });
    await role();
    expect(sts.last.input).toEqual({
      RoleArn: roleArn,
      RoleSessionName: 'caller',
      DurationSeconds: 900,
      ExternalId: 'external-id',
      Policy: '{"Version":"2012-10-17","Statement":[]}',
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
      Tags: [{ Key: 'team', Value: 'a b' }],
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'alice',
    });
  });
});

describe('before expiry', () => {
  test('five minutes before, nobody waits: the old ones serve while one refresh is under way', async () => {
    const { sts, ageTo, key } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = undefined;
    expect(await Promise.all([key(), key(), key()])).toEqual(['1', '1', '1']);
    expect(sts.requests).toHaveLength(2);
    sts.last.succeed();
    await settle();
    expect(await key()).toBe('2');
    expect(sts.requests).toHaveLength(2);
  });

  test('the moment is moved forward at random by up to a fifth', async () => {
    for (const [chance, leftMinutes, requests] of [
      [0, 5.1, 1],
      [0, 4.9, 2],
      [0.999, 6.1, 1],
      [0.999, 5.9, 2],
    ] as const) {
      const { sts, ageTo, key } = setUp();
      jest.mocked(Math.random).mockReturnValue(chance);
      await ageTo(leftMinutes * MINUTE);
      await key();
      expect(sts.requests).toHaveLength(requests);
    }
  });

  test('in the last minute, all wait for one shared refresh', async () => {
    const { sts, ageTo, key } = setUp();
    await ageTo(MINUTE - 1);
    sts.auto = undefined;
    const users = [key(), key(), key()];
    expect(await stateOf(Promise.race(users))).toBe('pending');
    sts.last.succeed();
    expect(await Promise.all(users)).toEqual(['2', '2', '2']);
    expect(sts.requests).toHaveLength(2);
  });

  test('a refresh that was begun early is the one that is waited for later', async () => {
    const { sts, ageTo, key } = setUp({ attemptTimeoutMs: 60_000 });
    await ageTo(MINUTE + 1_000);
    sts.auto = undefined;
    expect(await key()).toBe('1');
    await advance(2_000);
    const waiting = key();
    await settle();
    expect(sts.requests).toHaveLength(2);
    sts.last.succeed();
    expect(await waiting).toBe('2');
  });

  test('with unusually short lifetimes, the windows shrink: one STS call a lifetime', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.succeed(30);
    for (let second = 0; second < 300; second += 1) {
      expect((await role()).expiration.getTime()).toBeGreaterThan(Date.now());
      await advance(1_000);
    }
    expect(sts.requests.length).toBeLessThanOrEqual(300 / (30 - 12) + 1);
  });

  test('a slow clock does not make expired credentials look valid', async () => {
    const { sts, key } = setUp();
    // STS's clock is 20 minutes ahead of the local one.
    sts.auto = (request) => request.succeed(3600 + 20 * 60);
    await key();
    await advance(60 * MINUTE);
    expect(await key()).toBe('2');
  });
});

test('a clock that is more than an hour fast causes one STS call a lifetime, not one a use', async () => {
  const { sts, key } = setUp();
  sts.auto = (request) => request.succeed(3600 - 70 * 60);
  for (let use = 0; use < 20; use += 1) {
    expect(await key()).toBe('1');
    await advance(MINUTE);
  }
  expect(sts.requests).toHaveLength(1);
  await advance(40 * MINUTE);
  expect(await key()).toBe('2');
});

test('credentials of a clock that was fast and is then set right are not used', async () => {
  const { sts, key } = setUp();
  sts.auto = (request) => request.succeed(3600 - 70 * 60);
  await key();
  freeze(-70 * MINUTE);
  sts.auto = (request) => request.succeed();
  expect(await key()).toBe('2');
});

describe('the time that an invocation has', () => {
  test('is used in full by an invocation that joins a refresh that was begun earlier with less time', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail('Throttling', 'Rate exceeded');
    const prefetched = role.prefetch();
    await advance(200);
    const credentials = role.beginInvocation(20_000).role();
    await advance(12_000);
    sts.auto = (request) => request.succeed();
    await advance(2_000);
    await prefetched;
    expect(await stateOf(credentials)).toBe('resolved');
  });

  test('is 10 seconds outside of invocations', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail('Throttling', 'Rate exceeded');
    const credentials = role();
    const error = credentials.catch((reason: unknown) => reason);
    await advance(8_000);
    expect(await stateOf(credentials)).toBe('pending');
    await advance(2_000);
    expect(await stateOf(credentials)).toBe('rejected');
    expect(await error).toMatchObject({ reasonCode: 'Throttling' });
  });

  test('is 10 seconds, too, where an invocation that never told its end is over', async () => {
    const { sts, role, key } = setUp();
    role.beginInvocation(1_000);
    freeze(2_000);
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(1);
  });

  test('may be none: STS is not asked then', async () => {
    const { sts, role } = setUp();
    const credentials = role.beginInvocation(0).role();
    const error = credentials.catch((reason: unknown) => reason);
    await advance(1);
    expect(await error).toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'Timeout', attempts: 0 });
    expect(sts.requests).toHaveLength(0);
  });

  test('bounds its own wait, also where a later invocation that shares the refresh has more', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail('Throttling', 'Rate exceeded');
    const short = role.beginInvocation(1_000).role();
    const long = role.beginInvocation(20_000).role();
    const error = short.catch((reason: unknown) => reason);
    await advance(1_000);
    expect(await stateOf(short)).toBe('rejected');
    expect(String(await error)).toMatch(/after [3-9] attempts: Throttling: Rate exceeded/);
    expect(await stateOf(long)).toBe('pending');
    sts.auto = (request) => request.succeed();
    await advance(2_000);
    expect(await stateOf(long)).toBe('resolved');
  });

  test('is that of the running invocation for a view that an earlier one made', async () => {
    const { sts, role } = setUp();
    const first = role.beginInvocation(3_000);
    await first.role();
    await first.end({ finish: true });
    freeze(61 * MINUTE);
    const second = role.beginInvocation(3_000);
    const third = role.beginInvocation(1_000);
    expect((await first.role()).accessKeyId).toMatch(/2$/);
    role.invalidate();
    sts.auto = undefined;
    const late = first.role();
    const error = late.catch((reason: unknown) => reason);
    await advance(2_999);
    expect(await stateOf(late)).toBe('pending');
    await advance(1);
    expect(await stateOf(late)).toBe('rejected');
    expect(await error).toMatchObject({ code: 'CredentialsUnavailable' });
    await third.end({ finish: false });
    await second.end({ finish: false });
    // Outside of any invocation it works, too.
    sts.auto = (request) => request.succeed();
    expect((await first.role()).accessKeyId).toMatch(/4$/);
  });
});

describe('while STS fails', () => {
  test.each([
    ['Throttling', 400, undefined],
    ['InternalFailure', 500, undefined],
    ['ServiceUnavailable', 503, undefined],
    ['Error', undefined, 'ECONNRESET'],
    ['Error', undefined, 'EAI_AGAIN'],
    ['Error', undefined, 'ENETDOWN'],
    ['Error', undefined, 'ENOBUFS'],
    ['Error', undefined, 'ERR_SOCKET_CONNECTION_TIMEOUT'],
  ])('%s (%s %s) is tried again with jittered pauses', async (name, status, code) => {
    const { sts, role } = setUp();
    sts.auto = (request) => {
      if (sts.requests.length < 4)
        request.fail(name, 'not now', { ...(status && { status }), ...(code && { code }) });
      else request.succeed();
    };
    const credentials = role();
    await settle();
    for (const pause of [50, 100, 200]) {
      const made = sts.requests.length;
      await advance(pause - 1);
      expect(sts.requests).toHaveLength(made);
      await advance(1);
      expect(sts.requests).toHaveLength(made + 1);
    }
    expect((await credentials).accessKeyId).toMatch(/4$/);
  });

  test('only as long as the invocation lasts; the error says what happened', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail('Throttling', 'Rate exceeded');
    const { role: view } = role.beginInvocation(1_000);
    const refused = view.getCredentials().catch((error: unknown) => error);
    await advance(1_000);
    const error = await refused;
    expect(error).toBeInstanceOf(CredentialsUnavailable);
    expect(error).toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'Throttling', roleArn });
    expect(String(error)).toMatch(/No credentials of arn:.* after \d attempts: Throttling: Rate exceeded/);
  });

  test.each([
    ['ExpiredToken', "Check the function's own credentials"],
    ['InvalidClientTokenId', "Check the function's own credentials"],
    ['CredentialsProviderError', "Check the function's own credentials"],
    ['SignatureDoesNotMatch', "Check the function's own credentials"],
    ['RegionDisabledException', 'Activate STS for this region, or use another'],
    ['MalformedPolicyDocument', 'Correct or shorten policy, policyArns and tags'],
    ['PackedPolicyTooLarge', 'Correct or shorten policy, policyArns and tags'],
    ['ValidationError', 'Correct what STS says, and deploy again'],
    ['RequestExpired', "Set the machine's clock"],
    ['Throttling', 'No time was left. Invoke again, or give the function a longer timeout'],
  ])('%s is told with a remedy', async (name, remedy) => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail(name, 'STS says so');
    const error = role().catch((reason: unknown) => reason);
    await advance(10_000);
    const reasonCode = name.replace('Exception', '');
    expect(await error).toMatchObject({ reasonCode, requestId: `request-${sts.requests.length}` });
    expect(String(await error)).toContain(`${reasonCode}: STS says so (STS request ID: `);
    expect(String(await error)).toContain(`). ${remedy}`);
  });

  test('a request without an answer is given up and made again', async () => {
    const { sts, role } = setUp({ attemptTimeoutMs: 1_000 });
    sts.auto = undefined;
    const credentials = role();
    await advance(1_000);
    expect(sts.requests[0]?.signal.aborted).toBe(true);
    await advance(1_000);
    expect(sts.requests).toHaveLength(2);
    sts.last.succeed();
    expect((await credentials).accessKeyId).toMatch(/2$/);
  });

  test('a skewed clock, which the SDK has corrected by then, is worth one more try and no more', async () => {
    const { sts, role } = setUp();
    const message = 'Signature expired: 20261124T110000Z is now earlier than 20261124T115500Z';
    sts.auto = (request) =>
      sts.requests.length === 1 ? request.fail('SignatureDoesNotMatch', message) : request.succeed();
    const credentials = role();
    await advance(1);
    expect((await credentials).accessKeyId).toMatch(/2$/);
    role.invalidate();
    sts.auto = (request) => request.fail('SignatureDoesNotMatch', message);
    const error = role().catch((reason: unknown) => reason);
    await advance(1);
    expect(await error).toBeInstanceOf(CredentialsUnavailable);
    expect(String(await error)).toMatch(
      /after 2 attempts: SignatureDoesNotMatch: .*Set the machine's clock\.$/,
    );
    expect(sts.requests).toHaveLength(4);
  });

  test('valid old credentials are used, a warning is logged, and STS is not pestered', async () => {
    const { sts, warnings, ageTo, key } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = (request) => request.fail('ValidationError', 'no');
    for (let second = 0; second < 60; second += 1) {
      expect(await key()).toBe('1');
      await advance(1_000);
    }
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings[0]).toEqual({
      message: 'Refreshing role credentials failed. The old ones are still valid',
      details: expect.objectContaining({
        roleArn,
        errorCode: 'CredentialsUnavailable',
        validForSeconds: 240,
      }),
    });
    expect(sts.requests.length).toBeLessThanOrEqual(8);
    sts.auto = (request) => request.succeed();
    await advance(30_000);
    await key();
    await settle();
    expect(await key()).not.toBe('1');
  });

  test('in the last minute the old ones are used after one time-out; when they have expired, it is an error', async () => {
    const { sts, ageTo, role, key } = setUp({ attemptTimeoutMs: 2_000 });
    await ageTo(30_000);
    sts.auto = undefined;
    const first = key();
    await advance(2_000);
    expect(await first).toBe('1');
    // While STS still does not answer, nobody waits for it a second time.
    expect(await key()).toBe('1');
    await advance(30_000);
    sts.auto = (request) => request.fail('AccessDenied', 'no');
    const late = role().catch((error: unknown) => error);
    await advance(20_000);
    expect(await late).toBeInstanceOf(Error);
  });
});

describe('in the last minute, while STS does not answer', () => {
  test('or refuses, it is asked once, and the old ones are used', async () => {
    const { sts, ageTo, key } = setUp();
    await ageTo(30_000);
    sts.auto = (request) => request.fail('AccessDenied', 'no');
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(2);
  });

  test('or throttles, nobody waits for a second try, which is made all the same', async () => {
    const { sts, ageTo, key } = setUp();
    await ageTo(30_000);
    sts.auto = (request) => request.fail('Throttling');
    expect(await key()).toBe('1');
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(2);
    sts.auto = (request) => request.succeed();
    await advance(100);
    expect(await key()).toBe('3');
  });

  test('an invocation with less time gets the old ones before its time is up', async () => {
    const { sts, role, ageTo } = setUp();
    await ageTo(30_000);
    sts.auto = undefined;
    const invocation = role.beginInvocation(1_000);
    const credentials = invocation.role();
    await advance(999);
    expect(await stateOf(credentials)).toBe('pending');
    await advance(1);
    expect((await credentials).accessKeyId).toMatch(/1$/);
    await invocation.end({ finish: false });
  });

  test('credentials that were rejected meanwhile are not what is fallen back on', async () => {
    const { sts, role, ageTo } = setUp({ attemptTimeoutMs: 2_000 });
    await ageTo(30_000);
    sts.auto = undefined;
    const credentials = role();
    await settle();
    role.invalidate();
    await advance(2_500);
    expect(await stateOf(credentials)).toBe('pending');
    sts.last.succeed();
    expect((await credentials).accessKeyId).toMatch(/3$/);
  });

  test('credentials that expired meanwhile are not what is fallen back on', async () => {
    const { sts, role, ageTo } = setUp({ attemptTimeoutMs: 2_000 });
    await ageTo(1_000);
    sts.auto = undefined;
    const credentials = role();
    await advance(2_500);
    expect(await stateOf(credentials)).toBe('pending');
    sts.last.succeed();
    expect((await credentials).accessKeyId).toMatch(/3$/);
  });
});

test('without a logger, a warning is one line of JSON on the console', async () => {
  const warn = jest.spyOn(console, 'warn').mockReturnValue();
  const { sts, ageTo, key } = setUp({ logger: undefined as never });
  await ageTo(4 * MINUTE);
  sts.auto = (request) => request.fail('ValidationError', 'no');
  await key();
  await settle();
  const lines = warn.mock.calls.map(([line]) => JSON.parse(line));
  expect(lines).toEqual([
    expect.objectContaining({ level: 'WARN', message: expect.stringContaining('failed'), roleArn }),
  ]);
});

test('a logger that throws does no harm', async () => {
  const logger = {
    warn: () => {
      throw new Error('no log today');
    },
  };
  const { sts, ageTo, key } = setUp({ logger });
  await ageTo(30_000);
  sts.auto = (request) => request.fail('ValidationError', 'no');
  expect(await key()).toBe('1');
});

describe('a denied AssumeRole', () => {
  const message = `User: arn:aws:sts::222222222222:assumed-role/caller-dev/caller is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;

  test('is not tried again, and its error names role, caller and the three places to look', async () => {
    const { sts, role } = setUp({ externalId: 'very-private' });
    sts.auto = (request) => request.fail('AccessDenied', message, { status: 403 });
    const error = await role().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AssumeRoleDenied);
    expect(error).toMatchObject({
      name: 'AssumeRoleDenied',
      code: 'AssumeRoleDenied',
      roleArn,
      caller: 'arn:aws:sts::222222222222:assumed-role/caller-dev/caller',
      requestId: 'request-1',
    });
    expect((error as Error).stack).toMatch(/^AssumeRoleDenied: STS does not let/);
    for (const part of [
      roleArn,
      'assumed-role/caller-dev/caller',
      'trust policy',
      'external ID',
      "caller's own policy",
    ]) {
      expect(String(error)).toContain(part);
    }
    expect(String(error)).not.toContain('very-private');
    expect(sts.requests).toHaveLength(1);
  });

  test('is asked again by the next user: somebody may have corrected the policy', async () => {
    const { sts, role, key } = setUp();
    sts.auto = (request) => request.fail('AccessDenied', message);
    await expect(role()).rejects.toThrow(AssumeRoleDenied);
    sts.auto = (request) => request.succeed();
    expect(await key()).toBe('2');
  });
});

describe('a freeze', () => {
  test('the end of an invocation stops the refresh; the next begins it again and never waits for the old one', async () => {
    const { sts, role, ageTo } = setUp({ finishRefreshMs: 0 });
    await ageTo(4 * MINUTE);
    sts.auto = undefined;
    const first = role.beginInvocation(3_000);
    await first.role();
    await first.end({ finish: true });
    expect(sts.last.signal.aborted).toBe(true);
    freeze(10_000);
    const second = role.beginInvocation(3_000);
    expect((await second.role()).accessKeyId).toMatch(/1$/);
    expect(sts.requests).toHaveLength(3);
    sts.requests[1]?.succeed();
    sts.requests[2]?.succeed();
    await settle();
    expect((await second.role()).accessKeyId).toMatch(/3$/);
  });

  test('the end of an invocation waits a moment for a refresh that is nearly done', async () => {
    const { sts, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = undefined;
    const { role: view, end } = role.beginInvocation(3_000);
    await view();
    const ended = end({ finish: true });
    await advance(100);
    sts.last.succeed();
    await ended;
    expect((await role()).accessKeyId).toMatch(/2$/);
    expect(sts.requests).toHaveLength(2);
  });

  test('but not longer than the invocation has time', async () => {
    const { sts, role } = setUp();
    sts.auto = undefined;
    void role.prefetch();
    const { end } = role.beginInvocation(100);
    const ended = end({ finish: true });
    await advance(99);
    expect(await stateOf(ended)).toBe('pending');
    await advance(1);
    expect(await stateOf(ended)).toBe('resolved');
  });

  test('and only the last of several that run waits', async () => {
    const { sts, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = undefined;
    const first = role.beginInvocation(3_000);
    const second = role.beginInvocation(3_000);
    await first.role();
    expect(await stateOf(first.end({ finish: true }))).toBe('resolved');
    expect(sts.last.signal.aborted).toBe(false);
    const ended = second.end({ finish: true });
    // One that begins during the wait continues with the same refresh.
    const third = role.beginInvocation(3_000);
    await advance(250);
    expect(await stateOf(ended)).toBe('resolved');
    expect(sts.last.signal.aborted).toBe(false);
    sts.last.succeed();
    await settle();
    expect((await third.role()).accessKeyId).toMatch(/2$/);
    expect(sts.requests).toHaveLength(2);
  });

  test.each(['a request', 'a pause'])('leaves no timer behind, also if it stops %s', async (what) => {
    const { sts, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    sts.honoursAbort = false;
    sts.auto = what === 'a pause' ? (request) => request.fail('Throttling') : undefined;
    const { role: view, end } = role.beginInvocation(3_000);
    await view();
    await settle();
    expect(jest.getTimerCount()).toBe(1);
    await end({ finish: false });
    await settle();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('that stops each refresh does not cause one STS call an invocation', async () => {
    const { sts, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = undefined;
    for (let second = 0; second < 60; second += 1) {
      const { role: view, end } = role.beginInvocation(3_000);
      expect((await view()).accessKeyId).toMatch(/1$/);
      await end({ finish: false });
      freeze(1_000);
    }
    // At once, then after 1, 2, 4, 8, 16 and 30 seconds.
    expect(sts.requests.length - 1).toBe(7);
  });

  test('but no longer than it is told to, and not at all after an error', async () => {
    const { sts, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = undefined;
    const first = role.beginInvocation(3_000);
    await first.role();
    const ended = first.end({ finish: true });
    expect(await stateOf(ended)).toBe('pending');
    await advance(250);
    expect(await stateOf(ended)).toBe('resolved');
    const second = role.beginInvocation(3_000);
    await second.role();
    await second.end({ finish: false });
    expect(sts.last.signal.aborted).toBe(true);
  });

  test('is noticed without begin and end, too: what is overdue was frozen', async () => {
    const { sts, role, key } = setUp();
    sts.auto = undefined;
    const before = role();
    await settle();
    freeze(60 * MINUTE);
    const after = key();
    await settle();
    expect(sts.requests).toHaveLength(2);
    expect(sts.requests[0]?.signal.aborted).toBe(true);
    // The old one, which has ended by now, does not make room for a third.
    const later = key();
    await settle();
    expect(sts.requests).toHaveLength(2);
    sts.requests[0]?.succeed();
    sts.requests[1]?.succeed();
    expect(await after).toBe('2');
    expect(await later).toBe('2');
    expect((await before).accessKeyId).toMatch(/2$/);
  });

  test('that delays an answer until the credentials in it have expired makes STS be asked again', async () => {
    const { sts, key } = setUp();
    sts.auto = undefined;
    const user = key();
    await settle();
    freeze(61 * MINUTE);
    sts.last.succeed(-MINUTE / 1_000);
    await settle();
    expect(sts.requests).toHaveLength(2);
    sts.last.succeed();
    expect(await user).toBe('2');
  });

  test('is noticed, too, if the late time-out is the first thing that happens after it', async () => {
    const { sts, warnings, role, ageTo, key } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = undefined;
    await role();
    freeze(60_000);
    await advance(3_000);
    // The request was given up, but not by a fault of STS.
    expect(sts.last.signal.aborted).toBe(true);
    expect(sts.requests).toHaveLength(2);
    expect(warnings).toEqual([]);
    sts.auto = (request) => request.succeed();
    await role();
    await settle();
    expect(await key()).toBe('3');
  });

  test('is noticed, too, if it began in a pause between two tries', async () => {
    const { sts, warnings, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = (request) => request.fail('Throttling');
    await role();
    await settle();
    expect(sts.requests).toHaveLength(2);
    freeze(60_000);
    await advance(50);
    expect(sts.requests).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  test('invocations that overlap share a refresh', async () => {
    const { sts, role } = setUp();
    sts.auto = undefined;
    const invocations = Array.from({ length: 20 }, () => role.beginInvocation(3_000));
    const all = Promise.all(invocations.map(({ role: view }) => view()));
    await settle();
    expect(sts.requests).toHaveLength(1);
    await invocations[0]?.end({ finish: false });
    expect(sts.last.signal.aborted).toBe(false);
    sts.last.succeed();
    expect(new Set((await all).map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
  });

  test('an invocation that never told its end counts as over when its time is up', async () => {
    const { sts, role } = setUp();
    sts.auto = undefined;
    const lost = role
      .beginInvocation(1_000)
      .role()
      .catch(() => undefined);
    await settle();
    freeze(1_500);
    const { role: view } = role.beginInvocation(1_000);
    const credentials = view();
    await settle();
    expect(sts.requests).toHaveLength(2);
    sts.last.succeed();
    expect((await credentials).accessKeyId).toMatch(/2$/);
    await lost;
  });
});

describe('prefetch', () => {
  test('goes over into the first invocation', async () => {
    const { sts, role } = setUp();
    sts.auto = undefined;
    void role.prefetch();
    const { role: view } = role.beginInvocation(3_000);
    const credentials = view();
    await settle();
    expect(sts.requests).toHaveLength(1);
    sts.last.succeed();
    expect((await credentials).accessKeyId).toMatch(/1$/);
  });

  test('is begun again if the process was frozen between', async () => {
    const { sts, role } = setUp();
    sts.auto = undefined;
    void role.prefetch();
    await settle();
    freeze(20 * MINUTE);
    const credentials = role.beginInvocation(3_000).role();
    await settle();
    expect(sts.requests).toHaveLength(2);
    sts.last.succeed();
    expect((await credentials).accessKeyId).toMatch(/2$/);
  });

  test('of credentials that are there asks STS for nothing', async () => {
    const { sts, role } = setUp();
    await role.prefetch();
    await role.prefetch();
    expect(sts.requests).toHaveLength(1);
  });

  test('does not fail: the invocation tries again', async () => {
    const { sts, role, key } = setUp();
    sts.auto = (request) => request.fail('AccessDenied', 'not yet');
    await expect(role.prefetch()).resolves.toBeUndefined();
    sts.auto = (request) => request.succeed();
    expect(await key()).toBe('2');
  });
});

describe('invalidate', () => {
  test('of the same credentials by many causes one STS call', async () => {
    const { sts, role } = setUp();
    const rejected = await role();
    const renewed = await Promise.all(
      Array.from({ length: 20 }, () => {
        role.invalidate(rejected);
        return role.getCredentials();
      }),
    );
    role.invalidate(rejected);
    expect(new Set([...renewed, await role()].map(({ accessKeyId }) => accessKeyId.slice(-1)))).toEqual(
      new Set(['2']),
    );
    expect(sts.requests).toHaveLength(2);
  });

  test('without an argument drops what is there', async () => {
    const { role, key } = setUp();
    await role();
    role.invalidate();
    expect(await key()).toBe('2');
  });
});

describe('secrets', () => {
  test('are in no error, not even where STS quotes the whole request', async () => {
    const { sts, role } = setUp();
    const quoted =
      "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:TOKEN-OF-THE-FUNCTION\n'";
    sts.auto = (request) => request.fail('SignatureDoesNotMatch', quoted, { status: 403 });
    const error = await role().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CredentialsUnavailable);
    const shown = inspect(error, { depth: 20, showHidden: true });
    expect(shown).toContain('does not match the signature you provided');
    expect(shown).not.toContain('TOKEN-OF-THE-FUNCTION');
    expect(shown).not.toContain('must not be seen');
  });

  test('are not to be seen on the provider', async () => {
    const { role } = setUp();
    await role();
    expect(inspect(role, { depth: 20, showHidden: true })).not.toMatch(/secret-1|token-1/);
  });
});

test.each([undefined, 'AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'])(
  'an answer of STS without complete credentials (no %s) is an error',
  async (missing) => {
    const complete = {
      AccessKeyId: 'ASIAEXAMPLE123456789',
      SecretAccessKey: 's',
      SessionToken: 't',
      Expiration: new Date(Date.now() + 3_600_000),
    };
    const answer = missing === undefined ? {} : { Credentials: { ...complete, [missing]: undefined } };
    const { role } = setUp({ client: { send: async () => answer } as never });
    const error = await role().catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'InvalidResponse' });
    expect(String(error)).toContain('STS sent no complete credentials');
  },
);

test.each([
  [undefined, 'none'],
  ['very-private', 'one'],
])('a denial says whether an external ID was sent (%s: %s), and not which', async (externalId, sent) => {
  const { sts, role } = setUp({ externalId });
  sts.auto = (request) => request.fail('AccessDenied', 'no');
  const error = await role().catch((e: unknown) => e);
  expect(String(error)).toContain(`(this call sent ${sent})`);
  expect(String(error)).not.toContain('very-private');
});
