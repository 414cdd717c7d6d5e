import { advance, freeze, settle, stateOf } from './fake-sts.testing.ts';
import { holdTimeInEachTest, MINUTE, setUp } from './session.testing.ts';

holdTimeInEachTest();

describe('a freeze', () => {
  test('the end of an invocation stops the refresh; the next invocation begins a new one and never waits for the old one', async () => {
    const { sts, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = undefined;
    const first = role.beginInvocation(3_000);
    await first.role();
    const ended = first.end({ finish: true });
    await advance(250);
    await ended;
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

  test('a user who waits when the last invocation ends gets an error, and asks STS no more', async () => {
    const { sts, role } = setUp();
    sts.auto = undefined;
    const { role: view, end } = role.beginInvocation(3_000);
    const waiting = view();
    await settle();
    await end({ finish: false });
    await expect(waiting).rejects.toMatchObject({ code: 'CredentialsUnavailable' });
    expect(sts.requests.map(({ signal }) => signal.aborted)).toEqual([true]);
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

  test('the end of an invocation does not wait for a refresh longer than the invocation has time', async () => {
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

  test('of several running invocations, only the last one waits for the refresh at its end', async () => {
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

  test('the end of an invocation leaves no timer behind, even if the client does not end its request', async () => {
    const { sts, role, ageTo } = setUp();
    await ageTo(4 * MINUTE);
    sts.honoursAbort = false;
    sts.auto = undefined;
    const { role: view, end } = role.beginInvocation(3_000);
    await view();
    expect(jest.getTimerCount()).toBe(1);
    await end({ finish: false });
    await settle();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a freeze during every refresh does not cause an STS call per invocation', async () => {
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

  test('the end of an invocation waits for a refresh for at most 250 ms, and not at all with finish: false', async () => {
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

  test('a freeze is noticed without begin and end, too, because the request to STS is overdue', async () => {
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

  test('STS is asked again if a freeze delays its response until the credentials in it have expired', async () => {
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

  test('a freeze is noticed, too, if a late time-out is the first event after it', async () => {
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

  test('a freeze in a pause between two requests ends the pause: the next user asks STS at once', async () => {
    const { sts, role, key } = setUp();
    sts.auto = (request) => request.fail('Throttling');
    const before = role();
    await settle();
    expect(sts.requests).toHaveLength(1);
    freeze(60_000);
    sts.auto = (request) => request.succeed();
    expect(await key()).toBe('2');
    await advance(50);
    expect((await before).accessKeyId).toMatch(/2$/);
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

  test('an invocation that never called end() counts as over when its time is up', async () => {
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
