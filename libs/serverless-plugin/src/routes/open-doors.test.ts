import type { Resource } from '../framework.ts';
import { isPublic, mayBePublic, openDoors } from './open-doors.ts';
import { routeEventsOf } from './route-events.ts';

const healthPath = {
  Type: 'AWS::ApiGateway::Resource',
  Properties: { PathPart: 'health', ParentId: { 'Fn::GetAtt': ['ApiGatewayRestApi', 'RootResourceId'] } },
};
const method = (HttpMethod: string, AuthorizationType?: unknown, more: object = {}): Resource => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    HttpMethod,
    ResourceId: { Ref: 'HealthPath' },
    ...(AuthorizationType !== undefined && { AuthorizationType }),
    ...more,
  },
});
const doors = (
  resources: Readonly<Record<string, Resource>>,
  events: readonly object[] = [],
  isOpenDoor = mayBePublic,
) =>
  openDoors(
    { Resources: { HealthPath: healthPath, ...resources } },
    routeEventsOf({ health: { events } }),
    isOpenDoor,
  );

test('methods with an authorizer and the answers to preflights are no open doors', () => {
  expect(
    doors({
      Get: method('GET', 'AWS_IAM'),
      Put: method('PUT', 'CUSTOM'),
      Post: method('POST', 'COGNITO_USER_POOLS'),
      Options: method('OPTIONS', 'NONE', { Integration: { Type: 'MOCK' } }),
      Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
    }),
  ).toEqual([]);
});

test.each([
  ['NONE', 'NONE'],
  [{ Ref: 'Type' }, 'unseen'],
  [undefined, 'NONE'],
])('a method with the AuthorizationType %s is named with its route', (type, shown) => {
  expect(doors({ GetHealth: method('GET', type) })).toEqual([
    `The method GET /health (GetHealth) has the AuthorizationType "${shown}". Set it to AWS_IAM. If anybody may call it, write open: true in its event.`,
  ]);
});

test('an OPTIONS method that reaches a function is an open door', () => {
  expect(doors({ Options: method('OPTIONS', 'NONE', { Integration: { Type: 'AWS_PROXY' } }) })).toHaveLength(
    1,
  );
});

test('an event with open: true opens one method, and no second one of the same route in another API', () => {
  const open = [{ http: { method: 'get', path: 'health', open: true } }];
  expect(doors({ Get: method('GET', 'NONE') }, open)).toEqual([]);
  expect(doors({ Get: method('GET', 'NONE'), Post: method('POST', 'NONE') }, open)).toEqual([
    expect.stringContaining('POST /health (Post)'),
  ]);
  expect(doors({ Get: method('GET', 'NONE'), OfOtherApi: method('GET', 'NONE') }, open)).toEqual([
    expect.stringContaining('(OfOtherApi)'),
  ]);
  // An event of an HTTP API opens no method of a REST API.
  expect(
    doors({ Get: method('GET', 'NONE') }, [{ httpApi: { method: 'GET', path: '/health', open: true } }]),
  ).toHaveLength(1);
});

test.each<[string, Readonly<Record<string, Resource>>, string]>([
  [
    'a route of an HTTP API',
    { Route: { Type: 'AWS::ApiGatewayV2::Route', Properties: { RouteKey: 'GET /health' } } },
    'The route GET /health (Route) has the AuthorizationType "NONE". Set it to AWS_IAM. If anybody may call it, write open: true in its event.',
  ],
  [
    'the connection of a WebSocket',
    {
      Sockets: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
      Connect: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: { Ref: 'Sockets' }, RouteKey: '$connect', AuthorizationType: 'NONE' },
      },
      Message: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: { Ref: 'Sockets' }, RouteKey: '$default', AuthorizationType: 'NONE' },
      },
    },
    'The route $connect (Connect) has the AuthorizationType "NONE". Set it to AWS_IAM. If anybody may call it, write open: true in its event.',
  ],
  [
    'a function URL',
    { Url: { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'NONE' } } },
    'The function URL Url has the AuthType "NONE". Set it to AWS_IAM; for a function of serverless.yml: url: { authorizer: aws_iam }.',
  ],
  [
    'an API with its routes in an OpenAPI document',
    { Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Body: { paths: {} } } } },
    'The API Api has routes in its property Body, whose authorization cannot be seen here. Define each route as an event or as a resource.',
  ],
])('%s without IAM is an open door', (_what, resources, problem) => {
  expect(doors(resources)).toEqual([problem]);
});

test('HTTP APIs with an authorizer and function URLs with IAM are no open doors', () => {
  expect(
    doors({
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
      Route: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: { Ref: 'Api' }, RouteKey: '$default', AuthorizationType: 'AWS_IAM' },
      },
      OfPeople: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: { Ref: 'Api' }, RouteKey: 'GET /people', AuthorizationType: 'JWT' },
      },
      Url: { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'AWS_IAM' } },
    }),
  ).toEqual([]);
});

describe('the front door of a service that calls the API', () => {
  const front = (resources: Readonly<Record<string, Resource>>, events: readonly object[] = []) =>
    doors(resources, events, isPublic);

  test('may have any authorizer', () => {
    expect(
      front({
        Get: method('GET', 'COGNITO_USER_POOLS'),
        Post: method('POST', 'CUSTOM'),
        Put: method('PUT', 'AWS_IAM'),
        Route: {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: { RouteKey: 'GET /health', AuthorizationType: 'JWT' },
        },
        Url: { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'AWS_IAM' } },
        OfDocument: { Type: 'AWS::ApiGateway::RestApi', Properties: { Body: { paths: {} } } },
      }),
    ).toEqual([]);
  });

  test('is an open door if nobody authorizes its callers, and no event says open: true', () => {
    const route = { Type: 'AWS::ApiGatewayV2::Route', Properties: { RouteKey: 'GET /health' } };
    expect(front({ Route: route })).toEqual([
      'The route GET /health (Route) has the AuthorizationType "NONE". Set it to AWS_IAM. If anybody may call it, write open: true in its event.',
    ]);
    expect(front({ Route: route }, [{ httpApi: { method: 'GET', path: '/health', open: true } }])).toEqual(
      [],
    );
    expect(front({ Get: method('GET') })).toHaveLength(1);
    expect(front({ Url: { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'NONE' } } })).toHaveLength(1);
  });
});
