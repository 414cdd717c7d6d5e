import { createGateway, headerOf, summary } from '../gateway.testing.ts';

const gatewayWith = (...responses: readonly object[]) =>
  createGateway({
    stage: { Variables: { color: 'blue' } },
    async prepare(workbench, RestApiId) {
      for (const response of responses) {
        await workbench.create('AWS::ApiGateway::GatewayResponse', { RestApiId, ...response });
      }
      return {};
    },
  });

test('a customized response has the status, headers and body of its definition', async () => {
  const gateway = await gatewayWith({
    ResponseType: 'MISSING_AUTHENTICATION_TOKEN',
    StatusCode: 404,
    ResponseParameters: {
      'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
      'gatewayresponse.header.x-color': 'stageVariables.color',
      'gatewayresponse.header.x-request': 'context.requestId',
      'gatewayresponse.header.x-echo': 'method.request.querystring.echo',
      'gatewayresponse.header.x-absent': 'method.request.header.absent',
    },
    ResponseTemplates: {
      'application/problem+json': `{"title":$context.error.messageString,"type":"$context.error.responseType","path":"$context.path","stage":"\${context.stage}","x":"$context.nothing"}`,
    },
  });
  const response = await gateway.sendRaw({ rawPath: '/dev/x"y', rawQuery: 'echo=hi' });
  expect(response.status).toBe(404);
  expect(JSON.parse(response.body.toString())).toEqual({
    title: 'Missing Authentication Token',
    type: 'MISSING_AUTHENTICATION_TOKEN',
    path: '/dev/x"y',
    stage: 'dev',
    x: '',
  });
  expect(headerOf(response, 'content-type')).toBe('application/problem+json');
  expect(headerOf(response, 'access-control-allow-origin')).toBe('*');
  expect(headerOf(response, 'x-color')).toBe('blue');
  expect(headerOf(response, 'x-echo')).toBe('hi');
  expect(headerOf(response, 'x-request')).toBe(headerOf(response, 'x-amzn-requestid'));
  expect(headerOf(response, 'x-absent')).toBeUndefined();
  expect(headerOf(response, 'x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
});

test('a default response applies to types that have no response', async () => {
  const gateway = await gatewayWith(
    {
      ResponseType: 'DEFAULT_4XX',
      ResponseTemplates: { 'application/json': '{"error":"$context.error.message"}' },
    },
    { ResponseType: 'THROTTLED', StatusCode: '420' },
  );
  expect(summary(await gateway.sendRaw({}))).toEqual({
    status: 403,
    errorType: 'MissingAuthenticationTokenException',
    body: '{"error":"Missing Authentication Token"}',
  });
  // An unknown stage belongs to no API, so no customized response applies.
  expect(summary(await gateway.sendRaw({ rawPath: '/nope/messages' })).body).toBe('{"message":"Forbidden"}');
});

test.each([
  ['an unknown type', { ResponseType: 'TEAPOT' }, 'Invalid response type TEAPOT'],
  [
    'a value that is not an expression',
    { ResponseType: 'THROTTLED', ResponseParameters: { 'gatewayresponse.header.X': '*' } },
    'Invalid response parameter',
  ],
  [
    'a line break in a header',
    { ResponseType: 'THROTTLED', ResponseParameters: { 'gatewayresponse.header.X': "'a\r\nb'" } },
    'Invalid response parameter',
  ],
])('a gateway response with %s is refused', async (_what, response, text) => {
  await expect(gatewayWith(response)).rejects.toThrow(text);
});

test('a value with a line break in a request does not become a header', async () => {
  const gateway = await gatewayWith({
    ResponseType: 'MISSING_AUTHENTICATION_TOKEN',
    ResponseParameters: { 'gatewayresponse.header.x-echo': 'method.request.querystring.echo' },
  });
  const response = await gateway.sendRaw({ rawQuery: 'echo=a%0D%0Aset-cookie:b' });
  expect(headerOf(response, 'x-echo')).toBeUndefined();
});
