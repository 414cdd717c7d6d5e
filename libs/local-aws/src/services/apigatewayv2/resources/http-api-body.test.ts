import {
  createWorkbench,
  functionArn,
  lambdaIntegration,
  scope,
  type Workbench,
} from '../../apigateway/workbench.testing.ts';
import { readHttpOpenApi } from './http-api-body.ts';

const TYPE = 'AWS::ApiGatewayV2::Api';
const integration = {
  'x-amazon-apigateway-integration': {
    ...{ type: 'aws_proxy', httpMethod: 'POST', uri: lambdaIntegration.Uri },
    payloadFormatVersion: '2.0',
  },
};
const signed = { ...integration, security: [{ AWS_IAM: [] }] };
const securitySchemes = {
  AWS_IAM: {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
};
const documentWith = (paths: object, rest: object = {}) => ({
  openapi: '3.0.1',
  info: { title: 'greetings', version: '1.0' },
  components: { securitySchemes },
  paths,
  ...rest,
});

let workbench: Workbench;
beforeEach(() => {
  workbench = createWorkbench();
});

/** Creates an API and its stage. @returns what the stage serves */
async function deploy(properties: object) {
  const state = await workbench.create(TYPE, properties);
  const ApiId = state.physicalId;
  await workbench.create('AWS::ApiGatewayV2::Stage', { ApiId, StageName: '$default', AutoDeploy: true });
  const routes = () => {
    const { paths = [], defaultRoute } =
      workbench.httpApis.get(scope, ApiId).stages.get('$default')?.deployment?.api ?? {};
    return [
      ...paths.flatMap(({ methods }) => [...methods.values()]),
      ...(defaultRoute ? [defaultRoute] : []),
    ];
  };
  return { state, api: () => workbench.httpApis.get(scope, ApiId), routes };
}

test('An HTTP API has the routes of its document, with their authorization and integration.', async () => {
  const { routes } = await deploy({
    Body: documentWith({
      '/greetings/{name}': { get: signed, 'x-amazon-apigateway-any-method': signed },
      '/health': { get: { ...integration, security: [{ NONE: [] }] } },
      '/open': { post: { ...integration, operationId: 'open' } },
      $default: { 'x-amazon-apigateway-any-method': { ...signed, isDefaultRoute: true } },
    }),
  });
  expect(routes()).toMatchObject([
    {
      routeKey: 'GET /greetings/{name}',
      authorizationType: 'AWS_IAM',
      integration: { functionArn, payloadFormatVersion: '2.0' },
    },
    { routeKey: 'ANY /greetings/{name}', authorizationType: 'AWS_IAM' },
    { routeKey: 'GET /health', authorizationType: 'NONE' },
    { routeKey: 'POST /open', authorizationType: 'NONE', operationName: 'open' },
    { routeKey: '$default', authorizationType: 'AWS_IAM' },
  ]);
});

test('An HTTP API has the settings and tags of its document, and its properties override them.', async () => {
  const Body = documentWith(
    { '/': { get: signed } },
    {
      info: { title: 'greetings', description: 'Greets', version: '2' },
      'x-amazon-apigateway-cors': { allowOrigins: ['https://example.com'], maxAge: 60 },
      servers: [{ 'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true } }],
      tags: [{ name: 'team', 'x-amazon-apigateway-tag-value': 'a' }, { name: 'without a value' }],
    },
  );
  const { api } = await deploy({ Body });
  expect(api()).toMatchObject({
    settings: {
      ...{ name: 'greetings', description: 'Greets', version: '2', disableExecuteApiEndpoint: true },
      corsConfiguration: { allowOrigins: ['https://example.com'], maxAge: 60 },
    },
    tags: { team: 'a' },
  });
  expect(api().tags).not.toHaveProperty('without a value');

  const other = await deploy({ Body, Name: 'other', DisableExecuteApiEndpoint: false, Tags: { team: 'b' } });
  expect(other.api()).toMatchObject({
    settings: { name: 'other', description: 'Greets', disableExecuteApiEndpoint: false },
    tags: { team: 'b' },
  });
});

test('Another document replaces the routes, which are deployed at once. The same one changes nothing.', async () => {
  const Body = documentWith({ '/a': { get: signed }, '/b': { get: signed } });
  const { state, routes, api } = await deploy({ Body });
  const before = [...api().routes.keys()];
  await workbench.update(TYPE, state, { Body, Name: 'renamed' }, { Body });
  expect([...api().routes.keys()]).toEqual(before);

  const next = documentWith({ '/b': { post: signed } });
  await workbench.update(TYPE, state, { Body: next }, { Body });
  expect(routes().map(({ routeKey }) => routeKey)).toEqual(['POST /b']);
  expect(api().integrations.size).toBe(1);
});

test('Integrations can be references to components of the document.', () => {
  const document = documentWith(
    {
      '/a': {
        get: {
          'x-amazon-apigateway-integration': { $ref: '#/components/x-amazon-apigateway-integrations/one' },
        },
      },
    },
    {
      components: {
        'x-amazon-apigateway-integrations': { one: integration['x-amazon-apigateway-integration'] },
      },
    },
  );
  expect(readHttpOpenApi(document).routes).toMatchObject([{ integration: { functionArn } }]);
});

test('One error names everything that cannot be imported.', () => {
  const other = (members: object) => ({
    'x-amazon-apigateway-integration': { ...integration['x-amazon-apigateway-integration'], ...members },
  });
  const document = documentWith(
    {
      '/http': { get: other({ type: 'http_proxy' }) },
      '/uri': { get: other({ uri: 'https://example.com' }) },
      '/jwt': { get: { ...integration, security: [{ jwt: [] }] } },
      '/none': { get: {} },
      '/{a+}/b': { get: signed },
    },
    { openapi: '3.1.0', 'x-amazon-apigateway-policy': {}, 'x-amazon-apigateway-cors': { allowOrigin: '*' } },
  );
  expect(() => readHttpOpenApi(document)).toThrow(
    new RegExp(
      [
        '^Errors found during import:',
        'The document must have openapi: "3\\.0\\.1"\\.',
        'CORS: .+',
        'GET /http: IntegrationType: local AWS does not support integrations of HTTP APIs other than AWS_PROXY .+',
        'GET /uri: Invalid function ARN https://example\\.com .+',
        'GET /jwt: AuthorizationType: local AWS does not support AuthorizationType CUSTOM on HTTP APIs: .+',
        'GET /none: .+',
        'GET /\\{a\\+\\}/b: The provided route key is not formatted properly .+',
        'local AWS does not support x-amazon-apigateway-policy\\.$',
      ].join('\\n\\t(?:.+\\n\\t)*?'),
    ),
  );
});

test('Security at the root of the document is refused, not ignored.', () => {
  const document = documentWith({ '/a': { get: integration } }, { security: [{ AWS_IAM: [] }] });
  expect(() => readHttpOpenApi(document)).toThrow('security at the root of the document');
});

test.each([
  [{ Name: 'a' }, 'ProtocolType is needed'],
  [{ ProtocolType: 'HTTP' }, 'Name is needed'],
])('An HTTP API with %j and no document is refused: %s', async (properties, message) => {
  await expect(workbench.create(TYPE, properties)).rejects.toThrow(message);
});
