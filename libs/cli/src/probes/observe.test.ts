import {
  type FunctionResult,
  observeCall,
  observeError,
  observeInvocation,
  observeResponse,
  sessionsOf,
} from './observe.ts';

const ROLE = { arn: 'arn:aws:iam::111111111111:role/company/invoke', name: 'the invoke role' };
const SESSION = 'arn:aws:sts::111111111111:assumed-role/invoke/caller';
const message = { method: 'POST', path: '/parcels', body: '{"a":1}' };

function answer(changes: object = {}): FunctionResult {
  const body = { caller: { arn: SESSION }, requestId: 'first', received: { a: 1 }, ...changes };
  return { payload: { status: 200, body } };
}

test('an invocation with an event of the user has returned, whatever its result is, or failed', () => {
  expect(observeInvocation({}, { payload: { status: 500 } })).toEqual({ outcome: 'returned', message: '' });
  const payload = { errorType: 'Error', errorMessage: 'no order' };
  expect(observeInvocation({}, { functionError: 'Unhandled', payload })).toEqual({
    outcome: 'Error',
    message: 'no order',
  });
});

describe('an invocation with a batch of records', () => {
  const event = { Records: ['a', 'b', 'c', 'd', 'e'].map((messageId) => ({ messageId })) };
  const failed = (...identifiers: readonly unknown[]) => ({
    payload: { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) },
  });

  test('has returned if no record failed', () => {
    expect(observeInvocation(event, failed()).outcome).toBe('returned');
    expect(observeInvocation(event, { payload: { batchItemFailures: null } }).outcome).toBe('returned');
  });

  test('has failed if its result names records, in one line', () => {
    expect(observeInvocation(event, failed('b\u001b[2J'))).toEqual({
      outcome: 'batch failures',
      message: "batchItemFailures names 1 of 5 records: b [2J. The function's log says why",
    });
    expect(observeInvocation(event, failed('a', 'b', 'c', 'd')).message).toContain(
      '4 of 5 records: a, b, c, …',
    );
  });

  test.each([[''], [null], [undefined]])(
    'has failed as a whole if an identifier is %j, as Lambda decides',
    (id) => {
      expect(observeInvocation(event, failed('a', id))).toEqual({
        outcome: 'batch failures',
        message: expect.stringContaining('the whole batch'),
      });
    },
  );
});

describe('a call of the caller function', () => {
  test('is seen as a success of the invoke role, whose path is not in the ARNs of its sessions', () => {
    expect(observeCall(message, [answer()], ROLE)).toEqual({ outcome: '200', message: 'as the invoke role' });
  });

  test.each([
    ['another role', 'arn:aws:sts::111111111111:assumed-role/invoke-2/caller'],
    ['the role of its name in another account', 'arn:aws:sts::222222222222:assumed-role/invoke/caller'],
  ])('shows that the API has seen %s', (_what, arn) => {
    expect(observeCall(message, [answer({ caller: { arn } })], ROLE)).toEqual({
      outcome: 'another identity',
      message: `as ${arn}`,
    });
  });

  test('shows that the API received another message', () => {
    expect(observeCall(message, [answer({ received: { a: 2 } })], ROLE).outcome).toBe('another message');
  });

  test.each([
    ['first', '200', 'as the invoke role, executed once'],
    ['second', 'executed twice', 'the repetition has another answer'],
  ])('that is repeated and answered with the request ID "%s" is %s', (requestId, outcome, words) => {
    expect(observeCall(message, [answer(), answer({ requestId })], ROLE)).toEqual({
      outcome,
      message: words,
    });
  });

  test.each([
    ['the repetition', answer(), answer({ requestId: undefined })],
    ['the first answer', answer({ requestId: undefined }), answer()],
  ])('is not known to be executed once if only %s lacks a request ID', (_what, first, second) => {
    expect(observeCall(message, [first, second], ROLE).outcome).toBe('executed twice');
  });

  describe('whose answer says nothing of caller, request and message', () => {
    const plain = (body: unknown, status = 201): FunctionResult => ({ payload: { status, body } });

    test('is a success by its status', () => {
      expect(observeCall(message, [plain({ id: 1 })], ROLE)).toEqual({ outcome: '201', message: '' });
      expect(observeCall(message, [plain(undefined, 204)], ROLE).outcome).toBe('204');
    });

    test.each([
      ['is answered alike', plain({ id: 1 }), '201'],
      ['has another answer', plain({ id: 2 }), 'executed twice'],
      ['has another status', plain({ id: 1 }, 200), 'executed twice'],
      ['has a request ID that the first has not', plain({ id: 1, requestId: 'a' }), 'executed twice'],
    ])('and whose repetition %s is judged by that', (_what, second, outcome) => {
      expect(observeCall(message, [plain({ id: 1 }), second], ROLE).outcome).toBe(outcome);
    });
  });

  test.each([
    [
      'the API’s words',
      'AccessDenied',
      'GET https://a/dev/x: answered 403: MissingAuthenticationTokenException: Missing Authentication Token\nCheck baseUrl.',
      '403 MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ],
    [
      'the words of the function behind the API',
      'ApiError',
      'POST https://a/dev/x: answered 422: Use a new key.',
      '422',
      'Use a new key.',
    ],
    [
      'that STS refuses',
      'AssumeRoleDenied',
      'STS does not let a assume b.\nmore',
      'AssumeRoleDenied',
      'STS does not let a assume b.',
    ],
  ])('that fails shows %s', (_what, errorType, errorMessage, outcome, words) => {
    const failed = { functionError: 'Unhandled', payload: { errorType, errorMessage } };
    expect(observeCall(message, [failed], ROLE)).toEqual({ outcome, message: words });
    expect(observeCall(message, [answer(), failed], ROLE)).toEqual({ outcome, message: words });
  });

  test.each([[{ payload: undefined }], [{ payload: 'text' }], [{ payload: { status: 302 } }]])(
    'that returns what the caller never returns (%j) is no success',
    (result) => {
      expect(observeCall(message, [result], ROLE).outcome).not.toMatch(/^2/);
    },
  );
});

describe('a response of API Gateway', () => {
  test('shows nothing of what it repeats of a request with a wrong signature, such as the session token', () => {
    const said =
      "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'GET\nx-amz-security-token:SECRET'";
    const body = JSON.stringify({ message: said });
    expect(observeResponse({ status: 403, errorType: 'InvalidSignatureException:', body })).toEqual({
      outcome: '403 InvalidSignatureException',
      message: 'The request signature we calculated does not match.',
    });
  });

  test.each(['message', 'Message'])('that IAM has refused has its reason as %s', (name) => {
    const body = JSON.stringify({ [name]: 'User: a is not authorized to perform: execute-api:Invoke' });
    expect(observeResponse({ status: 403, errorType: 'AccessDeniedException', body })).toEqual({
      outcome: '403 AccessDeniedException',
      message: 'User: a is not authorized to perform: execute-api:Invoke',
    });
  });

  test('of the function behind the API has no error type', () => {
    const body = JSON.stringify({ title: 'Forbidden', detail: 'This API serves IAM-signed requests only.' });
    expect(observeResponse({ status: 403, errorType: undefined, body })).toEqual({
      outcome: '403',
      message: 'This API serves IAM-signed requests only.',
    });
  });

  test('that is not JSON is shown by its first line, without control characters', () => {
    const body = '<html>\u001b[31mBlocked\nmore';
    expect(observeResponse({ status: 403, errorType: undefined, body }).message).toBe('<html> [31mBlocked');
  });
});

test('the sessions of a role have no path in their ARNs', () => {
  expect(sessionsOf(ROLE.arn)).toBe('arn:aws:sts::111111111111:assumed-role/invoke');
});

test.each([
  [
    Object.assign(new Error('User: a is not authorized'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    }),
    { outcome: '403 AccessDenied', message: 'User: a is not authorized' },
  ],
  [
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    { outcome: 'no answer', message: 'connect' },
  ],
  [
    Object.assign(new AggregateError([], ''), { code: 'ETIMEDOUT' }),
    { outcome: 'no answer', message: 'ETIMEDOUT' },
  ],
  ['text', { outcome: 'no answer', message: 'text' }],
])('the error %s is an observation', (error, observation) => {
  expect(observeError(error)).toEqual(observation);
});
