import { send } from './send.testing.ts';
import { createWorkbench, deployApi, lambdaIntegration, scope } from './workbench.testing.ts';

test('a deployment keeps showing its methods after the API has changed', async () => {
  const workbench = createWorkbench();
  const { restApiId, deploymentId } = await deployApi(workbench, {
    routes: [{ path: '/messages', method: 'POST' }, { path: '/messages/{id}' }],
  });
  const resources = await send(workbench, `GET /restapis/${restApiId}/resources`);
  const { id } = (resources.document.item as { id: string; path: string }[]).find(
    ({ path }) => path === '/messages/{id}',
  ) ?? { id: '' };
  const properties = {
    RestApiId: restApiId,
    ResourceId: id,
    HttpMethod: 'GET',
    AuthorizationType: 'AWS_IAM',
  };
  const physicalId = `${restApiId}|${id}|GET`;
  await workbench.remove('AWS::ApiGateway::Method', { physicalId, attributes: {} }, properties);

  const line = `GET /restapis/${restApiId}/deployments/${deploymentId}`;
  expect((await send(workbench, line)).document).not.toHaveProperty('apiSummary');
  const method = { authorizationType: 'AWS_IAM', apiKeyRequired: false };
  expect((await send(workbench, `${line}?embed=apisummary`)).document).toMatchObject({
    id: deploymentId,
    apiSummary: { '/messages': { POST: method }, '/messages/{id}': { GET: method } },
  });
});

test('a deployment moves the stage that it names, or creates it', async () => {
  const bench = createWorkbench();
  const { restApiId: apiId } = await deployApi(bench, { routes: [{ path: '/messages' }] });
  const { document: before } = await send(bench, `GET /restapis/${apiId}/stages`);
  const [{ stageName, deploymentId } = { stageName: '', deploymentId: '' }] = before.item as {
    stageName: string;
    deploymentId: string;
  }[];
  const create = `POST /restapis/${apiId}/deployments`;
  const moved = await send(bench, create, { stageName });
  expect(moved).toMatchObject({
    status: 201,
    question: `apigateway:POST arn:aws:apigateway:${scope.region}::/restapis/${apiId}/deployments`,
  });
  expect(moved.document.id).not.toBe(deploymentId);
  const stage = await send(bench, `GET /restapis/${apiId}/stages/${stageName}`);
  expect(stage.document.deploymentId).toBe(moved.document.id);
  await send(bench, create, { stageName: 'second' });
  const { document: after } = await send(bench, `GET /restapis/${apiId}/stages`);
  expect(after.item).toMatchObject([{ stageName }, { stageName: 'second' }]);
  const ofOne = await send(bench, `GET /restapis/${apiId}/stages?deploymentId=${moved.document.id}`);
  expect(ofOne.document.item).toMatchObject([{ stageName }]);
});

test('a patch enables the default endpoint of an API', async () => {
  const bench = createWorkbench();
  const { restApiId: apiId } = await deployApi(bench, { routes: [{ path: '/messages' }] });
  for (const value of ['true', 'False']) {
    const patchOperations = [{ op: 'replace', path: '/disableExecuteApiEndpoint', value }];
    const { document } = await send(bench, `PATCH /restapis/${apiId}`, { patchOperations });
    expect(document.disableExecuteApiEndpoint).toBe(value === 'true');
  }
});

test('stages, methods and integrations are read, each with the permission on its path', async () => {
  const workbench = createWorkbench();
  const { restApiId, deploymentId } = await deployApi(workbench, {
    routes: [{ path: '/messages', method: 'POST' }],
  });
  const api = `/restapis/${restApiId}`;
  const stages = await send(workbench, `GET ${api}/stages`);
  expect(stages).toMatchObject({
    document: { item: [{ stageName: 'dev', deploymentId }] },
    question: `apigateway:GET arn:aws:apigateway:eu-central-1::${api}/stages`,
  });
  expect((await send(workbench, `GET ${api}/stages?deploymentId=${deploymentId}`)).document).toEqual(
    stages.document,
  );
  expect((await send(workbench, `GET ${api}/stages?deploymentId=none`)).document).toEqual({ item: [] });

  const resources = await send(workbench, `GET ${api}/resources?embed=methods`);
  const found = (resources.document.item as { id: string; path: string; resourceMethods: object }[]).find(
    ({ path }) => path === '/messages',
  );
  const line = `GET ${api}/resources/${found?.id}/methods/POST`;
  const method = await send(workbench, line);
  expect(found?.resourceMethods).toEqual({ POST: method.document });
  expect(method.document).toMatchObject({
    httpMethod: 'POST',
    authorizationType: 'AWS_IAM',
    methodIntegration: { type: 'AWS_PROXY', httpMethod: 'POST' },
  });
  const integration = await send(workbench, `${line}/integration`);
  expect(integration).toEqual({
    status: 200,
    document: method.document.methodIntegration,
    question: `apigateway:GET arn:aws:apigateway:eu-central-1::${api}/resources/${found?.id}/methods/POST/integration`,
  });
  for (const missing of [line.replace('POST', 'PUT'), line.replace(String(found?.id), 'none')]) {
    expect((await send(workbench, missing)).document.code).toBe('NotFoundException');
    expect((await send(workbench, `${missing}/integration`)).document.code).toBe('NotFoundException');
  }
});

describe('after a deployment', () => {
  test('the Serverless Framework finds its API and its stage, and changes the stage', async () => {
    const workbench = createWorkbench();
    const { restApiId, deploymentId } = await deployApi(workbench, {
      api: { Name: 'dev-api', Policy: '', EndpointConfiguration: { Types: ['EDGE'] } },
      routes: [{ path: '/messages', method: 'POST' }],
    });

    const apis = await send(workbench, 'GET /restapis?limit=500');
    expect(apis.document.item).toMatchObject([
      { id: restApiId, name: 'dev-api', endpointConfiguration: { types: ['EDGE'] } },
    ]);
    expect(
      (await send(workbench, `GET /restapis/${restApiId}/deployments?limit=500`)).document,
    ).toMatchObject({
      item: [{ id: deploymentId }],
    });

    const patched = await send(workbench, `PATCH /restapis/${restApiId}/stages/dev`, {
      patchOperations: [
        { op: 'replace', path: '/tracingEnabled', value: 'true' },
        { op: 'replace', path: '/*/*/metrics/enabled', value: 'true' },
        {
          op: 'replace',
          path: '/accessLogSettings/destinationArn',
          value: 'arn:aws:logs:eu-central-1:111111111111:log-group:/aws/api-gateway/api-dev',
        },
        { op: 'replace', path: '/accessLogSettings/format', value: '{"id":"$context.requestId"}' },
        { op: 'replace', path: '/*/*/logging/dataTrace', value: 'false' },
        { op: 'replace', path: '/*/*/logging/loglevel', value: 'OFF' },
        { op: 'replace', path: '/~1messages/POST/throttling/rateLimit', value: '7' },
      ],
    });
    expect(patched.status).toBe(200);
    expect((await send(workbench, `GET /restapis/${restApiId}/stages/dev`)).document).toMatchObject({
      stageName: 'dev',
      deploymentId,
      tracingEnabled: true,
      accessLogSettings: { format: '{"id":"$context.requestId"}' },
      methodSettings: {
        '*/*': { metricsEnabled: true, loggingLevel: 'OFF', throttlingRateLimit: 10_000 },
        'messages/POST': { throttlingRateLimit: 7, metricsEnabled: true },
      },
    });
  });

  test('the Serverless Framework tags and untags its stage', async () => {
    const workbench = createWorkbench();
    const { restApiId } = await deployApi(workbench, { routes: [{ path: '/messages' }] });
    const arn = `arn:aws:apigateway:eu-central-1::/restapis/${restApiId}/stages/dev`;
    const path = `/tags/${encodeURIComponent(arn)}`;
    expect(
      await send(workbench, `PUT ${path}`, { tags: { team: 'a', tea: 'b', stage: 'dev' } }),
    ).toMatchObject({
      status: 204,
      question: `apigateway:PUT arn:aws:apigateway:eu-central-1::${path}`,
    });
    expect((await send(workbench, `DELETE ${path}?tagKeys=team`)).status).toBe(204);
    expect((await send(workbench, `GET /restapis/${restApiId}/stages/dev`)).document.tags).toEqual({
      tea: 'b',
      stage: 'dev',
    });
  });

  test('the tags by which AWS marks the resources of a stack cannot be given to an API or taken from it', async () => {
    const workbench = createWorkbench();
    const { restApiId } = await deployApi(workbench, { routes: [{ path: '/messages' }] });
    const path = `/tags/${encodeURIComponent(`arn:aws:apigateway:eu-central-1::/restapis/${restApiId}`)}`;
    const key = 'aws:cloudformation:stack-name';
    expect(await send(workbench, `PUT ${path}`, { tags: { [key]: 'other' } })).toMatchObject({ status: 400 });
    await send(workbench, `DELETE ${path}?tagKeys=${key}`);
    const { document } = await send(workbench, `GET /restapis/${restApiId}`);
    expect(document.tags).toMatchObject({ [key]: 'api-local' });
  });
});

test('lists are paged', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, {
    routes: ['/a', '/b', '/c'].map((path) => ({ path })),
  });
  const paths: unknown[] = [];
  let position: unknown;
  do {
    const { document } = await send(
      workbench,
      `GET /restapis/${restApiId}/resources?limit=2${position === undefined ? '' : `&position=${position}`}`,
    );
    paths.push(...(document.item as { path: string }[]).map(({ path }) => path));
    position = document.position;
  } while (position !== undefined);
  expect(paths).toEqual(['/', '/a', '/b', '/c']);
});

test('a permission is an HTTP verb on the path of the request', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  expect(await send(workbench, `GET /restapis/${restApiId}/stages/dev`)).toMatchObject({
    question: `apigateway:GET arn:aws:apigateway:eu-central-1::/restapis/${restApiId}/stages/dev`,
  });
});

test('a method is shown with its integration', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a', method: 'POST' }] });
  const { document } = await send(workbench, `GET /restapis/${restApiId}/resources?embed=methods`);
  expect(document.item).toContainEqual(
    expect.objectContaining({
      path: '/a',
      resourceMethods: {
        POST: expect.objectContaining({
          authorizationType: 'AWS_IAM',
          methodIntegration: expect.objectContaining({ type: 'AWS_PROXY', uri: lambdaIntegration.Uri }),
        }),
      },
    }),
  );
});

test('an API and its methods are shown as in the template', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, {
    api: { Description: 'Messages', EndpointConfiguration: { Types: ['REGIONAL'] } },
    routes: [
      {
        path: '/a',
        properties: {
          OperationName: 'read',
          MethodResponses: [{ StatusCode: 200 }],
          Integration: {
            Type: 'MOCK',
            RequestTemplates: { 'application/json': '{"statusCode": 200}' },
            IntegrationResponses: [{ StatusCode: 200, ResponseTemplates: { 'text/plain': 'hello' } }],
          },
        },
      },
    ],
  });
  const { document: api } = await send(workbench, `GET /restapis/${restApiId}`);
  expect(api).toEqual({
    id: restApiId,
    name: 'messages',
    description: 'Messages',
    createdDate: expect.any(Number),
    rootResourceId: expect.any(String),
    apiKeySource: 'HEADER',
    disableExecuteApiEndpoint: false,
    securityPolicy: 'TLS_1_0',
    endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' },
    tags: expect.objectContaining({ 'aws:cloudformation:stack-name': 'api-local' }),
  });
  const { document: resources } = await send(workbench, `GET /restapis/${restApiId}/resources?embed=methods`);
  const [, { resourceMethods = {} } = {}] = resources.item as { resourceMethods?: object }[];
  expect(resourceMethods).toEqual({
    GET: {
      httpMethod: 'GET',
      authorizationType: 'AWS_IAM',
      apiKeyRequired: false,
      operationName: 'read',
      methodResponses: { 200: { statusCode: '200' } },
      methodIntegration: {
        type: 'MOCK',
        requestParameters: {},
        requestTemplates: { 'application/json': '{"statusCode": 200}' },
        passthroughBehavior: 'WHEN_NO_MATCH',
        timeoutInMillis: 29_000,
        integrationResponses: {
          200: { statusCode: '200', responseParameters: {}, responseTemplates: { 'text/plain': 'hello' } },
        },
      },
    },
  });
});

test('a resource policy needs a permission, and is stored with the shorthand execute-api:/… expanded', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  const policy = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/dev/GET/*',
    },
  };
  const { document, question } = await send(workbench, `PATCH /restapis/${restApiId}`, {
    patchOperations: [{ op: 'replace', path: '/policy', value: JSON.stringify(policy) }],
  });
  const api = `arn:aws:apigateway:eu-central-1::/restapis/${restApiId}`;
  expect(question).toBe(`apigateway:PATCH ${api}; apigateway:UpdateRestApiPolicy ${api}`);
  const shown = JSON.parse(JSON.parse(`"${document.policy}"`));
  expect(shown.Statement[0].Resource).toBe(
    `arn:aws:execute-api:eu-central-1:111111111111:${restApiId}/dev/GET/*`,
  );
});

test('a custom domain and its mappings can be read', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  const regionalCertificateArn = 'arn:aws:acm:eu-central-1:111111111111:certificate/1';
  await workbench.create('AWS::ApiGateway::DomainName', {
    DomainName: 'api.example.com',
    RegionalCertificateArn: regionalCertificateArn,
    EndpointConfiguration: { Types: ['REGIONAL'] },
  });
  for (const mapping of [{ Stage: 'dev' }, { BasePath: 'v1' }]) {
    const properties = { DomainName: 'api.example.com', RestApiId: restApiId, ...mapping };
    await workbench.create('AWS::ApiGateway::BasePathMapping', properties);
  }
  const path = '/domainnames/api.example.com';
  const { document, question } = await send(workbench, `GET ${path}`);
  expect(question).toBe(`apigateway:GET arn:aws:apigateway:eu-central-1::${path}`);
  expect(document).toMatchObject({
    domainName: 'api.example.com',
    regionalCertificateArn,
    domainNameStatus: 'AVAILABLE',
    securityPolicy: 'TLS_1_2',
  });
  expect((await send(workbench, 'GET /domainnames')).document).toEqual({ item: [document] });
  const mappings = [
    { basePath: '(none)', restApiId, stage: 'dev' },
    { basePath: 'v1', restApiId, stage: '(none)' },
  ];
  const listed = await send(workbench, `GET ${path}/basepathmappings`);
  expect(listed.document).toEqual({ item: mappings });
  for (const mapping of mappings) {
    const found = await send(workbench, `GET ${path}/basepathmappings/${mapping.basePath}`);
    expect(found.document).toEqual(mapping);
  }
});

test.each([
  ['GET /domainnames/unknown', 404, 'NotFoundException', 'Invalid domain name identifier specified'],
  [
    'GET /restapis/unknown',
    404,
    'NotFoundException',
    'Invalid API identifier specified 111111111111:unknown',
  ],
  ['GET /restapis/$api/stages/unknown', 404, 'NotFoundException', 'Invalid stage identifier specified'],
  ['GET /restapis/$api/deployments/unknown', 404, 'NotFoundException', 'Invalid Deployment identifier'],
  ['GET /restapis?position=x', 400, 'BadRequestException', 'Invalid position parameter specified'],
  ['GET /restapis/$api/models', 501, 'NotImplemented', 'local AWS does not implement apigateway:GetModels'],
  ['POST /restapis', 501, 'NotImplemented', 'local AWS does not implement apigateway:CreateRestApi'],
])('%s is answered with %i %s', async (line, status, code, message) => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  const answer = await send(workbench, line.replace('$api', restApiId));
  expect(answer).toMatchObject({ status, document: { code, message: expect.stringContaining(message) } });
});

// LocalStack's tests recorded it on AWS: test_update_rest_api_concatenation_of_errors, https://github.com/localstack/localstack
test('patch operations that do not exist are all named, and operations that do are not', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  const wrong = (index: number) =>
    `Value 'wrong' at 'updateRestApiInput.patchOperations.${index}.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]`;
  const patchOperations = ['wrong', 'replace', 'wrong'].map((op) => ({ op, path: '/name', value: 'other' }));
  expect(await send(workbench, `PATCH /restapis/${restApiId}`, { patchOperations })).toMatchObject({
    status: 400,
    document: {
      code: 'ValidationException',
      message: `2 validation errors detected: ${wrong(1)}; ${wrong(3)}`,
    },
  });
  expect((await send(workbench, `GET /restapis/${restApiId}`)).document.name).not.toBe('other');
});

test.each([
  [{ op: 'copy', path: '/description', value: '1' }, 'Must be one of: [add, remove, replace]'],
  [{ op: 'replace', path: '/*/*', value: '1' }, 'Invalid method setting path: /*/*. Must be one of: ['],
  [{ op: 'replace', path: '/documentation_version', value: '1' }, 'Invalid method setting path'],
  [{ op: 'replace', path: '/*/*/logging/loglevel', value: 'LOUD' }, 'Invalid log level'],
  [{ op: 'replace', path: '/*/*/throttling/rateLimit', value: 'fast' }, 'Invalid value fast'],
])('the patch operation %j is refused, and the stage does not change', async (operation, message) => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  const before = await send(workbench, `GET /restapis/${restApiId}/stages/dev`);
  const answer = await send(workbench, `PATCH /restapis/${restApiId}/stages/dev`, {
    patchOperations: [{ op: 'replace', path: '/tracingEnabled', value: 'true' }, operation],
  });
  expect(answer.document.message).toContain(message);
  expect(await send(workbench, `GET /restapis/${restApiId}/stages/dev`)).toEqual(before);
});

test('an API is deleted past CloudFormation, unless a custom domain leads to it', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  const certificate =
    'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012';
  const DomainName = 'api.example.com';
  await workbench.create('AWS::ApiGateway::DomainName', {
    DomainName,
    RegionalCertificateArn: certificate,
    EndpointConfiguration: { Types: ['REGIONAL'] },
  });
  const mapping = { DomainName, RestApiId: restApiId, Stage: 'dev' };
  const mapped = await workbench.create('AWS::ApiGateway::BasePathMapping', mapping);
  const line = `DELETE /restapis/${restApiId}`;
  expect(await send(workbench, line)).toMatchObject({
    status: 400,
    document: {
      message: `Deleting RestApi ${restApiId} failed. Please remove all base path mappings related to the RestApi in your domains: api.example.com.`,
    },
  });
  await workbench.remove('AWS::ApiGateway::BasePathMapping', mapped, mapping);
  expect(await send(workbench, line)).toMatchObject({
    status: 202,
    question: `apigateway:DELETE arn:aws:apigateway:eu-central-1::/restapis/${restApiId}`,
  });
  expect(await send(workbench, line)).toMatchObject({ status: 404 });
});
