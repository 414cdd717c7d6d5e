import type { Decision } from '@cross-account-api/iam';
import { createCallLog } from './call-log.ts';
import type { TraceEvent } from './event.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const administrator = 'arn:aws:iam::222222222222:user/administrator';
const caller = 'arn:aws:sts::222222222222:assumed-role/cross-account-caller-local/cross-account-caller-local';

function event(given: Partial<TraceEvent> & Pick<TraceEvent, 'requestId' | 'operation'>): TraceEvent {
  return {
    time: new Date(0),
    service: 'lambda',
    principal: administrator,
    accountId: '222222222222',
    decisions: [],
    status: 200,
    durationMs: 4,
    ...given,
  };
}

function allowed(principalArn: string, statement: string): Decision {
  return {
    principalArn,
    action: 'sts:AssumeRole',
    resource: '*',
    context: {},
    consulted: [],
    allowed: true,
    decidedBy: [
      {
        kind: 'identity-based policy',
        policy: 'arn:aws:iam::aws:policy/AdministratorAccess',
        statement,
        effect: 'Allow',
      },
    ],
  };
}

function openLog(width = 100, locate?: Parameters<typeof createCallLog>[0]['locate']) {
  const lines: string[] = [];
  const plain = (text: string) => text;
  const log = createCallLog({
    palette: { allowed: plain, denied: plain, strong: plain, faint: plain },
    width: () => width,
    print: (line) => lines.push(line),
    locate,
  });
  return { ...log, lines };
}

const invocation = event({
  requestId: 'a',
  operation: 'Invoke',
  durationMs: 251,
  decisions: [allowed(administrator, '#1')],
});
const assumption = event({
  requestId: 'b',
  parentRequestId: 'a',
  service: 'sts',
  operation: 'AssumeRole',
  principal: caller,
  decisions: [allowed(caller, 'CallerFunction')],
});

test('a call is one line: outcome, duration, account, who, what, and the statement that allowed it', () => {
  const { record, lines } = openLog();
  record(invocation);
  expect(lines).toEqual(['✔   251 ms  222222222222  administrator  lambda Invoke  by AdministratorAccess']);
});

test('a call that another one caused is indented below it, although it was answered first', () => {
  const { record, lines } = openLog();
  record(assumption);
  expect(lines).toEqual([]);
  record(invocation);
  expect(lines[1]).toBe(
    '✔     4 ms  222222222222    cross-account-caller-local  sts AssumeRole  by CallerFunction',
  );
});

test('a request of an init phase without an invocation says so, and a write that only opened a connection has no line', () => {
  const { record, lines } = openLog();
  const { parentRequestId: _, ...first } = assumption;
  record({ ...first, phase: 'init' });
  const write = event({ requestId: 'c', service: 'dynamodb', operation: 'PutItem', principal: caller });
  const unmet = { status: 400, errorCode: 'ConditionalCheckFailedException' };
  record({ ...write, ...unmet, phase: 'init' });
  expect(lines).toEqual([
    '✔     4 ms  222222222222  cross-account-caller-local  sts AssumeRole  in its init phase, by CallerF…',
  ]);
  record({ ...write, ...unmet });
  expect(lines[1]).toContain('✘');
});

test('a call that a function makes after its invocation was answered is still indented', () => {
  const { record, lines } = openLog();
  record(invocation);
  record(assumption);
  expect(lines[1]).toContain('222222222222    cross-account-caller-local');
});

test('a refused call says what is missing, or which statement denies it', () => {
  const { record, lines } = openLog(120);
  const question = {
    principalArn: caller,
    action: 'sts:AssumeRole',
    resource: '*',
    context: {},
    consulted: [],
  };
  const refused = { ...assumption, status: 403, errorCode: 'AccessDenied' };
  record(invocation);
  record({
    ...refused,
    decisions: [{ ...question, allowed: false, denial: 'implicit', missing: 'identity-based policy' }],
  });
  record({
    ...refused,
    decisions: [
      {
        ...question,
        allowed: false,
        denial: 'explicit',
        decidedBy: [{ kind: 'service control policy', policy: 'p', statement: 'NoRoles', effect: 'Deny' }],
      },
    ],
  });
  expect(lines[1]).toMatch(/^✘ .*sts AssumeRole {2}no identity-based policy allows it$/);
  expect(lines[2]).toMatch(/^✘ .*denied by NoRoles of a service control policy$/);
});

test('a request without a known principal says why, and a dropped one says that there was no answer', () => {
  const { record, lines } = openLog();
  const { principal: _, ...unsigned } = event({
    requestId: 'a',
    service: 'execute-api',
    operation: 'GET /x',
  });
  record({ ...unsigned, status: 403, errorCode: 'MissingAuthenticationTokenException' });
  record({ ...invocation, status: 0 });
  expect(lines[0]).toContain('unknown (not authenticated)  GET /x  403 MissingAuthenticationToken');
  expect(lines[1]).toContain('lambda Invoke  no answer');
});

const deployment = Array.from({ length: 30 }, (_, index) =>
  event({
    requestId: `d${index}`,
    time: new Date(index * 100),
    service: index % 2 === 0 ? 'cloudformation' : 's3',
    operation: 'DescribeStacks',
    status: index === 0 ? 400 : 200,
    decisions: [
      {
        ...allowed(administrator, '#1'),
        resource: 'arn:aws:cloudformation:us-east-1:222222222222:stack/cross-account-caller-local/1',
      },
    ],
  }),
);

test('the calls of a deployment are one line, printed when the client has been quiet for a while', () => {
  const { record, lines } = openLog(120);
  for (const each of deployment) record(each);
  expect(lines).toEqual([]);
  jest.advanceTimersByTime(3_000);
  expect(lines).toEqual([
    '✔    2.9 s  222222222222  administrator  30 management calls  stack cross-account-caller-local',
  ]);
});

test('a deployment is printed before the next call, and when the log is closed', () => {
  const { record, close, lines } = openLog();
  record(deployment[0]!);
  record(invocation);
  expect(lines.map((line) => /lambda Invoke|DescribeStacks/.exec(line)?.[0])).toEqual([
    'DescribeStacks',
    'lambda Invoke',
  ]);
  record(deployment[1]!);
  record({ ...assumption, parentRequestId: 'in flight' });
  close();
  expect(lines).toHaveLength(4);
});

test('a refused call of a deployment has a separate line', () => {
  const { record, lines } = openLog();
  record({ ...deployment[0]!, refusal: { step: 'authorization' } as NonNullable<TraceEvent['refusal']> });
  expect(lines).toHaveLength(1);
});

test.each([60, 80, 120])('in %d columns no line is longer than that', (width) => {
  const { record, lines } = openLog(width);
  record(invocation);
  record({
    ...assumption,
    decisions: [allowed(caller, 'x'.repeat(200))],
    operation: `POST /${'y'.repeat(200)}`,
  });
  for (const each of deployment) record(each);
  jest.runAllTimers();
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
});

describe('a function that failed', () => {
  const functionArn = 'arn:aws:lambda:eu-central-1:111111111111:function:messages';
  const failure = {
    functionArn,
    errorType: 'ReferenceError',
    errorMessage: '__dirname is not defined in ES module scope',
    stack: ['at file:///var/task/src/messages.mjs:3:7'],
  };
  const invoked: Decision = {
    ...allowed('apigateway.amazonaws.com', 'Permission'),
    action: 'lambda:InvokeFunction',
    resource: functionArn,
  };
  const call = event({
    requestId: 'a',
    service: 'execute-api',
    operation: 'POST /messages',
    accountId: '111111111111',
    principal: caller,
    status: 502,
    errorCode: 'InternalServerErrorException',
    decisions: [allowed(caller, 'InvokeRoutes'), invoked],
    failure,
  });

  test('has its error and the line of its source below the step that invoked it, which counts as failed', async () => {
    const { record, close, lines } = openLog(120, async () => ({ line: 'at load (src/messages.ts:1:2)' }));
    record(call);
    await close();
    expect(lines).toEqual([
      expect.stringMatching(/^✘ .*POST \/messages {2}502 InternalServerErrorException$/),
      expect.stringMatching(/^✘ .* lambda InvokeFunction {2}the function failed$/),
      `${' '.repeat(28)}messages: ReferenceError: __dirname is not defined in ES module scope`,
      `${' '.repeat(30)}at load (src/messages.ts:1:2)`,
    ]);
  });

  test('is described before the failure of the function that called it, which only repeats it', async () => {
    const callerArn = 'arn:aws:lambda:eu-central-1:222222222222:function:caller';
    const { record, close, lines } = openLog(120, async ({ functionArn: arn }) => ({
      line: `at ${arn.slice(-8)}`,
    }));
    record({ ...call, parentRequestId: 'invocation' });
    record(
      event({
        requestId: 'invocation',
        operation: 'Invoke',
        functionError: 'Unhandled',
        decisions: [
          { ...allowed(administrator, '#1'), action: 'lambda:InvokeFunction', resource: callerArn },
        ],
        failure: { ...failure, functionArn: callerArn, errorType: 'ApiError', errorMessage: 'answered 502' },
      }),
    );
    await close();
    expect(lines.map((line) => line.trim())).toEqual([
      expect.stringMatching(/lambda Invoke {2}the function failed$/),
      expect.stringMatching(/POST \/messages {2}502 InternalServerErrorException$/),
      expect.stringMatching(/lambda InvokeFunction {2}the function failed$/),
      'messages: ReferenceError: __dirname is not defined in ES module scope',
      'at messages',
      'caller: ApiError: answered 502',
      'at n:caller',
    ]);
  });

  test('keeps its place among later calls while its source is looked for', async () => {
    const found = Promise.withResolvers<{ readonly line: string }>();
    const { record, close, lines } = openLog(120, () => found.promise);
    record(call);
    record(invocation);
    found.resolve({ line: 'at load (src/messages.ts:1:2)' });
    await close();
    expect(lines.map((line) => /at load|Invoke /.exec(line)?.[0]).filter(Boolean)).toEqual([
      'at load',
      'Invoke ',
    ]);
  });

  test('has no line of a source if none is found', async () => {
    const { record, close, lines } = openLog(120, async () => undefined);
    record(call);
    await close();
    expect(lines).toHaveLength(3);
  });
});
