import type { AwsResponse } from '../../../core/request.ts';
import { functionArn } from '../../apigateway/workbench.testing.ts';
import { type HttpApiParts, openRoutes } from '../../apigatewayv2/http-api.testing.ts';
import { allowInvoke, headerOf, otherCredential, ownCredential } from '../gateway.testing.ts';
import { createHttpGateway } from './http-gateway.testing.ts';

const iam = { AuthorizationType: 'AWS_IAM' };

/** The parts of a response that callers of an HTTP API see. */
function seen(response: AwsResponse) {
  return { status: response.status, body: Buffer.from(response.body).toString() };
}

describe('a request is refused', () => {
  const forbidden = { status: 403, body: '{"message":"Forbidden"}' };
  const notFound = { status: 404, body: '{"message":"Not Found"}' };

  test.each([
    ['without a signature', {}],
    ['with half a signature', { headers: [['authorization', 'AWS4-HMAC-SHA256 Credential=x']] as const }],
  ])('%s', async (_how, init) => {
    const gateway = await createHttpGateway();
    const response = await gateway.sendRaw(init);
    expect(seen(response)).toEqual(forbidden);
    expect(headerOf(response, 'content-type')).toBe('application/json');
    expect(headerOf(response, 'apigw-requestid')).toBe('00000000-0000-4000-8000-000000000001');
    expect(headerOf(response, 'x-amzn-errortype')).toBeUndefined();
    expect(gateway.invoked).toEqual([]);
  });

  test.each([
    ['another secret', { credential: { ...ownCredential, secretAccessKey: 'other' } }],
    ['an unknown key', { credential: { ...ownCredential, accessKeyId: 'ASIAUNKNOWN000000000' } }],
    ['another region', { region: 'us-east-1' }],
    ['another service', { service: 'apigateway' }],
    ['an old date', { date: new Date('2026-11-24T11:00:00Z') }],
  ])('if it is signed with %s, and the trace has the reason', async (_what, signing) => {
    const gateway = await createHttpGateway();
    expect(seen(await gateway.send({}, signing))).toEqual(forbidden);
    expect(gateway.trace.events().at(-1)?.refusal).toMatchObject({ step: 'authentication' });
  });

  test('if the body was changed after signing', async () => {
    const gateway = await createHttpGateway();
    const signed = gateway.signed({ method: 'POST', body: 'one' });
    expect(seen(await gateway.sendRaw({ ...signed, body: Buffer.from('two') }))).toEqual(forbidden);
  });

  test('if no identity policy allows it, and the decision names the stage $default', async () => {
    const gateway = await createHttpGateway(
      {},
      { identityPolicies: [allowInvoke('arn:aws:execute-api:*:*:other/*')] },
    );
    expect(seen(await gateway.send({}))).toEqual(forbidden);
    expect(gateway.trace.events().at(-1)).toMatchObject({
      operation: 'GET /messages',
      accountId: '111111111111',
      refusal: { step: 'authorization' },
      decisions: [
        {
          allowed: false,
          action: 'execute-api:Invoke',
          resource: `arn:aws:execute-api:eu-central-1:111111111111:${gateway.restApiId}/$default/GET/messages`,
        },
      ],
    });
  });

  test('if it comes from another account, because an HTTP API has no resource policy', async () => {
    const gateway = await createHttpGateway({}, { identityPolicies: [allowInvoke('*')] });
    expect(seen(await gateway.send({}, { credential: otherCredential }))).toEqual(forbidden);
    expect(gateway.invoked).toEqual([]);
  });

  test.each([
    ['another path', 'GET', '/other'],
    ['another method', 'DELETE', '/messages'],
    ['a path below', 'GET', '/messages/1'],
    ['another case', 'GET', '/Messages'],
    ['the name of the stage', 'GET', '/$default/messages'],
    ['dot segments', 'GET', '/x/../messages'],
  ])('if it goes to %s', async (_what, method, rawPath) => {
    const gateway = await createHttpGateway();
    expect(seen(await gateway.send({ method, rawPath }))).toEqual(notFound);
  });

  test('if there is no stage', async () => {
    const gateway = await createHttpGateway({ stage: { StageName: 'dev' } });
    expect(seen(await gateway.send({}))).toEqual(notFound);
    expect(seen(await gateway.send({ rawPath: '/dev/messages' }))).toMatchObject({ status: 200 });
  });

  test('if nothing is deployed', async () => {
    const gateway = await createHttpGateway({ routes: {} });
    expect(seen(await gateway.send({}))).toEqual(notFound);
  });

  test('if the default endpoint is disabled', async () => {
    const gateway = await createHttpGateway({ api: { DisableExecuteApiEndpoint: true } });
    expect(seen(await gateway.send({}))).toEqual(notFound);
  });

  test('if it is over 10 MB', async () => {
    const gateway = await createHttpGateway({ routes: openRoutes('POST /messages') });
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    expect(seen(await gateway.sendRaw({ method: 'POST', body }))).toEqual({
      status: 413,
      body: '{"message":"Request Entity Too Large"}',
    });
  });

  test.each([
    ['of the stage', { DefaultRouteSettings: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1 } }],
    [
      'of the route',
      { RouteSettings: { 'GET /messages': { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1 } } },
    ],
  ])('if it is over the limit %s, until time has passed', async (_whose, stage) => {
    const gateway = await createHttpGateway({ stage });
    const tooMany = { status: 429, body: '{"message":"Too Many Requests"}' };
    for (const _ofBurst of [1, 2]) expect(seen(await gateway.send({}))).toMatchObject({ status: 200 });
    expect(seen(await gateway.send({}))).toEqual(tooMany);
    gateway.clock.advance(1000);
    expect(seen(await gateway.send({}))).toMatchObject({ status: 200 });
    expect(seen(await gateway.send({}))).toEqual(tooMany);
  });

  test.each([
    ['denied', 500, 'Internal Server Error'],
    ['not-found', 500, 'Internal Server Error'],
    ['throttled', 500, 'Internal Server Error'],
    ['function-error', 500, 'Internal Server Error'],
  ] as const)('if the invocation ends with %s', async (outcome, status, message) => {
    const gateway = await createHttpGateway({}, { outcome });
    expect(seen(await gateway.send({}))).toEqual({ status, body: JSON.stringify({ message }) });
  });

  test('if the function takes longer than the timeout', async () => {
    const never = new Promise<void>(() => {});
    const gateway = await createHttpGateway({ integration: { TimeoutInMillis: 50 } }, { until: never });
    expect(seen(await gateway.send({}))).toEqual({ status: 503, body: '{"message":"Service Unavailable"}' });
  });
});

describe('the route of a request', () => {
  const routes = openRoutes(
    'GET /pets/dog/1',
    'GET /pets/dog/{id}',
    'GET /pets/{proxy+}',
    'ANY /{proxy+}',
    '$default',
  );

  // The table of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  test.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', undefined, 'GET/pets/dog/1'],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }, 'GET/pets/dog/{id}'],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }, 'GET/pets/{proxy+}'],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }, 'POST/{proxy+}'],
    ['POST', '/', '$default', undefined, '$default'],
  ])('for %s %s is %s', async (method, rawPath, routeKey, pathParameters, place) => {
    const gateway = await createHttpGateway({ routes });
    expect(seen(await gateway.sendRaw({ method, rawPath }))).toMatchObject({ status: 200 });
    const [invoked] = gateway.invoked;
    expect(invoked?.event).toMatchObject({ routeKey, rawPath, requestContext: { routeKey } });
    expect(invoked?.event.pathParameters).toEqual(pathParameters);
    expect(invoked?.functionArn).toBe(functionArn);
    expect(invoked?.source).toEqual({
      sourceArn: `arn:aws:execute-api:eu-central-1:111111111111:${gateway.restApiId}/$default/${place}`,
      sourceAccount: '111111111111',
    });
  });

  test('is never $default for a path with dot segments, which a signature does not cover', async () => {
    const gateway = await createHttpGateway({ routes });
    expect(seen(await gateway.sendRaw({ rawPath: '/a/../b' }))).toMatchObject({ status: 404 });
  });

  test('is looked for in a named stage first, and then in $default', async () => {
    const gateway = await createHttpGateway({ routes: openRoutes('GET /messages', 'GET /dev/messages') });
    const ApiId = gateway.restApiId;
    const served = async () => {
      await gateway.sendRaw({ rawPath: '/dev/messages' });
      return gateway.invoked.at(-1)?.event;
    };
    expect(await served()).toMatchObject({
      requestContext: { stage: '$default' },
      routeKey: 'GET /dev/messages',
      rawPath: '/dev/messages',
    });
    await gateway.workbench.create('AWS::ApiGatewayV2::Stage', { ApiId, StageName: 'dev', AutoDeploy: true });
    expect(await served()).toMatchObject({
      requestContext: { stage: 'dev' },
      routeKey: 'GET /messages',
      rawPath: '/dev/messages',
    });
  });

  test('with a slash at its end must be allowed with and without it', async () => {
    const policies = (...paths: string[]) => [
      allowInvoke(...paths.map((path) => `arn:aws:execute-api:*:*:*/$default/GET${path}`)),
    ];
    const both = await createHttpGateway({}, { identityPolicies: policies('/messages', '/messages/') });
    expect(seen(await both.send({ rawPath: '/messages/' }))).toMatchObject({ status: 200 });
    const one = await createHttpGateway({}, { identityPolicies: policies('/messages/') });
    expect(seen(await one.send({ rawPath: '/messages/' }))).toMatchObject({ status: 403 });
  });
});

test('an HTTP API deploys a change at once', async () => {
  const gateway = await createHttpGateway({ routes: openRoutes('GET /one') });
  const { workbench, restApiId: ApiId } = gateway;
  const status = async (rawPath: string) => (await gateway.sendRaw({ rawPath })).status;
  const scope = { accountId: '111111111111', region: 'eu-central-1' };
  const [integrationId] = [...workbench.httpApis.get(scope, ApiId).integrations.keys()];
  const two = { ApiId, RouteKey: 'GET /two', Target: `integrations/${integrationId}` };
  expect([await status('/one'), await status('/two')]).toEqual([200, 404]);
  const route = await workbench.create('AWS::ApiGatewayV2::Route', two);
  expect([await status('/one'), await status('/two')]).toEqual([200, 200]);
  await workbench.remove('AWS::ApiGatewayV2::Route', route, two);
  expect([await status('/one'), await status('/two')]).toEqual([200, 404]);
});

describe('a custom domain', () => {
  const host = 'api.example.com';
  const domain = {
    DomainName: host,
    DomainNameConfigurations: [
      {
        CertificateArn:
          'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012',
        EndpointType: 'REGIONAL',
      },
    ],
  };

  async function gatewayAt(keys: readonly string[], parts: HttpApiParts = {}) {
    const gateway = await createHttpGateway(parts);
    await gateway.workbench.create('AWS::ApiGatewayV2::DomainName', domain);
    for (const ApiMappingKey of keys) {
      const mapping = { DomainName: host, ApiId: gateway.restApiId, Stage: '$default', ApiMappingKey };
      await gateway.workbench.create('AWS::ApiGatewayV2::ApiMapping', mapping);
    }
    return gateway;
  }

  test.each([
    [[''], '/messages'],
    [['v1'], '/v1/messages'],
    [['orders/v1'], '/orders/v1/messages'],
    [['', 'orders', 'orders/v1'], '/orders/v1/messages'],
    [['orders', 'orders/v1/messages/deep'], '/orders/messages'],
  ])(
    'with the mappings %j sends %s to the API, even if the default endpoint is disabled',
    async (keys, rawPath) => {
      const gateway = await gatewayAt(keys, { api: { DisableExecuteApiEndpoint: true } });
      expect(seen(await gateway.send({ host, rawPath }))).toMatchObject({ status: 200 });
      expect(gateway.trace.events().at(-1)?.decisions[0]).toMatchObject({
        resource: `arn:aws:execute-api:eu-central-1:111111111111:${gateway.restApiId}/$default/GET/messages`,
      });
      // Format 2.0 does not show the mapping.
      expect(gateway.invoked[0]?.event).toMatchObject({
        rawPath: '/messages',
        requestContext: { domainName: host, domainPrefix: 'api', stage: '$default' },
      });
    },
  );

  test('refuses a path that has no mapping', async () => {
    const gateway = await gatewayAt(['orders/v1']);
    expect(seen(await gateway.send({ host, rawPath: '/orders/messages' }))).toEqual({
      status: 403,
      body: '{"message":"Forbidden"}',
    });
  });
});

test('the access log has the variables of HTTP APIs and the reason of a refusal', async () => {
  const format = JSON.stringify({
    id: '$context.requestId',
    extended: '$context.extendedRequestId',
    route: '$context.routeKey',
    stage: '$context.stage',
    status: '$context.status',
    error: '$context.error.message',
    why: '$context.authorizer.error',
    caller: '$context.identity.userArn',
    lambda: '$context.integrationStatus',
    function: '$context.integration.status',
    length: '$context.responseLength',
  });
  const arn = 'arn:aws:logs:eu-central-1:111111111111:log-group:/aws/http-api/messages';
  const gateway = await createHttpGateway(
    { stage: { AccessLogSettings: { DestinationArn: arn, Format: format } } },
    { identityPolicies: [allowInvoke('arn:aws:execute-api:*:*:*/GET/messages')] },
  );
  await gateway.send({});
  await gateway.send({ method: 'POST' });
  await gateway.sendRaw({ rawPath: '/other' });
  const [allowed, refused, lost] = gateway.logged.map(({ message }) => JSON.parse(message));
  expect(gateway.logged[0]).toMatchObject({ group: '/aws/http-api/messages', accountId: '111111111111' });
  expect(allowed).toEqual({
    id: '00000000-0000-4000-8000-000000000000',
    extended: '00000000-0000-4000-8000-000000000000',
    route: 'GET /messages',
    stage: '$default',
    status: '200',
    error: '-',
    why: '-',
    caller: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
    lambda: '200',
    function: '200',
    length: '2',
  });
  expect(refused).toMatchObject({
    route: 'POST /messages',
    status: '403',
    error: 'Forbidden',
    why: expect.stringContaining('is not authorized to perform: execute-api:Invoke on resource: '),
    function: '-',
  });
  expect(lost).toMatchObject({ route: '-', status: '404', error: 'Not Found', why: '-' });
});

test('a route without authorization answers an unsigned request', async () => {
  const gateway = await createHttpGateway({
    routes: { ...openRoutes('GET /messages'), 'POST /messages': iam },
  });
  expect(seen(await gateway.sendRaw({}))).toMatchObject({ status: 200 });
  expect(gateway.trace.events().at(-1)).toMatchObject({ decisions: [{ action: 'lambda:InvokeFunction' }] });
});
