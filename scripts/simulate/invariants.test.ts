import { countExceptions, invariants } from './invariants.ts';
import type { ApiInvocation, CallerInvocation, Observed, StsRequest } from './observed.ts';
import type { PlannedCall } from './plan.ts';
import { SECRET } from './sts.ts';

const call: PlannedCall = {
  at: 0,
  caller: 0,
  message: 1,
  target: 'message',
  key: 'key-1',
  keyless: false,
  isLarge: false,
  asynchronous: false,
  leavesCall: false,
  workMs: [0, 0],
  failures: 0,
  failsLate: false,
};
const { key: _key, ...keyless } = call;
const whoami: PlannedCall = { ...keyless, target: 'whoami' };
const role = 'arn:aws:sts::111111111111:assumed-role/invoke.billing';

/** An execution that the table stored. */
const execution: ApiInvocation = {
  requestId: 'request-1',
  by: { id: 'billing-1', run: 0, request: 1 },
  principal: `${role}/a`,
  key: 'key-1',
  request: 'POST /messages? {"message":1}',
  table: 1,
  environment: 'messages#1',
  invokedAt: 90,
  begunAt: 100,
  deadline: 5_000,
  timeoutMs: 5_000,
  effects: [{ id: 'id-1', message: 1, at: 200 }],
  asked: [{ kind: 'keys UpdateItem', at: 250, settledAt: 300 }],
  writes: ['stored'],
  storedAt: 300,
  forgets: false,
  forgottenAt: undefined,
  recordedAgain: false,
  stalled: false,
  endedAt: 310,
  ending: 'succeeded',
  answer: '{}',
};

/** A later execution of the same request, with the same message. */
const again: ApiInvocation = {
  ...execution,
  requestId: 'request-2',
  by: { id: 'billing-1', run: 0, request: 2 },
  principal: `${role}/b`,
  invokedAt: 6_990,
  begunAt: 7_000,
  deadline: 12_000,
  storedAt: 7_200,
  endedAt: 7_300,
};

/** A request that is answered without an execution. */
const answered = (answer: string): ApiInvocation => ({
  ...again,
  invokedAt: 9_000,
  endedAt: 9_300,
  effects: [],
  writes: [],
  answer,
});

const value = {
  status: 200,
  body: {
    id: 'id-1',
    received: { message: 1 },
    requestId: 'request-1',
    caller: { arn: `${role}/a` },
  },
  requestId: 'request-1',
  attempts: 1,
};

/** An invocation that returned the answer. */
const invocation: CallerInvocation = {
  call,
  id: 'billing-1',
  run: 0,
  environment: 'billing#1',
  begunAt: 0,
  deadline: 20_000,
  sent: [{ at: 80, settledAt: 390, fate: 200, isBusy: false, requestIds: ['request-1'] }],
  answeredAt: 390,
  endedAt: 400,
  stalled: false,
  ending: { type: 'returned', value },
  asksFor: undefined,
  afterFaults: false,
};

const threw = (name: string, members: object = {}): CallerInvocation => ({
  ...invocation,
  ending: { type: 'threw', error: Object.assign(new Error('it failed'), { name, ...members }) },
});

/** An invocation that was told that its request is being executed, and asked again after five seconds. */
const busy: CallerInvocation = {
  ...invocation,
  sent: [
    { at: 250, settledAt: 300, fate: 503, isBusy: true, requestIds: ['request-2'] },
    { at: 5_300, settledAt: 5_350, fate: 200, isBusy: false, requestIds: ['request-1'] },
  ],
  answeredAt: 5_350,
  endedAt: 5_360,
  ending: { type: 'returned', value: { ...value, attempts: 2 } },
};

const sts: StsRequest = {
  environment: 'billing#1',
  at: 0,
  tookMs: 40,
  awakeMs: 40,
  clockMs: 0,
  fate: 'answered',
  epoch: '0,0,0',
};

const observed = (seen: Partial<Observed>): Observed => ({
  api: [execution],
  invocations: [invocation],
  signed: [],
  oldSignatures: [],
  sts: [],
  overlappingSts: [],
  outliving: [],
  disturbances: [],
  limits: { timeoutMs: 10_000, marginMs: 500 },
  texts: [],
  ...seen,
});

const broken = (seen: Partial<Observed>) =>
  Object.entries(invariants).flatMap(([name, check]) => (check(observed(seen)).length > 0 ? [name] : []));

test('a history in which a call is executed and answered keeps all of them', () => {
  expect(broken({})).toEqual([]);
});

test.each<[string, Partial<Observed>]>([
  ['a keyed request is executed at most once', { api: [execution, again] }],
  [
    'a keyed request stores one message',
    {
      api: [
        { ...execution, storedAt: undefined, forgets: true, forgottenAt: 305, ending: 'failed' },
        { ...again, effects: [{ id: 'id-2', message: 1, at: 7_100 }] },
      ],
    },
  ],
  ['a keyed request is executed by an API that remembers it', { api: [{ ...execution, table: undefined }] }],
  [
    'a request without a key is not repeated after it may have been executed',
    {
      api: [
        { ...execution, key: undefined },
        { ...again, key: undefined },
      ],
    },
  ],
  [
    'a request is refused as being executed only while another may be',
    { api: [execution, answered('A request with this key is being executed.')] },
  ],
  [
    'a request to a table that is not answered is sent again while there is time',
    { api: [{ ...execution, asked: [{ kind: 'keys UpdateItem', at: 250, settledAt: undefined }] }] },
  ],
  [
    'a function whose handler has ended answers before its time is over',
    { api: [{ ...execution, ending: 'timed out' }] },
  ],
  ['a stored message belongs to the call', { api: [{ ...execution, effects: [] }] }],
  [
    'no response belongs to another request',
    {
      api: [execution, { ...answered('{}'), request: 'POST /messages?to=bob {"message":1}' }],
      invocations: [
        {
          ...invocation,
          sent: [{ at: 80, settledAt: 390, fate: 200, isBusy: false, requestIds: ['request-2'] }],
        },
      ],
    },
  ],
  [
    'a stored message can be read',
    {
      invocations: [
        { ...threw('ApiError', { status: 404 }), asksFor: 'id-1', call: { ...call, target: 'read' } },
      ],
    },
  ],
  ['a part of a response is not taken for the whole', { invocations: [threw('InvalidResponse')] }],
  ['a repetition is not taken for another request', { api: [execution, answered('{"status":422}')] }],
  [
    'attempts is what was sent',
    { invocations: [{ ...invocation, sent: [...invocation.sent, ...invocation.sent] }] },
  ],
  [
    'maybeExecuted is true if and only if the API may have executed the request',
    { invocations: [threw('ConnectionFailed', { maybeExecuted: false })] },
  ],
  [
    'maybeExecuted is true if and only if the API may have executed the request',
    {
      invocations: [
        {
          ...threw('ConnectionFailed', { maybeExecuted: true }),
          sent: [{ at: 80, settledAt: 390, fate: 'not sent', isBusy: false, requestIds: [] }],
        },
      ],
    },
  ],
  [
    'a call asks each second for the response to a request that is being executed',
    {
      api: [execution, { ...answered('A request with this key is being executed.'), invokedAt: 250 }],
      invocations: [busy],
    },
  ],
  [
    'no call outlives its deadline',
    { invocations: [{ ...invocation, ending: { type: 'died', timedOut: true } }] },
  ],
  ['no call outlives its deadline', { invocations: [{ ...threw('ApiError'), endedAt: 19_900 }] }],
  ['an invocation ends soon after the answer', { invocations: [{ ...invocation, endedAt: 700 }] }],
  ['nothing goes on after its invocation', { outliving: ['billing-1 ended before api keyed 0'] }],
  [
    'no expired credentials are used',
    { signed: [{ environment: 'billing#1', at: 100, expiresAt: 90, toleranceMs: 5 }] },
  ],
  [
    'a signature is not older than its attempt',
    { oldSignatures: [{ environment: 'billing#1', ageMs: 2_000 }] },
  ],
  [
    'an environment sends one STS request at a time',
    { overlappingSts: [{ environment: 'billing#1', at: 1 }] },
  ],
  [
    'an STS request is given up after three seconds',
    {
      sts: [
        { ...sts, tookMs: 4_000, awakeMs: 4_000 },
        { ...sts, at: 5_000 },
      ],
    },
  ],
  [
    'an environment asks STS once an hour, unless a request failed or its credentials were rejected',
    { sts: [sts, { ...sts, at: 60_000 }] },
  ],
  ['no secret is in a message or a log', { texts: [`it sent ${SECRET}/token`] }],
  ['no secret is in a message or a log', { texts: ['it sent external-id-1'] }],
  ['a call that meets no fault succeeds', { invocations: [{ ...threw('ApiError'), call: whoami }] }],
  [
    'calls succeed after the last fault, also with a key that was used before',
    { invocations: [{ ...threw('ApiError', { status: 503 }), afterFaults: true }] },
  ],
])('%s', (name, seen) => {
  expect(broken(seen)).toEqual([name]);
});

test.each<[string, Partial<Observed>]>([
  ['the credentials were rejected meanwhile', { sts: [sts, { ...sts, at: 60_000, epoch: '1,0,0' }] }],
  [
    'the first request failed',
    {
      sts: [
        { ...sts, fate: 'failed' },
        { ...sts, at: 60_000 },
      ],
    },
  ],
  ['the credentials are about to expire', { sts: [sts, { ...sts, at: 3_300_000 }] }],
])('an environment may ask STS again if %s', (_why, seen) => {
  expect(broken(seen)).toEqual([]);
});

test('a request is refused as being executed only while the record of another one exists', () => {
  const isBroken = (recordedAgain: boolean) => {
    const forgotten = { ...execution, forgets: true, forgottenAt: 305, recordedAgain };
    const refused = { ...answered('A request with this key is being executed.'), invokedAt: 4_000 };
    return broken({ api: [forgotten, refused] });
  };
  expect(isBroken(false)).toEqual(['a request is refused as being executed only while another may be']);
  expect(isBroken(true)).toEqual([]);
});

const unanswered = (at: number): ApiInvocation['asked'][number] => ({
  kind: 'messages PutItem',
  at,
  settledAt: undefined,
});

test.each<[string, ApiInvocation['asked'], Partial<ApiInvocation>?]>([
  ['if it is sent again', [unanswered(250), { ...unanswered(1_900), settledAt: 1_910 }]],
  ['after four tries', [0, 1_600, 3_200, 4_800].map((at) => unanswered(at)), { deadline: 29_000 }],
  ['shortly before the time is over', [unanswered(3_000)]],
  ['if its environment was killed', [unanswered(250)], { ending: 'killed' }],
])('a request to a table may have no answer %s', (_when, asked, further = {}) => {
  expect(broken({ api: [{ ...execution, ...further, asked }] })).toEqual([]);
});

test('a call may fail while a fault lasts', () => {
  const seen = { invocations: [{ ...threw('ApiError'), call: whoami }] };
  expect(broken({ ...seen, disturbances: [{ from: 0, to: 100 }] })).toEqual([]);
});

const unstored: ApiInvocation = {
  ...execution,
  storedAt: undefined,
  writes: ['unknown', 'unknown'],
  endedAt: 5_000,
};

test.each<[string, Partial<ApiInvocation>, Partial<ApiInvocation>?]>([
  ['the environment died before it could store', { ending: 'killed' }],
  ['the environment died before it could store', { ending: 'timed out', asked: [] }],
  ['the table stored nothing', {}],
  ['the table was removed', {}, { table: 2 }],
  ['the caller has another role', {}, { principal: 'arn:aws:sts::222222222222:assumed-role/billing/b' }],
  [
    'the handler failed after its effect',
    { ending: 'failed', forgets: true, forgottenAt: 400 },
    { begunAt: 500 },
  ],
])('a request may be executed again if %s', (reason, first, second = {}) => {
  const seen = {
    api: [
      { ...unstored, ...first },
      { ...again, ...second },
    ],
  };
  expect(broken(seen)).toEqual([]);
  expect(countExceptions(observed(seen))).toEqual({ [reason]: 1 });
});

test('the first execution is the one whose handler began first, also if its function was invoked later', () => {
  const failed = { ending: 'failed', forgets: true } as const;
  const seen = {
    api: [
      { ...unstored, ...failed, begunAt: 900, forgottenAt: 1_000 },
      { ...unstored, ...failed, requestId: 'request-2', invokedAt: 300, begunAt: 400, forgottenAt: 500 },
    ],
  };
  expect(broken(seen)).toEqual([]);
  expect(countExceptions(observed(seen))).toEqual({ 'the handler failed after its effect': 1 });
});

test.each<[string, Partial<ApiInvocation>, Partial<ApiInvocation>?]>([
  ['before the time of the first function is over', { ending: 'killed' }, { begunAt: 4_900 }],
  [
    'if the first one began with too little time, and so could not store',
    { ending: 'timed out', begunAt: 3_000, asked: [] },
  ],
  ['if its response was too large, and nothing else was stored', { writes: ['refused'] }],
])('a request must not be executed again %s', (_when, first, second = {}) => {
  const seen = {
    api: [
      { ...unstored, ...first },
      { ...again, ...second },
    ],
  };
  expect(broken(seen)).toEqual(['a keyed request is executed at most once']);
});
