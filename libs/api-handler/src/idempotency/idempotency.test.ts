import { createHash, randomUUID } from 'node:crypto';
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
  // The clock stands still, unless a test or the table lets time pass. HTTP needs what is not faked.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] });
  table = await startFakeTable();
  executions = 0;
});
afterEach(() => {
  table.close();
  jest.useRealTimers();
});

/** Lets time pass. @param milliseconds by all clocks and timers */
const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

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

/** Work that goes on when the function's time is over. @param milliseconds the function's time */
async function passWithoutEnd(milliseconds: number): Promise<never> {
  await pass(milliseconds);
  return new Promise(() => {});
}

/** Runs a handler as Lambda does: it ends when the function's time is over, whether it has answered or not. */
async function invoke(handler: ReturnType<typeof counting>, event: ApiEvent, context: LambdaContext) {
  const timeOut = new Promise<undefined>((resolve) => {
    setTimeout(resolve, context.getRemainingTimeInMillis(), undefined);
  });
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
    await pass(1);
    const failure = failures.shift();
    if (failure) throw failure;
  });
  for (const statusCode of [404, 500, 201, 201]) {
    expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode });
  }
  expect(executions).toBe(3);
});

test('a request that failed so late that its repetition is being executed leaves the record of the repetition in place', async () => {
  const handler = counting(async () => {
    for (const [id, item] of table.items) table.items.set(id, { ...item, putId: { S: 'of the repetition' } });
    throw new HttpError(404, 'Not yet.');
  });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 404 });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 503 });
  expect(executions).toBe(1);
});

test('a request whose execution outlasts the function stays recorded, because it may have been executed', async () => {
  const handler = counting(() => passWithoutEnd(400));
  await invoke(handler, keyed('a'), lambdaContext(400));
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 503 });
  expect(table.operations).toEqual(['PutItem', 'PutItem']);
  expect([...table.items.values()]).toMatchObject([{ status: { S: 'INPROGRESS' } }]);
});

test('a request counts as being executed for a second after the function’s time, because clocks differ', async () => {
  const handler = counting(() => (executions === 1 ? passWithoutEnd(300) : Promise.resolve()));
  await invoke(handler, keyed('a'), lambdaContext(300));
  expect(await invoke(handler, keyed('a'), lambdaContext())).toMatchObject({
    statusCode: 503,
    headers: { 'Retry-After': '1' },
  });
  await pass(1_000);
  expect(await invoke(handler, keyed('a'), lambdaContext())).toMatchObject({ statusCode: 503 });
  expect(executions).toBe(1);
  await pass(1);
  expect(await invoke(handler, keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
});

test('an absurd date in a response of the table does not keep the SDK from signing the next request', async () => {
  const handler = counting();
  table.date = 'Sat, 13 Sep 275760 00:00:00 GMT';
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
  table.date = undefined;
  await pass(2);
  expect(await handler(keyed('b'), lambdaContext())).toMatchObject({ statusCode: 201 });
});

test('the same key with another request is refused', async () => {
  const handler = counting();
  await handler(keyed('a'), lambdaContext());
  const other = await handler(keyed('a', { body: '{"text":"b"}' }), lambdaContext());
  expect(other).toMatchObject({ statusCode: 422 });
  expect(executions).toBe(1);
});

describe('if the table answers late', () => {
  const timeOutMs = 1_500;

  test('a request that could not end in time after a late answer of the table is not executed', async () => {
    const handler = counting(() => pass(800));
    table.delays.PutItem = 1_000;
    const response = await invoke(handler, keyed('a'), lambdaContext(timeOutMs));
    expect(response).toMatchObject({
      statusCode: 503,
      headers: { 'Retry-After': '2', 'Content-Type': 'application/problem+json' },
      body: expect.stringContaining('was not executed: only 500 ms were left, and it may take 750 ms'),
    });
    expect([executions, table.operations]).toEqual([0, ['PutItem']]);
    delete table.delays.PutItem;
    await pass(2_000);
    expect(await invoke(handler, keyed('a'), lambdaContext(timeOutMs))).toMatchObject({ statusCode: 201 });
    expect(await invoke(handler, keyed('a'), lambdaContext(timeOutMs))).toMatchObject({ statusCode: 201 });
    expect(executions).toBe(1);
  });

  test('a request that can end in time after a late answer of the table is executed', async () => {
    const handler = counting(undefined, 200);
    table.delays.PutItem = 1_000;
    expect(await invoke(handler, keyed('a'), lambdaContext(3_000))).toMatchObject({ statusCode: 201 });
  });

  test('a repetition gets the recorded response even if the time is too short for an execution', async () => {
    const handler = counting(undefined, 1_000);
    await invoke(handler, keyed('a'), lambdaContext());
    expect(await invoke(handler, keyed('a'), lambdaContext(900))).toMatchObject({ statusCode: 201 });
    expect(await invoke(handler, keyed('b'), lambdaContext(900))).toMatchObject({ statusCode: 503 });
    expect(executions).toBe(1);
  });
});

describe('the same request at another address of the API', () => {
  const withBase = { path: '/exchange/messages' };

  test('a request at a custom domain is the same request: the base path does not count', async () => {
    const handler = counting();
    const first = await handler(keyed('a'), lambdaContext());
    expect(await handler(keyed('a', withBase), lambdaContext())).toEqual(first);
    const second = await handler(keyed('b', withBase), lambdaContext());
    expect(await handler(keyed('b'), lambdaContext())).toEqual(second);
    expect(executions).toBe(2);
  });

  test('a request with another path parameter is another request', async () => {
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
  ])('a request that version 0.1.0 recorded %s is the same request', async (_where, given) => {
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
