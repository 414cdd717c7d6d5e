import middy from '@middy/core';
import {
  advance,
  FakeSts,
  freeze,
  holdTime,
  releaseTime,
  roleArn,
  settle,
  stateOf,
} from './fake-sts.testing.ts';
import { AssumeRoleDenied, assumeRole } from './index.ts';

const readerArn = 'arn:aws:iam::111111111111:role/reader';

beforeEach(holdTime);
afterEach(releaseTime);

function setUp() {
  const sts = new FakeSts();
  return { sts, options: { roleArn, sessionName: 'caller', client: sts.client } };
}

/** Lambda's context. Its type is `never`, because the handler's type also requires the members that its middlewares add. */
function lambdaContext(remainingMs = 3_000): never {
  return { awsRequestId: '1', getRemainingTimeInMillis: () => remainingMs } as never;
}

test('the handler finds credentials, and invocations share them', async () => {
  const { sts, options } = setUp();
  const handler = middy<unknown, string>()
    .use(assumeRole(options))
    .handler(async (_event, context) => (await context.assumedRole.getCredentials()).accessKeyId);
  const all = await Promise.all([1, 2, 3].map(() => handler({}, lambdaContext())));
  all.push(await handler({}, lambdaContext()));
  expect(new Set(all)).toEqual(new Set(['ASIAFAKE000000000001']));
  expect(sts.requests).toHaveLength(1);
});

test('each role has its own key on the context', async () => {
  const { sts, options } = setUp();
  const handler = middy<unknown, string[]>()
    .use(assumeRole({ ...options, contextKey: 'invoker' }))
    .use(assumeRole({ ...options, roleArn: readerArn, contextKey: 'reader' }))
    .handler(async (_event, context) => [context.invoker.roleArn, context.reader.roleArn]);
  expect(await handler({}, lambdaContext())).toEqual([roleArn, readerArn]);
  expect(sts.requests.map(({ input }) => input.RoleArn)).toEqual([roleArn, readerArn]);
});

test('a denial ends the invocation before the handler runs', async () => {
  const { sts, options } = setUp();
  sts.auto = (request) => request.fail('AccessDenied', 'no');
  const inner = jest.fn();
  await expect(middy(inner).use(assumeRole(options))({}, lambdaContext())).rejects.toThrow(AssumeRoleDenied);
  expect(inner).not.toHaveBeenCalled();
});

test("fetch 'invocation': STS is asked before the handler runs, and not earlier", async () => {
  const { sts, options } = setUp();
  for (const fetch of [undefined, 'invocation'] as const) {
    const handler = middy(async () => sts.requests.length).use(
      assumeRole({ ...options, ...(fetch && { fetch }) }),
    );
    await settle();
    const before = sts.requests.length;
    expect(await handler({}, lambdaContext())).toBe(before + 1);
  }
  expect(sts.requests).toHaveLength(2);
});

test("fetch 'use': STS is asked only when the handler asks", async () => {
  const { sts, options } = setUp();
  const handler = middy<{ ask: boolean }, unknown>()
    .use(assumeRole({ ...options, fetch: 'use' }))
    .handler(async ({ ask }, context) => (ask ? (await context.assumedRole()).accessKeyId : 'none'));
  expect(await handler({ ask: false }, lambdaContext())).toBe('none');
  expect(sts.requests).toHaveLength(0);
  expect(await handler({ ask: true }, lambdaContext())).toBe('ASIAFAKE000000000001');
});

test("fetch 'init': STS is asked when the middleware is made; a failure is thrown only in the invocation", async () => {
  const { sts, options } = setUp();
  sts.auto = (request) => request.fail('AccessDenied', 'not yet');
  const handler = middy(async () => 'done').use(assumeRole({ ...options, fetch: 'init' }));
  await settle();
  expect(sts.requests).toHaveLength(1);
  await expect(handler({}, lambdaContext())).rejects.toThrow(AssumeRoleDenied);
  sts.auto = (request) => request.succeed();
  expect(await handler({}, lambdaContext())).toBe('done');
});

describe('the promise `ready`', () => {
  test("resolves when the credentials of fetch 'init' are there, and the invocation does not wait for STS", async () => {
    const { sts, options } = setUp();
    sts.auto = undefined;
    const role = assumeRole({ ...options, fetch: 'init' });
    await settle();
    expect(await stateOf(role.ready)).toBe('pending');
    sts.last.succeed();
    await role.ready;
    const handler = middy<unknown, string>()
      .use(role)
      .handler(async (_event, context) => (await context.assumedRole()).accessKeyId);
    expect(await handler({}, lambdaContext())).toBe('ASIAFAKE000000000001');
    expect(sts.requests).toHaveLength(1);
  });

  test('resolves if STS refuses, and the invocation throws the error', async () => {
    const { sts, options } = setUp();
    sts.auto = (request) => request.fail('AccessDenied', 'not yet');
    const role = assumeRole({ ...options, fetch: 'init' });
    await expect(role.ready).resolves.toBeUndefined();
    await expect(middy(async () => 'done').use(role)({}, lambdaContext())).rejects.toThrow(AssumeRoleDenied);
  });

  test.each([
    [100, 100],
    [3_000, 3_000],
    [60_000, 5_000],
  ])(
    'with attemptTimeoutMs %i, resolves after %i ms if STS is silent, and no request is in flight',
    async (attemptTimeoutMs, ms) => {
      const { sts, options } = setUp();
      sts.auto = undefined;
      const { ready } = assumeRole({ ...options, attemptTimeoutMs, fetch: 'init' });
      await advance(ms - 1);
      expect(await stateOf(ready)).toBe('pending');
      await advance(1);
      expect(await stateOf(ready)).toBe('resolved');
      expect(sts.last.signal.aborted).toBe(true);
    },
  );

  test.each([undefined, 'invocation', 'use'] as const)(
    'resolves at once for fetch %j, and STS is not asked',
    async (fetch) => {
      const { sts, options } = setUp();
      await assumeRole({ ...options, ...(fetch && { fetch }) }).ready;
      expect(sts.requests).toEqual([]);
    },
  );
});

test('a refresh that is under way when the handler returns is stopped, and begun again by the next invocation', async () => {
  const { sts, options } = setUp();
  const handler = middy(async () => 'done').use(assumeRole(options));
  await handler({}, lambdaContext());
  await advance(56 * 60_000);
  sts.auto = undefined;
  const result = handler({}, lambdaContext());
  await advance(250);
  expect(await result).toBe('done');
  expect(sts.last.signal.aborted).toBe(true);
  freeze(10 * 60_000);
  sts.auto = (request) => request.succeed();
  expect(await handler({}, lambdaContext())).toBe('done');
  expect(sts.requests).toHaveLength(3);
});

test('a refresh that is under way does not delay an error of the handler', async () => {
  const { sts, options } = setUp();
  let fails = false;
  const handler = middy(async () => {
    if (fails) throw new Error('the handler failed');
  }).use(assumeRole(options));
  await handler({}, lambdaContext());
  await advance(56 * 60_000);
  sts.auto = undefined;
  fails = true;
  await expect(handler({}, lambdaContext())).rejects.toThrow('the handler failed');
  expect(sts.last.signal.aborted).toBe(true);
});

test('an error of an earlier middleware is thrown unchanged', async () => {
  const { options } = setUp();
  const before = () => {
    throw new Error('the first middleware failed');
  };
  const handler = middy(async () => 'done')
    .use({ before })
    .use(assumeRole(options));
  await expect(handler({}, lambdaContext())).rejects.toThrow('the first middleware failed');
});

test('the remaining time, less a margin, bounds how long STS is tried', async () => {
  const { sts, options } = setUp();
  sts.auto = undefined;
  const invocation = middy(async () => 'done')
    .use(assumeRole(options))({}, lambdaContext(1_000))
    .catch((error: unknown) => error);
  await advance(749);
  expect(sts.last.signal.aborted).toBe(false);
  await advance(1);
  expect(sts.last.signal.aborted).toBe(true);
  expect(String(await invocation)).toContain('STS did not answer in time');
});

test('if the context does not give the remaining time, an invocation has 10 seconds, less the margin', async () => {
  const { sts, options } = setUp();
  sts.auto = (request) => request.fail('Throttling');
  const invocation = middy(async () => 'done').use(assumeRole(options))({}, {} as never);
  const end = jest.fn();
  invocation.catch(end);
  await advance(7_700);
  expect(end).not.toHaveBeenCalled();
  await advance(2_050);
  expect(end).toHaveBeenCalled();
});

test('a refresh that is nearly done when the handler returns is waited for', async () => {
  const { sts, options } = setUp();
  const handler = middy(async () => 'done').use(assumeRole(options));
  await handler({}, lambdaContext());
  await advance(56 * 60_000);
  sts.auto = undefined;
  const result = handler({}, lambdaContext());
  await advance(200);
  sts.last.succeed();
  expect(await result).toBe('done');
  freeze(4 * 60_000);
  expect(await handler({}, lambdaContext())).toBe('done');
  expect(sts.requests).toHaveLength(2);
});

test.each(['', 'two words', 'a-b', '1st', 1, null, {}])('contextKey %p is refused', (contextKey) => {
  const { options } = setUp();
  expect(() => assumeRole({ ...options, contextKey: contextKey as string })).toThrow(
    /contextKey is .*a name such as apiRole/,
  );
});

test.each(['awsRequestId', 'getRemainingTimeInMillis', '__proto__', 'toString'])(
  'nothing on the context is overwritten: contextKey %s is refused in the invocation',
  async (contextKey) => {
    const { options } = setUp();
    const handler = middy(async () => 'done').use(assumeRole({ ...options, contextKey }));
    await expect(handler({}, lambdaContext())).rejects.toMatchObject({
      code: 'AssumeRoleOptionError',
      option: 'contextKey',
      message: `assumeRole: contextKey must be another name: context.${contextKey} exists.`,
    });
  },
);

test('a context that is used again, as tests do, gets a new role', async () => {
  const { options } = setUp();
  const context = lambdaContext();
  const handler = middy(async () => 'done').use(assumeRole(options));
  expect([await handler({}, context), await handler({}, context)]).toEqual(['done', 'done']);
});

test.each(['role', '_r', '$role', 'R2_d2$'])('contextKey %p is accepted', async (contextKey) => {
  const { options } = setUp();
  const handler = middy(async (_event: unknown, context: object) =>
    Object.keys(context).includes(contextKey),
  ).use(assumeRole({ ...options, contextKey }));
  expect(await handler({}, lambdaContext())).toBe(true);
});

test("fetch: only 'init', 'invocation' and 'use' are accepted", () => {
  const { options } = setUp();
  for (const fetch of ['lazy', true, null, {}, ['use'], Object.create(null)]) {
    expect(() => assumeRole({ ...options, fetch })).toThrow(
      /^assumeRole: fetch is .*\. It must be 'init', 'invocation' or 'use'\.$/,
    );
  }
});

test('the middleware checks the options of the role, too, and answers an unknown one with all names', () => {
  const { options } = setUp();
  expect(() => assumeRole({ ...options, durationSeconds: 72_000 })).toThrow(/durationSeconds is 72000/);
  expect(() => assumeRole({ ...options, prefetch: true } as never)).toThrow(
    /prefetch is unknown. The options are roleArn, .*, contextKey, fetch\.$/,
  );
});
