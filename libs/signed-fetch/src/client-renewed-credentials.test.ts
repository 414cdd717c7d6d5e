import { json, numberedSource, ok, outcome, SECRET, setUp, TOKEN } from './client.testing.ts';
import { gatewayAnswer, networkError, useFakeTime } from './fake-api.testing.ts';
import { AccessDenied, SignedFetchError, SignedFetchOptionError } from './index.ts';

useFakeTime();

describe('refused credentials and clocks', () => {
  const expired = () =>
    gatewayAnswer(
      403,
      { message: 'The security token included in the request is expired' },
      { errorType: 'ExpiredTokenException' },
    );
  const unknown = () =>
    gatewayAnswer(
      403,
      { message: 'The security token included in the request is invalid.' },
      { errorType: 'UnrecognizedClientException:http://internal.amazon.com/' },
    );
  const late = () =>
    gatewayAnswer(
      403,
      {
        message:
          'Signature expired: 20261124T120000Z is now earlier than 20261124T123000Z (20261124T123500Z - 5 min.)',
      },
      { errorType: 'InvalidSignatureException', date: 'Tue, 24 Nov 2026 12:35:00 GMT' },
    );

  test.each([
    ['expired', expired],
    ['unknown', unknown],
  ])('%s credentials are renewed once, and the request is sent with the new ones', async (_, reply) => {
    const { api, source, client } = setUp([reply, ok]);
    expect((await client.fetch('/', json)).attempts).toBe(2);
    expect(source.rejected.map(({ accessKeyId }) => accessKeyId)).toEqual(['ASIAEXAMPLE000000001']);
    expect(api.requests[1]?.headers.get('x-amz-security-token')).toBe(`${TOKEN}-2`);
  });

  test('renewed credentials and a corrected clock do not use up attempts', async () => {
    const { client } = setUp([expired, late, () => gatewayAnswer(503, {}), ok], {
      retry: { maxAttempts: 2 },
    });
    expect(await outcome(client.fetch('/'))).toMatchObject({ status: 200, attempts: 4 });
  });

  test('renewed credentials that are refused again cause AccessDenied', async () => {
    const { api, source, client } = setUp([expired]);
    const error = await outcome(client.fetch('/'));
    expect(error).toBeInstanceOf(AccessDenied);
    expect(error).toMatchObject({ errorType: 'ExpiredTokenException' });
    expect(source.rejected).toHaveLength(1);
    expect(api.requests).toHaveLength(2);
  });

  test('a request is not sent again with the credentials that were refused, if the source has no others', async () => {
    const { getCredentials } = numberedSource();
    const invalidate = jest.fn();
    const { api, client } = setUp([unknown], { credentials: { getCredentials, invalidate } });
    const error = await outcome(client.fetch('/'));
    expect(error).toBeInstanceOf(AccessDenied);
    expect(error).toMatchObject({ errorType: 'UnrecognizedClientException' });
    expect(invalidate).toHaveBeenCalledTimes(1);
    expect(api.requests).toHaveLength(1);
  });

  test('a source that cannot renew credentials is not asked again', async () => {
    const { getCredentials } = numberedSource();
    const { api, client } = setUp([expired], { credentials: getCredentials });
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(AccessDenied);
    expect(api.requests).toHaveLength(1);
  });

  test('a skewed clock is corrected once by the server’s date, and the correction is remembered', async () => {
    const { api, client, source } = setUp([late, ok]);
    expect((await client.fetch('/', json)).attempts).toBe(2);
    expect(source.rejected).toEqual([]);
    await client.bind({}).fetch('/');
    expect(api.requests.map(({ headers }) => headers.get('x-amz-date'))).toEqual([
      '20261124T120000Z',
      '20261124T123500Z',
      '20261124T123500Z',
    ]);
  });

  test('a clock that is corrected a second time has the sum of both corrections', async () => {
    const laterStill = () =>
      gatewayAnswer(
        403,
        { message: 'Signature expired: 20261124T123500Z is now earlier than 20261124T123600Z (…)' },
        { errorType: 'InvalidSignatureException', date: 'Tue, 24 Nov 2026 12:41:00 GMT' },
      );
    const { api, client } = setUp([late, ok, laterStill, ok]);
    await client.fetch('/');
    await client.fetch('/');
    expect(api.requests.map(({ headers }) => headers.get('x-amz-date'))).toEqual([
      '20261124T120000Z',
      '20261124T123500Z',
      '20261124T123500Z',
      '20261124T124100Z',
    ]);
  });

  const lost = () =>
    gatewayAnswer(
      403,
      { message: 'Signature not yet current: 20261124T120000Z is still later than 19700101T000000Z (…)' },
      { errorType: 'InvalidSignatureException', date: 'Thu, 01 Jan 1970 00:00:00 GMT' },
    );

  test.each([
    ['refused again', [lost, lost]],
    ['not answered', [lost, networkError('ECONNREFUSED')]],
  ])('a correction that no answer proves is forgotten with its call: %s', async (_what, replies) => {
    const { api, client } = setUp([...replies, ok], { retry: { maxAttempts: 1 } });
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(SignedFetchError);
    expect(await outcome(client.fetch('/'))).toMatchObject({ status: 200 });
    expect(api.requests[1]?.headers.get('x-amz-date')).toBe('19700101T000000Z');
    const [, , next] = api.requests;
    expect(next?.headers.get('x-amz-date')).toBe(
      new Date(next?.at ?? 0).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
    );
  });

  test.each([404, 500])(
    'an error of the API, such as %d, proves a correction: the signature was accepted',
    async (status) => {
      const { api, client } = setUp([late, () => gatewayAnswer(status, {}), ok], {
        retry: { maxAttempts: 1 },
      });
      expect(await outcome(client.fetch('/'), 0)).toMatchObject({ status });
      await client.fetch('/');
      expect(api.requests[2]?.headers.get('x-amz-date')).toBe('20261124T123500Z');
    },
  );

  test('a correction of one call does not move the clock of another that has corrected it, too', async () => {
    const { api, client } = setUp([late, late, ok]);
    await Promise.all([client.fetch('/a'), client.fetch('/b')]);
    await client.fetch('/c');
    const dates = api.requests.map(({ headers }) => headers.get('x-amz-date'));
    expect(dates.slice(2)).toEqual(['20261124T123500Z', '20261124T123500Z', '20261124T123500Z']);
  });

  test('a date in Retry-After is read by the server’s clock', async () => {
    const inTenSeconds = 'Tue, 24 Nov 2026 12:35:10 GMT';
    const { api, client } = setUp([late, () => gatewayAnswer(503, {}, { 'retry-after': inTenSeconds }), ok]);
    expect(await outcome(client.fetch('/'))).toMatchObject({ status: 200 });
    expect(api.requests[2]?.headers.get('x-amz-date')).toBe('20261124T123510Z');
  });

  /** An answer that arrives 20 seconds after its request. */
  const slow = (reply: Response) => () => {
    jest.setSystemTime(Date.now() + 20_000);
    return reply;
  };

  test.each<[string, Response, sentAgain: string]>([
    [
      'the date of a refused signature',
      gatewayAnswer(
        403,
        { message: 'Signature expired: 20261124T120000Z is now earlier than 20261124T123020Z (…)' },
        { errorType: 'InvalidSignatureException', date: 'Tue, 24 Nov 2026 12:35:20 GMT' },
      ),
      '20261124T123520Z',
    ],
    [
      'a date in Retry-After',
      gatewayAnswer(503, {}, { 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' }),
      '20261124T120030Z',
    ],
  ])('the time that an answer took does not count as a wrong clock: %s', async (_what, reply, sentAgain) => {
    const { api, client } = setUp([slow(reply), ok]);
    expect(await outcome(client.fetch('/'))).toMatchObject({ status: 200 });
    expect(api.requests[1]?.headers.get('x-amz-date')).toBe(sentAgain);
  });

  test('a corrected clock that is refused again causes AccessDenied', async () => {
    const { api, client } = setUp([late]);
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(AccessDenied);
    expect(api.requests).toHaveLength(2);
  });

  test('a signature that is wrong for another reason causes AccessDenied at once', async () => {
    const { api, client } = setUp([
      gatewayAnswer(
        403,
        { message: 'The request signature we calculated does not match' },
        { errorType: 'InvalidSignatureException', date: 'Tue, 24 Nov 2026 12:35:00 GMT' },
      ),
    ]);
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(AccessDenied);
    expect(api.requests).toHaveLength(1);
  });

  test('credentials that cannot be signed with are refused, and not shown', async () => {
    const { client } = setUp([ok], {
      credentials: async () => ({ accessKeyId: 'x', secretAccessKey: SECRET }),
    });
    await expect(client.fetch('/')).rejects.toThrow(SignedFetchOptionError);
    await expect(client.fetch('/')).rejects.not.toThrow(SECRET);
  });

  test('an error of the source of credentials is not changed', async () => {
    const failure = new Error('no credentials');
    const { client } = setUp([ok], { credentials: () => Promise.reject(failure) });
    await expect(client.fetch('/')).rejects.toBe(failure);
  });
});
