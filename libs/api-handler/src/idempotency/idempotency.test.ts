import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { apiEvent, lambdaContext, session } from '../event.testing.ts';
import { type ApiEvent, apiHandler, type HandledOperation, HttpError, type LambdaContext } from '../index.ts';
import { collectLogs } from '../logged.testing.ts';
import {
  carryOut,
  type FakeTable,
  type Input,
  startFakeTable,
  type Operation as TableOperation,
} from './fake-table.testing.ts';
import { idempotencyTable } from './index.ts';

const logged = collectLogs();

const operation = {
  method: 'POST',
  path: '/messages',
  request: v.object({ text: v.string() }),
  response: v.object({ execution: v.number() }),
  status: 201,
  idempotencyKey: true,
} as const satisfies HandledOperation;

const NEEDED_BY_HTTP = ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] as const;

let table: FakeTable;
let executions: number;
beforeEach(async () => {
  // The clock stands still, unless a test or the table lets time pass.
  jest.useFakeTimers({ doNotFake: [...NEEDED_BY_HTTP] });
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
  expect(logged).toMatchObject(
    ['answered', 'repeated', 'answered'].map((message) => ({
      message,
      requestId: 'request-1',
      caller: session,
    })),
  );
});

test('two functions that share a table do not share keys, and two environments of one function do', async () => {
  const inFunction = (name: string) => {
    process.env.AWS_LAMBDA_FUNCTION_NAME = name;
    try {
      return counting();
    } finally {
      delete process.env.AWS_LAMBDA_FUNCTION_NAME;
    }
  };
  const first = await inFunction('orders')(keyed('a'), lambdaContext());
  expect(await inFunction('orders')(keyed('a'), lambdaContext())).toEqual(first);
  expect(executions).toBe(1);
  const other = await inFunction('refunds')(keyed('a'), lambdaContext());
  expect(other).toMatchObject({ statusCode: 201, headers: { Location: '/messages/2' } });
});

describe('a key belongs to the role that called', () => {
  const role = 'arn:aws:sts::111111111111:assumed-role/invoke';

  test('another session of the role that called gets the answer of the first request', async () => {
    const handler = counting();
    const first = await handler(keyed('a', { userArn: `${role}/first` }), lambdaContext());
    expect(await handler(keyed('a', { userArn: `${role}/second` }), lambdaContext())).toEqual(first);
    expect(executions).toBe(1);
  });

  test('another role with the same key is another request', async () => {
    const handler = counting();
    await handler(keyed('a', { userArn: `${role}/caller` }), lambdaContext());
    const other = await handler(keyed('a', { userArn: `${role}-2/caller` }), lambdaContext());
    expect(other).toMatchObject({ statusCode: 201, headers: { Location: '/messages/2' } });
  });

  test('a request with a key that nobody signed is refused, and leaves nothing in the table', async () => {
    const event = keyed('a', { userArn: null, accountId: null });
    expect(await counting()(event, lambdaContext())).toMatchObject({ statusCode: 403 });
    expect([executions, table.operations]).toEqual([0, []]);
  });
});

test('a request is remembered for 24 hours, and executed again after that', async () => {
  const handler = counting();
  await handler(keyed('a'), lambdaContext());
  const [[id, item] = ['', {}]] = table.items;
  const hoursLeft = (Number(item.expiration?.N) - Date.now() / 1_000) / 3_600;
  expect(hoursLeft).toBeCloseTo(24, 1);
  table.items.set(id, { ...item, expiration: { N: String(Math.floor(Date.now() / 1_000) - 1) } });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ headers: { Location: '/messages/2' } });
});

test('requests with one key that arrive at once are executed once, and both get the answer in the end', async () => {
  const work = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const handler = counting(() => {
    begun.resolve();
    return work.promise;
  });
  const first = handler(keyed('a'), lambdaContext());
  await begun.promise;
  const second = await handler(keyed('a'), lambdaContext());
  expect(second).toMatchObject({ statusCode: 503, headers: { 'Retry-After': '6' } });
  // signed-fetch knows this type.
  expect(JSON.parse(second.body)).toEqual({
    type: 'urn:problem-type:cross-account-api:request-in-progress',
    title: 'Request in progress',
    status: 503,
    detail: 'A request with this Idempotency-Key is being executed. Repeat it later.',
    requestId: 'request-1',
  });
  work.resolve();
  const answer = await first;
  expect(await handler(keyed('a'), lambdaContext())).toEqual(answer);
  expect(executions).toBe(1);
  // A client asks each second: no error of the API.
  // A metric filter of a stage with alarms counts these lines.
  expect(logged).toContainEqual(
    expect.objectContaining({
      message: 'refused',
      error: expect.objectContaining({ name: 'RequestInProgress' }),
    }),
  );
  expect(logged.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'WARN refused',
    'INFO answered',
    'INFO repeated',
  ]);
});

test('a request without a key is not remembered', async () => {
  const handler = counting();
  const event = () => apiEvent({ body: '{"text":"a"}' });
  await handler(event(), lambdaContext());
  await handler(event(), lambdaContext());
  expect([executions, table.operations]).toEqual([2, []]);
});

test('a key that only multiValueHeaders has counts', async () => {
  const handler = counting();
  const event = keyed('a', { headers: null, multiValueHeaders: { 'idempotency-key': ['a'] } });
  const typed = { ...event, headers: { 'Content-Type': 'application/json' } };
  const first = await handler(typed, lambdaContext());
  expect(await handler(keyed('a'), lambdaContext())).toEqual(first);
  expect(executions).toBe(1);
});

test('a body with other whitespace is another request', async () => {
  const handler = counting();
  await handler(keyed('a'), lambdaContext());
  expect(await handler(keyed('a', { body: '{ "text": "a" }' }), lambdaContext())).toMatchObject({
    statusCode: 422,
  });
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

test('a request that failed so late that its repetition is being executed leaves the record of the repetition in place', async () => {
  const handler = counting(async () => {
    for (const [id, item] of table.items) table.items.set(id, { ...item, putId: { S: 'of the repetition' } });
    throw new HttpError(404, 'Not yet.');
  });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 404 });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 503 });
  expect(executions).toBe(1);
});

test('a request whose record was deleted meanwhile is answered, and leaves no record without its request', async () => {
  const handler = counting(async () => table.items.clear());
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
  expect([...table.items.values()]).toEqual([]);
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

test('a request that arrives when the time of the function is over is not executed, and its key is free a second later', async () => {
  // Powertools warns that it cannot record an end.
  jest.spyOn(console, 'warn').mockReturnValue();
  const handler = counting();
  expect(await handler(keyed('a'), lambdaContext(0))).toMatchObject({ statusCode: 503 });
  expect(executions).toBe(0);
  await pass(1_001);
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

test('without a table, a request with a key fails, and the log names the variable; one without a key is answered', async () => {
  const handler = apiHandler(operation, () => ({ body: { execution: 1 } }), {
    idempotency: idempotencyTable(),
  });
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 500 });
  expect(logged).toMatchObject([
    {
      message: 'failed',
      error: { message: expect.stringContaining('set its environment variable IDEMPOTENCY_TABLE') },
    },
  ]);
  const { headers: _, ...keyless } = keyed('a');
  const event = { ...keyless, headers: { 'content-type': 'application/json' } };
  expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 201 });
});

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
  expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ headers: { Location: '/messages/1' } });
  expect(executions).toBe(1);
});

/** The SDK repeats requests without a pause. The clock stands still, and no time-out ends, however busy the machine is. */
function repeatAtOnce(): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: [...NEEDED_BY_HTTP, 'setTimeout', 'clearTimeout'] });
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const later = globalThis.setTimeout;
    jest.spyOn(globalThis, 'setTimeout').mockImplementation((work, milliseconds = 0, ...args) => {
      const timer = later(work, milliseconds > 0 ? 2 ** 31 - 1 : 0, ...args);
      return milliseconds > 0 ? timer.unref() : timer;
    });
  });
  afterEach(() => jest.restoreAllMocks());
}

describe('if an answer of the table is lost', () => {
  repeatAtOnce();

  /** Loses the first answer to an operation, or has it fail. */
  const strikeFirst = (struck: TableOperation, fault: 'lost' | 'failed', meanwhile = () => {}) => {
    let strikes = 0;
    table.fault = (name) => {
      if (name !== struck || strikes > 0) return undefined;
      strikes += 1;
      meanwhile();
      return fault;
    };
  };

  test('a request is executed although the SDK repeats its put, whose condition the first try has broken', async () => {
    strikeFirst('PutItem', 'lost');
    const handler = counting();
    const first = await handler(keyed('a'), lambdaContext());
    expect(first).toMatchObject({ statusCode: 201 });
    expect(await handler(keyed('a'), lambdaContext())).toEqual(first);
    expect(executions).toBe(1);
  });

  test('a request is not executed if another environment recorded it before the SDK repeated its put', async () => {
    const handler = counting();
    await handler(keyed('a'), lambdaContext());
    const [[id, item] = ['', {}]] = table.items;
    const inProgress = { status: { S: 'INPROGRESS' }, putId: { S: 'of another' } };
    const end = { in_progress_expiration: { N: String(Date.now() + 5_000) } };
    table.items.clear();
    strikeFirst('PutItem', 'failed', () => table.items.set(id, { ...item, ...inProgress, ...end }));
    expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 503 });
    expect(executions).toBe(1);
  });

  test('a response is stored although the answer of its first write was lost', async () => {
    strikeFirst('UpdateItem', 'lost');
    const handler = counting();
    const first = await handler(keyed('a'), lambdaContext());
    expect(await handler(keyed('a'), lambdaContext())).toEqual(first);
  });

  test('a request that failed may be sent again although the answer of the first delete was lost', async () => {
    strikeFirst('DeleteItem', 'lost');
    const handler = counting(async () => {
      if (executions === 1) throw new HttpError(404, 'Not yet.');
    });
    for (const statusCode of [404, 201, 201]) {
      expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode });
    }
    // The condition of the second delete fails. That is not a defect.
    expect(logged.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  test('a put that arrives after its request was executed does not make it one that is being executed', async () => {
    let put: Input = {};
    table.fault = (name, input) => {
      if (name === 'PutItem') put = input;
      return undefined;
    };
    const handler = counting();
    const first = await handler(keyed('a'), lambdaContext());
    carryOut('PutItem', put, table.items);
    expect(await handler(keyed('a'), lambdaContext())).toEqual(first);
  });
});

// Fake timers know no longest delay: Node's fire at once after 2³¹ ms.
test('with any time left, a request is executed', async () => {
  jest.useRealTimers();
  const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 2 ** 32 };
  expect(await counting(undefined, 1)(keyed('a'), context)).toMatchObject({ statusCode: 201 });
});

describe('if the table cannot be written', () => {
  repeatAtOnce();

  const refusal = {
    statusCode: 409,
    body: expect.stringContaining('was executed, but its response could not be stored'),
  };
  /** Whether an operation writes a response, which is a map. */
  const withResponse = ({ ExpressionAttributeValues = {} }: Input) =>
    Object.values(ExpressionAttributeValues).some((value) => 'M' in value);
  const fails = (...operations: TableOperation[]) => {
    table.fault = (name) => (operations.includes(name) ? 'failed' : undefined);
  };

  test('a request that cannot be recorded is not executed', async () => {
    fails('PutItem');
    expect(await counting()(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 500 });
    expect(executions).toBe(0);
    expect(logged).toMatchObject([{ level: 'ERROR', message: 'failed' }]);
  });

  test('a request whose response is larger than an item is answered, and its repetition refused without Retry-After', async () => {
    const long = { ...operation, response: v.object({ text: v.string() }) };
    const text = 'x'.repeat(400 * 1024);
    const handler = apiHandler(
      long,
      () => {
        executions += 1;
        return { body: { text } };
      },
      { idempotency: idempotencyTable({ tableName: 'table' }) },
    );
    expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
    const repeated = await handler(keyed('a'), lambdaContext());
    expect(repeated).toMatchObject(refusal);
    expect(repeated.headers).not.toHaveProperty('Retry-After');
    expect(executions).toBe(1);
  });

  test('a request whose response could not be stored is refused when it is repeated, because it was executed', async () => {
    table.fault = (_name, input) => (withResponse(input) ? 'failed' : undefined);
    const handler = counting();
    expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 201 });
    table.fault = () => undefined;
    expect(await handler(keyed('a'), lambdaContext())).toMatchObject(refusal);
    expect(executions).toBe(1);
    expect(logged).toContainEqual(expect.objectContaining({ level: 'ERROR' }));
  });

  test('a request of which nothing could be stored is answered, and counts as being executed until its time is over', async () => {
    fails('UpdateItem');
    const handler = counting();
    expect(await handler(keyed('a'), lambdaContext(4_000))).toMatchObject({ statusCode: 201 });
    table.fault = () => undefined;
    expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 503 });
  });

  test('a request that failed and cannot be deleted is answered with its own error, and counts as being executed until its time is over', async () => {
    fails('DeleteItem');
    const handler = counting(() => Promise.reject(new HttpError(404, 'Not yet.')));
    expect(await handler(keyed('a'), lambdaContext(4_000))).toMatchObject({ statusCode: 404 });
    table.fault = () => undefined;
    expect(await handler(keyed('a'), lambdaContext())).toMatchObject({ statusCode: 503 });
  });
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

  test('a request with its query parameters in another order is the same request', async () => {
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

describe('if the table does not answer', () => {
  /** The table is silent on these operations: once, or each time. */
  const isSilent = (struck: TableOperation, times = Number.POSITIVE_INFINITY) => {
    let strikes = 0;
    table.fault = (name) => {
      if (name !== struck || strikes >= times) return undefined;
      strikes += 1;
      return 'silent';
    };
  };
  const repeats = (handler: ReturnType<typeof counting>) => invoke(handler, keyed('a'), lambdaContext());

  test.each<TableOperation>(['PutItem', 'UpdateItem'])(
    'a %s without an answer is sent again, so the request is executed once and its response stored',
    async (operation) => {
      isSilent(operation, 1);
      const handler = counting();
      const first = await invoke(handler, keyed('a'), lambdaContext(5_000));
      expect(first).toMatchObject({ statusCode: 201 });
      await pass(10_000);
      expect(await repeats(handler)).toEqual(first);
      expect(executions).toBe(1);
    },
  );

  test('a request that failed may be sent again although the first delete had no answer', async () => {
    isSilent('DeleteItem', 1);
    const handler = counting(() => Promise.reject(new HttpError(404, 'Not yet.')));
    expect(await invoke(handler, keyed('a'), lambdaContext(5_000))).toMatchObject({ statusCode: 404 });
    expect(await repeats(handler)).toMatchObject({ statusCode: 404 });
    expect(executions).toBe(2);
  });

  test.each([1_000, 5_000, 29_000])(
    'no write of the response is answered: with %d ms, the client still gets its response',
    async (milliseconds) => {
      isSilent('UpdateItem');
      const context = lambdaContext(milliseconds);
      expect(await invoke(counting(), keyed('a'), context)).toMatchObject({ statusCode: 201 });
      // A caller waits for ten seconds by default.
      expect(milliseconds - context.getRemainingTimeInMillis()).toBeLessThan(6_000);
    },
  );

  test('no delete is answered: the client still gets its error', async () => {
    isSilent('DeleteItem');
    const handler = counting(() => Promise.reject(new HttpError(404, 'Not yet.')));
    expect(await invoke(handler, keyed('a'), lambdaContext(3_000))).toMatchObject({ statusCode: 404 });
  });

  test('no put is answered: the request is not executed, and the client learns when to repeat it', async () => {
    isSilent('PutItem');
    expect(await invoke(counting(), keyed('a'), lambdaContext(3_000))).toMatchObject({
      statusCode: 503,
      headers: { 'Retry-After': '2' },
      body: expect.stringContaining('was not executed: only 300 ms were left'),
    });
    expect(executions).toBe(0);
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
});
