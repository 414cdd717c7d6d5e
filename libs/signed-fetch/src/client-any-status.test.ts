import { baseUrl, keyed, ok, outcome, setUp, TOKEN } from './client.testing.ts';
import { gatewayAnswer, networkError, useFakeTime } from './fake-api.testing.ts';
import { type CallLogger, SignedFetchOptionError } from './index.ts';

useFakeTime();

const anyStatus = { anyStatus: true };
const status = (answer: unknown) => (answer as { status?: number }).status;

describe('a call with anyStatus', () => {
  test.each([300, 400, 403, 404, 409, 422])(
    'returns an answer with status %d and its whole body',
    async (code) => {
      const { client } = setUp([gatewayAnswer(code, { message: 'no' })]);
      const answer = await client.fetch('/a', anyStatus);
      expect(answer).toMatchObject({ status: code, attempts: 1, requestId: `request-${code}` });
      expect(JSON.parse(answer.text())).toEqual({ message: 'no' });
    },
  );

  test('is repeated all the same, and returns the success', async () => {
    const { api, client } = setUp([gatewayAnswer(503, ''), gatewayAnswer(429, ''), ok()]);
    const answer = await outcome(client.fetch('/a', anyStatus));
    expect(answer).toMatchObject({ status: 200, attempts: 3 });
    expect(api.requests).toHaveLength(3);
  });

  test('returns the last answer when it may not be repeated any more', async () => {
    const { client } = setUp([gatewayAnswer(500, ''), gatewayAnswer(503, 'last')]);
    const answer = await outcome(client.fetch('/a', anyStatus));
    expect(answer).toMatchObject({ status: 503, attempts: 4 });
  });

  test('renews credentials that the API refuses', async () => {
    const expired = gatewayAnswer(403, { message: 'expired' }, { errorType: 'ExpiredTokenException' });
    const { source, client } = setUp([expired, ok()]);
    expect(status(await outcome(client.fetch('/a', anyStatus)))).toBe(200);
    expect(source.rejected).toHaveLength(1);
  });

  test('ends within the time of the invocation with the answer that it has', async () => {
    const { client } = setUp([gatewayAnswer(503, '')], { retry: { baseDelayMs: 60_000 } });
    const end = Date.now() + 3_000;
    const api = client.bind({ remainingTimeInMillis: () => end - Date.now() });
    expect(status(await outcome(api.fetch('/a', anyStatus), 3_000))).toBe(503);
  });

  test('throws if its last attempt has no answer, or an answer that is too large', async () => {
    const broken = setUp([gatewayAnswer(503, ''), networkError('ECONNRESET')]);
    expect(await outcome(broken.client.fetch('/a', { ...keyed, ...anyStatus }))).toMatchObject({
      code: 'ConnectionFailed',
    });
    const large = setUp([gatewayAnswer(500, 'x'.repeat(20))], { maxResponseBytes: 10 });
    expect(await outcome(large.client.fetch('/a', anyStatus))).toMatchObject({ code: 'ResponseTooLarge' });
  });

  test('is logged as a failure from 400 on', async () => {
    const lines: unknown[] = [];
    const log = (level: string) => (message: string, details: unknown) =>
      lines.push([level, message, details]);
    const logger: CallLogger = { info: log('info'), warn: log('warn'), error: log('error') };
    const { client } = setUp([gatewayAnswer(303, ''), gatewayAnswer(404, '')], { logger });
    await client.fetch('/a', anyStatus);
    await client.fetch('/a', anyStatus);
    const of = (code: number) => ({
      request: `GET ${baseUrl}/a`,
      status: code,
      apiRequestId: `request-${code}`,
    });
    expect(lines).toEqual([
      ['info', 'called', expect.objectContaining(of(303))],
      ['error', 'failed', expect.objectContaining(of(404))],
    ]);
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
  });
});

test('anyStatus is an option of fetch alone, and true or false', async () => {
  const { api, client } = setUp([ok()]);
  await expect(client.fetch('/a', { anyStatus: 1 as never })).rejects.toBeInstanceOf(SignedFetchOptionError);
  await expect(client.json('/a', anyStatus as object)).rejects.toThrow('anyStatus');
  expect(api.requests).toEqual([]);
});
