import { createWorkbench, lambdaIntegration, type Workbench } from '../apigateway/workbench.testing.ts';
import { deployHttpApi } from '../apigatewayv2/http-api.testing.ts';
import { body, create, createCloud, reasonOf } from '../cloudformation/cloudformation.testing.ts';
import { createGateway, type GatewayOptions, headerOf, summary } from './gateway.testing.ts';

const iam = { AuthorizationType: 'AWS_IAM', Integration: lambdaIntegration };

/** A REST API with `GET /messages` for IAM, and `GET /people` for another authorizer. */
function restApi(authorizationType: string, authorizer: object): GatewayOptions {
  return {
    async prepare(workbench, RestApiId) {
      const { physicalId: AuthorizerId } = await workbench.create('AWS::ApiGateway::Authorizer', {
        RestApiId,
        Name: 'people',
        ...authorizer,
      });
      return { AuthorizerId };
    },
    routes: [
      { path: '/messages', properties: iam },
      {
        path: '/people',
        properties: (prepared) => ({ ...iam, ...prepared, AuthorizationType: authorizationType }),
      },
    ],
  };
}

/** The same, as an HTTP API. */
function httpApi(authorizationType: string, authorizer: object): GatewayOptions {
  return {
    async deploy(workbench: Workbench) {
      const routes = { 'GET /messages': { AuthorizationType: 'AWS_IAM' } };
      const ApiId = await deployHttpApi(workbench, { routes });
      const { physicalId: AuthorizerId } = await workbench.create('AWS::ApiGatewayV2::Authorizer', {
        ApiId,
        Name: 'people',
        ...authorizer,
      });
      const [integration] = workbench.httpApis
        .get({ accountId: '111111111111', region: 'eu-central-1' }, ApiId)
        .integrations.keys();
      await workbench.create('AWS::ApiGatewayV2::Route', {
        ApiId,
        RouteKey: 'GET /people',
        Target: `integrations/${integration}`,
        AuthorizationType: authorizationType,
        AuthorizerId,
      });
      return ApiId;
    },
  };
}

const jwt = {
  AuthorizerType: 'JWT',
  IdentitySource: ['$request.header.Authorization'],
  JwtConfiguration: { Audience: ['app'], Issuer: 'https://issuer.example.com' },
};
const pool = {
  Type: 'COGNITO_USER_POOLS',
  IdentitySource: 'method.request.header.Authorization',
  ProviderARNs: ['arn:aws:cognito-idp:eu-central-1:111111111111:userpool/eu-central-1_a'],
};
const lambda = { AuthorizerUri: lambdaIntegration.Uri, AuthorizerType: 'REQUEST' };

describe.each([
  ['COGNITO_USER_POOLS of a REST API', restApi('COGNITO_USER_POOLS', pool), '/dev'],
  ['JWT of an HTTP API', httpApi('JWT', jwt), ''],
  ['a Lambda authorizer of an HTTP API', httpApi('CUSTOM', lambda), ''],
])('a route with %s', (_authorizer, options, stage) => {
  test('answers 401 to everybody, signed, with a token or without, and its function does not run', async () => {
    const gateway = await createGateway(options);
    const people = { method: 'GET', rawPath: `${stage}/people` };
    const answers = [
      await gateway.sendRaw(people),
      await gateway.sendRaw({ ...people, headers: [['authorization', 'Bearer token']] }),
      await gateway.send(people),
    ];
    for (const { status, body } of answers) {
      expect([status, body]).toEqual([401, '{"message":"Unauthorized"}']);
    }
    expect(gateway.invoked).toEqual([]);
  });

  test('leaves the routes of IAM as they are', async () => {
    const gateway = await createGateway(options);
    const answer = await gateway.send({ method: 'GET', rawPath: `${stage}/messages` });
    expect(summary(answer)).toMatchObject({ status: 200, body: 'ok' });
  });
});

test('a gateway response of UNAUTHORIZED shapes the answer, as on AWS', async () => {
  const { prepare, routes = [] } = restApi('COGNITO_USER_POOLS', pool);
  const gateway = await createGateway({
    routes,
    async prepare(workbench, RestApiId) {
      await workbench.create('AWS::ApiGateway::GatewayResponse', {
        RestApiId,
        ResponseType: 'UNAUTHORIZED',
        ResponseParameters: { 'gatewayresponse.header.WWW-Authenticate': "'Bearer'" },
      });
      return (await prepare?.(workbench, RestApiId)) ?? {};
    },
  });
  const answer = await gateway.sendRaw({ method: 'GET', rawPath: '/dev/people' });
  expect([answer.status, headerOf(answer, 'WWW-Authenticate')]).toEqual([401, 'Bearer']);
});

test('a deployment says once that an authorizer is not judged, and not that IAM or a Lambda authorizer is', async () => {
  const cloud = createCloud(new Map(), createWorkbench().allTypes);
  const part = (type: string, properties: object) => ({
    Type: `AWS::ApiGateway::${type}`,
    Properties: { RestApiId: { Ref: 'Api' }, ...properties },
  });
  const ResourceId = { 'Fn::GetAtt': ['Api', 'RootResourceId'] };
  const ofPeople = { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: { Ref: 'People' } };
  await create(
    cloud,
    body({
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'api' } },
      People: part('Authorizer', { Name: 'people', ...pool }),
      Token: part('Authorizer', {
        Name: 'token',
        Type: 'TOKEN',
        IdentitySource: 'method.request.header.Authorization',
        AuthorizerUri: lambdaIntegration.Uri,
      }),
      Get: part('Method', { ResourceId, HttpMethod: 'GET', ...ofPeople }),
      Put: part('Method', { ResourceId, HttpMethod: 'PUT', ...ofPeople }),
      Post: part('Method', { ResourceId, HttpMethod: 'POST', AuthorizationType: 'AWS_IAM' }),
      Patch: part('Method', {
        ResourceId,
        HttpMethod: 'PATCH',
        AuthorizationType: 'CUSTOM',
        AuthorizerId: { Ref: 'Token' },
      }),
    }),
  );
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toBe(
    'These properties have no effect in local AWS, or only part of it: People.ProviderARNs (no user pool is asked); Get.AuthorizationType, Put.AuthorizationType (such an authorizer is not judged here: its routes answer 401).',
  );
});
