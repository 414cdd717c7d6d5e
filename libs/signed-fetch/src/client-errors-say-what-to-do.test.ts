import { inspect } from 'node:util';
import * as v from 'valibot';
import { baseUrl, json, keyed, ok, outcome, SECRET, setUp, TOKEN } from './client.testing.ts';
import { gatewayAnswer, networkError, useFakeTime } from './fake-api.testing.ts';
import { AccessDenied, ApiError, SignedFetchError, Throttled } from './index.ts';

useFakeTime();

describe('errors', () => {
  test.each<
    [number, unknown, Record<string, string>, new (...args: never[]) => Error, Record<string, unknown>]
  >([
    [
      403,
      {
        Message:
          'User: arn:aws:sts::111111111111:assumed-role/r/s is not authorized to perform: execute-api:Invoke',
      },
      { errorType: 'AccessDeniedException' },
      AccessDenied,
      {
        code: 'AccessDenied',
        errorType: 'AccessDeniedException',
        reason: expect.stringContaining('is not authorized'),
      },
    ],
    [
      403,
      { message: 'Missing Authentication Token' },
      { errorType: 'MissingAuthenticationTokenException' },
      AccessDenied,
      {},
    ],
    [
      422,
      { type: 'about:blank', title: 'Unprocessable', detail: 'foo is missing', status: 422, balance: 3 },
      { 'content-type': 'application/problem+json; charset=utf-8' },
      ApiError,
      {
        code: 'ApiError',
        status: 422,
        problem: expect.objectContaining({ detail: 'foo is missing', balance: 3 }),
      },
    ],
    [
      404,
      '<html>Not\u001b[31m found</html>',
      { 'content-type': 'text/html' },
      ApiError,
      { status: 404, problem: undefined },
    ],
    [301, '', { location: 'https://elsewhere.example.com/' }, ApiError, { status: 301 }],
    [
      429,
      { message: 'Too Many Requests' },
      { errorType: 'TooManyRequestsException' },
      Throttled,
      { code: 'Throttled' },
    ],
  ])(
    'a response with status %d and the body %j is an error that names the call and the request ID',
    async (status, body, headers, type, members) => {
      const { client } = setUp([() => gatewayAnswer(status, body, headers)]);
      const error = await outcome(client.fetch('/x'));
      expect(error).toBeInstanceOf(type);
      expect(error).toBeInstanceOf(SignedFetchError);
      expect(error).toMatchObject({
        requestId: `request-${status}`,
        extendedRequestId: `extended-${status}=`,
        ...members,
      });
      expect(String(error)).toContain(`GET ${baseUrl}/x`);
      expect((error as Error).stack).toMatch(new RegExp(`^${type.name}: GET`));
      expect(String(error)).toContain(`Request ID: request-${status}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them must get into a log
      expect(String(error)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    },
  );
  test('an error shows the start of a body that is too long to be parsed', async () => {
    const { client } = setUp([() => gatewayAnswer(400, { detail: 'a'.repeat(2 ** 18) })]);
    expect(await outcome(client.fetch('/'))).toMatchObject({
      reason: expect.stringMatching(/^\{"detail":"a{189}…$/),
    });
    const short = setUp([() => gatewayAnswer(400, { detail: 'a'.repeat(2 ** 18 - 13) })]);
    expect(await outcome(short.client.fetch('/'))).toMatchObject({ reason: `${'a'.repeat(1_000)}…` });
  });

  test('an error shows the message of a schema on one line', async () => {
    const { client } = setUp([ok()]);
    const schema = v.pipe(
      v.unknown(),
      v.check(() => false, `a\n\u001b[31mb${'c'.repeat(1_100)}`),
    );
    const error = await outcome(client.json('/', { schema }));
    expect(String(error)).toMatch(/not as the schema says \(a \[31mbc{960,1000}…\. The body begins/);
  });

  test.each([400, 403])(
    'an error with status %d has headers and body, which no logger writes',
    async (status) => {
      const body = { code: 'E42', customer: 'Jane Doe' };
      const { client } = setUp([() => gatewayAnswer(status, body, { 'x-trace-of-api': 'trace-7' })]);
      const error = (await outcome(client.fetch('/'))) as ApiError;
      expect(error.body).toEqual(body);
      expect(error.headers.get('x-trace-of-api')).toBe('trace-7');
      expect(error.headers).toBe(error.headers);
      expect(Object.keys(error)).not.toEqual(expect.arrayContaining(['body']));
      expect(Object.keys(error)).not.toEqual(expect.arrayContaining(['headers']));
      expect(JSON.stringify({ ...error })).not.toContain('trace-7');
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('trace-7');
    },
  );

  test.each([
    ['no JSON', undefined],
    ['[1]', [1]],
    [`"${'a'.repeat(2 ** 16 - 2)}"`, 'a'.repeat(2 ** 16 - 2)],
    [`"${'a'.repeat(2 ** 16 - 1)}"`, undefined],
  ])('the body of an error is JSON of up to 64 KiB, or undefined: %.20s', async (text, body) => {
    const { client } = setUp([() => new Response(text, { status: 400 })]);
    expect(((await outcome(client.fetch('/'))) as ApiError).body).toEqual(body);
  });

  test('what an API answers beside its message is neither in the text of an error nor in JSON of it', async () => {
    for (const body of [{ customer: 'Jane' }, { message: 'wrong', customer: 'Jane' }, ['Jane']]) {
      const { client } = setUp([() => gatewayAnswer(409, body)]);
      const error = (await outcome(client.fetch('/'))) as ApiError;
      expect(error.body).toEqual(body);
      expect(`${error.stack}${JSON.stringify(error)}${inspect(error)}`).not.toContain('Jane');
    }
  });

  test('headers and body of an error repeat no secret of the request', async () => {
    const { client } = setUp([
      () => gatewayAnswer(400, { got: SECRET }, { 'x-got': TOKEN, 'x-other': 'kept' }),
    ]);
    const error = (await outcome(client.fetch('/'))) as ApiError;
    expect(error.body).toBeUndefined();
    expect(error.headers.has('x-got')).toBe(false);
    expect(error.headers.get('x-other')).toBe('kept');
  });

  test.each(['"text"', 'null', '1', 'no JSON', ''])(
    'an error has no problem document if the body is %p',
    async (body) => {
      const type = { 'content-type': 'application/problem+json' };
      const { client } = setUp([() => new Response(body, { status: 400, headers: type })]);
      expect(await outcome(client.fetch('/'))).toMatchObject({
        code: 'ApiError',
        problem: undefined,
        reason: body === '' ? 'no reason given' : body,
      });
    },
  );

  test('an error has no problem document if the content type mentions it only in a parameter', async () => {
    const type = { 'content-type': 'text/plain; like=application/problem+json' };
    const { client } = setUp([() => gatewayAnswer(400, { detail: 'x' }, type)]);
    expect(await outcome(client.fetch('/'))).toMatchObject({ problem: undefined, reason: 'x' });
  });

  test.each([
    [{ message: 'one', detail: 'two' }, 'one'],
    [{ message: '', Message: 'two' }, 'two'],
    [{ message: 1, detail: 'three', title: 'four' }, 'three'],
    [{ title: 'four' }, 'four'],
    [{ error: 'invalid_grant', error_description: 'five' }, 'five'],
    [{ error: 'six' }, 'six'],
    [{ error: { message: 'seven' } }, 'seven'],
    [{ errorMessage: 'eight' }, 'eight'],
    [{ customer: 'Jane' }, 'JSON without a message: error.body has it'],
    [[{ customer: 'Jane' }], 'JSON without a message: error.body has it'],
    [{ message: `a\n b\u0007${'c'.repeat(1_100)}` }, `a b ${'c'.repeat(996)}…`],
    [{ message: 'wrong. The Canonical String for this request should have been' }, 'wrong.'],
  ])('an error takes its reason from the body %j', async (body, reason) => {
    const { client } = setUp([() => gatewayAnswer(400, body)]);
    expect(await outcome(client.fetch('/'))).toMatchObject({ reason });
  });

  test.each([
    ['AccessDeniedException', /Check the policies of role, session and API/],
    ['MissingAuthenticationTokenException', /Check baseUrl, method, path/],
    ['ForbiddenException', /Check baseUrl, method, path/],
    ['ExpiredTokenException', /Check where the credentials come from/],
    ['UnrecognizedClientException:http://internal.amazon.com/', /Check where the credentials come from/],
    ['InvalidSignatureException', /Check region, secret key, clock/],
    ['Other', /The API itself decided so/],
  ])('an error says what to do about %s', async (errorType, remedy) => {
    const { client } = setUp([() => gatewayAnswer(403, {}, { errorType })]);
    const error = await outcome(client.fetch('/'));
    expect(error).toMatchObject({ errorType: errorType.split(':', 1)[0] });
    expect(String(error)).toMatch(remedy);
  });

  test.each([
    [
      "Credential should be scoped to correct service: 'lambda'.",
      'InvalidSignatureException',
      /signs for API Gateway \(execute-api\) only/,
    ],
    [
      "Credential should be scoped to a valid region, not 'eu-west-1'.",
      'InvalidSignatureException',
      /Set region to/,
    ],
    // The whole body of an HTTP API that refuses a signature or a policy. It has no error type.
    ['Forbidden', undefined, /An HTTP API answers so if it refuses the policies or the signature/],
    ['Forbidden', 'ForbiddenException', /Check baseUrl, method, path/],
    ['The order is closed', undefined, /The API itself decided so/],
  ])(
    'an error says what to do about 403 with the words %s and the type %s',
    async (message, errorType, remedy) => {
      const { client } = setUp([
        () => gatewayAnswer(403, { message }, errorType === undefined ? {} : { errorType }),
      ]);
      expect(String(await outcome(client.fetch('/')))).toMatch(remedy);
    },
  );

  test.each([
    [301, /Redirects are not followed. Correct baseUrl/],
    [404, /Change the request\.$/m],
    [501, /The API failed. Look into its logs\.\nRequest ID: request-501/],
    [429, /Call less often, or raise the limits/],
  ])('an error says what to do about status %d', async (status, remedy) => {
    const { client } = setUp([() => gatewayAnswer(status, {}, { 'retry-after': '99' })]);
    expect(String(await outcome(client.fetch('/')))).toMatch(remedy);
  });

  test('the error of a time-out says whether the request was repeated or may have been executed', async () => {
    const { client } = setUp(['silence']);
    expect(String(await outcome(client.fetch('/')))).toMatch(
      /The last attempt may have been executed. Raise timeoutMs if the API is slow/,
    );
    expect(String(await outcome(client.fetch('/', json)))).toMatch(
      /not repeated. Give an idempotencyKey.*Raise timeoutMs/,
    );
    const refused = setUp([() => networkError('ECONNREFUSED', 'refused', { syscall: 'connect' })]);
    expect(String(await outcome(refused.client.fetch('/')))).toMatch(
      /Nothing was sent. Check baseUrl and the network/,
    );
  });

  test.each([
    ['failed', () => gatewayAnswer(503, {}), true],
    ['broke', () => networkError('UND_ERR_SOCKET', 'other side closed'), true],
    ['timed out', () => 'silence' as const, true],
    ['was throttled', () => gatewayAnswer(429, {}), false],
  ])(
    'ConnectionFailed says whether the request may have been executed if an earlier attempt %s',
    async (_, earlier, may) => {
      const { client } = setUp([
        earlier,
        () => networkError('ECONNREFUSED', 'refused', { syscall: 'connect' }),
      ]);
      const error = await outcome(client.fetch('/', { ...keyed, timeoutMs: 1_000 }));
      expect(error).toMatchObject({
        code: 'ConnectionFailed',
        reasonCode: 'ECONNREFUSED',
        maybeExecuted: may,
      });
      expect(String(error)).toMatch(may ? /An earlier attempt may have been executed/ : /Nothing was sent/);
    },
  );

  test.each([
    ['PUT', 412, { 'if-match': '"1"' }],
    ['DELETE', 404, {}],
  ])(
    'the error of a %s that is answered %d says whether an earlier attempt may be the reason',
    async (method, status, headers) => {
      const refusal = () => gatewayAnswer(status, { detail: 'as it says' });
      const lost = setUp([() => networkError('UND_ERR_SOCKET', 'other side closed'), refusal]);
      const error = await outcome(lost.client.fetch('/', { method, headers }));
      expect(error).toMatchObject({ code: 'ApiError', status, maybeExecuted: true });
      expect(String(error)).toMatch(/this answer may be its effect: read the resource/);
      for (const before of [[], [() => gatewayAnswer(429, {})]]) {
        const first = await outcome(setUp([...before, refusal]).client.fetch('/', { method, headers }));
        expect(first).toMatchObject({ code: 'ApiError', status, maybeExecuted: false });
        expect(String(first)).toMatch(/Change the request/);
      }
    },
  );

  test('DeadlineExceeded says whether the request may have been executed', async () => {
    const deadline = async (options: object, steps: Parameters<typeof setUp>[0]) => {
      const { client } = setUp(steps);
      const start = Date.now();
      const bound = client.bind({ remainingTimeInMillis: () => 3_000 - (Date.now() - start) });
      return outcome(bound.fetch('/', options));
    };
    const lost = await deadline(json, ['silence']);
    expect(lost).toMatchObject({ code: 'DeadlineExceeded', maybeExecuted: true });
    expect(String(lost)).toMatch(
      /It may have been executed, so do not just send it again. Give an idempotencyKey/,
    );
    const unsent = await deadline(json, [
      () => networkError('ECONNREFUSED', 'refused', { syscall: 'connect' }),
    ]);
    expect(unsent).toMatchObject({ maybeExecuted: false });
    expect(String(unsent)).not.toMatch(/executed/);
  });

  test('the error of a conflict says that the request conflicts with what the API has already done', async () => {
    const { client } = setUp([gatewayAnswer(409, { detail: 'The request was executed.' })]);
    const error = await outcome(client.fetch('/', keyed));
    expect(error).toMatchObject({ code: 'ApiError', status: 409 });
    expect(String(error)).toMatch(
      /The request was executed\.\nIt conflicts with what the API has already done/,
    );
  });

  test('ConnectionFailed says what to do', async () => {
    const { client } = setUp([networkError('UND_ERR_SOCKET', 'other side closed')]);
    const error = await outcome(client.fetch('/', json));
    expect(error).toMatchObject({
      code: 'ConnectionFailed',
      reasonCode: 'UND_ERR_SOCKET',
      maybeExecuted: true,
    });
    expect(String(error)).toMatch(/not repeated. Give an idempotencyKey, if the API honours it/);
  });
});
