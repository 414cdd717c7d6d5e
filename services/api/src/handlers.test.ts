import { postMessageResponseSchema, problemSchema, whoamiResponseSchema } from '@cross-account-api/contract';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import * as v from 'valibot';
import { handler as messages } from './messages.ts';
import { handler as whoami } from './whoami.ts';

const session = 'arn:aws:sts::111111111111:assumed-role/cross-account-api-dev-invoke/caller';

function proxyEvent(given: {
  body?: string | null;
  headers?: Record<string, string>;
  userArn?: string | null;
  accountId?: string | null;
}): APIGatewayProxyEvent {
  const { body = null, headers = { 'Content-Type': 'application/json' } } = given;
  const { userArn = session, accountId = '111111111111' } = given;
  return {
    body,
    headers,
    multiValueHeaders: {},
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', identity: { userArn, accountId } },
  } as unknown as APIGatewayProxyEvent;
}

const context = {
  awsRequestId: 'lambda-1',
  functionName: 'f',
  getRemainingTimeInMillis: () => 1000,
} as Context;

/** What the functions logged, line by line. */
const logged: Record<string, unknown>[] = [];

beforeEach(() => {
  logged.length = 0;
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((line) => {
      logged.push(JSON.parse(String(line)));
      return true;
    });
  }
});

afterEach(() => {
  jest.restoreAllMocks();
});

test('POST /messages answers with what it received and who called', async () => {
  const response = await messages(proxyEvent({ body: '{"foo":"bar"}' }), context);
  expect(response.statusCode).toBe(200);
  expect(v.parse(postMessageResponseSchema, JSON.parse(response.body))).toEqual({
    received: { foo: 'bar' },
    caller: {
      accountId: '111111111111',
      arn: session,
      roleName: 'cross-account-api-dev-invoke',
      sessionName: 'caller',
    },
    requestId: 'request-1',
  });
});

test('a caller that the body claims to be is not believed', async () => {
  const body = JSON.stringify({
    caller: { accountId: '999999999999', arn: 'arn:aws:iam::999999999999:root' },
  });
  const response = await messages(proxyEvent({ body }), context);
  expect(JSON.parse(response.body).caller.accountId).toBe('111111111111');
});

test('GET /whoami answers with the caller; a user has no role', async () => {
  const userArn = 'arn:aws:iam::111111111111:user/admin';
  const response = await whoami(proxyEvent({ userArn }), context);
  expect(v.parse(whoamiResponseSchema, JSON.parse(response.body)).caller).toEqual({
    accountId: '111111111111',
    arn: userArn,
    roleName: null,
    sessionName: null,
  });
});

test.each([
  ['answers', {}, 200],
  ['errors', { body: '[1]' }, 400],
])('%s carry security headers', async (_what, given, status) => {
  const response = await messages(proxyEvent({ body: '{}', ...given }), context);
  expect(response.statusCode).toBe(status);
  expect(response.headers).toMatchObject({
    'Strict-Transport-Security': expect.any(String),
    'X-Content-Type-Options': 'nosniff',
  });
});

describe('errors are problem documents', () => {
  test.each([
    ['a body that is no object', { body: '[1]' }, 400],
    ['a body that is not JSON', { body: '{' }, 422],
    ['no body', { body: null }, 400],
    ['another content type', { body: 'a=b', headers: { 'Content-Type': 'text/plain' } }, 415],
    ['no verified caller', { body: '{}', userArn: null, accountId: null }, 403],
  ])('%s', async (_what, given, status) => {
    const response = await messages(proxyEvent(given), context);
    expect(response.statusCode).toBe(status);
    expect(response.headers?.['Content-Type']).toBe('application/problem+json');
    expect(v.parse(problemSchema, JSON.parse(response.body))).toMatchObject({
      status,
      requestId: 'request-1',
    });
  });

  test('a body that breaks the schema is told where', async () => {
    const response = await messages(proxyEvent({ body: '"text"' }), context);
    expect(JSON.parse(response.body).errors).toEqual([{ path: '', message: 'expected a JSON object' }]);
  });

  test.each([
    ['objects', (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`],
    ['arrays', (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`],
  ])('a body with too many levels of %s is told so, and not called malformed', async (_what, nested) => {
    for (const levels of [1_001, 2_500, 200_000]) {
      const response = await messages(proxyEvent({ body: nested(levels) }), context);
      expect(response.statusCode).toBe(400);
      expect(JSON.parse(response.body)).toMatchObject({
        errors: [{ path: '', message: 'has more than 1000 levels of nesting' }],
      });
    }
    const response = await messages(proxyEvent({ body: nested(1_000) }), context);
    expect(response.statusCode).toBe(200);
    expect(JSON.parse(response.body).received).toEqual(JSON.parse(nested(1_000)));
  });

  test('a defect is a 500 that shows nothing of it, and is logged', async () => {
    const event = proxyEvent({});
    Object.defineProperty(event.requestContext.identity, 'accountId', {
      get: () => {
        throw new Error('the defect');
      },
    });
    const response = await whoami(event, context);
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('the defect');
    expect(logged).toContainEqual(
      expect.objectContaining({ level: 'ERROR', error: expect.objectContaining({ message: 'the defect' }) }),
    );
  });
});

test('every log line has the request ID and the caller', async () => {
  await messages(proxyEvent({ body: '{}' }), context);
  await messages(proxyEvent({ body: '[]' }), context);
  expect(logged).toHaveLength(2);
  for (const line of logged) expect(line).toMatchObject({ requestId: 'request-1', caller: session });
});
