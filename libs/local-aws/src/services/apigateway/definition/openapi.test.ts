import { readOpenApi } from './openapi.ts';

const uri =
  'arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:111111111111:function:greet/invocations';
const integration = { type: 'aws_proxy', httpMethod: 'post', uri };
const sigv4 = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  'x-amazon-apigateway-authtype': 'awsSigv4',
};

/** A document of OpenAPI 3 with one operation, `GET /greetings`. */
function document3(operation: object, rest: object = {}) {
  return {
    openapi: '3.0.1',
    info: { title: 'greetings', version: '1' },
    paths: { '/greetings': { get: { 'x-amazon-apigateway-integration': integration, ...operation } } },
    ...rest,
  };
}

const read = (operation: object, rest: object = {}) => readOpenApi(document3(operation, rest)).methods[0];

test('A document has the title, and its operations are methods.', () => {
  const { title, methods } = readOpenApi({
    swagger: '2.0',
    info: { title: 'greetings', description: 'Says hello' },
    paths: {
      '/greetings/{name}': {
        parameters: [{ name: 'name', in: 'path', required: true, type: 'string' }],
        get: { operationId: 'greet', 'x-amazon-apigateway-integration': integration },
        'x-amazon-apigateway-any-method': { 'x-amazon-apigateway-integration': integration },
      },
    },
  });
  expect(title).toBe('greetings');
  expect(methods).toMatchObject([
    {
      path: '/greetings/{name}',
      properties: {
        httpMethod: 'GET',
        operationName: 'greet',
        authorizationType: 'NONE',
        requestParameters: { 'method.request.path.name': true },
        integration: { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri },
      },
    },
    { properties: { httpMethod: 'ANY' } },
  ]);
});

describe('The authorization of an operation', () => {
  const schemes = { components: { securitySchemes: { AWS_IAM: sigv4 } } };

  test.each([
    ['x-amazon-apigateway-auth', { 'x-amazon-apigateway-auth': { type: 'AWS_IAM' } }, {}, 'AWS_IAM'],
    ['a scheme with signatures', { security: [{ AWS_IAM: [] }] }, schemes, 'AWS_IAM'],
    ['an empty list', { security: [] }, schemes, 'NONE'],
    [
      'the type NONE',
      { 'x-amazon-apigateway-auth': { type: 'NONE' }, security: [{ AWS_IAM: [] }] },
      schemes,
      'NONE',
    ],
  ])('is set by %s', (_by, operation, rest, type) => {
    expect(read(operation, rest)?.properties.authorizationType).toBe(type);
  });

  test.each(['2.0', 2])('is set by the definitions of a document of OpenAPI 2, swagger: %j', (swagger) => {
    const { methods } = readOpenApi({
      swagger,
      paths: { '/': { get: { security: [{ signed: [] }], 'x-amazon-apigateway-integration': integration } } },
      securityDefinitions: { signed: sigv4 },
    });
    expect(methods[0]?.properties.authorizationType).toBe('AWS_IAM');
  });

  test.each([
    [
      { type: 'apiKey', name: 'x-api-key', in: 'header' },
      'ApiKeyRequired: local AWS has no API keys and usage plans',
    ],
    [
      { ...sigv4, 'x-amazon-apigateway-authtype': 'cognito_user_pools' },
      'AuthorizationType COGNITO_USER_POOLS',
    ],
    [
      { ...sigv4, 'x-amazon-apigateway-authtype': 'custom' },
      'local AWS does not support AuthorizationType CUSTOM',
    ],
    [{ type: 'oauth2' }, 'local AWS does not support AuthorizationType CUSTOM'],
  ])('by %j is refused', (scheme, message) => {
    const rest = { components: { securitySchemes: { other: scheme } } };
    expect(() => read({ security: [{ other: [] }] }, rest)).toThrow(message);
  });

  test('is refused at the root of the document, not ignored', () => {
    expect(() => read({}, { security: [{ AWS_IAM: [] }], ...schemes })).toThrow('put it into each operation');
  });
});

test('An integration has the responses of the document, and the one without a pattern is the default.', () => {
  const mock = {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    passthroughBehavior: 'when_no_match',
    responses: {
      default: {
        statusCode: 200,
        responseParameters: { 'method.response.header.Access-Control-Allow-Origin': "'*'" },
      },
      '4..': { statusCode: '400' },
    },
  };
  const responses = { '200': { description: 'ok', headers: { 'Access-Control-Allow-Origin': {} } } };
  expect(read({ 'x-amazon-apigateway-integration': mock, responses })?.properties).toMatchObject({
    integration: {
      type: 'MOCK',
      passthroughBehavior: 'WHEN_NO_MATCH',
      integrationResponses: [
        {
          statusCode: '200',
          responseParameters: { 'method.response.header.Access-Control-Allow-Origin': "'*'" },
        },
        { statusCode: '400', selectionPattern: '4..' },
      ],
    },
    methodResponses: [
      {
        statusCode: '200',
        responseParameters: { 'method.response.header.Access-Control-Allow-Origin': false },
      },
    ],
  });
});

test('Each of many references to parameters is followed.', () => {
  const names = Array.from({ length: 25 }, (_, index) => `p${index}`);
  const parameters = Object.fromEntries(names.map((name) => [name, { name, in: 'query', required: true }]));
  const references = names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
  const method = read({ parameters: references }, { components: { parameters } });
  expect(Object.keys(method?.properties.requestParameters ?? {})).toEqual(
    names.map((name) => `method.request.querystring.${name}`),
  );
});

test('Schemas are models, even those inside an operation.', () => {
  const described = readOpenApi(
    document3(
      {
        requestBody: { $ref: '#/components/requestBodies/Greeting' },
        'x-amazon-apigateway-request-validator': 'body',
      },
      {
        components: {
          schemas: {
            Name: { type: 'string' },
            Greeting: { properties: { name: { $ref: '#/components/schemas/Name' } } },
          },
          requestBodies: {
            Greeting: {
              content: {
                'application/json': { schema: { $ref: '#/components/schemas/Greeting' } },
                'application/xml': { schema: { type: 'string' } },
              },
            },
          },
        },
        'x-amazon-apigateway-request-validators': { body: { validateRequestBody: true } },
      },
    ),
  );
  expect(described.methods).toMatchObject([
    {
      validator: 'body',
      properties: {
        requestModels: {
          'application/json': 'Greeting',
          'application/xml': expect.stringMatching(/^MODEL\w{6}$/),
        },
      },
    },
  ]);
  expect([...described.models.keys()]).toEqual(['Name', 'Greeting', expect.stringMatching(/^MODEL\w{6}$/)]);
  expect(JSON.stringify(described.models.get('Greeting'))).toContain('/restapis/this/models/Name');
  expect([...described.validators]).toEqual([
    ['body', { validateRequestBody: true, validateRequestParameters: false }],
  ]);
});

test("API Gateway's extensions at the root are settings of the API.", () => {
  const described = readOpenApi(
    document3(
      {},
      {
        'x-amazon-apigateway-policy': { Version: '2012-10-17', Statement: [] },
        'x-amazon-apigateway-binary-media-types': ['image/png'],
        'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true },
        'x-amazon-apigateway-gateway-responses': {
          DEFAULT_4XX: { statusCode: 418, responseTemplates: { 'application/json': '{}' } },
        },
      },
    ),
  );
  expect(described).toMatchObject({
    policy: { Version: '2012-10-17', Statement: [] },
    binaryMediaTypes: ['image/png'],
    disableExecuteApiEndpoint: true,
    gatewayResponses: [{ responseType: 'DEFAULT_4XX', statusCode: 418 }],
  });
});

test('One error names everything that cannot be imported.', () => {
  expect(() =>
    readOpenApi({
      openapi: '3.0.1',
      paths: {
        '/a': {
          get: { 'x-amazon-apigateway-integration': { type: 'http_proxy', uri: 'https://example.com' } },
        },
        '/b': { post: { parameters: [{ $ref: '#/components/parameters/None' }] } },
      },
      'x-amazon-apigateway-cors': {},
    }),
  ).toThrow(
    /^Errors found during import:\n\tGET \/a: Integration\.Type: local AWS does not support Integration type HTTP_PROXY.*\n\tThe document has nothing at #\/components\/parameters\/None\.\n\tlocal AWS does not support x-amazon-apigateway-cors\.$/s,
  );
  expect(() => readOpenApi({ openapi: '3.1.0', paths: {} })).toThrow('swagger: "2.0" or openapi: "3.0.1"');
});
