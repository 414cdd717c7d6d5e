import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TraceRecord } from '../trace/record.ts';
import { explainTrace } from './explain-trace.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'recorded-'));
  await mkdir(join(root, '.local-aws'), { mode: 0o700 });
});
afterAll(() => rm(root, { recursive: true }));

function event(requestId: string, status: number, parentRequestId?: string): TraceRecord {
  return {
    time: '2026-01-02T03:04:05.678Z',
    requestId,
    ...(parentRequestId === undefined ? {} : { parentRequestId }),
    service: 'sts',
    operation: 'AssumeRole',
    decisions: [],
    status,
    durationMs: 1,
  };
}

async function writeTrace(events: readonly TraceRecord[]) {
  const lines = events.map((each) => `${JSON.stringify(each)}\n`).join('');
  await writeFile(join(root, '.local-aws/trace.jsonl'), `${lines}{"time":"being writ`);
}

async function explain(events: readonly TraceRecord[], wanted: Parameters<typeof explainTrace>[1]) {
  await writeTrace(events);
  return (await explainTrace(root, wanted)).explained.map((each) => each.event.requestId);
}

const trace = [
  event('refused-1', 403),
  event('passed-1', 200),
  event('inner', 403, 'api'),
  event('other', 403, 'elsewhere'),
  event('api', 500, 'invoke'),
  event('token', 200, 'invoke'),
  event('invoke', 200),
  event('failed', 404),
];

test.each([
  [{ last: 1 }, ['other']],
  [{ last: 2 }, ['inner', 'other']],
  [{ last: 9 }, ['refused-1', 'inner', 'other']],
  [{ requestId: 'passed-1' }, ['passed-1']],
  [{ requestId: 'refused-1' }, ['refused-1']],
  [{ requestId: 'invoke' }, ['inner', 'invoke']],
  [{ requestId: 'inv' }, []],
])('of a trace, %j explains the requests %j', async (wanted, requestIds) => {
  expect(await explain(trace, wanted)).toEqual(requestIds);
});

test('a request is explained by an ID of its answer, with those that it caused', async () => {
  const answeredIds = { requestId: 'chosen', extendedRequestId: 'U9euFi_ySQ0EPsw=' };
  const events = [event('inner', 403, 'api'), { ...event('api', 500), answeredIds }, event('failed', 404)];
  for (const requestId of ['api', 'chosen', 'U9euFi_ySQ0EPsw=']) {
    expect(await explain(events, { requestId })).toEqual(['inner', 'api']);
  }
});

test('refusals that verify provoked, also in functions, are not explained unless their request is named', async () => {
  const probe = (requestId: string, parentRequestId?: string) => ({
    ...event(requestId, 403, parentRequestId),
    probe: true,
  });
  const provoked = [
    event('refused', 403),
    probe('attack'),
    event('inner', 403, 'call'),
    event('call', 500, 'invoke'),
    { ...probe('invoke'), status: 200 },
  ];
  expect(await explain(provoked, { last: 1 })).toEqual(['refused']);
  expect(await explain(provoked, { requestId: 'attack' })).toEqual(['attack']);
});

test('an empty trace explains nothing', async () => {
  expect(await explain([], { last: 1 })).toEqual([]);
});

test('a missing trace is an error that says so', async () => {
  await expect(explainTrace(join(root, 'nowhere'), { last: 1 })).rejects.toMatchObject({
    code: 'NO_LOCAL_AWS',
  });
});

describe('an error that the API answered a function', () => {
  const answered = (requestId: string, status: number, parentRequestId?: string): TraceRecord => ({
    ...event(requestId, status, parentRequestId),
    service: 'execute-api',
    operation: 'POST /messages',
    errorMessage: 'foo: Expected string',
  });

  test('is explained if the function did not fail, e.g. because it answers with batchItemFailures', async () => {
    const batch = [event('older', 403), answered('good', 201, 'invoke'), answered('bad', 400, 'invoke')];
    const trace = [...batch, answered('later', 201, 'invoke'), event('invoke', 200)];
    expect(await explain(trace, { last: 1 })).toEqual(['bad']);
    expect(await explain(trace, { requestId: 'invoke' })).toEqual(['bad', 'invoke']);
    const { explained } = await explainTrace(root, { last: 1 });
    expect(explained[0]?.reason).toContain('foo: Expected string');
    // A success of the route with another message proves nothing about this one.
    expect(explained[0]?.succeeded).toBeUndefined();
  });

  test('is not explained if the function failed by it: the function is, with its line', async () => {
    const functionArn = 'arn:aws:lambda:eu-central-1:111111111111:function:caller';
    const failure = { functionArn, errorType: 'ApiError', errorMessage: 'answered 400', stack: [] };
    const trace = [answered('bad', 400, 'invoke'), { ...event('invoke', 200), failure }];
    expect(await explain(trace, { last: 9 })).toEqual(['invoke']);
  });

  test.each([
    ['no function called', answered('one', 400)],
    ['it throttled', answered('one', 429, 'invoke')],
    ['it failed', answered('one', 500, 'invoke')],
  ])('is not explained if %s', async (_why, record) => {
    expect(await explain([record], { last: 9 })).toEqual([]);
  });
});

describe('a function that failed', () => {
  const functionArn = 'arn:aws:lambda:eu-central-1:111111111111:function:messages';
  const failed = (requestId: string, status: number, parentRequestId?: string) => ({
    ...event(requestId, status, parentRequestId),
    failure: { functionArn, errorType: 'Error', errorMessage: 'no', stack: [] },
  });

  test('is explained rather than an older refusal', async () => {
    expect(await explain([event('older', 403), failed('api', 502)], { last: 1 })).toEqual(['api']);
  });

  test('is not explained if a request that it made was refused, or failed itself: only that one is', async () => {
    const refused = [event('older', 403), event('inner', 403, 'api'), failed('api', 502, 'invoke')];
    expect(await explain([...refused, failed('invoke', 200)], { last: 1 })).toEqual(['inner']);
    expect(await explain([...refused, failed('invoke', 200)], { last: 9 })).toEqual(['older', 'inner']);
    const attempts = [failed('first', 502, 'invoke'), failed('second', 502, 'invoke')];
    expect(await explain([...attempts, failed('invoke', 200)], { last: 1 })).toEqual(['second']);
  });

  test('of an invocation that is named is explained with it', async () => {
    const trace = [failed('api', 502, 'invoke'), event('invoke', 200)];
    expect(await explain(trace, { requestId: 'invoke' })).toEqual(['api', 'invoke']);
  });

  test('has succeeded since if the same function ran without a failure', async () => {
    const invoked = {
      ...event('later', 200),
      decisions: [
        {
          principalArn: 'apigateway.amazonaws.com',
          action: 'lambda:InvokeFunction',
          resource: functionArn,
          context: {},
          consulted: [],
          allowed: true,
          decidedBy: [],
        } as const,
      ],
    };
    const since = async (later: TraceRecord) => {
      await writeTrace([failed('api', 502), later]);
      const { explained } = await explainTrace(root, { last: 1 });
      return explained.map(({ event, succeeded }) => [event.requestId, succeeded?.requestId]);
    };
    expect(await since(invoked)).toEqual([['api', 'later']]);
    expect(await since(event('later', 200))).toEqual([['api', undefined]]);
    expect(await since({ ...invoked, failure: failed('x', 502).failure })).toEqual([['later', undefined]]);
  });
});
