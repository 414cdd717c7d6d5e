import { advance, freeze, roleArn, settle, stateOf } from './fake-sts.testing.ts';
import { holdTimeInEachTest, MINUTE, setUp } from './session.testing.ts';

holdTimeInEachTest();

describe('one STS call', () => {
  test('one STS call serves any number of concurrent users, and later ones until shortly before expiry', async () => {
    const { sts, role, key } = setUp();
    const all = await Promise.all(Array.from({ length: 50 }, () => role.getCredentials()));
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    await advance(54 * MINUTE - 1);
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(1);
  });

  test('the STS call has the parameters of the options', async () => {
    const { sts, role } = setUp({
      durationSeconds: 900,
      externalId: 'external-id',
      parameters: {
        Policy: '{"Version":"2012-10-17","Statement":[]}',
        PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
        Tags: [{ Key: 'team', Value: 'a b' }],
        TransitiveTagKeys: ['team'],
        SourceIdentity: 'alice',
      },
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
  test('five minutes before expiry, no user waits: the old credentials are used during one refresh', async () => {
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

  test('the refresh begins earlier by a random time of up to a fifth', async () => {
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

  test('in the last minute before expiry, all users wait for one shared refresh', async () => {
    const { sts, ageTo, key } = setUp();
    await ageTo(MINUTE - 1);
    sts.auto = undefined;
    const users = [key(), key(), key()];
    expect(await stateOf(Promise.race(users))).toBe('pending');
    sts.last.succeed();
    expect(await Promise.all(users)).toEqual(['2', '2', '2']);
    expect(sts.requests).toHaveLength(2);
  });

  test('users in the last minute before expiry wait for the refresh that was begun earlier', async () => {
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

  test('credentials with an unusually short lifetime do not cause an STS call per use', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.succeed(30);
    for (let second = 0; second < 300; second += 1) {
      expect((await role()).expiration.getTime()).toBeGreaterThan(Date.now());
      await advance(1_000);
    }
    expect(sts.requests.length).toBeLessThanOrEqual(300 / (30 - 12) + 1);
  });
});

test('a clock that is more than an hour fast causes one STS call per lifetime, not one per use', async () => {
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

describe('prefetch', () => {
  test('a prefetch continues in the first invocation', async () => {
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

  test('a prefetch is begun again if the process was frozen before the invocation', async () => {
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

  test('a prefetch with a shorter time-out, as in the init phase, is late by that: a freeze is noticed sooner', async () => {
    const { sts, role } = setUp({ attemptTimeoutMs: 3_000 });
    sts.auto = undefined;
    void role.prefetch(500);
    await settle();
    freeze(2_000);
    const credentials = role.beginInvocation(3_000).role();
    await settle();
    expect(sts.requests).toHaveLength(2);
    sts.last.succeed();
    expect((await credentials).accessKeyId).toMatch(/2$/);
  });

  test('a prefetch does not ask STS if there are valid credentials', async () => {
    const { sts, role } = setUp();
    await role.prefetch();
    await role.prefetch();
    expect(sts.requests).toHaveLength(1);
  });

  test('a prefetch does not fail, and the invocation tries again', async () => {
    const { sts, role, key } = setUp();
    sts.auto = (request) => request.fail('AccessDenied', 'not yet');
    await expect(role.prefetch()).resolves.toBeUndefined();
    sts.auto = (request) => request.succeed();
    expect(await key()).toBe('2');
  });
});

describe('invalidate', () => {
  test('many users who invalidate the same credentials cause one STS call', async () => {
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

  test('a late rejection of credentials keeps those that replaced them long ago', async () => {
    const { sts, role, key } = setUp();
    const rejected = await role();
    role.invalidate(rejected);
    expect(await key()).toBe('2');
    await advance(MINUTE);
    role.invalidate(rejected);
    expect(await key()).toBe('2');
    expect(sts.requests).toHaveLength(2);
  });

  test('invalidate of credentials that have just replaced rejected ones asks STS once in 10 seconds, however many calls are rejected', async () => {
    const { sts, role } = setUp();
    const rejectAll = async (calls: number) => {
      for (let call = 0; call < calls; call += 1) role.invalidate(await role());
    };
    await rejectAll(200);
    expect(sts.requests.length).toBe(2);
    await advance(9_999);
    await rejectAll(1);
    expect(sts.requests.length).toBe(2);
    await advance(1);
    await rejectAll(200);
    await role();
    expect(sts.requests.length).toBe(3);
  });

  test('invalidate of credentials that replaced rejected ones is not ignored longer if the clock is set back', async () => {
    const { sts, role } = setUp();
    role.invalidate(await role());
    await role();
    // The credentials of the later time count as expired.
    freeze(-60 * MINUTE);
    role.invalidate(await role());
    await role();
    expect(sts.requests.length).toBe(4);
  });

  test('invalidate without an argument drops the current credentials', async () => {
    const { role, key } = setUp();
    await role();
    role.invalidate();
    expect(await key()).toBe('2');
  });
});
