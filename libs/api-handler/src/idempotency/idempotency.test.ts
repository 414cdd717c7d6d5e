import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { apiEvent, lambdaContext } from '../event.testing.ts';
import { type ApiEvent, apiHandler, HttpError, type LambdaContext, type Operation } from '../index.ts';
import { collectLogs } from '../logged.testing.ts';
import { type FakeTable, startFakeTable } from './fake-table.testing.ts';
import { idempotencyTable } from './index.ts';

collectLogs();

const operation = {
  method: 'POST',
  path: '/messages',
  request: v.object({ text: v.string() }),
  response: v.object({ execution: v.number() }),
  status: 201,
} as const satisfies Operation;

let table: FakeTable;
let executions: number;
beforeEach(async () => {
  table = await startFakeTable();
  executions = 0;
});
afterEach(() => table.close());

/** A handler that counts its executions. @param work of each execution */
function counting(work: () => Promise<unknown> = async () => {}, executionMs?: number) {
  const idempotency = idempotencyTable({
    tableName: 'table',
    ...(executionMs === undefined ? {} : { executionMs }),
  });
  return apiHandler(
    operation,
    async () => {
      executions += 1;
      const execution = executions;
      await work();
      return { body: { execution }, headers: { Location: `/messages/${execution}` } };
    },
    { idempotency },
  );
}

/** A signed request with a key. */
function keyed(key: string, given: Parameters<typeof apiEvent>[0] = {}): ApiEvent {
  const headers = { 'Content-Type': 'application/json', 'IDEMPOTENCY-KEY': key };
  return apiEvent({ headers, body: '{"text":"a"}', ...given });
}

/** Runs a handler as Lambda does: it ends when the function's time is over, whether it has answered or not. */
async function invoke(handler: ReturnType<typeof counting>, event: ApiEvent, context: LambdaContext) {
  const timeOut = setTimeout(context.getRemainingTimeInMillis(), undefined, { ref: false });
  return Promise.race([handler(structuredClone(event), context), timeOut]);
}

test('a repetition gets the response of the first request, with its status and headers', async () => {
  const handler = counting();
  const first = await handler(keyed('a'), lambdaContext());
  expect(first).toMatchObject({ statusCode: 201, headers: { Location: '/messages/1' } });
  expect(await handler(keyed('a'), lambdaContext())).toEqual(first);
  expect(await handler(keyed('b'), lambdaContext())).toMatchObject({ headers: { Location: '/messages/2' } });
  expect(executions).toBe(2);
});

test('a request without a key is not remembered', async () => {
  const handler = counting();
  const event = () => apiEvent({ body: '{"text":"a"}' });
  await handler(event(), lambdaContext());
  await handler(event(), lambdaContext());
  expect([executions, table.operations]).toEqual([2, []]);
});

test.each(['', 'ä', 'a b', 'x'.repeat(256)])('the key %p is refused', async (key) => {
  expect(await counting()(keyed(key), lambdaContext())).toMatchObject({ statusCode: 400 });
  expect([executions, table.operations]).toEqual([0, []]);
});

test('a request whose handler throws an error after an await may be sent again', async () => {
  const failures = [new HttpError(404, 'Not yet.'), new Error('the defect')];
  const handler = counting(async () => {
    await setTimeout(1);
    const failure = failures.shift();
    if (failure) throw failure;
  });
  for (const statusCode of [404, 500, 201, 201]) {
    expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode });
  }
  expect(executions).toBe(3);
});

test('a request whose handler fails after its effect has the same token when it is executed again, so the effect happens once', async () => {
  const messages = new Map<string, string>();
  const handler = apiHandler(
    operation,
    async ({ body, idempotencyToken }) => {
      executions += 1;
      messages.set(idempotencyToken, body.text);
      if (executions === 1) throw new Error('The answer of the effect was lost.');
      return { body: { execution: executions } };
    },
    { idempotency: idempotencyTable({ tableName: 'table' }) },
  );
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 500 });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
  expect(executions).toBe(2);
  expect([...messages.values()]).toEqual(['a']);
});

test('a request that failed so late that its repetition is being executed leaves that in place', async () => {
  const handler = counting(async () => {
    for (const [id, item] of table.items) table.items.set(id, { ...item, putId: { S: 'of the repetition' } });
    throw new HttpError(404, 'Not yet.');
  });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 404 });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 503 });
  expect(executions).toBe(1);
});

test('a request whose execution outlasts the function stays recorded, because it may have been executed', async () => {
  const handler = counting(() => setTimeout(700));
  await invoke(handler, keyed('a'), lambdaContext(400));
  expect(table.operations).toEqual(['PutItem']);
  expect([...table.items.values()]).toMatchObject([{ status: { S: 'INPROGRESS' } }]);
});

test('a request counts as being executed for a while longer: clocks differ, and a process may be ended late', async () => {
  const ended = Promise.withResolvers<void>();
  const handler = counting(() => (executions === 1 ? ended.promise : Promise.resolve()));
  await invoke(handler, keyed('a'), lambdaContext(300));
  expect(await invoke(handler, keyed('a'), lambdaContext())).toMatchObject({
    statusCode: 503,
    headers: { 'Retry-After': '1' },
  });
  expect(executions).toBe(1);
  await setTimeout(1_100);
  expect(await invoke(handler, keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
  ended.resolve();
});

test('a request that arrives when the time of the function is over is not executed, and its key is free a second later', async () => {
  const handler = counting();
  expect(await handler(keyed('a'), lambdaContext(0))).toMatchObject({ statusCode: 503 });
  expect(executions).toBe(0);
  await setTimeout(1_100);
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
});

test.each([400, 503])(
  'a request whose handler returns the status %d may be sent again, as if it had thrown an error',
  async (status) => {
    const answers = [{ body: { execution: 0 }, status }, { body: { execution: 1 } }];
    const handler = apiHandler(operation, () => answers.shift() ?? { body: { execution: 2 } }, {
      idempotency: idempotencyTable({ tableName: 'table' }),
    });
    for (const statusCode of [status, 201, 201]) {
      expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode });
    }
    expect(answers).toEqual([]);
  },
);

test('an answer with a header that is undefined is repeated without this header', async () => {
  const handler = apiHandler(
    operation,
    () => ({ body: { execution: 1 }, headers: { 'Retry-After': undefined, Location: '/messages/1' } }),
    { idempotency: idempotencyTable({ tableName: 'table' }) },
  );
  const first = await handler(keyed('a'), lambdaContext());
  expect(Object.keys(first.headers ?? {})).not.toContain('Retry-After');
  expect(await handler(keyed('a'), lambdaContext())).toEqual(first);
});

test('the date of an answer of the table sets no clock: after an absurd one, the SDK could sign no other request', async () => {
  const handler = counting();
  table.date = 'Sat, 13 Sep 275760 00:00:00 GMT';
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
  table.date = undefined;
  await setTimeout(2);
  expect(await handler(keyed('b'), lambdaContext())).toMatchObject({ statusCode: 201 });
});

test('the same key with another request is refused', async () => {
  const handler = counting();
  await handler(keyed('a'), lambdaContext());
  const other = await handler(keyed('a', { body: '{"text":"b"}' }), lambdaContext());
  expect(other).toMatchObject({ statusCode: 422 });
  expect(executions).toBe(1);
});

describe('the query belongs to the request', () => {
  const to = (...names: string[]) => keyed('a', { multiValueQueryStringParameters: { to: names } });

  test.each([
    ['another value', to('bob')],
    ['a further value', to('alice', 'bob')],
    ['no query', keyed('a')],
    ['a further parameter', keyed('a', { multiValueQueryStringParameters: { to: ['alice'], cc: ['bob'] } })],
  ])('a key that was used with ?to=alice is refused with %s', async (_what, other) => {
    const handler = counting();
    const first = await handler(to('alice'), lambdaContext());
    expect(await handler(to('alice'), lambdaContext())).toEqual(first);
    expect(await handler(other, lambdaContext())).toMatchObject({ statusCode: 422 });
    expect(executions).toBe(1);
  });

  test('a key that was used without a query is refused with one', async () => {
    const handler = counting();
    await handler(keyed('a'), lambdaContext());
    expect(await handler(to('alice'), lambdaContext())).toMatchObject({ statusCode: 422 });
  });

  test('the order of the parameters does not count', async () => {
    const handler = counting();
    const query = { to: ['alice'], cc: ['bob'] };
    const reversed = { cc: ['bob'], to: ['alice'] };
    const first = await handler(keyed('a', { multiValueQueryStringParameters: query }), lambdaContext());
    expect(await handler(keyed('a', { multiValueQueryStringParameters: reversed }), lambdaContext())).toEqual(
      first,
    );
  });

  test.each([null, {}])(
    'without parameters (%j), the hash of a record is that of earlier versions',
    async (query) => {
      await counting()(keyed('a', { multiValueQueryStringParameters: query }), lambdaContext());
      const hash = createHash('md5').update(JSON.stringify(['POST', '/messages', '{"text":"a"}']));
      expect([...table.items.values()]).toMatchObject([{ validation: { S: hash.digest('base64') } }]);
    },
  );
});

describe('if the table answers late', () => {
  // A test that measures time by halves of seconds, because a loaded machine loses some.
  const timeOutMs = 1_500;

  test('a request that could not end in time is not executed, because its repetition would be executed too', async () => {
    const handler = counting(() => setTimeout(800));
    table.delays.PutItem = 1_000;
    const response = await invoke(handler, keyed('a'), lambdaContext(timeOutMs));
    expect(response).toMatchObject({
      statusCode: 503,
      headers: { 'Retry-After': '2', 'Content-Type': 'application/problem+json' },
      body: expect.stringMatching(/was not executed: only \d+ ms were left, and it may take 7[45]\d ms/),
    });
    expect([executions, table.operations]).toEqual([0, ['PutItem']]);
    table.delays.PutItem = 0;
    await setTimeout(2_000);
    expect(await invoke(handler, keyed('a'), lambdaContext(timeOutMs))).toMatchObject({ statusCode: 201 });
    expect(await invoke(handler, keyed('a'), lambdaContext(timeOutMs))).toMatchObject({ statusCode: 201 });
    expect(executions).toBe(1);
  });

  test('a request that can end in time is executed', async () => {
    const handler = counting(undefined, 200);
    table.delays.PutItem = 1_000;
    expect(await invoke(handler, keyed('a'), lambdaContext(3_000))).toMatchObject({ statusCode: 201 });
  });

  test('the response to an earlier request needs no time', async () => {
    const handler = counting(undefined, 1_000);
    await invoke(handler, keyed('a'), lambdaContext());
    expect(await invoke(handler, keyed('a'), lambdaContext(900))).toMatchObject({ statusCode: 201 });
    expect(await invoke(handler, keyed('b'), lambdaContext(900))).toMatchObject({ statusCode: 503 });
    expect(executions).toBe(1);
  });
});

describe('the same request at another address of the API', () => {
  const withBase = { path: '/exchange/messages' };

  test('is the same one: a custom domain’s base path does not count', async () => {
    const handler = counting();
    const first = await handler(keyed('a'), lambdaContext());
    expect(await handler(keyed('a', withBase), lambdaContext())).toEqual(first);
    const second = await handler(keyed('b', withBase), lambdaContext());
    expect(await handler(keyed('b'), lambdaContext())).toEqual(second);
    expect(executions).toBe(2);
  });

  test('is another one if a path parameter differs', async () => {
    const handler = counting();
    const of = (id: string, base = '') =>
      keyed('a', { path: `${base}/boxes/${id}`, resourcePath: '/boxes/{id}', pathParameters: { id } });
    const first = await handler(of('1'), lambdaContext());
    expect(await handler(of('1', '/exchange'), lambdaContext())).toEqual(first);
    expect(await handler(of('2', '/exchange'), lambdaContext())).toMatchObject({ statusCode: 422 });
    expect(executions).toBe(1);
  });

  test.each([
    ['at the default address', {}],
    ['at a custom domain with a base path', withBase],
  ])('is the same one if version 0.1.0 recorded it %s', async (_where, given) => {
    const handler = counting();
    const event = keyed(randomUUID(), given);
    await handler(structuredClone(event), lambdaContext());
    const [[id, item] = ['', {}]] = table.items;
    table.items.set(id, {
      ...item,
      validation: {
        S: createHash('md5')
          .update(JSON.stringify(['POST', event.path, event.body]))
          .digest('base64'),
      },
    });
    expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 201 });
    expect(executions).toBe(1);
  });
});
