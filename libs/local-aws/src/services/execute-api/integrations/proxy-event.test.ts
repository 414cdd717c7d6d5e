import { createGateway, ownCredential } from '../gateway.testing.ts';

test('the function receives the whole event of a signed request', async () => {
  const gateway = await createGateway({
    routes: [{ path: '/items/{id}', method: 'ANY' }],
    stage: { Variables: { color: 'blue' } },
  });
  await gateway.send({
    method: 'POST',
    rawPath: '/dev/items/a%20b/',
    rawQuery: 'q=1&q=2&name=a%2Bb%20c',
    headers: [
      ['content-type', 'application/json'],
      ['user-agent', 'test/1'],
      ['x-many', 'one'],
      ['x-many', 'two'],
    ],
    body: '{"foo":"bar"}',
  });
  const [invoked] = gateway.invoked;
  const { restApiId, host } = gateway;
  const headers = {
    Host: host,
    'content-type': 'application/json',
    'User-Agent': 'test/1',
    'x-many': 'two',
    'x-amz-date': '20261124T120000Z',
    'x-amz-security-token': ownCredential.sessionToken,
    'X-Amzn-Trace-Id': invoked?.traceHeader,
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
  };
  expect(invoked?.event).toEqual({
    resource: '/items/{id}',
    path: '/items/a%20b/',
    httpMethod: 'POST',
    headers,
    multiValueHeaders: {
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      'x-many': ['one', 'two'],
    },
    queryStringParameters: { q: '2', name: 'a+b c' },
    multiValueQueryStringParameters: { q: ['1', '2'], name: ['a+b c'] },
    pathParameters: { id: 'a%20b' },
    stageVariables: { color: 'blue' },
    requestContext: {
      resourceId: expect.stringMatching(/^[a-z0-9]{6}$/),
      resourcePath: '/items/{id}',
      httpMethod: 'POST',
      extendedRequestId: expect.stringMatching(/=$/),
      requestTime: '24/Nov/2026:12:00:00 +0000',
      path: '/dev/items/a%20b/',
      accountId: '111111111111',
      protocol: 'HTTP/1.1',
      stage: 'dev',
      domainPrefix: restApiId,
      requestTimeEpoch: Date.parse('2026-11-24T12:00:00Z'),
      requestId: '00000000-0000-4000-8000-000000000000',
      identity: {
        cognitoIdentityPoolId: null,
        accountId: '111111111111',
        cognitoIdentityId: null,
        caller: 'AROA00000000000000000:caller',
        sourceIp: '127.0.0.1',
        principalOrgId: null,
        accessKey: ownCredential.accessKeyId,
        cognitoAuthenticationType: null,
        cognitoAuthenticationProvider: null,
        userArn: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
        userAgent: 'test/1',
        user: 'AROA00000000000000000:caller',
      },
      domainName: host,
      deploymentId: expect.stringMatching(/^[a-z0-9]{6}$/),
      apiId: restApiId,
    },
    body: '{"foo":"bar"}',
    isBase64Encoded: false,
  });
});

test('absent parts of a request are null in the event', async () => {
  const gateway = await createGateway();
  await gateway.send({});
  expect(gateway.invoked[0]?.event).toMatchObject({
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
  });
});

test.each([
  [['image/png'], 'image/png', true],
  [['image/*'], 'IMAGE/png', true],
  [['image~1png'], 'image/png; q=1', true],
  [['*/*'], 'application/json', true],
  [['*/*'], undefined, true],
  [['image/png'], 'image/jpeg', false],
  [['*/png'], 'image/png', false],
  [['image/*'], 'image', false],
  [['image/*'], 'image/', true],
  [['image/png'], undefined, false],
  [[], 'image/png', false],
])(
  'if the binary media types are %j, a body of type %s is binary: %s',
  async (BinaryMediaTypes, type, binary) => {
    const gateway = await createGateway({ api: { BinaryMediaTypes } });
    const body = Buffer.from('\x00ab');
    await gateway.send({ method: 'POST', body, headers: type === undefined ? [] : [['content-type', type]] });
    expect(gateway.invoked[0]?.event).toMatchObject({
      isBase64Encoded: binary,
      body: binary ? body.toString('base64') : '\x00ab',
    });
  },
);

test.each([
  ['image/png', 'binary'],
  ['image/png, text/html', 'binary'],
  ['text/html, image/png', 'YmluYXJ5'],
])('a request with Accept: %s gets a binary answer as %s', async (accept, expected) => {
  const gateway = await createGateway({
    api: { BinaryMediaTypes: ['image/png'] },
    answer: { body: Buffer.from('binary').toString('base64'), isBase64Encoded: true },
  });
  const response = await gateway.send({ headers: [['accept', accept]] });
  expect(response.body.toString()).toBe(expected);
});

test.each([
  ['*/test', 'random/test'],
  ['application/*', 'application'],
])('for the binary type %s, a request with Accept: %s gets text', async (binary, accept) => {
  const gateway = await createGateway({
    api: { BinaryMediaTypes: [binary] },
    answer: { body: 'YmluYXJ5', isBase64Encoded: true },
  });
  const response = await gateway.send({ headers: [['accept', accept]] });
  expect(response.body.toString()).toBe('YmluYXJ5');
});

test('a binary answer that is not Base64 is an error of status 500, and not 502', async () => {
  const gateway = await createGateway({
    api: { BinaryMediaTypes: ['*/*'] },
    answer: { body: 'no Base64!', isBase64Encoded: true },
  });
  const response = await gateway.send({});
  expect([response.status, response.body.toString()]).toEqual([500, '{"message":"Internal server error"}']);
});

test('the function continues the caller’s trace', async () => {
  const gateway = await createGateway({ stage: { TracingEnabled: true } });
  const root = '1-5759e988-bd862e3fe1be46a994272793';
  await gateway.send({ headers: [['x-amzn-trace-id', `Root=${root};Sampled=0`]] });
  await gateway.send({ headers: [['x-amzn-trace-id', 'Root=garbage\u0000;Sampled=7']] });
  expect(gateway.invoked.map(({ traceHeader }) => traceHeader)).toEqual([
    expect.stringMatching(new RegExp(`^Root=${root};Parent=[0-9a-f]{16};Sampled=0$`)),
    expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1$/),
  ]);
});

test('the function receives header names as the caller spelled them, except those that API Gateway respells', async () => {
  const gateway = await createGateway();
  const signed = gateway.signed({
    headers: [
      ['x-hub-signature', 'sha1=0'],
      ['user-agent', 'test/1'],
      ['accept', 'text/html'],
    ],
  });
  await gateway.sendRaw({
    ...signed,
    spelling: () =>
      new Map([
        ['x-hub-signature', 'X-Hub-Signature'],
        ['user-agent', 'USER-AGENT'],
      ]),
  });
  const { headers, multiValueHeaders } = gateway.invoked[0]?.event ?? {};
  expect(headers).toMatchObject({ 'X-Hub-Signature': 'sha1=0', 'User-Agent': 'test/1', accept: 'text/html' });
  expect(multiValueHeaders).toMatchObject({ 'X-Hub-Signature': ['sha1=0'] });
});

test('the real address is last in X-Forwarded-For, even if the caller forges the header', async () => {
  const gateway = await createGateway();
  await gateway.send({ headers: [['x-forwarded-for', '10.0.0.1']] });
  expect(gateway.invoked[0]?.event.headers?.['X-Forwarded-For']).toBe('10.0.0.1, 127.0.0.1');
});
