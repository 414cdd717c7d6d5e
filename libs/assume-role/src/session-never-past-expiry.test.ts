import { advance, freeze, settle, stateOf } from './fake-sts.testing.ts';
import { holdTimeInEachTest, MINUTE, setUp } from './session.testing.ts';

holdTimeInEachTest();

test('a slow clock does not make expired credentials look valid', async () => {
  const { sts, key } = setUp();
  // STS's clock is 20 minutes ahead of the local one.
  sts.auto = (request) => request.succeed(3600 + 20 * 60);
  await key();
  await advance(60 * MINUTE);
  expect(await key()).toBe('2');
});

test('credentials that were fetched while the clock was fast are not used after the clock is set right', async () => {
  const { sts, key } = setUp();
  sts.auto = (request) => request.succeed(3600 - 70 * 60);
  await key();
  freeze(-70 * MINUTE);
  sts.auto = (request) => request.succeed();
  expect(await key()).toBe('2');
});

describe('in the last minute, while STS does not answer', () => {
  test('in the last minute before expiry, an STS that refuses is asked once, and the old credentials are used', async () => {
    const { sts, ageTo, key } = setUp();
    await ageTo(30_000);
    sts.auto = (request) => request.fail('AccessDenied', 'no');
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(2);
  });

  test('in the last minute before expiry, no user waits for the second request to an STS that throttles', async () => {
    const { sts, ageTo, key } = setUp();
    await ageTo(30_000);
    sts.auto = (request) => request.fail('Throttling');
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(2);
    sts.auto = undefined;
    expect(await key()).toBe('1');
    expect(sts.requests).toHaveLength(3);
    sts.last.succeed();
    await settle();
    expect(await key()).toBe('3');
  });

  test('in the last minute before expiry, an invocation gets the old credentials when its time for STS is up', async () => {
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

  test('credentials that were rejected during a refresh are not used again', async () => {
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

  test('credentials that expired during a refresh are not used again', async () => {
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
