import { baseUrl, json, keyed, ok, outcome, SECRET, setUp } from './client.testing.ts';
import { FakeApi, gatewayAnswer, useFakeTime } from './fake-api.testing.ts';
import { createSignedFetch, signedFetch } from './index.ts';

useFakeTime();

/** A logger that keeps its lines. */
function collect() {
  const lines: unknown[] = [];
  const at = (level: string) => (message: string, details: object) =>
    void lines.push({ level, message, ...details });
  return { lines, logger: { info: at('info'), warn: at('warn'), error: at('error') } };
}

describe('a line for each call', () => {
  test('a call that succeeds is logged once, with the number of attempts and the ID of the last request', async () => {
    const { lines, logger } = collect();
    const { client } = setUp([() => gatewayAnswer(502, {}), ok], { logger });
    await outcome(client.json('/messages?secret=1', keyed));
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'called',
        request: `POST ${baseUrl}/messages`,
        status: 200,
        attempts: 2,
        apiRequestId: 'request-200',
        apiExtendedRequestId: 'extended-200=',
      },
    ]);
  });

  test('a call that fails is logged with its code, also if the handler catches the error', async () => {
    const { lines, logger } = collect();
    const { client } = setUp([() => gatewayAnswer(404, { title: 'Not Found', status: 404 })], { logger });
    await outcome(client.fetch('/messages/1'));
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'failed',
        request: `GET ${baseUrl}/messages/1`,
        code: 'ApiError',
        attempts: 1,
        apiRequestId: 'request-404',
        apiExtendedRequestId: 'extended-404=',
      },
    ]);
  });

  test('a response that breaks the schema has failed', async () => {
    const { lines, logger } = collect();
    const { client } = setUp([() => new Response('no JSON')], { logger });
    await outcome(client.json('/messages', json));
    expect(lines).toMatchObject([{ message: 'failed', code: 'InvalidResponse' }]);
  });

  test('an error of the credentials or of an option is not logged: no call was made', async () => {
    const { lines, logger } = collect();
    const credentials = () => Promise.reject(new Error('no credentials'));
    const { client } = setUp([ok], { logger, credentials });
    await outcome(client.fetch('/messages'));
    await outcome(client.fetch('//elsewhere'));
    expect(lines).toEqual([]);
  });

  test('a logger that fails does not make a call fail', async () => {
    const fail = () => {
      throw new Error('the log is full');
    };
    const { client } = setUp([ok], { logger: { info: fail, warn: fail, error: fail } });
    expect(await outcome(client.json('/messages', json))).toMatchObject({ status: 200 });
  });

  test.each([undefined, {}, { warn: () => {} }, 'console'].slice(1))('%j is no logger', (logger) => {
    const options = {
      baseUrl,
      credentials: { accessKeyId: 'ASIAEXAMPLE123456789', secretAccessKey: SECRET },
    };
    expect(() => createSignedFetch({ ...options, logger: logger as never })).toThrow(
      'signedFetch: logger must be an object with the methods info, warn and error',
    );
  });
});

describe('limits that do not fit into the time of the function', () => {
  const credentials = { accessKeyId: 'ASIAEXAMPLE123456789', secretAccessKey: SECRET };
  const invoke = (middleware: ReturnType<typeof signedFetch>, remainingMs: number) => {
    const request = { context: { getRemainingTimeInMillis: () => remainingMs } as never };
    middleware.before(request);
    middleware.after(request);
  };
  const options = { baseUrl, credentials, fetch: new FakeApi(ok).fetch as typeof fetch };

  test('limits that do not fit are a warning, once', () => {
    const { lines, logger } = collect();
    const middleware = signedFetch({ ...options, timeoutMs: 4_000, marginMs: 1_000, logger });
    for (const remainingMs of [5_000, 4_999, 4_000]) invoke(middleware as never, remainingMs);
    expect(lines).toEqual([
      {
        level: 'warn',
        message: expect.stringContaining('Give the function a longer timeout, or lower timeoutMs'),
        timeoutMs: 4_000,
        marginMs: 1_000,
        remainingMs: 4_999,
      },
    ]);
  });

  test('without a logger, the warning goes to the console, as JSON', () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    invoke(signedFetch(options) as never, 6_000);
    expect(warn.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
      { level: 'WARN', timeoutMs: 10_000, marginMs: 500, remainingMs: 6_000 },
    ]);
    warn.mockRestore();
  });
});
