import { send } from '../apigateway/send.testing.ts';
import { createWorkbench, deployApi, functionArn, scope } from '../apigateway/workbench.testing.ts';
import { deployHttpApi } from './http-api.testing.ts';

async function bench(parts: Parameters<typeof deployHttpApi>[1] = {}) {
  const workbench = createWorkbench();
  const apiId = await deployHttpApi(workbench, parts);
  const endpoint = { endpoint: workbench.httpEndpoint };
  return { workbench, apiId, get: (line: string, body?: object) => send(endpoint, line, body) };
}

test('GetApi returns the settings of the template', async () => {
  const { apiId, get } = await bench({
    api: {
      Description: 'for messages',
      Version: '1.2',
      CorsConfiguration: { AllowOrigins: ['https://shop.example.com'], MaxAge: 60 },
      Tags: { team: 'orders' },
    },
  });
  const api = {
    apiId,
    apiEndpoint: `https://${apiId}.execute-api.eu-central-1.amazonaws.com`,
    name: 'messages',
    description: 'for messages',
    version: '1.2',
    protocolType: 'HTTP',
    createdDate: '2026-11-24T12:00:00Z',
    corsConfiguration: { allowOrigins: ['https://shop.example.com'], maxAge: 60 },
    disableExecuteApiEndpoint: false,
    tags: { team: 'orders', 'aws:cloudformation:stack-name': 'api-local' },
  };
  const answer = await get(`GET /v2/apis/${apiId}`);
  expect(answer).toMatchObject({
    status: 200,
    question: `apigateway:GET arn:aws:apigateway:eu-central-1::/apis/${apiId}`,
    document: api,
  });
  expect((await get('GET /v2/apis')).document).toMatchObject({ items: [api] });
});

test('a route shows its integration', async () => {
  const { apiId, get } = await bench({
    routes: { 'GET /messages': { AuthorizationType: 'AWS_IAM' }, $default: {} },
  });
  const integrations = (await get(`GET /v2/apis/${apiId}/integrations`)).document.items as {
    integrationId: string;
  }[];
  const [{ integrationId } = { integrationId: '' }] = integrations;
  expect(integrations).toEqual([
    {
      integrationId,
      integrationType: 'AWS_PROXY',
      integrationUri: functionArn,
      integrationMethod: 'POST',
      connectionType: 'INTERNET',
      payloadFormatVersion: '2.0',
      timeoutInMillis: 30_000,
    },
  ]);
  const { items } = (await get(`GET /v2/apis/${apiId}/routes`)).document;
  const target = `integrations/${integrationId}`;
  expect(items).toEqual([
    expect.objectContaining({ routeKey: 'GET /messages', authorizationType: 'AWS_IAM', target }),
    expect.objectContaining({ routeKey: '$default', authorizationType: 'NONE', target }),
  ]);
  const [{ routeId }] = items as [{ routeId: string }];
  expect((await get(`GET /v2/apis/${apiId}/routes/${routeId}`)).document).toMatchObject({ routeId });
  expect((await get(`GET /v2/apis/${apiId}/integrations/${integrationId}`)).document).toMatchObject({
    integrationId,
  });
});

test('a stage shows its last deployment', async () => {
  const { apiId, get } = await bench();
  const { document } = await get(`GET /v2/apis/${apiId}/stages/$default`);
  expect(document).toMatchObject({
    stageName: '$default',
    autoDeploy: true,
    lastDeploymentStatusMessage: `Successfully deployed stage with deployment ID '${document.deploymentId}'`,
  });
  expect((await get(`GET /v2/apis/${apiId}/stages/%24default`)).document).toEqual(document);
});

test('callers reach a new stage, and new deployments, after a short delay', async () => {
  const state = { now: 0 };
  const workbench = createWorkbench({ clock: { now: () => new Date(state.now) }, lagMs: () => 3_000 });
  const apiId = await deployHttpApi(workbench);
  const seen = () => workbench.httpApis.findStage(apiId, 'eu-central-1', '$default')?.api;
  expect(workbench.httpApis.deployedStages()).toHaveLength(1);
  expect(seen()).toBeUndefined();
  state.now += 3_000;
  expect(seen()).toBe(workbench.httpApis.deployedStages()[0]?.api);
});

test('a stage shows why its deployment failed', async () => {
  const { workbench, apiId, get } = await bench({ routes: {} });
  const message = async () =>
    (await get(`GET /v2/apis/${apiId}/stages/$default`)).document.lastDeploymentStatusMessage;
  expect(await message()).toBe(
    'Deployment attempt failed: Unable to deploy API because no routes exist in this API',
  );
  await workbench.create('AWS::ApiGatewayV2::Route', { ApiId: apiId, RouteKey: 'GET /a' });
  expect(await message()).toBe(
    'Deployment attempt failed: Unable to deploy API because the route GET /a has no integration',
  );
});

test('a stage’s limits can be changed', async () => {
  const { workbench, apiId, get } = await bench();
  const line = `PATCH /v2/apis/${apiId}/stages/$default`;
  const changed = await get(line, {
    defaultRouteSettings: { throttlingBurstLimit: 5, throttlingRateLimit: 4 },
    routeSettings: { 'GET /messages': { throttlingBurstLimit: 3, throttlingRateLimit: 2 } },
  });
  expect(changed).toMatchObject({
    status: 200,
    question: `apigateway:PATCH arn:aws:apigateway:eu-central-1::/apis/${apiId}/stages/${encodeURIComponent('$default')}`,
    document: {
      autoDeploy: true,
      defaultRouteSettings: { throttlingBurstLimit: 5, throttlingRateLimit: 4 },
      routeSettings: { 'GET /messages': { throttlingBurstLimit: 3, throttlingRateLimit: 2 } },
    },
  });
  expect(workbench.httpApis.findStage(apiId, scope.region, '$default')).toMatchObject({
    defaultRouteSettings: { throttlingBurstLimit: 5, throttlingRateLimit: 4 },
    routeSettings: new Map([['GET /messages', { throttlingBurstLimit: 3, throttlingRateLimit: 2 }]]),
  });
  expect(await get(line, { description: 'mine', stageVariables: { color: 'blue' } })).toMatchObject({
    status: 501,
    document: {
      message:
        'local AWS does not implement description, stageVariables of apigateway:UpdateStage: leave them out.',
    },
  });
});

test('The access log of a stage can be set, is checked, and can be removed.', async () => {
  const { workbench, apiId, get } = await bench();
  const update = (accessLogSettings: object) =>
    get(`PATCH /v2/apis/${apiId}/stages/$default`, { accessLogSettings });
  const settings = {
    destinationArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:access',
    format: '$context.requestId',
  };
  expect((await update(settings)).document).toMatchObject({ accessLogSettings: settings });
  expect(workbench.httpApis.findStage(apiId, scope.region, '$default')).toMatchObject({
    accessLogSettings: settings,
  });
  expect(await update({ format: 'no ID' })).toMatchObject({
    status: 400,
    document: { message: expect.stringContaining('must include $context.requestId') },
  });
  expect(
    await update({ format: '$context.requestId $context.sta $context.request.header.Origin' }),
  ).toMatchObject({
    status: 400,
    document: {
      message:
        'The following context variables are not supported: [$context.sta, $context.request.header.Origin]',
    },
  });
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
  const format =
    '$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId $context.authorizer.claims.sub took $context.integration.latency.';
  expect((await update({ format })).document).toMatchObject({ accessLogSettings: { format } });
  expect((await update({ destinationArn: '', format: '' })).document).not.toHaveProperty('accessLogSettings');
});

test('a domain name has mappings to both kinds of API', async () => {
  const { workbench, apiId } = await bench();
  const mappings = () => [...(workbench.apis.domainNames.byHost('api.example.com')?.mappings ?? [])];
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  const certificateArn =
    'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012';
  const DomainName = 'api.example.com';
  const created = await workbench.create('AWS::ApiGatewayV2::DomainName', {
    DomainName,
    DomainNameConfigurations: [{ CertificateArn: certificateArn }],
  });
  expect(created).toMatchObject({
    physicalId: DomainName,
    attributes: { RegionalDomainName: expect.stringMatching(/^d-\w+\.execute-api\./) },
  });
  await workbench.create('AWS::ApiGateway::BasePathMapping', {
    DomainName,
    RestApiId: restApiId,
    Stage: 'dev',
  });
  const mapping = { DomainName, ApiId: apiId, Stage: '$default', ApiMappingKey: 'v1/orders' };
  const { physicalId } = await workbench.create('AWS::ApiGatewayV2::ApiMapping', mapping);
  expect(mappings()).toEqual([
    ['', { id: expect.any(String), apiId: restApiId, stageName: 'dev' }],
    ['v1/orders', { id: physicalId, apiId, stageName: '$default' }],
  ]);
  expect((await send(workbench, `GET /domainnames/${DomainName}`)).document).toMatchObject({
    regionalCertificateArn: certificateArn,
  });
  const moved = { ...mapping, ApiMappingKey: 'v2' };
  await workbench.update('AWS::ApiGatewayV2::ApiMapping', { physicalId, attributes: {} }, moved, mapping);
  expect(mappings()[1]).toEqual(['v2', expect.objectContaining({ id: physicalId })]);
  await workbench.remove('AWS::ApiGatewayV2::ApiMapping', { physicalId, attributes: {} }, moved);
  expect(mappings()).toHaveLength(1);
});

test.each([
  ['GET /v2/apis/missing', 404, 'NotFoundException', 'Invalid API identifier specified'],
  ['GET /v2/apis/$api/stages/other', 404, 'NotFoundException', 'Unable to find Stage by name other'],
  ['GET /v2/apis/$api/routes/other', 404, 'NotFoundException', 'Unable to find Route with id other'],
  ['GET /v2/apis/$api/routes?maxResults=2', 501, 'NotImplemented', 'maxResults of apigateway:GetRoutes'],
  ['DELETE /v2/apis/$api', 501, 'NotImplemented', 'local AWS does not implement apigatewayv2:DeleteApi'],
  ['GET /v2/tags/arn', 501, 'NotImplemented', 'local AWS does not implement apigatewayv2:GetTags'],
])('%s is refused with %i', async (line, status, code, message) => {
  const { apiId, get } = await bench();
  const answer = await get(line.replace('$api', apiId));
  expect(answer).toMatchObject({ status, document: { code, message: expect.stringContaining(message) } });
});
