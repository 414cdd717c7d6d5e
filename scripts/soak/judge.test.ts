import { parseFaultPlan } from '@cross-account-api/local-aws/faults';
import { faultMix } from './fault-mix.ts';
import { judge, type MessageOutcome, type Observations } from './judge.ts';
import { renderReport } from './render-report.ts';
import { callersOf } from './sts-use.ts';

const accepted = (invocation: string, executedBy: string): MessageOutcome => ({
  invocations: [invocation],
  outcome: 'accepted',
  executedBy,
  overran: false,
});

function observations(change: Partial<Observations> = {}): Observations {
  return {
    messages: [accepted('i1', 'r1'), accepted('i2', 'r2')],
    invocationOf: new Map([
      ['r1', 'i1'],
      ['r2', 'i2'],
      ['r3', 'i2'],
    ]),
    executions: ['r1', 'r2'],
    stsUse: { calls: [], sessions: new Map(), refusals: new Map() },
    requests: { total: 10, struck: 1 },
    memory: [],
    latenessMs: 12,
    ...change,
  };
}

const missed = (change: Partial<Observations>) =>
  judge(observations(change)).flatMap(({ name, met }) => (met ? [] : [name]));

test('a run without a failure misses no figure', () => {
  expect(missed({})).toEqual([]);
});

test.each<[string, Partial<Observations>, string]>([
  ['two executions of one message', { executions: ['r1', 'r2', 'r3'] }, 'Accepted messages executed twice'],
  ['one request executed twice', { executions: ['r1', 'r1', 'r2'] }, 'Accepted messages executed twice'],
  ['an answer without an execution', { executions: ['r1'] }, 'Messages lost without an error'],
  [
    'no answer at all',
    {
      messages: [accepted('i1', 'r1'), { invocations: [], outcome: 'unanswered', overran: false }],
      executions: ['r1'],
    },
    'Messages lost without an error',
  ],
  [
    'an invocation that timed out',
    { messages: [accepted('i1', 'r1'), { ...accepted('i2', 'r2'), overran: true }] },
    'Calls that overran their deadline',
  ],
  ['memory that grows', { memory: [1, 1, 1, 1, 2, 2, 2, 2] }, 'Growth of memory from one half to the other'],
])('%s misses a figure', (_name, change, figure) => {
  expect(missed(change)).toContain(figure);
});

describe('a call that ran out of time', () => {
  const late: MessageOutcome = {
    invocations: ['i3'],
    outcome: 'failed',
    error: 'Sandbox.Timedout',
    overran: true,
  };
  const messages = [accepted('i1', 'r1'), accepted('i2', 'r2'), late];

  test('misses figures on a machine that has time', () => {
    expect(missed({ messages })).toEqual(['Calls that succeeded', 'Calls that overran their deadline']);
  });

  test('is attributed to a busy machine, and only counted', () => {
    expect(missed({ messages, latenessMs: 440 })).toEqual([]);
    expect(judge(observations({ messages, latenessMs: 440 }))).toContainEqual(
      expect.objectContaining({ name: 'Calls that ran out of time on a busy machine', value: 1 }),
    );
  });

  test('may have waited for STS', () => {
    const error = 'CredentialsUnavailable';
    const waited = (code: string): MessageOutcome => ({
      ...late,
      error,
      reason: `No credentials of arn (attempts: 1): ${code}: it failed.`,
      overran: false,
    });
    const change = (code: string) => ({ messages: [...messages, waited(code)], latenessMs: 440 });
    expect(missed(change('Timeout'))).toEqual([]);
    expect(missed(change('ExpiredToken'))).toEqual(['Calls that succeeded']);
  });

  test('is judged on a busy machine, too, if its message was executed twice', () => {
    const twice = { ...accepted('i2', 'r2'), overran: true };
    const change = {
      messages: [accepted('i1', 'r1'), twice],
      executions: ['r1', 'r2', 'r3'],
      latenessMs: 440,
    };
    expect(missed(change)).toEqual(['Accepted messages executed twice']);
  });

  test('is told apart from any other failure, on any machine', () => {
    const other: MessageOutcome = { ...late, error: 'ApiError', overran: false };
    expect(missed({ messages: [...messages, other], latenessMs: 440 })).toEqual(['Calls that succeeded']);
  });
});

test('a message that was sent again is one message, whichever invocation executed it', () => {
  const message: MessageOutcome = { ...accepted('i1', 'r3'), invocations: ['i1', 'i2'] };
  expect(missed({ messages: [message], executions: ['r3'] })).toEqual([]);
  expect(missed({ messages: [message], executions: ['r1', 'r3'] })).toEqual([
    'Accepted messages executed twice',
  ]);
});

test('a run in which every call fails does not pass', () => {
  expect(missed({ messages: [] })).toContain('Calls that succeeded');
});

test('a share is shown with the counts that it comes from', () => {
  const failed: MessageOutcome = { invocations: ['i3'], outcome: 'failed', overran: false };
  const figures = judge(observations({ messages: [accepted('i1', 'r1'), accepted('i2', 'r2'), failed] }));
  const plain = { allowed: String, denied: String, strong: String, faint: String };
  const lines = renderReport(
    { figures, faults: {}, errors: {}, failed: [failed], memory: [], durationMs: 12_000 },
    plain,
  );
  expect(lines.find((line) => line.includes('Calls that succeeded'))).toMatch(/66\.67 % +≥ 99\.9 +2 of 3$/);
  expect(lines.find((line) => line.includes('a fault struck'))).toMatch(/10 % +1 of 10$/);
});

describe('the use of STS', () => {
  const session = { environment: 'env', issuedAt: 0, expiresAt: 15_000, firstUse: 100 };
  const use = (at: number, refusedAt?: number) =>
    callersOf({
      calls: [
        { environment: 'env', at: 10 },
        { environment: 'env', at },
      ],
      sessions: new Map([['A', session]]),
      refusals: new Map(refusedAt === undefined ? [] : [['A', refusedAt]]),
    }).unneeded;

  test.each([
    ['counts another call while the session is valid as unneeded', 5_000, undefined, 1],
    ['does not count a call when the session expires soon', 10_000, undefined, 0],
    ['does not count a call after the API has refused the session', 5_000, 4_000, 0],
    ['does not count a retry before the session was used', 50, undefined, 0],
  ])('%s', (_name, at, refusedAt, unneeded) => {
    expect(use(at, refusedAt)).toBe(unneeded);
  });

  test('allows each environment its own call', () => {
    const calls = [{ environment: 'other', at: 5_000 }];
    expect(callersOf({ calls, sessions: new Map([['A', session]]), refusals: new Map() }).unneeded).toBe(0);
  });
});

test('the mix has every kind of fault, at the rate that was asked for', () => {
  const { rules } = parseFaultPlan(
    faultMix({ seed: 1, rate: 0.1, maxSessionSeconds: 15, skewEvery: 100, skewLasts: 10 }),
  );
  expect(new Set(rules.map(({ effect }) => effect.type))).toEqual(
    new Set([
      'error',
      'throttle',
      'delay',
      'drop-before',
      'drop-after',
      'cut',
      'skew',
      'expire-session',
      'revoke-session',
      'kill-function',
      'stall-function',
      'propagation',
    ]),
  );
  for (const service of ['sts', 'dynamodb']) {
    const passed = rules
      .filter(({ match, effect }) => match.service === service && effect.type !== 'skew')
      .reduce((left, { rate = 0 }) => left * (1 - rate), 1);
    expect(1 - passed).toBeCloseTo(0.1, 10);
  }
});
