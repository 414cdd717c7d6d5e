import { openRoutes } from '../../apigatewayv2/http-api.testing.ts';
import { ownCredential } from '../gateway.testing.ts';
import { createHttpGateway } from './http-gateway.testing.ts';

const iam = { AuthorizationType: 'AWS_IAM' };
const request = {
  method: 'POST',
  rawPath: '/items/a%20b/%E2%98%95',
  rawQuery: 'q=1&q=2&name=a%2Bb%20c',
  headers: [
    ['content-type', 'application/json'],
    ['cookie', 'session=abc123; theme=dark'],
    ['user-agent', 'test/1'],
    ['x-many', 'one'],
    ['x-many', 'two'],
  ] as const,
  body: '{"foo":"bar"}',
};

test('format 2.0: the function receives the whole event of a signed request', async () => {
  const gateway = await createHttpGateway({
    routes: { 'POST /items/{id}/{name}': iam },
    stage: { StageVariables: { color: 'blue' } },
  });
  await gateway.send(request);
  const [invoked] = gateway.invoked;
  const { restApiId: apiId, host } = gateway;
  expect(invoked?.event).toEqual({
    version: '2.0',
    routeKey: 'POST /items/{id}/{name}',
    rawPath: '/items/a b/☕',
    rawQueryString: 'q=1&q=2&name=a%2Bb%20c',
    cookies: ['session=abc123', 'theme=dark'],
    headers: {
      host,
      'content-type': 'application/json',
      'content-length': '13',
      'user-agent': 'test/1',
      'x-many': 'one,two',
      'x-amz-date': '20261124T120000Z',
      'x-amz-security-token': ownCredential.sessionToken,
      'x-amzn-trace-id': invoked?.traceHeader,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    queryStringParameters: { q: '1,2', name: 'a+b c' },
    requestContext: {
      accountId: '111111111111',
      apiId,
      authorizer: {
        iam: {
          accessKey: ownCredential.accessKeyId,
          accountId: '111111111111',
          callerId: 'AROA00000000000000000:caller',
          cognitoIdentity: null,
          principalOrgId: null,
          userArn: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
          userId: 'AROA00000000000000000:caller',
        },
      },
      domainName: host,
      domainPrefix: apiId,
      http: {
        method: 'POST',
        path: '/items/a b/☕',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'test/1',
      },
      requestId: '00000000-0000-4000-8000-000000000000',
      routeKey: 'POST /items/{id}/{name}',
      stage: '$default',
      time: '24/Nov/2026:12:00:00 +0000',
      timeEpoch: Date.parse('2026-11-24T12:00:00Z'),
    },
    body: '{"foo":"bar"}',
    pathParameters: { id: 'a b', name: '☕' },
    isBase64Encoded: false,
    stageVariables: { color: 'blue' },
  });
});

test('format 2.0: the event omits absent parts of the request', async () => {
  const gateway = await createHttpGateway({ routes: openRoutes('GET /messages') });
  await gateway.sendRaw({});
  const event = gateway.invoked[0]?.event ?? {};
  for (const name of ['cookies', 'queryStringParameters', 'pathParameters', 'stageVariables', 'body']) {
    expect(event).not.toHaveProperty(name);
  }
  expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
  expect(event).not.toHaveProperty('requestContext.authorizer');
});

test('format 1.0: the event is like the event of a REST API, with decoded path parameters', async () => {
  const gateway = await createHttpGateway({
    routes: { 'POST /items/{id}/{name}': iam },
    integration: { PayloadFormatVersion: '1.0' },
  });
  await gateway.send(request);
  expect(gateway.invoked[0]?.event).toMatchObject({
    version: '1.0',
    resource: '/items/{id}/{name}',
    path: '/items/a%20b/%E2%98%95',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Length': '13', 'X-Many': 'two' },
    multiValueHeaders: { 'X-Many': ['one', 'two'], Cookie: ['session=abc123; theme=dark'] },
    queryStringParameters: { q: '2', name: 'a+b c' },
    multiValueQueryStringParameters: { q: ['1', '2'] },
    pathParameters: { id: 'a b', name: '☕' },
    stageVariables: null,
    requestContext: {
      accountId: '111111111111',
      resourceId: 'POST /items/{id}/{name}',
      resourcePath: '/items/{id}/{name}',
      httpMethod: 'POST',
      path: '/items/a%20b/%E2%98%95',
      stage: '$default',
      requestId: '00000000-0000-4000-8000-000000000000',
      extendedRequestId: '00000000-0000-4000-8000-000000000000',
      identity: {
        accessKey: ownCredential.accessKeyId,
        accountId: '111111111111',
        userArn: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
      },
    },
    body: '{"foo":"bar"}',
    isBase64Encoded: false,
  });
});

test.each(['1.0', '2.0'])('format %s: the path begins with a named stage', async (PayloadFormatVersion) => {
  const gateway = await createHttpGateway({
    routes: openRoutes('GET /messages'),
    integration: { PayloadFormatVersion },
    stage: { StageName: 'dev' },
  });
  await gateway.sendRaw({ rawPath: '/dev/messages' });
  expect(gateway.invoked[0]?.event).toMatchObject(
    PayloadFormatVersion === '1.0'
      ? { path: '/dev/messages', requestContext: { path: '/dev/messages', stage: 'dev' } }
      : { rawPath: '/dev/messages', requestContext: { http: { path: '/dev/messages' }, stage: 'dev' } },
  );
});

// Measured on AWS: https://github.com/ministackorg/ministack/pull/766
test.each([
  ['text/plain', false],
  ['text/csv; charset=utf-8', false],
  ['application/json', false],
  ['application/xml', false],
  ['application/javascript', false],
  ['application/x-www-form-urlencoded', true],
  ['application/octet-stream', true],
  ['image/png', true],
  [undefined, true],
])('a body of type %s is binary: %s', async (type, binary) => {
  const gateway = await createHttpGateway({ routes: openRoutes('POST /messages') });
  const headers = type === undefined ? [] : [['content-type', type] as const];
  await gateway.sendRaw({ method: 'POST', headers, body: Buffer.from('a=1') });
  expect(gateway.invoked[0]?.event).toMatchObject({
    isBase64Encoded: binary,
    body: binary ? Buffer.from('a=1').toString('base64') : 'a=1',
  });
});
