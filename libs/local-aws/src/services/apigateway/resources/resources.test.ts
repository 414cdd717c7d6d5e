import { AwsError } from '../../../core/errors.ts';
import { createWorkbench, deployApi, lambdaIntegration, type Workbench } from '../workbench.testing.ts';

const api = async (workbench: Workbench, properties: object = {}) => {
  const { physicalId, attributes } = await workbench.create('AWS::ApiGateway::RestApi', {
    Name: 'api',
    ...properties,
  });
  return { RestApiId: physicalId, rootId: String(attributes.RootResourceId) };
};

test('API Gateway has the supported resource types', () => {
  expect(
    createWorkbench().resourceTypes.map(({ typeName }) => typeName.replace('AWS::ApiGateway::', '')),
  ).toEqual([
    'RestApi',
    'Resource',
    'Method',
    'RequestValidator',
    'GatewayResponse',
    'Authorizer',
    'Deployment',
    'Model',
    'Stage',
    'Account',
    'DomainName',
    'BasePathMapping',
  ]);
});

describe('AWS::ApiGateway::Deployment', () => {
  test('a change of the API is live only after the next deployment', async () => {
    const workbench = createWorkbench();
    const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
    const stage = () => workbench.apis.findStage(restApiId, 'eu-central-1', 'dev');
    const current = await workbench.create('AWS::ApiGateway::Deployment', {
      RestApiId: restApiId,
      StageName: 'other',
    });
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' }],
    };
    await workbench.update(
      'AWS::ApiGateway::RestApi',
      { physicalId: restApiId, attributes: {} },
      { Name: 'messages', Policy: policy },
      { Name: 'messages' },
    );
    expect(stage()?.api.policy).toBeUndefined();

    // As the Serverless Framework deploys: a new deployment with the same stage, then it deletes the old one.
    const next = await workbench.create('AWS::ApiGateway::Deployment', {
      RestApiId: restApiId,
      StageName: 'other',
    });
    await workbench.remove('AWS::ApiGateway::Deployment', current, {
      RestApiId: restApiId,
      StageName: 'other',
    });
    const other = workbench.apis.findStage(restApiId, 'eu-central-1', 'other');
    expect(other).toMatchObject({ deploymentId: next.physicalId, api: { policy } });
  });

  test('callers reach a new deployment or stage after a short delay; the control plane shows it at once', async () => {
    const state = { now: 0, lagMs: 3_000 };
    const workbench = createWorkbench({
      clock: { now: () => new Date(state.now) },
      lagMs: () => state.lagMs,
    });
    const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
    const seen = () => workbench.apis.findStage(restApiId, 'eu-central-1', 'dev')?.deploymentId;
    const current = () => workbench.apis.deployedStages().map(({ deploymentId }) => deploymentId);
    const [first] = current();
    expect(first).toBeDefined();
    expect(seen()).toBeUndefined();
    state.now += 3_000;
    expect(seen()).toBe(first);

    const properties = { RestApiId: restApiId, StageName: 'dev' };
    const { physicalId: next } = await workbench.create('AWS::ApiGateway::Deployment', properties);
    expect(current()).toEqual([next]);
    expect(seen()).toBe(first);
    state.now += 3_000;
    expect(seen()).toBe(next);
  });

  test('a deployment is deleted with the stage that it created', async () => {
    const workbench = createWorkbench();
    const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
    const properties = { RestApiId: restApiId, StageName: 'other' };
    const deployment = await workbench.create('AWS::ApiGateway::Deployment', properties);
    await workbench.remove('AWS::ApiGateway::Deployment', deployment, properties);
    expect(workbench.apis.findStage(restApiId, 'eu-central-1', 'other')).toBeUndefined();
    await workbench.remove('AWS::ApiGateway::Deployment', deployment, properties);
  });

  test('a deployment cannot be deleted while a stage resource points to it', async () => {
    const workbench = createWorkbench();
    const { restApiId, deploymentId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
    const deployment = { physicalId: deploymentId, attributes: {} };
    await expect(
      workbench.remove('AWS::ApiGateway::Deployment', deployment, { RestApiId: restApiId }),
    ).rejects.toThrow('Active stages pointing to this deployment must be moved or deleted');
  });

  test('the settings of a stage for one method build on those for all methods, in any order', async () => {
    const workbench = createWorkbench();
    const { restApiId } = await deployApi(workbench, {
      routes: [{ path: '/a' }],
      stage: {
        TracingEnabled: 'true',
        MethodSettings: [
          { ResourcePath: '/a', HttpMethod: 'GET', ThrottlingBurstLimit: 3 },
          { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: '20', ThrottlingBurstLimit: 40 },
        ],
      },
    });
    const stage = workbench.apis.findStage(restApiId, 'eu-central-1', 'dev');
    expect(stage).toMatchObject({ tracingEnabled: true });
    expect(Object.fromEntries(stage?.methodSettings ?? [])).toMatchObject({
      '*/*': { throttlingRateLimit: 20, throttlingBurstLimit: 40 },
      'a/GET': { throttlingRateLimit: 20, throttlingBurstLimit: 3 },
    });
  });

  test('a deployment creates a stage, or moves an existing one', async () => {
    const workbench = createWorkbench();
    const { restApiId } = await deployApi(workbench, {
      routes: [{ path: '/a' }],
      stage: { TracingEnabled: true, Variables: { color: 'blue' } },
    });
    const again = { RestApiId: restApiId, StageName: 'dev' };
    const { physicalId } = await workbench.create('AWS::ApiGateway::Deployment', again);
    const stage = () => workbench.apis.findStage(restApiId, 'eu-central-1', 'dev');
    expect(stage()).toMatchObject({
      deploymentId: physicalId,
      tracingEnabled: true,
      variables: { color: 'blue' },
    });
    await workbench.create('AWS::ApiGateway::Deployment', { RestApiId: restApiId, StageName: 'other' });
    expect(workbench.apis.findStage(restApiId, 'eu-central-1', 'other')).toMatchObject({ variables: {} });
  });

  test('an API without methods, or with a method without integration, cannot be deployed', async () => {
    const workbench = createWorkbench();
    const { RestApiId, rootId } = await api(workbench);
    const deploy = () => workbench.create('AWS::ApiGateway::Deployment', { RestApiId });
    await expect(deploy()).rejects.toThrow("The REST API doesn't contain any methods");
    await workbench.create('AWS::ApiGateway::Method', { RestApiId, ResourceId: rootId, HttpMethod: 'GET' });
    await expect(deploy()).rejects.toThrow('No integration defined for method');
  });
});

const method = { HttpMethod: 'GET', AuthorizationType: 'AWS_IAM', Integration: lambdaIntegration };

test.each<[string, object, string]>([
  [
    'a Lambda authorizer that the API does not have',
    { ...method, AuthorizationType: 'CUSTOM', AuthorizerId: 'abc' },
    'Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer',
  ],
  [
    'Cognito without an authorizer',
    { ...method, AuthorizationType: 'COGNITO_USER_POOLS' },
    'Invalid authorizer ID specified',
  ],
  [
    'an authorizer of HTTP APIs',
    { ...method, AuthorizationType: 'JWT' },
    'does not support AuthorizationType JWT: use AWS_IAM, CUSTOM, COGNITO_USER_POOLS or NONE',
  ],
  ['an API key', { ...method, ApiKeyRequired: true }, 'API keys'],
  [
    'an HTTP backend',
    { ...method, Integration: { Type: 'HTTP_PROXY', Uri: 'https://example.com' } },
    'HTTP_PROXY',
  ],
  [
    'a non-proxy Lambda',
    { ...method, Integration: { ...lambdaIntegration, Type: 'AWS' } },
    'Integration type AWS',
  ],
  [
    'the credentials of a user',
    { ...method, Integration: { ...lambdaIntegration, Credentials: 'arn:aws:iam::111111111111:user/a' } },
    'Credentials must be the ARN of a role',
  ],
  [
    'an unknown property',
    { ...method, Integration: { ...lambdaIntegration, CacheNamespace: 'x' } },
    'CacheNamespace',
  ],
  [
    'GET to Lambda',
    { ...method, Integration: { ...lambdaIntegration, IntegrationHttpMethod: 'GET' } },
    'IntegrationHttpMethod POST',
  ],
  [
    'a URI that is no ARN',
    { ...method, Integration: { ...lambdaIntegration, Uri: 'lambda' } },
    'Invalid ARN specified in the request',
  ],
  [
    'another service',
    { ...method, Integration: { ...lambdaIntegration, Uri: 'arn:aws:apigateway:eu-central-1:sqs:path/x' } },
    'AWS_PROXY integrations with Lambda functions only',
  ],
  [
    'a timeout over 29 s',
    { ...method, Integration: { ...lambdaIntegration, TimeoutInMillis: 30_000 } },
    'Timeout should be between 50 ms and 29000 ms',
  ],
  [
    'an unknown model',
    { ...method, RequestModels: { 'application/json': 'Nope' } },
    'Invalid model identifier specified: Nope',
  ],
  [
    'an unknown validator',
    { ...method, RequestValidatorId: 'nope' },
    'Invalid Request Validator identifier specified',
  ],
  [
    'Velocity',
    { ...method, Integration: { Type: 'MOCK', RequestTemplates: { 'application/json': '#set($x = 1)' } } },
    'without Velocity',
  ],
  [
    'an undeclared header',
    {
      ...method,
      Integration: {
        Type: 'MOCK',
        IntegrationResponses: [
          { StatusCode: 200, ResponseParameters: { 'method.response.header.X': "'1'" } },
        ],
      },
    },
    'Invalid mapping expression',
  ],
])('a method with %s is refused', async (_what, properties, message) => {
  const workbench = createWorkbench();
  const { RestApiId, rootId } = await api(workbench);
  // Schema violations throw, other errors reject: both fail the stack.
  const create = async () =>
    workbench.create('AWS::ApiGateway::Method', { RestApiId, ResourceId: rootId, ...properties });
  await expect(create()).rejects.toThrow(message);
});

test.each([
  ['{id}', '{other}', 'A sibling ({id}) of this resource already has a variable path part'],
  ['{proxy+}', '{id}', 'A sibling ({proxy+}) of this resource already has a variable path part'],
  ['a', 'a', 'Another resource with the same parent already has this name: a'],
  ['a', 'b/c', "Resource's path part only allow"],
])('next to the path part %s, the path part %s is refused', async (first, second, message) => {
  const workbench = createWorkbench();
  const { RestApiId, rootId } = await api(workbench);
  const add = (PathPart: string) =>
    workbench.create('AWS::ApiGateway::Resource', { RestApiId, ParentId: rootId, PathPart });
  await add(first);
  await expect(add(second)).rejects.toThrow(message);
});

test.each([
  ['a syntax error', '{'],
  ['no statements', { Version: '2012-10-17', Statement: [] }],
  ['no principal', { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }],
  ['no resource', { Statement: [{ Effect: 'Allow', Principal: '*', Action: '*' }] }],
  ['an unknown element', { Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resources: '*' }] }],
  ['no effect', { Statement: [{ Principal: '*', Action: '*', Resource: '*' }] }],
])('a resource policy with %s is refused', async (_what, Policy) => {
  await expect(api(createWorkbench(), { Policy })).rejects.toThrow('Invalid policy document');
});

test('a resource policy may have 8,192 characters, without spaces', async () => {
  const route = 'execute-api:/dev/GET/';
  const policyOf = (length: number) => {
    const Resource = [route];
    const Policy = {
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource }],
    };
    Resource[0] = route.padEnd(route.length + length - JSON.stringify(Policy).length, 'x');
    return JSON.stringify(Policy, undefined, 2);
  };
  await api(createWorkbench(), { Policy: policyOf(8_192) });
  await expect(api(createWorkbench(), { Policy: policyOf(8_193) })).rejects.toThrow(
    'It has 8193 characters, and may have 8192 unless AWS raises the quota',
  );
});

test('a resource policy that names a principal that does not exist is refused', async () => {
  const workbench = createWorkbench({
    principals: {
      bindPrincipals() {
        throw new AwsError('MalformedPolicyDocument', 'No such role: x.');
      },
      showPrincipals: (document) => document,
    },
  });
  const Policy = { Statement: [{ Effect: 'Allow', Principal: { AWS: 'x' }, Action: '*', Resource: '*' }] };
  await expect(api(workbench, { Policy })).rejects.toThrow('No such role: x.');
});

test.each([
  ['not a schema', { type: 'nonsense' }, 'Invalid model'],
  ['not JSON', '{', 'Invalid model'],
  ['not an object', '[]', 'Invalid model'],
])('a model that is %s is refused', async (_what, Schema, message) => {
  const workbench = createWorkbench();
  const { RestApiId } = await api(workbench);
  await expect(workbench.create('AWS::ApiGateway::Model', { RestApiId, Name: 'M', Schema })).rejects.toThrow(
    message,
  );
});

test.each(['a greeting', '[]', '"text"', 'just {{name}}'])(
  'a text/plain model takes the free-form schema %j',
  async (Schema) => {
    const workbench = createWorkbench();
    const { RestApiId } = await api(workbench);
    const model = { RestApiId, Name: 'Greeting', ContentType: 'text/plain', Schema };
    expect(await workbench.create('AWS::ApiGateway::Model', model)).toMatchObject({ physicalId: 'Greeting' });
  },
);

test('a model without a name gets an alphanumeric one', async () => {
  const workbench = createWorkbench();
  const { RestApiId } = await api(workbench);
  const { physicalId } = await workbench.create('AWS::ApiGateway::Model', {
    RestApiId,
    ContentType: 'application/json',
    Schema: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' },
  });
  expect(physicalId).toMatch(/^[A-Za-z0-9]+$/);
});

describe('AWS::ApiGateway::Stage', () => {
  test.each<[string, object, string]>([
    ['a bad name', { StageName: 'a b' }, 'Stage name only allows a-zA-Z0-9_-'],
    ['a cache', { CacheClusterEnabled: true }, 'cache clusters'],
    [
      'settings of a method that HTTP does not have',
      { MethodSettings: [{ HttpMethod: '', ResourcePath: '/*' }] },
      'Invalid method setting path: */',
    ],
    [
      'a log that is no log group',
      { AccessLogSetting: { DestinationArn: 'arn:aws:firehose:x', Format: '$context.requestId' } },
      'Invalid ARN specified',
    ],
    [
      'a format without the request ID',
      {
        AccessLogSetting: {
          DestinationArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:x',
          Format: 'x',
        },
      },
      '$context.requestId',
    ],
    [
      'a format of two lines',
      {
        AccessLogSetting: {
          DestinationArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:x',
          Format: 'x\n$context.requestId',
        },
      },
      'single line',
    ],
  ])('a stage with %s is refused, and is not created', async (_what, properties, message) => {
    const workbench = createWorkbench();
    const { restApiId, deploymentId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
    const create = async () =>
      workbench.create('AWS::ApiGateway::Stage', {
        RestApiId: restApiId,
        DeploymentId: deploymentId,
        StageName: 'other',
        ...properties,
      });
    await expect(create()).rejects.toThrow(message);
    expect(workbench.apis.findStage(restApiId, 'eu-central-1', 'other')).toBeUndefined();
  });

  test('a stage writes access logs only if the account has a role for logs', async () => {
    const workbench = createWorkbench({ cloudWatchRoles: { initial: () => undefined } });
    const stage = {
      AccessLogSetting: {
        DestinationArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:x',
        Format: '$context.requestId',
      },
    };
    await expect(deployApi(workbench, { routes: [{ path: '/a' }], stage })).rejects.toThrow(
      'CloudWatch Logs role ARN must be set in account settings to enable logging',
    );
    await workbench.create('AWS::ApiGateway::Account', {
      CloudWatchRoleArn: 'arn:aws:iam::111111111111:role/logs',
    });
    await deployApi(workbench, { routes: [{ path: '/a' }], stage });
  });
});

test('deleting an API deletes everything in it, and succeeds if it is repeated', async () => {
  const workbench = createWorkbench();
  const { restApiId, deploymentId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  await workbench.remove('AWS::ApiGateway::RestApi', { physicalId: restApiId, attributes: {} }, {});
  expect(workbench.apis.findStage(restApiId, 'eu-central-1', 'dev')).toBeUndefined();
  await workbench.remove('AWS::ApiGateway::RestApi', { physicalId: restApiId, attributes: {} }, {});
  await workbench.remove(
    'AWS::ApiGateway::Stage',
    { physicalId: 'dev', attributes: {} },
    { RestApiId: restApiId, DeploymentId: deploymentId },
  );
});
