import type { ApiEvent } from '@cross-account-api/api-handler';
import { handler } from './get-message.ts';

const userArn = 'arn:aws:sts::111111111111:assumed-role/reader/session';
const get = (id: string, fields?: string): ApiEvent => ({
  httpMethod: 'GET',
  path: `/messages/${id}`,
  pathParameters: { id },
  multiValueQueryStringParameters: fields === undefined ? null : { fields: [fields] },
  headers: {},
  body: null,
  isBase64Encoded: false,
  requestContext: {
    requestId: '1',
    resourcePath: '/messages/{id}',
    identity: { accountId: '111111111111', userArn },
  },
});
const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 3_000 };

test.each([
  ['the message', get('1'), 200, { text: 'Hello', from: 'arn:aws:sts::111111111111:assumed-role/reader' }],
  ['a part of the message', get('1', 'text'), 200, { text: 'Hello' }],
  ['404 if there is no message', get('2'), 404, { detail: 'There is no message 2.' }],
  [
    '400 if the ID is wrong',
    get('x'),
    400,
    { errors: [{ in: 'path', path: 'id', message: 'must be a number' }] },
  ],
])('GET /messages/{id} answers with %s', async (_what, event, status, body) => {
  const response = await handler(event, context);
  expect(response.statusCode).toBe(status);
  expect(JSON.parse(response.body)).toMatchObject(body);
});
