import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { apiEvent, lambdaContext, session } from './event.testing.ts';
import { apiHandler, type HandledOperation, HttpError, type Json, type LambdaContext } from './index.ts';
import { collectLogs } from './logged.testing.ts';

const logged = collectLogs();
const context: LambdaContext = lambdaContext();

const echo = {
  method: 'POST',
  path: '/messages',
  request: v.record(
    v.string(),
    v.custom<Json>(() => true),
  ),
  response: v.object({ received: v.unknown() }),
  status: 200,
} as const satisfies HandledOperation;
const echoed = apiHandler(echo, ({ body }) => ({ body: { received: body } }));

const getMessage = {
  method: 'GET',
  path: '/messages/{id}',
  pathParameters: v.object({ id: v.pipe(v.string(), v.regex(/^[a-z/ ä]+$/, 'must be lower case')) }),
  query: v.strictObject({ fields: v.optional(v.picklist(['body', 'caller'])) }),
  response: v.object({ id: v.string(), fields: v.optional(v.string()) }),
  status: 200,
} as const satisfies HandledOperation;
const found = apiHandler(getMessage, async ({ pathParameters, query }) => {
  await setTimeout(1);
  return { body: { ...pathParameters, ...query } };
});

const getEvent = (id: string, query: Record<string, string[]> | null = null) =>
  apiEvent({
    httpMethod: 'GET',
    path: `/messages/${id}`,
    resourcePath: '/messages/{id}',
    pathParameters: { id },
    multiValueQueryStringParameters: query,
  });

const problemOf = async (response: ReturnType<typeof echoed>) => JSON.parse((await response).body);

test('an async handler is awaited, and gets its validated parameters', async () => {
  const response = await found(getEvent('a', { fields: ['body'] }), context);
  expect(response).toMatchObject({ statusCode: 200, headers: { 'Content-Type': 'application/json' } });
  expect(JSON.parse(response.body)).toEqual({ id: 'a', fields: 'body' });
});

test('a path parameter is decoded once', async () => {
  const { body } = await found(getEvent('a%20%2F%C3%A4'), context);
  expect(JSON.parse(body).id).toBe('a /ä');
  expect((await problemOf(found(getEvent('%2561'), context))).errors).toEqual([
    { in: 'path', path: 'id', message: 'must be lower case' },
  ]);
});

test.each(['%', '%zz', '%C3', '%ff'])(
  'a path parameter whose encoding is malformed is refused: %s',
  async (id) => {
    expect(await problemOf(found(getEvent(id), context))).toMatchObject({
      status: 400,
      detail: 'The request is invalid: path parameter id: is not percent-encoded UTF-8',
      errors: [{ in: 'path', path: 'id', message: 'is not percent-encoded UTF-8' }],
    });
  },
);

test('the response to an invalid request names all violations at once: part, place and rule', async () => {
  const handler = apiHandler(
    { ...getMessage, ...echo, method: 'PUT', request: v.object({ a: v.array(v.number()) }) },
    () => ({
      body: { received: 1 },
    }),
  );
  const event = { ...getEvent('A', { fields: ['none'], page: ['1'] }), body: '{"a":[1,"2"]}' };
  const problem = await problemOf(handler(event, context));
  expect(problem).toMatchObject({ status: 400, title: 'Bad Request' });
  expect(problem.errors).toEqual([
    { in: 'path', path: 'id', message: 'must be lower case' },
    { in: 'query', path: 'fields', message: expect.stringContaining('"body" | "caller"') },
    { in: 'query', path: 'page', message: expect.stringContaining('never') },
    { in: 'body', path: 'a.1', message: expect.stringContaining('Expected number') },
  ]);
  expect(problem.detail).toMatch(/path parameter id: .*; query parameter fields: .*; body, a\.1: /);
});

test('a large refused request does not make the response too large', async () => {
  const handler = apiHandler({ ...echo, method: 'PUT', request: v.array(v.number()) }, () => ({
    body: { received: 1 },
  }));
  const body = JSON.stringify(Array.from({ length: 60 }, () => 'x'.repeat(1_000)));
  const problem = await problemOf(handler(apiEvent({ body }), context));
  expect(problem.errors).toHaveLength(20);
  expect(problem.detail).toMatch(/; and 40 more$/);
  expect(JSON.stringify(problem).length).toBeLessThan(20_000);
});

test('a list may have one item or several, and a schema that is not strict ignores unknown parameters', async () => {
  const handler = apiHandler(
    { ...getMessage, query: v.object({ tag: v.array(v.string()) }), response: v.array(v.string()) },
    ({ query }) => ({ body: query.tag }),
  );
  for (const tag of [['x', 'y&z'], ['x']]) {
    const { body } = await handler(getEvent('a', { tag, other: ['1'] }), context);
    expect(JSON.parse(body)).toEqual(tag);
  }
});

test('an answer may have headers and another status than the operation', async () => {
  const handler = apiHandler({ ...echo, status: 201 }, ({ body }) => ({
    body: { received: Object.keys(body) },
    headers: { Location: '/messages/1' },
    ...('accepted' in body ? { status: 202 } : {}),
  }));
  expect(await handler(apiEvent({ body: '{"a":1}' }), context)).toMatchObject({
    statusCode: 201,
    headers: {
      Location: '/messages/1',
      'Content-Type': 'application/json',
      'X-Content-Type-Options': 'nosniff',
    },
    body: '{"received":["a"]}',
  });
  expect(await handler(apiEvent({ body: '{"accepted":1}' }), context)).toMatchObject({ statusCode: 202 });
});

test.each([
  ['a line break', { 'X-Id': 'a\r\nSet-Cookie: b' }, 'The header X-Id has a control character'],
  ['a name that is not one', { 'X Id': 'a' }, '"X Id" is not the name of a header'],
  ['a value that is not text', { 'X-Id': Promise.resolve('a') as never }, 'The header X-Id is not text'],
])(
  'an answer or an error with %s in a header is a 500 that shows nothing of it',
  async (_what, headers, message) => {
    const answering = apiHandler(echo, () => ({ body: { received: 1 }, headers }));
    const throwing = apiHandler(echo, () => {
      throw new HttpError(404, 'No.', headers);
    });
    for (const handler of [answering, throwing]) {
      const response = await handler(apiEvent({ body: '{}' }), context);
      expect(response.statusCode).toBe(500);
      expect(JSON.stringify(response)).not.toMatch(/X.Id/);
    }
    expect(logged).toMatchObject(
      [1, 2].map(() => ({ error: { message: expect.stringContaining(message) } })),
    );
  },
);

test('an answer has no control character in a header but the tab', async () => {
  const answering = apiHandler(echo, ({ body }) => ({
    body: { received: 1 },
    headers: { 'X-Id': `a${String(body.character)}b` },
  }));
  const controls = Array.from({ length: 160 }, (_, code) => String.fromCharCode(code)).filter((character) =>
    /\p{Cc}/u.test(character),
  );
  const accepted: string[] = [];
  for (const character of controls) {
    const { statusCode } = await answering(apiEvent({ body: JSON.stringify({ character }) }), context);
    if (statusCode !== 500) accepted.push(character);
  }
  expect([controls.length, accepted]).toEqual([65, ['\t']]);
});

test.each(['Content-Type', 'content-type'])('the header %s of an answer is the only one', async (name) => {
  const handler = apiHandler(echo, () => ({
    body: { received: 1 },
    headers: { [name]: 'application/hal+json' },
  }));
  const { headers = {} } = await handler(apiEvent({ body: '{}' }), context);
  const types = Object.entries(headers).filter(([each]) => each.toLowerCase() === 'content-type');
  expect(types).toEqual([[name, 'application/hal+json']]);
});

test.each(['Content-Type', 'content-type'])(
  'an error is a problem document, also if its header %s names another type',
  async (name) => {
    const handler = apiHandler(echo, () => {
      throw new HttpError(404, 'No.', { [name]: 'text/html', 'X-Id': '7' });
    });
    const { headers = {}, body } = await handler(apiEvent({ body: '{}' }), context);
    const types = Object.entries(headers).filter(([each]) => each.toLowerCase() === 'content-type');
    expect(types).toEqual([['Content-Type', 'application/problem+json']]);
    expect(headers).toMatchObject({ 'X-Id': '7' });
    expect(body).toContain('"detail":"No."');
  },
);

test.each([0, false, null, ''])('the body %j is a body, in a request and in an answer', async (value) => {
  const any = { ...echo, request: v.any(), response: v.any() } as const;
  const handler = apiHandler(any, ({ body }) => ({ body }));
  const body = JSON.stringify(value);
  expect(await handler(apiEvent({ body }), context)).toMatchObject({
    statusCode: echo.status,
    headers: { 'Content-Type': 'application/json' },
    body,
  });
});

test('an answer or an error has no header that is undefined', async () => {
  const headers = { 'Content-Type': undefined, 'Retry-After': undefined };
  const answering = apiHandler(echo, () => ({ body: { received: 1 }, headers }));
  const throwing = apiHandler(echo, () => {
    throw new HttpError(503, 'Later.', headers);
  });
  const responses = [answering, throwing].map((handler) => handler(apiEvent({ body: '{}' }), context));
  const [answer, error] = await Promise.all(responses);
  expect(answer?.headers).toMatchObject({ 'Content-Type': 'application/json' });
  expect(error).toMatchObject({ statusCode: 503, headers: { 'Content-Type': 'application/problem+json' } });
  for (const response of [answer, error]) expect(response?.headers).not.toHaveProperty('Retry-After');
});

test.each([99, 199, 600, 200.5, Number.NaN])(
  'an answer with the status %d is a 500 with a cause in the logs',
  async (status) => {
    const handler = apiHandler(echo, () => ({ body: { received: 1 }, status }));
    expect(await handler(apiEvent({ body: '{}' }), context)).toMatchObject({ statusCode: 500 });
    expect(logged).toMatchObject([
      {
        error: { message: `The status of an answer must be a whole number from 200 to 599, not ${status}.` },
      },
    ]);
  },
);

test.each([200, 399, 600, 999, 404.5, Number.NaN])(
  'an HttpError with the status %d is refused when it is made',
  (status) => {
    expect(() => new HttpError(status, 'No.')).toThrow(
      new RangeError(`The status of an HttpError must be a whole number from 400 to 599, not ${status}.`),
    );
  },
);

test('an operation without a response answers without a body', async () => {
  const operation = { method: 'DELETE', path: '/messages/{id}', status: 204 } as const;
  for (const handler of [
    apiHandler(operation, async () => {}),
    apiHandler(operation, () => ({ headers: { a: 'b' } })),
  ]) {
    const response = await handler(getEvent('a'), context);
    expect(response).toMatchObject({ statusCode: 204, body: '' });
    expect(response.headers).not.toHaveProperty('Content-Type');
  }
});

test('the error that a handler throws after an await has its status, message and headers', async () => {
  const handler = apiHandler(getMessage, async ({ pathParameters: { id } }) => {
    await setTimeout(1);
    throw new HttpError(404, `There is no message ${id}.`, { 'Retry-After': '1' });
  });
  const response = await handler(getEvent('a'), context);
  expect(response).toMatchObject({
    statusCode: 404,
    headers: {
      'Content-Type': 'application/problem+json',
      'Retry-After': '1',
      'X-Content-Type-Options': 'nosniff',
    },
  });
  expect(JSON.parse(response.body)).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'There is no message a.',
    requestId: 'request-1',
  });
  expect(logged).toMatchObject([{ level: 'WARN', message: 'refused' }]);
});

test.each([
  ['an error', new Error('the defect')],
  ['an error of another API', Object.assign(new Error('the defect'), { statusCode: 404, expose: true })],
  ['a text', 'the defect'],
  ['undefined', undefined],
])(
  'a handler that throws %s after an await causes a 500 that shows nothing of it, and a log entry',
  async (what, thrown) => {
    const handler = apiHandler(getMessage, async () => {
      await setTimeout(1);
      throw thrown;
    });
    const response = await handler(getEvent('a'), context);
    expect(response.statusCode).toBe(500);
    expect(JSON.parse(response.body)).toMatchObject({
      title: 'Internal Server Error',
      detail: 'The API failed. The error is in its logs.',
    });
    expect(logged).toMatchObject([{ level: 'ERROR', message: 'failed', requestId: 'request-1' }]);
    if (what !== 'undefined') expect(logged).toMatchObject([{ error: { message: 'the defect' } }]);
  },
);

test('every log line has the request ID and the caller', async () => {
  await echoed(apiEvent({ body: '{}' }), context);
  await echoed(apiEvent({ body: '[' }), context);
  expect(logged).toHaveLength(2);
  for (const line of logged) expect(line).toMatchObject({ requestId: 'request-1', caller: session });
});

describe('a body that cannot be read is a problem document', () => {
  test.each([
    ['a body that is not JSON', { body: '{' }, 422],
    ['no body', { body: null }, 400],
    ['a content type other than JSON', { body: 'a=b', headers: { 'Content-Type': 'text/plain' } }, 415],
    ['no content type', { body: '{}', headers: null }, 415],
    ['an integer that is not exact', { body: '{"id":9007199254740993}' }, 400],
    ['no verified caller', { body: '{}', userArn: null, accountId: null }, 403],
    ['an invalid body and no verified caller', { body: '[]', userArn: null, accountId: null }, 403],
    ['a caller without an ARN', { body: '{}', userArn: null }, 403],
    ['a caller without an account', { body: '{}', accountId: null }, 403],
  ])('a request with %s gets a problem document', async (_what, given, status) => {
    const response = await echoed(apiEvent(given), context);
    expect(response).toMatchObject({
      statusCode: status,
      headers: { 'Content-Type': 'application/problem+json' },
    });
    const problem = JSON.parse(response.body);
    expect(problem).toMatchObject({ status, requestId: 'request-1' });
    // It is the client's mistake: the detail says which.
    expect(problem.detail).not.toContain('The API failed');
  });

  test.each([
    { 'Content-type': 'application/json' },
    { 'CONTENT-TYPE': 'Application/JSON ; charset=utf-8' },
    { 'content-type': 'application/merge-patch+json' },
  ])('a body of JSON is read with %j', async (headers) => {
    expect(await echoed(apiEvent({ body: '{}', headers }), context)).toMatchObject({ statusCode: 200 });
  });

  test.each([
    ['JSON', 'application/json', v.object({ a: v.string() }), '{"a":"ä"}', { a: 'ä' }],
    ['text', 'text/csv', v.string(), 'a;ä\n', 'a;ä\n'],
  ])('a binary body of %s is decoded', async (_what, type, request, text, received) => {
    const operation = { ...echo, request, requestMediaType: type } as const;
    const handler = apiHandler(operation, ({ body }) => ({ body: { received: body } }));
    const headers = { 'Content-Type': type };
    const body = Buffer.from(text).toString('base64');
    for (const event of [
      { headers, body, isBase64Encoded: true },
      { headers, body: text, isBase64Encoded: false },
    ]) {
      const response = await handler(apiEvent(event), context);
      expect(JSON.parse(response.body)).toEqual({ received });
    }
  });

  test.each(['text/csv', 'Text/CSV', 'TEXT/CSV; charset=utf-8', ' text/csv ;header=present'])(
    'a media type has no case and may have parameters: %j',
    async (type) => {
      const operation = { ...echo, request: v.string(), requestMediaType: 'text/csv' } as const;
      const handler = apiHandler(operation, ({ body }) => ({ body: { received: body } }));
      const response = await handler(apiEvent({ headers: { 'Content-Type': type }, body: 'a' }), context);
      expect(response).toMatchObject({ statusCode: 200, body: '{"received":"a"}' });
    },
  );

  test.each(['application/JSON', 'Application/Hal+Json; charset=utf-8'])(
    'neither has the media type of an answer: %s',
    async (type) => {
      const handler = apiHandler(echo, () => ({ body: { received: 1 }, headers: { 'Content-Type': type } }));
      expect((await handler(apiEvent({ body: '{}' }), context)).statusCode).toBe(200);
    },
  );

  test.each([
    ['objects', (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`],
    ['arrays', (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`],
  ])(
    'a body with too many levels of %s is refused for that reason, not as malformed',
    async (_what, nested) => {
      for (const levels of [1_001, 2_500, 100_000]) {
        const response = await echoed(apiEvent({ body: nested(levels) }), context);
        expect(response.statusCode).toBe(400);
        expect(JSON.parse(response.body).errors).toEqual([
          { in: 'body', path: '', message: 'has more than 1000 levels of nesting' },
        ]);
      }
      const response = await echoed(apiEvent({ body: nested(1_000) }), context);
      expect(JSON.parse(response.body).received).toEqual(JSON.parse(nested(1_000)));
    },
  );

  test('the refusal of a number that JSON.parse makes infinite names its place', async () => {
    const problem = await problemOf(
      echoed(apiEvent({ body: '{"a":{"b":[1,1e999]},"c":-1e400,"d":1e308}' }), context),
    );
    expect(problem).toMatchObject({
      status: 400,
      errors: ['a.b.1', 'c'].map((path) => ({
        in: 'body',
        path,
        message: 'is a number that is too large: 1.8e308 is the limit',
      })),
    });
  });
});

describe('a body that is too large', () => {
  const isRefused = async (given: Parameters<typeof apiEvent>[0], maxBodyBytes?: number) => {
    const handler = apiHandler(
      echo,
      () => ({ body: { received: 1 } }),
      maxBodyBytes === undefined ? {} : { maxBodyBytes },
    );
    const { statusCode, body } = await handler(apiEvent(given), context);
    if (statusCode === 200) return false;
    expect(JSON.parse(body)).toMatchObject({ status: 413, title: 'Content Too Large' });
    return JSON.parse(body).detail;
  };

  test('a body that is too large is refused with its size: more than 1 MiB by default', async () => {
    const text = (length: number) => JSON.stringify({ a: 'x'.repeat(length - '{"a":""}'.length) });
    expect(await isRefused({ body: text(2 ** 20) })).toBe(false);
    expect(await isRefused({ body: text(2 ** 20 + 1) })).toBe(
      "The body has 1048577 bytes. It must have at most 1048576 (the handler's maxBodyBytes).",
    );
  });

  test.each([
    ['characters with several bytes', { body: `{"a":"ää"}`, isBase64Encoded: false }, 12],
    ['a binary body', { body: btoa('{"a":"bcd"}'), isBase64Encoded: true }, 11],
  ])('a body is measured in bytes, and before it is parsed: %s', async (_what, given, bytes) => {
    expect(await isRefused(given, bytes)).toBe(false);
    expect(await isRefused(given, bytes - 1)).toContain(`has ${bytes} bytes`);
    const malformed = { ...given, body: given.body.replace(/^./, given.isBase64Encoded ? 'A' : '[') };
    expect(await isRefused(malformed, bytes - 1)).toContain(`has ${bytes} bytes`);
  });

  test.each([0, -1, 1.5, Number.NaN, '1' as never])(
    'the limit %p is refused when the handler is made',
    (maxBodyBytes) => {
      expect(() => apiHandler(echo, () => ({ body: { received: 1 } }), { maxBodyBytes })).toThrow(
        `maxBodyBytes must be a whole number from 1, not ${maxBodyBytes}`,
      );
    },
  );

  test('the limit of the body does not matter to an operation that reads none', async () => {
    const handler = apiHandler({ method: 'POST', path: '/messages', status: 204 }, () => undefined, {
      maxBodyBytes: 1,
    });
    expect(await handler(apiEvent({ body: '{}' }), context)).toMatchObject({ statusCode: 204 });
  });
});

test('in a body of more than 64 KiB, only the first violation is named: a list of all could take more memory than a function has', async () => {
  const handler = apiHandler({ ...echo, request: v.array(v.string()) }, () => ({ body: { received: 1 } }));
  const errorsOf = async (values: number) => {
    const body = JSON.stringify(Array.from({ length: values }, () => 1));
    return (await problemOf(handler(apiEvent({ body }), context))).errors;
  };
  expect(await errorsOf(30_000)).toHaveLength(20);
  expect(await errorsOf(40_000)).toEqual([
    { in: 'body', path: '0', message: expect.stringContaining('Expected string') },
  ]);
});

describe('the mark idempotencyKey of an operation', () => {
  // As JavaScript: the compiler refuses both.
  const make: (...given: unknown[]) => unknown = apiHandler as never;
  const answer = () => ({ body: { received: 1 } });

  test('the mark idempotencyKey needs the option idempotency', () => {
    expect(() => make({ ...echo, idempotencyKey: true }, answer)).toThrow(
      new TypeError(
        'POST /messages: The operation remembers keys, so its handler needs the option { idempotency: idempotencyTable() }.',
      ),
    );
  });

  test('the option idempotency needs the mark idempotencyKey', () => {
    expect(() => make(echo, answer, { idempotency: async () => ({}) })).toThrow(
      new TypeError(
        'POST /messages: The handler has the option idempotency, so its operation must be declared with idempotencyKey: true.',
      ),
    );
  });
});

describe('an Idempotency-Key', () => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'order-42' };

  test.each(['POST', 'PATCH'] as const)(
    'a %s with an Idempotency-Key is refused and not executed if the API does not remember requests',
    async (method) => {
      const answer = jest.fn(() => ({ body: { received: 1 } }));
      const problem = await problemOf(
        apiHandler({ ...echo, method }, answer)(apiEvent({ headers, body: '{}' }), context),
      );
      expect(problem).toMatchObject({
        status: 400,
        detail: expect.stringMatching(/does not remember requests.*Send the request without Idempotency-Key/),
      });
      expect(answer).not.toHaveBeenCalled();
    },
  );

  test.each(['GET', 'PUT', 'DELETE'] as const)(
    'an Idempotency-Key changes nothing in a %s, which may be repeated anyway',
    async (method) => {
      const handler = apiHandler({ ...echo, method }, () => ({ body: { received: 1 } }));
      expect(await handler(apiEvent({ headers, body: '{}' }), context)).toMatchObject({ statusCode: 200 });
    },
  );
});
