import { advance, freeze, stateOf } from './fake-sts.testing.ts';
import { holdTimeInEachTest, MINUTE, setUp } from './session.testing.ts';

holdTimeInEachTest();

describe('the time that an invocation has', () => {
  test('an invocation uses its time in full if it joins a refresh that was begun with less time', async () => {
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

  test('outside of invocations, STS is tried for 10 seconds', async () => {
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

  test('credentials can be fetched after the time of an invocation that never called end()', async () => {
    const { sts, role, key } = setUp();
    role.beginInvocation(1_000);
    freeze(2_000);
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(1);
  });

  test('an invocation without time does not ask STS', async () => {
    const { sts, role } = setUp();
    const credentials = role.beginInvocation(0).role();
    const error = credentials.catch((reason: unknown) => reason);
    await advance(1);
    expect(await error).toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'Timeout', attempts: 0 });
    expect(sts.requests).toHaveLength(0);
  });

  test('an invocation without time uses the old credentials when a refresh is due, and does not ask STS', async () => {
    const { sts, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    const { role: view, end } = role.beginInvocation(0);
    expect((await view()).accessKeyId).toMatch(/1$/);
    expect(sts.requests).toHaveLength(1);
    await end({ finish: false });
  });

  test('the time of an invocation bounds its own wait, even if a later invocation that shares the refresh has more', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail('Throttling', 'Rate exceeded');
    const short = role.beginInvocation(1_000).role();
    const long = role.beginInvocation(20_000).role();
    const error = short.catch((reason: unknown) => reason);
    await advance(1_000);
    expect(await stateOf(short)).toBe('rejected');
    expect(String(await error)).toMatch(/\(attempts: [3-9]\): Throttling: Rate exceeded/);
    expect(await stateOf(long)).toBe('pending');
    sts.auto = (request) => request.succeed();
    await advance(2_000);
    expect(await stateOf(long)).toBe('resolved');
  });

  test('a view that an earlier invocation made has the time of the running invocations', async () => {
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
    await advance(1_000);
    expect((await first.role()).accessKeyId).toMatch(/4$/);
  });
});
