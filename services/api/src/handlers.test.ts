import type { ApiEvent } from '@cross-account-api/api-handler';
import { postMessageResponseSchema, problemSchema, whoamiResponseSchema } from '@cross-account-api/contract';
import * as v from 'valibot';
import { handler as messages } from './messages.ts';
import { handler as whoami } from './whoami.ts';

const session = 'arn:aws:sts::111111111111:assumed-role/cross-account-api-dev-invoke/caller';

function proxyEvent(given: Partial<ApiEvent> & { readonly userArn?: string }): ApiEvent {
  const { userArn = session, ...members } = given;
  return {
    httpMethod: 'POST',
    path: '/messages',
    headers: { 'Content-Type': 'application/json' },
    pathParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'request-1',
      resourcePath: '/messages',
      identity: { userArn, accountId: '111111111111' },
    },
    ...members,
  };
}

const context = { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => 1000 };

beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockReturnValue(true);
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

test('POST /messages refuses what is no JSON object, with a problem document of the contract', async () => {
  const response = await messages(proxyEvent({ body: '[1]' }), context);
  expect(response.statusCode).toBe(400);
  expect(v.parse(problemSchema, JSON.parse(response.body))).toMatchObject({
    status: 400,
    requestId: 'request-1',
    errors: [{ path: '', message: 'expected a JSON object' }],
  });
});

test('POST /messages without a table refuses an Idempotency-Key', async () => {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'a' };
  expect(await messages(proxyEvent({ headers, body: '{}' }), context)).toMatchObject({ statusCode: 400 });
});
