import middy from '@middy/core';
import { advance, FakeApi, gatewayAnswer, settle, useFakeTime } from './fake-api.testing.ts';
import { type CredentialSource, type SignedFetch, SignedFetchOptionError, signedFetch } from './index.ts';

useFakeTime();

const baseUrl = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';
const credentials = { accessKeyId: 'ASIAEXAMPLE123456789', secretAccessKey: 'secret', sessionToken: 'token' };

function setUp(...replies: ConstructorParameters<typeof FakeApi>) {
  const api = new FakeApi(...replies);
  return { api, options: { baseUrl, fetch: api.fetch as typeof fetch } };
}

/** Lambda's context. Its type is `never`, because the handler's type also requires the members that its middlewares add. */
function lambdaContext(members: object = {}): never {
  return { awsRequestId: '1', getRemainingTimeInMillis: () => 20_000, ...members } as never;
}

const ok = () => gatewayAnswer(200, { ok: true });

/** A middleware that puts a source on the context, as `assumeRole` does. */
function withSource<const Key extends string>(key: Key, source: CredentialSource) {
  return {
    before: ({ context }: { context: object & { readonly [K in Key]: CredentialSource } }) => {
      Object.assign(context, { [key]: source });
    },
  };
}

test('the handler finds a client that signs with credentials from the context', async () => {
  const { api, options } = setUp(ok);
  const handler = middy<unknown, unknown>()
    .use(withSource('role', { getCredentials: async () => credentials }))
    .use(signedFetch({ ...options, credentials: 'role' }))
    .handler(async (_event, context) => {
      const { status, body, requestId, attempts } = await context.api.json('/messages', {
        json: { foo: 'bar' },
      });
      return { status, body, requestId, attempts };
    });
  expect(await handler({}, lambdaContext())).toEqual({
    status: 200,
    body: { ok: true },
    requestId: 'request-200',
    attempts: 1,
  });
  expect(api.requests[0]?.headers.get('x-amz-security-token')).toBe('token');
});

test('the handler finds a client under another key that signs with the option credentials', async () => {
  const { api, options } = setUp(ok);
  const handler = middy<unknown, string>()
    .use(signedFetch({ ...options, credentials, contextKey: 'messages' }))
    .handler(async (_event, context) => (await context.messages.fetch('/')).text());
  expect(await handler({}, lambdaContext())).toBe('{"ok":true}');
  expect(api.requests).toHaveLength(1);
});

test('calls end before the invocation does', async () => {
  // Of the limits, which do not fit.
  jest.spyOn(console, 'warn').mockReturnValueOnce();
  const { options } = setUp('silence');
  const end = Date.now() + 3_000;
  const handler = middy<unknown, unknown>()
    .use(signedFetch({ ...options, credentials }))
    .handler((_event, context) => context.api.fetch('/').catch((error: Error) => [error.name, Date.now()]));
  const context = { getRemainingTimeInMillis: () => end - Date.now() };
  // middy's own time-out is real and out of the way: it is asked for the remaining time only once.
  const result = handler({}, lambdaContext(context));
  await settle();
  await advance(3_000);
  expect(await result).toEqual(['DeadlineExceeded', end - 500]);
});

test('a call that the handler did not wait for ends with the invocation, and does not end the process', async () => {
  const { api, options } = setUp('silence');
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  const handler = middy<unknown, string>()
    .use(signedFetch({ ...options, credentials }))
    .handler(async (_event, context) => {
      void context.api.fetch('/');
      await settle();
      return 'done';
    });
  expect(await handler({}, lambdaContext())).toBe('done');
  await settle();
  process.off('unhandledRejection', unhandled);
  expect(api.requests[0]?.signal.aborted).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
  expect(unhandled).not.toHaveBeenCalled();
});

test('a call that the handler did not wait for ends with the invocation, even if the handler fails', async () => {
  const { api, options } = setUp('silence');
  const handler = middy<unknown, string>()
    .use(signedFetch({ ...options, credentials }))
    .handler(async (_event, context) => {
      void context.api.json('/');
      await settle();
      throw new Error('the handler failed');
    });
  await expect(handler({}, lambdaContext())).rejects.toThrow('the handler failed');
  expect(api.requests[0]?.signal.aborted).toBe(true);
});

test('the trace of the invocation is passed on', async () => {
  const { api, options } = setUp(ok);
  const handler = middy<unknown, unknown>()
    .use(signedFetch({ ...options, credentials }))
    .handler(async (_event, context) => (await context.api.fetch('/')).status);
  await handler({}, lambdaContext({ xRayTraceId: 'Root=1-2-3' }));
  expect(api.requests[0]?.headers.get('x-amzn-trace-id')).toBe('Root=1-2-3');
});

describe('the trace in the form of the W3C', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const tracestate = 'vendor=t61rcWkgMzE,other=1';
  const OPEN_TELEMETRY = Symbol.for('opentelemetry.js.api.1');

  async function sentFor(event: unknown, headers: Record<string, string> = {}) {
    const { api, options } = setUp(ok);
    const handler = middy<unknown, unknown>()
      .use(signedFetch({ ...options, credentials }))
      .handler(async (_event, context) => (await context.api.fetch('/', { headers })).status);
    await handler(event, lambdaContext());
    const [sent] = api.requests;
    return [sent?.headers.get('traceparent'), sent?.headers.get('tracestate')];
  }

  test('is passed on from the headers of the event, whatever their case', async () => {
    expect(await sentFor({ headers: { traceparent, tracestate } })).toEqual([traceparent, tracestate]);
    expect(await sentFor({ headers: { TraceParent: traceparent } })).toEqual([traceparent, null]);
  });

  test.each([
    ['no request', { Records: [] }],
    ['no object', 'text'],
    ['no headers', { headers: null }],
    ['a state without a trace', { headers: { tracestate } }],
    ['no text', { headers: { traceparent: [traceparent] } }],
    ['two traces', { headers: { traceparent: `${traceparent},${traceparent}` } }],
    ['the trace of zeros', { headers: { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` } }],
    [
      'a span of zeros',
      { headers: { traceparent: traceparent.replace('00f067aa0ba902b7', '0'.repeat(16)) } },
    ],
    ['version ff', { headers: { traceparent: traceparent.replace(/^00/, 'ff') } }],
    ['a line break', { headers: { traceparent: `${traceparent}\r\nx: 1` } }],
  ])('is not sent for an event with %s', async (_what, event) => {
    expect(await sentFor(event)).toEqual([null, null]);
  });

  test('has no state that is too long, or that HTTP cannot carry', async () => {
    for (const wrong of [`a=${'1'.repeat(511)}`, 'a=1\nb=2', 'a=ü', ' ']) {
      expect(await sentFor({ headers: { traceparent, tracestate: wrong } })).toEqual([traceparent, null]);
    }
  });

  test('of the call itself comes first, with its own state', async () => {
    const own = traceparent.replace('00f067aa0ba902b7', 'b7ad6b7169203331');
    expect(await sentFor({ headers: { traceparent, tracestate } }, { TraceParent: own })).toEqual([
      own,
      null,
    ]);
  });

  test('is left to OpenTelemetry, if that is set up: a second header would make both invalid', async () => {
    Reflect.set(globalThis, OPEN_TELEMETRY, { propagation: {} });
    try {
      expect(await sentFor({ headers: { traceparent } })).toEqual([null, null]);
      Reflect.set(globalThis, OPEN_TELEMETRY, { version: '1.9.0' });
      expect(await sentFor({ headers: { traceparent } })).toEqual([traceparent, null]);
    } finally {
      Reflect.deleteProperty(globalThis, OPEN_TELEMETRY);
    }
  });
});

test('wrong options are refused when the middleware is made', () => {
  const { options } = setUp(ok);
  for (const [option, wrong] of [
    ['credentials', { credentials: undefined }],
    ['contextKey', { credentials, contextKey: '' }],
    ['contextKey', { credentials, contextKey: 1 }],
    ['credentials', { credentials: 1 }],
    ['baseUrl', { credentials, baseUrl: 'http://example.com' }],
    ['colour', { credentials, colour: 'red' }],
  ] as const) {
    expect(() => signedFetch({ ...options, ...wrong } as never)).toThrow(expect.objectContaining({ option }));
  }
});

test.each(['functionName', 'getRemainingTimeInMillis', '__proto__', 'constructor'])(
  'nothing on the context is overwritten: %s is refused in the invocation',
  async (contextKey) => {
    const { options } = setUp(ok);
    const handler = middy(async () => 'done').use(signedFetch({ ...options, credentials, contextKey }));
    await expect(handler({}, lambdaContext({ functionName: 'caller' }))).rejects.toMatchObject({
      code: 'SignedFetchOptionError',
      option: 'contextKey',
      message: expect.stringContaining(`must be another name: context.${contextKey} exists`),
    });
  },
);

test('a context that is used again, as tests do, gets a new client', async () => {
  const { api, options } = setUp(ok);
  const context = lambdaContext();
  const handler = middy<unknown, unknown>()
    .use(signedFetch({ ...options, credentials }))
    .handler(async (_event, { api: client }) => (await client.fetch('/')).status);
  expect([await handler({}, context), await handler({}, context)]).toEqual([200, 200]);
  expect(api.requests).toHaveLength(2);
});

test('the error of a missing source of credentials says which middleware is missing', async () => {
  const { options } = setUp(ok);
  const handler = middy(async () => 'done').use(signedFetch({ ...options, credentials: 'role' }));
  await expect(handler({}, lambdaContext())).rejects.toThrow(SignedFetchOptionError);
  await expect(handler({}, lambdaContext())).rejects.toThrow(
    /context\.role.*assumeRole\(\{ contextKey: 'role'/,
  );
});

test('types: the context has exactly what was put there', () => {
  const { options } = setUp(ok);
  const handler = middy<unknown, unknown>()
    .use(signedFetch({ ...options, credentials: 'role', contextKey: 'messages' }))
    .handler(async (_event, context) => {
      const client: SignedFetch = context.messages;
      const source: CredentialSource = context.role;
      // @ts-expect-error: no client was put there
      const missing = context.api;
      // @ts-expect-error: the body is a JSON value or bytes, not a stream
      const streamed = client.fetch('/', { body: new ReadableStream() });
      return [client, source, missing, streamed];
    });
  expect(typeof handler).toBe('function');
  // @ts-expect-error: a client without credentials cannot sign
  expect(() => signedFetch(options)).toThrow(/credentials/);
});
