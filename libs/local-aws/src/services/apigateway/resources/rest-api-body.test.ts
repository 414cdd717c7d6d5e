import type { ResourceState } from '../../resource-type.ts';
import {
  createWorkbench,
  functionArn,
  lambdaIntegration,
  scope,
  type Workbench,
} from '../workbench.testing.ts';

const TYPE = 'AWS::ApiGateway::RestApi';
const integration = { type: 'aws_proxy', httpMethod: 'POST', uri: lambdaIntegration.Uri };
const get = {
  'x-amazon-apigateway-auth': { type: 'AWS_IAM' },
  'x-amazon-apigateway-integration': integration,
};

function bodyWith(paths: object, rest: object = {}) {
  return { Body: { swagger: '2.0', info: { title: 'greetings' }, paths, ...rest } };
}

let workbench: Workbench;
beforeEach(() => {
  workbench = createWorkbench();
});

async function deploy({ physicalId: RestApiId }: ResourceState, StageName = 'prod') {
  await workbench.create('AWS::ApiGateway::Deployment', { RestApiId, StageName });
  return workbench.apis.findStage(RestApiId, scope.region, StageName);
}

const routesOf = (stage: Awaited<ReturnType<typeof deploy>>) =>
  stage?.api.resources.flatMap(({ path, methods }) =>
    [...methods.keys()].map((method) => `${method} ${path}`),
  );

test('An API has the routes and settings of its document, and the title of the document as its default name.', async () => {
  const stage = await deploy(
    await workbench.create(TYPE, {
      ...bodyWith(
        { '/greetings/{name}': { get }, '/': { post: get } },
        {
          'x-amazon-apigateway-binary-media-types': ['image/png'],
          'x-amazon-apigateway-policy': {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: '*',
                Action: 'execute-api:Invoke',
                Resource: 'execute-api:/prod/GET/*',
              },
            ],
          },
        },
      ),
      Parameters: { endpointConfigurationTypes: 'REGIONAL' },
    }),
  );
  expect(routesOf(stage)).toEqual(['POST /', 'GET /greetings/{name}']);
  expect(stage).toMatchObject({
    apiName: 'greetings',
    api: {
      binaryMediaTypes: ['image/png'],
      policy: { Statement: [{ Resource: expect.stringMatching(/^arn:aws:execute-api:.*\/prod\/GET\/\*$/) }] },
      resources: expect.arrayContaining([
        expect.objectContaining({
          methods: new Map([
            [
              'GET',
              expect.objectContaining({
                authorizationType: 'AWS_IAM',
                integration: expect.objectContaining({ functionArn }),
              }),
            ],
          ]),
        }),
      ]),
    },
  });
  const named = await deploy(await workbench.create(TYPE, { Name: 'other', ...bodyWith({ '/': { get } }) }));
  expect(named?.apiName).toBe('other');
});

test('A changed document replaces the API, and keeps deployments and the IDs of unchanged paths.', async () => {
  const before = bodyWith({ '/a': { get }, '/b': { get } });
  const api = await workbench.create(TYPE, before);
  const first = await deploy(api);
  const after = bodyWith({ '/b': { put: get }, '/c': { get } });
  await workbench.update(TYPE, api, after, before);
  expect(routesOf(first)).toEqual(['GET /a', 'GET /b']);
  const second = await deploy(api, 'next');
  expect(routesOf(second)).toEqual(['PUT /b', 'GET /c']);
  const idOf = (stage: typeof first) => stage?.api.resources.find(({ path }) => path === '/b')?.id;
  expect(idOf(second)).toBe(idOf(first));
});

test('A document that cannot be imported creates no API, and does not change an existing one.', async () => {
  const wrong = bodyWith({
    '/a': { get },
    '/b': { get: { ...get, 'x-amazon-apigateway-request-validator': 'none' } },
  });
  await expect(workbench.create(TYPE, wrong)).rejects.toThrow('GET /b: there is no request validator none.');
  const sound = bodyWith({ '/a': { get } });
  const api = await workbench.create(TYPE, sound);
  await expect(workbench.update(TYPE, api, wrong, sound)).rejects.toThrow('there is no request validator');
  expect(routesOf(await deploy(api))).toEqual(['GET /a']);
  expect(workbench.apis.deployedStages()).toHaveLength(1);
});

test('If the document does not change, the API keeps the routes that other resources of the template added.', async () => {
  const body = bodyWith({ '/a': { get } });
  const api = await workbench.create(TYPE, body);
  const added = await workbench.create('AWS::ApiGateway::Resource', {
    RestApiId: api.physicalId,
    ParentId: api.attributes.RootResourceId,
    PathPart: 'added',
  });
  await workbench.create('AWS::ApiGateway::Method', {
    RestApiId: api.physicalId,
    ResourceId: added.physicalId,
    HttpMethod: 'GET',
    Integration: lambdaIntegration,
  });
  await workbench.update(TYPE, api, { ...body, Description: 'new' }, body);
  expect(routesOf(await deploy(api))).toEqual(['GET /a', 'GET /added']);
});

test('A body is validated by the models of the document.', async () => {
  const post = {
    ...get,
    parameters: [{ in: 'body', name: 'body', schema: { $ref: '#/definitions/Greeting' } }],
    'x-amazon-apigateway-request-validator': 'body',
  };
  const stage = await deploy(
    await workbench.create(
      TYPE,
      bodyWith(
        { '/': { post } },
        {
          definitions: {
            Name: { type: 'string' },
            Greeting: {
              type: 'object',
              required: ['name'],
              properties: { name: { $ref: '#/definitions/Name' } },
            },
          },
          'x-amazon-apigateway-request-validators': { body: { validateRequestBody: true } },
        },
      ),
    ),
  );
  const check = stage?.api.resources[0]?.methods.get('POST')?.validation?.bodies.get('application/json');
  expect(check?.({ name: 'Ada' })).toBe(true);
  expect(check?.({ name: 1 })).toBe(false);
  expect(check?.({})).toBe(false);
});

test('To create the API, a caller needs the permission to pass the roles of its integrations.', () => {
  const credentials = 'arn:aws:iam::111111111111:role/integration';
  const paths = {
    '/a': { get: { ...get, 'x-amazon-apigateway-integration': { ...integration, credentials } } },
    '/b': {
      get: {
        ...get,
        'x-amazon-apigateway-integration': { ...integration, credentials: 'arn:aws:iam::*:user/*' },
      },
    },
  };
  const type = workbench.resourceTypes.find(({ typeName }) => typeName === TYPE);
  const change = { handler: 'create', properties: bodyWith(paths), tags: {}, ...scope } as never;
  expect(type?.requires(change).filter(({ action }) => action === 'iam:PassRole')).toEqual([
    {
      action: 'iam:PassRole',
      resource: credentials,
      resourceAccountId: '111111111111',
      context: { 'iam:PassedToService': 'apigateway.amazonaws.com' },
    },
  ]);
});
