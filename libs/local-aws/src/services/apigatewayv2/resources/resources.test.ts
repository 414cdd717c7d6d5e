import { createWorkbench, functionArn, scope } from '../../apigateway/workbench.testing.ts';
import type { ResourceChange } from '../../resource-type.ts';
import { deployHttpApi, openRoutes } from '../http-api.testing.ts';

/** Each refusal names the unsupported or invalid value. */
const refusals: readonly [type: string, properties: object, message: string][] = [
  ['Api', { ProtocolType: 'WEBSOCKET' }, 'local AWS does not support WebSocket APIs'],
  ['Api', { Target: functionArn }, 'write AWS::ApiGatewayV2::Integration, Route and Stage instead'],
  [
    'Api',
    { CorsConfiguration: { AllowOrigins: ['*'], AllowCredentials: true } },
    "allow-credentials is not supported if 'allow-origin' is *",
  ],
  [
    'Route',
    { AuthorizationType: 'COGNITO_USER_POOLS' },
    'local AWS does not support AuthorizationType COGNITO_USER_POOLS on HTTP APIs: use AWS_IAM, CUSTOM, JWT or NONE.',
  ],
  [
    'Route',
    { AuthorizationType: 'JWT' },
    'Setting the authorization type to JWT requires a valid authorizer',
  ],
  ['Route', { AuthorizationType: 'CUSTOM', AuthorizerId: 'abc' }, 'Invalid authorizer ID specified'],
  ['Route', { RouteKey: 'GET messages' }, 'The provided route key is not formatted properly'],
  ['Route', { RouteKey: 'FETCH /messages' }, 'The provided route key is not formatted properly'],
  ['Route', { RouteKey: 'GET /{path+}/more' }, 'The provided route key is not formatted properly'],
  ['Route', { RouteKey: 'GET /a b' }, 'The provided route key is not formatted properly'],
  ['Route', { RouteKey: 'GET /messages' }, 'Route with key GET /messages already exists for this API'],
  ['Route', { Target: 'integrations/missing' }, 'Unable to find Integration with id missing'],
  ['Route', { Target: 'functions/abc' }, 'Invalid target functions/abc'],
  ['Integration', { IntegrationType: 'HTTP_PROXY' }, 'other than AWS_PROXY with a Lambda function'],
  ['Integration', { IntegrationUri: 'https://example.com' }, 'Give the ARN of a Lambda function'],
  ['Integration', { PayloadFormatVersion: '3.0' }, 'PayloadFormatVersion 1.0 or 2.0'],
  ['Integration', { TimeoutInMillis: 30_001 }, 'Timeout should be between 50 ms and 30000 ms'],
  ['Integration', { ConnectionType: 'VPC_LINK' }, 'local AWS does not support VPC links'],
  ['Integration', { RequestParameters: {} }, 'mappings of parameters'],
  ['Integration', { CredentialsArn: 'arn' }, 'AWS::Lambda::Permission'],
  ['Stage', { StageName: 'a/b' }, 'Stage name only allows'],
  ['Stage', { StageName: '$default' }, 'Stage already exists'],
  ['Stage', { AutoDeploy: false }, 'set AutoDeploy to true'],
  ['Stage', { AutoDeploy: undefined }, 'set AutoDeploy to true'],
  ['Stage', { AccessLogSettings: { DestinationArn: 'arn', Format: '$context.requestId' } }, 'Invalid ARN'],
  [
    'Stage',
    {
      AccessLogSettings: {
        DestinationArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:access',
        Format: '{"id":"$context.requestId","status":"$context.sta',
      },
    },
    'The following context variables are not supported: [$context.sta]',
  ],
  ['Stage', { DefaultRouteSettings: { LoggingLevel: 'INFO' } }, 'HTTP APIs have access logs only'],
  [
    'DomainName',
    { DomainNameConfigurations: [{ CertificateArn: 'x', EndpointType: 'EDGE' }] },
    'use REGIONAL',
  ],
  ['DomainName', { MutualTlsAuthentication: {} }, 'mutual TLS'],
  ['ApiMapping', { Stage: 'missing' }, 'Unable to find Stage by name missing'],
  ['ApiMapping', { ApiId: 'missing' }, 'Invalid API identifier specified'],
  ['ApiMapping', { ApiMappingKey: 'a//b' }, 'Invalid base path'],
];

test.each(refusals)('%s with %j is refused: %s', async (type, properties, message) => {
  const workbench = createWorkbench();
  const ApiId = await deployHttpApi(workbench);
  const certificate =
    'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012';
  await workbench.create('AWS::ApiGatewayV2::DomainName', {
    DomainName: 'api.example.com',
    DomainNameConfigurations: [{ CertificateArn: certificate }],
  });
  const defaults: Readonly<Record<string, object>> = {
    Api: { Name: 'other', ProtocolType: 'HTTP' },
    Route: { ApiId, RouteKey: 'GET /other' },
    Integration: {
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: functionArn,
      PayloadFormatVersion: '2.0',
    },
    Stage: { ApiId, StageName: 'other', AutoDeploy: true },
    DomainName: { DomainName: 'b.example.com', DomainNameConfigurations: [{ CertificateArn: certificate }] },
    ApiMapping: { ApiId, DomainName: 'api.example.com', Stage: '$default' },
  };
  const create = async () =>
    workbench.create(`AWS::ApiGatewayV2::${type}`, { ...defaults[type], ...properties });
  await expect(create).rejects.toThrow(message);
});

test('a function may be named as REST APIs name it', async () => {
  const workbench = createWorkbench();
  const uri = `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
  const apiId = await deployHttpApi(workbench, { integration: { IntegrationUri: uri } });
  expect(
    workbench.httpApis.findStage(apiId, scope.region, '$default')?.api.paths[0]?.methods.get('GET'),
  ).toMatchObject({ integration: { functionArn } });
});

test('an integration that a route uses cannot be deleted', async () => {
  const workbench = createWorkbench();
  const apiId = await deployHttpApi(workbench);
  const [id = ''] = [...workbench.httpApis.get(scope, apiId).integrations.keys()];
  const properties = {
    ApiId: apiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: functionArn,
    PayloadFormatVersion: '2.0',
  };
  await expect(
    workbench.remove('AWS::ApiGatewayV2::Integration', { physicalId: id, attributes: {} }, properties),
  ).rejects.toThrow('it is referenced by the route GET /messages');
});

test('an API is deleted with its parts', async () => {
  const workbench = createWorkbench();
  const ApiId = await deployHttpApi(workbench, { routes: openRoutes('GET /a') });
  await workbench.remove(
    'AWS::ApiGatewayV2::Api',
    { physicalId: ApiId, attributes: {} },
    { Name: 'messages', ProtocolType: 'HTTP' },
  );
  const route = { ApiId, RouteKey: 'GET /a' };
  await workbench.remove('AWS::ApiGatewayV2::Route', { physicalId: 'gone', attributes: {} }, route);
  expect(workbench.httpApis.stageNames(ApiId, scope.region)).toBeUndefined();
});

test.each([
  [
    'Api',
    'create',
    { Name: 'a', ProtocolType: 'HTTP' },
    ['POST /apis', expect.stringMatching(/^POST \/tags\/arn/)],
  ],
  [
    'Api',
    'update',
    { Name: 'a', ProtocolType: 'HTTP' },
    ['PATCH /apis/abc', expect.stringMatching(/^POST \/tags\/arn/)],
  ],
  ['Api', 'delete', { Name: 'a', ProtocolType: 'HTTP' }, ['DELETE /apis/abc']],
  ['Route', 'create', { ApiId: 'xyz', RouteKey: '$default' }, ['POST /apis/xyz/routes']],
  ['Route', 'delete', { ApiId: 'xyz', RouteKey: '$default' }, ['DELETE /apis/xyz/routes/abc']],
  ['Stage', 'update', { ApiId: 'xyz', StageName: '$default' }, ['PATCH /apis/xyz/stages/abc']],
  [
    'ApiMapping',
    'create',
    { ApiId: 'xyz', DomainName: 'a.example', Stage: 's' },
    ['POST /domainnames/a.example/apimappings'],
  ],
  [
    'ApiMapping',
    'delete',
    { ApiId: 'xyz', DomainName: 'a.example', Stage: 's' },
    ['DELETE /domainnames/a.example/apimappings/abc'],
  ],
] as const)('%s: to %s it, a caller needs these permissions', (type, handler, properties, expected) => {
  const workbench = createWorkbench();
  const found = workbench.allTypes.find(({ typeName }) => typeName === `AWS::ApiGatewayV2::${type}`);
  const change: ResourceChange = {
    ...scope,
    handler,
    properties,
    previous: properties,
    tags: {},
    previousTags: { stage: 'dev' },
    stackName: 's',
    stackId: 's',
    logicalId: 'l',
    generateName: () => 'n',
    current: { physicalId: 'abc', attributes: {} },
  };
  const prefix = 'arn:aws:apigateway:eu-central-1::';
  expect(
    found
      ?.requires(change)
      .map(({ action, resource }) => `${action.replace('apigateway:', '')} ${resource.replace(prefix, '')}`),
  ).toEqual(expected);
});
