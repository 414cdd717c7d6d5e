import { openRoutes } from '../../apigatewayv2/http-api.testing.ts';
import { headerOf } from '../gateway.testing.ts';
import { createHttpGateway } from '../http-api/http-gateway.testing.ts';

async function answer(value: unknown, PayloadFormatVersion = '2.0') {
  const parts = { routes: openRoutes('GET /messages'), integration: { PayloadFormatVersion } };
  const gateway = await createHttpGateway(parts, { answer: value });
  const response = await gateway.sendRaw({});
  return {
    status: response.status,
    type: headerOf(response, 'content-type'),
    body: Buffer.from(response.body).toString(),
    response,
  };
}

// As AWS answered the tests of https://github.com/aws/aws-lambda-dotnet (Lambda Test Tool).
test.each<[string, unknown, string]>([
  ['a text', 'Hello from Lambda!', 'Hello from Lambda!'],
  ['an object', { message: 'Hello' }, '{"message":"Hello"}'],
  ['a list', [1, 2], '[1,2]'],
  ['a number', 42, '42'],
  ['a boolean', true, 'true'],
  ['the empty text', '', ''],
])('format 2.0: %s without a status code is the body', async (_what, value, body) => {
  expect(await answer(value)).toMatchObject({ status: 200, type: 'application/json', body });
});

test.each(['1.0', '2.0'])('format %s: a response without a content type is plain text', async (format) => {
  expect(await answer({ statusCode: 201, body: 'made' }, format)).toMatchObject({
    status: 201,
    type: 'text/plain; charset=utf-8',
    body: 'made',
  });
});

test.each(['1.0', '2.0'])(
  'format %s: headers and a base64 body are used, and unknown members are ignored',
  async (format) => {
    const value = {
      statusCode: 200,
      headers: { 'content-type': 'image/png', 'X-Number': 1 },
      body: Buffer.from('picture').toString('base64'),
      isBase64Encoded: true,
      unknown: 'ignored',
    };
    const { response, ...shown } = await answer(value, format);
    expect(shown).toEqual({ status: 200, type: 'image/png', body: 'picture' });
    expect(headerOf(response, 'x-number')).toBe('1');
  },
);

test('format 2.0: each cookie is a header', async () => {
  const { response } = await answer({ statusCode: 204, cookies: ['a=1', 'b=2'] });
  expect(headerOf(response, 'set-cookie')).toEqual(['a=1', 'b=2']);
});

test('format 1.0: a header has its single value first', async () => {
  const { response } = await answer(
    { statusCode: 200, headers: { Combined: 'single' }, multiValueHeaders: { Combined: ['one', 'two'] } },
    '1.0',
  );
  expect(headerOf(response, 'combined')).toEqual(['single', 'one', 'two']);
});

test.each<[string, unknown, string]>([
  ['a status code of 0', { statusCode: 0 }, '2.0'],
  ['a status code that is not a whole number', { statusCode: 200.5 }, '2.0'],
  ['a body that is not text', { statusCode: 200, body: { a: 1 } }, '2.0'],
  ['a body that is not Base64', { statusCode: 200, body: 'no Base64!', isBase64Encoded: true }, '2.0'],
  ['no status code', { body: 'a' }, '1.0'],
  ['a text', 'Hello', '1.0'],
])('%s is an error (format %s)', async (_what, value, format) => {
  expect(await answer(value, format)).toMatchObject({
    status: 500,
    type: 'application/json',
    body: '{"message":"Internal Server Error"}',
  });
});

test('a function cannot set the headers of the connection', async () => {
  const headers = { Connection: 'close', 'Content-Length': '99', 'apigw-requestid': 'mine' };
  const { response } = await answer({ statusCode: 200, headers, body: 'a' });
  expect(Object.keys(response.headers).sort()).toEqual(['Content-Type', 'apigw-requestid']);
  expect(headerOf(response, 'apigw-requestid')).not.toBe('mine');
});
