import { json, ok, outcome, setUp } from './client.testing.ts';
import { advance, gatewayAnswer, type Reply, settle, useFakeTime } from './fake-api.testing.ts';
import { DeadlineExceeded, RequestTimeout, type SignedFetchOptions, Throttled } from './index.ts';

useFakeTime();

// Fake timers know no longest delay: Node's fire at once after 2³¹ ms, which are 24.8 days.
test.each([2 ** 31, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
  'with %d ms left, a call waits for credentials that take their time',
  async (ms) => {
    jest.useRealTimers();
    const { client } = setUp([ok], {
      credentials: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { accessKeyId: 'ASIAEXAMPLE000000001', secretAccessKey: 'secret' };
      },
    });
    const bound = client.bind({ remainingTimeInMillis: () => ms });
    expect(await bound.fetch('/')).toMatchObject({ status: 200 });
  },
);

describe('the time that is left', () => {
  function inInvocation(
    replies: (Reply | (() => Reply))[],
    remainingMs: number,
    options: Partial<SignedFetchOptions> = {},
  ) {
    const { client, ...rest } = setUp(replies, options);
    const end = Date.now() + remainingMs;
    return { ...rest, end, client: client.bind({ remainingTimeInMillis: () => end - Date.now() }) };
  }

  test('a call ends when only the margin is left, and its error says what was tried and why it failed', async () => {
    const { api, client, end } = inInvocation([gatewayAnswer(503, { message: 'down' }), 'silence'], 3_000);
    let endedAt = 0;
    const call = client.fetch('/x?private=1').catch((error: unknown) => {
      endedAt = Date.now();
      return error;
    });
    await settle();
    await advance(3_000);
    const error = await call;
    expect(error).toBeInstanceOf(DeadlineExceeded);
    expect(endedAt).toBe(end - 500);
    expect(String(error)).toMatch(/2 attempts:/);
    expect(String(error)).toContain('1. answered 503: down (after 0 ms)');
    expect(String(error)).toContain('2. no complete response within 2450 ms');
    expect(String(error)).toContain('Last attempt: no complete response within 2450 ms');
    expect(String(error)).not.toContain('private');
    expect(error).toMatchObject({
      code: 'DeadlineExceeded',
      requestId: 'request-503',
      attempts: [{ status: 503 }, { outcome: 'timed-out' }],
    });
    expect(api.requests[1]?.signal.aborted).toBe(true);
  });

  test('a POST without a key that the remaining time ends is DeadlineExceeded, not a time-out', async () => {
    const { client } = inInvocation(['silence'], 3_000);
    const error = await outcome(client.fetch('/', json));
    expect(error).toMatchObject({ code: 'DeadlineExceeded', attempts: [{ outcome: 'timed-out' }] });
    expect(String(error)).toContain('no complete response within 2500 ms');
  });

  test.each([
    [429, Throttled],
    [503, DeadlineExceeded],
  ])(
    'after status %d, a call does not begin a wait that would end with the remaining time, nor shorten it',
    async (status, errorClass) => {
      const reply = () => gatewayAnswer(status, {}, { 'retry-after': '2' });
      const { api, client } = inInvocation([reply, ok], 2_500);
      await expect(client.fetch('/')).rejects.toThrow(errorClass);
      expect(api.requests).toHaveLength(1);
      expect(jest.getTimerCount()).toBe(0);
      const patient = inInvocation([reply, ok], 2_501);
      expect(await outcome(patient.client.fetch('/'))).toMatchObject({ status: 200 });
    },
  );

  test('a throttled call without time for another attempt says so, and how long the API asks to wait', async () => {
    const { client } = inInvocation([gatewayAnswer(429, {}, { 'retry-after': '2' })], 2_500);
    const error = await outcome(client.fetch('/', json));
    expect(error).toMatchObject({ code: 'Throttled', retryAfterMs: 2_000 });
    expect(String(error)).toContain(
      'begin after 2000 ms: too late for the time that is left.\nCall less often',
    );
  });

  test('an attempt that the end of the invocation cuts asks for a longer timeout of the function, and never for a shorter one of the client', async () => {
    const { client } = inInvocation(['silence'], 2_500);
    const error = String(await outcome(client.fetch('/')));
    expect(error).toContain('Give the function a timeout of more than timeoutMs and marginMs together');
    expect(error).not.toMatch(/lower timeoutMs|Raise timeoutMs/);
  });

  test('a call sends nothing if exactly the margin is left', async () => {
    const { api, client } = inInvocation([ok], 500);
    await expect(client.fetch('/')).rejects.toThrow(
      /no time left, except 500 ms for the handler. Last attempt: none/,
    );
    expect(api.requests).toHaveLength(0);
    const barely = inInvocation([ok], 501);
    expect(await outcome(barely.client.fetch('/'))).toMatchObject({ status: 200 });
  });

  test('the remaining time bounds the wait for credentials', async () => {
    const { client } = inInvocation([ok], 2_000, { credentials: () => new Promise(() => undefined) });
    expect(await outcome(client.fetch('/'), 2_000)).toBeInstanceOf(DeadlineExceeded);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('an attempt has its own time-out', async () => {
    const { api, client } = setUp(['silence'], { timeoutMs: 1_000, retry: { maxAttempts: 2 } });
    const error = await outcome(client.fetch('/'));
    expect(error).toBeInstanceOf(RequestTimeout);
    expect(api.requests).toHaveLength(2);
    expect(String(error)).toMatch(/no complete response within 1000 ms/);
  });
});
