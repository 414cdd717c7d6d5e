import { createGateway, headerOf } from '../gateway.testing.ts';

/** The method that the Serverless Framework generates for `cors: true`. */
const preflight = (template = '') => ({
  AuthorizationType: 'NONE',
  RequestParameters: {},
  MethodResponses: [
    {
      StatusCode: '200',
      ResponseParameters: {
        'method.response.header.Access-Control-Allow-Origin': true,
        'method.response.header.Access-Control-Allow-Headers': true,
        'method.response.header.Access-Control-Allow-Methods': true,
      },
      ResponseModels: {},
    },
  ],
  Integration: {
    Type: 'MOCK',
    RequestTemplates: { 'application/json': '{statusCode:200}' },
    ContentHandling: 'CONVERT_TO_TEXT',
    IntegrationResponses: [
      {
        StatusCode: '200',
        ResponseParameters: {
          'method.response.header.Access-Control-Allow-Origin': "'https://a.example.com'",
          'method.response.header.Access-Control-Allow-Headers': "'Content-Type,X-Amz-Date'",
          'method.response.header.Access-Control-Allow-Methods': "'OPTIONS,POST'",
        },
        ResponseTemplates: { 'application/json': template },
      },
    ],
  },
});
const gatewayWith = (properties: object) =>
  createGateway({ routes: [{ path: '/messages', method: 'OPTIONS', properties }] });

test('an unsigned preflight request is answered', async () => {
  const gateway = await gatewayWith(preflight());
  const response = await gateway.sendRaw({ method: 'OPTIONS' });
  expect(response).toMatchObject({ status: 200, body: '' });
  expect(headerOf(response, 'access-control-allow-methods')).toBe('OPTIONS,POST');
  expect(headerOf(response, 'content-type')).toBe('application/json');
  expect(headerOf(response, 'x-amzn-trace-id')).toBeUndefined();
  expect(gateway.invoked).toEqual([]);
});

// The template that the framework writes for several origins, verbatim in form.
const origins =
  '#set($origin = $input.params("Origin"))\n' +
  '#if($origin == "") #set($origin = $input.params("origin")) #end\n' +
  '#if($origin.matches("https://a[.]example[.]com") || $origin.matches("https://.+[.]b[.]org")) #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end';
test.each([
  ['https://a.example.com', 'https://a.example.com'],
  ['https://x.b.org', 'https://x.b.org'],
  ['https://aXexample.com', 'https://a.example.com'],
  ['https://evil.org', 'https://a.example.com'],
])('if several origins are allowed, %s gets the allowed origin %s', async (origin, allowed) => {
  const gateway = await gatewayWith(preflight(origins));
  const response = await gateway.sendRaw({
    method: 'OPTIONS',
    headers: [
      ['host', gateway.host],
      ['origin', origin],
    ],
  });
  expect(headerOf(response, 'access-control-allow-origin')).toBe(allowed);
});

test.each<[string, object, Record<string, string>, string, number]>([
  [
    'the template has the status of a response',
    { RequestTemplates: { 'application/json': '{"statusCode": 404}' } },
    {},
    '',
    404,
  ],
  [
    'the template has a status without a response',
    { RequestTemplates: { 'application/json': '{"a": 1, "statusCode": 201}' } },
    {},
    '',
    200,
  ],
  ['the body is passed through', {}, {}, '{"statusCode": 404}', 404],
  ['neither template nor body has a status', {}, {}, '{}', 500],
  [
    'no template is for the type, and nothing may pass',
    { PassthroughBehavior: 'NEVER' },
    { 'content-type': 'text/csv' },
    '',
    415,
  ],
  [
    'no template is for the type, but others exist',
    { PassthroughBehavior: 'WHEN_NO_TEMPLATES', RequestTemplates: { 'text/plain': '{"statusCode": 200}' } },
    {},
    '',
    415,
  ],
])(
  'if %s, the mock integration selects the response for it',
  async (_what, integration, headers, body, status) => {
    const gateway = await gatewayWith({
      AuthorizationType: 'NONE',
      MethodResponses: [{ StatusCode: 200 }, { StatusCode: 404 }],
      Integration: {
        Type: 'MOCK',
        IntegrationResponses: [{ StatusCode: 200 }, { StatusCode: 404, SelectionPattern: '4\\d\\d' }],
        ...integration,
      },
    });
    const response = await gateway.sendRaw({
      method: 'OPTIONS',
      body: Buffer.from(body),
      headers: [['host', gateway.host], ...Object.entries(headers)],
    });
    expect(response.status).toBe(status);
  },
);

test('a selection pattern that takes for ever is refused when it is deployed', async () => {
  const gateway = gatewayWith({
    AuthorizationType: 'NONE',
    MethodResponses: [{ StatusCode: 200 }],
    Integration: {
      Type: 'MOCK',
      IntegrationResponses: [{ StatusCode: 200, SelectionPattern: '((\\d?){50}){50}x' }],
    },
  });
  await expect(gateway).rejects.toThrow(
    'local AWS ended it after 1000 ms. Write a simpler one, such as 4\\d{2}.',
  );
});

test('an allowed origin with many wildcards takes a time in proportion to its length', async () => {
  const many = origins.replace('https://.+[.]b[.]org', `https://${'.+a'.repeat(100)}`);
  const gateway = await gatewayWith(preflight(many));
  const response = await gateway.sendRaw({
    method: 'OPTIONS',
    headers: [
      ['host', gateway.host],
      ['origin', `https://${'a'.repeat(490)}!`],
    ],
  });
  expect(headerOf(response, 'access-control-allow-origin')).toBe('https://a.example.com');
});
