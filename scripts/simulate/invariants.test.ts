import { countExceptions, invariants } from './invariants.ts';
import type { CallerInvocation, Execution, Observed } from './observed.ts';
import type { Call } from './plan.ts';
import { SECRET } from './sts.ts';

const call: Call = {
  at: 0,
  caller: 0,
  message: 1,
  method: 'POST',
  key: 'key-1',
  asynchronous: false,
  workMs: [0, 0],
  failures: 0,
};
const role = 'arn:aws:sts::111111111111:assumed-role/invoke.billing';

/** An execution that the table stored. */
const execution: Execution = {
  call,
  requestId: 'request-1',
  by: { id: 'billing-1', run: 0, request: 1 },
  key: { text: 'key-1', principal: `${role}/a` },
  table: 1,
  begunAt: 100,
  at: 200,
  deadline: 5_000,
  timeoutMs: 5_000,
  environment: 'messages#1',
  stalled: false,
  storedAt: 300,
  endedAt: 310,
  ending: 'succeeded',
};

/** A later execution of the same message. */
const again: Execution = {
  ...execution,
  requestId: 'request-2',
  by: { id: 'billing-1', run: 0, request: 2 },
  key: { text: 'key-1', principal: `${role}/b` },
  begunAt: 7_000,
  at: 7_100,
  deadline: 12_000,
  storedAt: 7_200,
  endedAt: 7_300,
};

const value = {
  status: 200,
  body: { received: { message: 1 }, requestId: 'request-1', caller: { arn: `${role}/a` } },
  requestId: 'request-1',
  attempts: 1,
};

/** An invocation that returned the answer. */
const invocation: CallerInvocation = {
  call,
  id: 'billing-1',
  run: 0,
  environment: 'billing#1',
  deadline: 20_000,
  sent: 1,
  endedAt: 400,
  stalled: false,
  ending: { type: 'returned', value },
  afterFaults: false,
};

const threw = (name: string, members: object = {}): CallerInvocation => ({
  ...invocation,
  ending: { type: 'threw', error: Object.assign(new Error('it failed'), { name, ...members }) },
});

const observed = (seen: Partial<Observed>): Observed => ({
  executions: [execution],
  invocations: [invocation],
  signed: [],
  overlappingSts: [],
  texts: [],
  ...seen,
});

const broken = (seen: Partial<Observed>) =>
  Object.entries(invariants).flatMap(([name, check]) => (check(observed(seen)).length > 0 ? [name] : []));

test('a history in which a call is executed and answered keeps all of them', () => {
  expect(broken({})).toEqual([]);
});

test.each<[string, Partial<Observed>]>([
  ['a keyed request is executed at most once', { executions: [execution, again] }],
  [
    'a keyed request is executed by an API that remembers it',
    { executions: [{ ...execution, table: undefined }] },
  ],
  ['an execution ends with its invocation', { executions: [{ ...execution, at: 320 }] }],
  [
    'a request without a key is not repeated after it may have been executed',
    {
      executions: [
        { ...execution, key: undefined },
        { ...again, key: undefined },
      ],
    },
  ],
  ['an answered request was executed', { executions: [] }],
  [
    'no response belongs to another request',
    {
      invocations: [
        {
          ...invocation,
          ending: {
            type: 'returned',
            value: { ...value, body: { ...value.body, received: { message: 2 } } },
          },
        },
      ],
    },
  ],
  ['a part of a response is not taken for the whole', { invocations: [threw('InvalidResponse')] }],
  ['a repetition is not taken for another request', { invocations: [threw('ApiError', { status: 422 })] }],
  ['attempts is what was sent', { invocations: [{ ...invocation, sent: 2 }] }],
  [
    'what is said not to have been executed was not executed',
    { invocations: [threw('ConnectionFailed', { maybeExecuted: false })] },
  ],
  [
    'no call outlives its deadline',
    { invocations: [{ ...invocation, ending: { type: 'died', timedOut: true } }] },
  ],
  ['no call outlives its deadline', { invocations: [{ ...invocation, endedAt: 19_900 }] }],
  [
    'no expired credentials are used',
    { signed: [{ environment: 'billing#1', at: 100, expiresAt: 90, toleranceMs: 5 }] },
  ],
  [
    'an environment sends one STS request at a time',
    { overlappingSts: [{ environment: 'billing#1', at: 1 }] },
  ],
  ['no secret is in a message or a log', { texts: [`it sent ${SECRET}/token`] }],
  ['no secret is in a message or a log', { texts: ['it sent external-id-1'] }],
  ['calls succeed after the last fault', { invocations: [{ ...threw('ApiError'), afterFaults: true }] }],
])('%s', (name, seen) => {
  expect(broken(seen)).toEqual([name]);
});

const unstored = { ...execution, storedAt: undefined, endedAt: 5_000 };

test.each<[string, Partial<Execution>, Partial<Execution>?]>([
  ['the environment died before it could store', { ending: 'killed' }],
  ['the environment died before it could store', { ending: 'timed out' }],
  ['the table stored nothing', {}],
  ['the table was removed', {}, { table: 2 }],
  ['the caller has another role', {}, { key: { text: 'key-1', principal: `${role}.2/a` } }],
  ['it was sent without a key', {}, { key: undefined }],
])('a message may be executed again if %s', (reason, first, second = {}) => {
  const seen = {
    executions: [
      { ...unstored, ...first },
      { ...again, ...second },
    ],
  };
  expect(broken(seen)).toEqual([]);
  expect(countExceptions(observed(seen))).toEqual({ [reason]: 1 });
});

test.each<[string, Partial<Execution>, Partial<Execution>?]>([
  ['before the time of the first function is over', { ending: 'killed' }, { begunAt: 4_900 }],
  [
    'if the first one began with too little time, and so could not store',
    { ending: 'timed out', begunAt: 3_000 },
  ],
  ['if the first one had its effect and failed', { ending: 'failed' }],
])('a message must not be executed again %s', (_when, first, second = {}) => {
  const seen = {
    executions: [
      { ...unstored, ...first },
      { ...again, ...second },
    ],
  };
  expect(broken(seen)).toEqual(['a keyed request is executed at most once']);
});
