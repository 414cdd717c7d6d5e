import { settings } from './facts.testing.ts';
import { readService } from './resolve-service.ts';

test('a serverless.yml names its functions, their log groups and roles, and the names that its resources have', () => {
  const read = readService({
    service: 's',
    provider: { stage: 'dev', timeout: 8 },
    functions: {
      a: {
        name: 's-dev-a',
        events: [{ http: { method: 'get', path: '/', authorizer: 'aws_iam' } }],
        iamRoleStatementsName: 's-dev-a-role',
      },
      b: { name: 's-dev-b', timeout: 20, events: [{ schedule: 'rate(1 day)' }, { http: 'POST b' }] },
      c: { name: 's-dev-c', events: [{ http: { method: 'get', path: 'c', open: true } }] },
    },
    resources: {
      Resources: {
        Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 's-dev-invoke' } },
        Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/api-gateway/s-dev' } },
        Domain: { Type: 'AWS::ApiGateway::DomainName', Properties: { DomainName: 'api.example.com' } },
        Mapping: { Type: 'AWS::ApiGateway::BasePathMapping', Properties: { DomainName: { Ref: 'Domain' } } },
        Method: {
          Type: 'AWS::ApiGateway::Method',
          Properties: { HttpMethod: 'GET', AuthorizationType: 'NONE' },
        },
        Nameless: { Type: 'AWS::DynamoDB::Table' },
      },
    },
  });
  expect(read).toEqual({
    service: 's',
    stackName: 's-dev',
    outline: expect.anything(),
    permissions: [
      ...['apigateway', 'events', 'apigateway', 'apigateway'].map((service) => ({
        Type: 'AWS::Lambda::Permission',
        Properties: expect.objectContaining({ Principal: `${service}.amazonaws.com` }),
      })),
      { Type: 'AWS::Events::Rule', Properties: {} },
    ],
    events: [],
    resources: expect.objectContaining({
      Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 's-dev-invoke' } },
    }),
    functions: [
      { name: 's-dev-a', timeoutSeconds: 8, routes: ['GET /'], subnetIds: undefined, properties: {} },
      { name: 's-dev-b', timeoutSeconds: 20, routes: ['POST /b'], subnetIds: undefined, properties: {} },
      { name: 's-dev-c', timeoutSeconds: 8, routes: ['GET /c'], subnetIds: undefined, properties: {} },
    ],
    routes: {
      signed: ['GET /'],
      open: ['GET /c'],
      others: [],
      withoutIam: ['GET /c'],
      mistakes: [
        expect.stringContaining('POST /b of the function "b" has no authorizer'),
        expect.stringContaining('The method GET / (Method) has the AuthorizationType "NONE".'),
      ],
    },
    names: [
      { kind: 'function', name: 's-dev-a' },
      { kind: 'log group', name: '/aws/lambda/s-dev-a' },
      { kind: 'role', name: 's-dev-a-role' },
      { kind: 'function', name: 's-dev-b' },
      { kind: 'log group', name: '/aws/lambda/s-dev-b' },
      { kind: 'function', name: 's-dev-c' },
      { kind: 'log group', name: '/aws/lambda/s-dev-c' },
      { kind: 'role', name: 's-dev-invoke' },
      { kind: 'log group', name: '/aws/api-gateway/s-dev' },
      { kind: 'domain name', name: 'api.example.com' },
    ],
  });
});

test('subnets come from the function, or from the provider; a value that is not an ID is left out', () => {
  const subnetsOf = (provider: object, vpc?: object) => {
    const functions = { a: { name: 'a', ...(vpc === undefined ? {} : { vpc }) } };
    const read = readService({ service: 's', provider: { stage: 'dev', ...provider }, functions });
    return 'functions' in read ? read.functions[0]?.subnetIds : read;
  };
  const inVpc = (...subnetIds: unknown[]) => ({ securityGroupIds: ['sg-1'], subnetIds });
  expect(subnetsOf({ vpc: inVpc('subnet-1') })).toEqual(['subnet-1']);
  expect(subnetsOf({ vpc: inVpc('subnet-1') }, inVpc('subnet-2', { Ref: 'Subnet' }))).toEqual(['subnet-2']);
  expect(subnetsOf({})).toBeUndefined();
});

test('a function has the CloudFormation properties for which its deployment needs further permissions', () => {
  const functions = { a: { name: 'a', reservedConcurrency: 5, memorySize: 256 } };
  const vpc = { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] };
  expect(readService({ service: 's', provider: { stage: 'dev', vpc }, functions })).toMatchObject({
    functions: [{ properties: { ReservedConcurrentExecutions: 5, VpcConfig: {} } }],
  });
});

test('a document of another form is reported as unknown', () => {
  expect(readService({ service: 's', provider: { stage: 'dev' } })).toEqual({
    unknown: expect.stringContaining('functions'),
  });
});

test('the routes of the api service are compared with the contract in its serverless.yml', () => {
  const read = readService(
    {
      service: 'depot',
      provider: { stage: 'dev' },
      custom: { routes: { '/parcels/{id}': { get: {} } }, routesOutsideContract: ['GET /metrics'] },
      functions: {
        parcel: {
          name: 'depot-dev-parcel',
          events: ['/parcel/{id}', '/metrics'].map((path) => ({
            http: { method: 'GET', path, authorizer: 'aws_iam' },
          })),
        },
      },
    },
    { settings },
  );
  expect('routes' in read && read.routes.mistakes).toEqual([
    expect.stringContaining('GET /parcel/{id} is no operation of the contract (it has GET /parcels/{id}).'),
    expect.stringContaining('The contract has GET /parcels/{id}, and no function has a route for it.'),
  ]);
});

test('a route of the api service with another authorizer is not open, has no place in the invoke role, and none in the contract', () => {
  const people = { method: 'GET', path: '/people', authorizer: { type: 'CUSTOM', authorizerId: 'a' } };
  const readWith = (paths: object) =>
    readService(
      {
        service: 'depot',
        provider: { stage: 'dev' },
        custom: { routes: paths },
        functions: {
          parcel: {
            name: 'depot-dev-parcel',
            events: [{ http: { method: 'GET', path: '/parcels', authorizer: 'aws_iam' } }, { http: people }],
          },
        },
        resources: { Resources: { InvokeRole: { Type: 'AWS::IAM::Role', Properties: {} } } },
      },
      { settings },
    );
  const read = readWith({ '/parcels': { get: {} } });
  expect(read).toMatchObject({
    routes: { signed: ['GET /parcels'], open: [], others: ['GET /people'], withoutIam: [], mistakes: [] },
  });
  const policies = JSON.stringify('resources' in read && read.resources.InvokeRole?.Properties.Policies);
  expect(policies).toContain('GET/parcels');
  expect(policies).not.toContain('people');
  expect(readWith({ '/parcels': { get: {} }, '/people': { get: {} } })).toMatchObject({
    routes: {
      mistakes: [
        expect.stringContaining('GET /people is an operation of the contract, and another authorizer'),
      ],
    },
  });
});

test('routes of the caller service may have any authorizer, but not none', () => {
  const http = {
    method: 'GET',
    path: '/orders',
    authorizer: { type: 'COGNITO_USER_POOLS', authorizerId: 'a' },
  };
  const read = readService(
    {
      service: 'shop',
      provider: { stage: 'dev' },
      functions: {
        caller: { name: 'shop-dev', events: [{ http }, { http: 'POST /orders' }] },
      },
      resources: { Resources: { Url: { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'NONE' } } } },
    },
    { isCaller: true },
  );
  expect('routes' in read && read.routes.mistakes).toEqual([
    expect.stringContaining('POST /orders of the function "caller" has no authorizer'),
    expect.stringContaining('The function URL Url has the AuthType "NONE".'),
  ]);
});

test('the outline has what the framework makes of functions and routes, each part of a path once', () => {
  const http = (path: string, method = 'get') => ({ http: { method, path, authorizer: 'aws_iam' } });
  const read = readService({
    service: 's',
    provider: { stage: 'dev' },
    functions: {
      a: {
        name: 's-dev-a',
        events: [http('orders'), http('orders/{id}'), http('orders/{id}/lines', 'post')],
      },
      b: { name: 's-dev-b', events: [http('orders', 'post')], environment: { A: 'b' } },
      c: { name: 's-dev-c', events: [] },
    },
  });
  const types = Object.values('unknown' in read ? {} : read.outline.Resources).map(({ Type }) => Type);
  expect(
    Object.fromEntries(
      [...new Set(types)].map((type) => [type, types.filter((each) => each === type).length]),
    ),
  ).toEqual({
    'AWS::S3::Bucket': 1,
    'AWS::S3::BucketPolicy': 1,
    'AWS::Logs::LogGroup': 3,
    'AWS::Lambda::Function': 3,
    'AWS::IAM::Role': 3,
    'AWS::ApiGateway::RestApi': 1,
    'AWS::ApiGateway::Deployment': 2,
    'AWS::ApiGateway::Resource': 3,
    'AWS::ApiGateway::Method': 4,
    'AWS::Lambda::Permission': 2,
  });
});
