import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { propertiesOf } from '../properties.ts';
import { eventMistakes, otherRoutesOf, routeEventsOf, variableMistakes } from './route-events.ts';
import { routesWithoutIam } from './unadmitted-routes.ts';

const eventsOf = (...events: readonly object[]) => routeEventsOf({ order: { events } });
const mistakesOf = (...events: readonly object[]) => eventMistakes(eventsOf(...events));

test.each([
  [{ http: 'GET orders' }, 'GET /orders'],
  [{ http: 'post /orders/' }, 'POST /orders'],
  [{ http: { method: 'any', path: '/' } }, 'ANY /'],
  [{ http: { method: '*', path: '{proxy+}' } }, 'ANY /{proxy+}'],
  [{ httpApi: 'GET /orders/{id}' }, 'GET /orders/{id}'],
  [{ httpApi: '*' }, '$default'],
  [{ httpApi: { method: '*', path: '*' } }, '$default'],
])('the event %j has the route %s', (event, route) => {
  expect(eventsOf(event)).toMatchObject([{ functionName: 'order', route }]);
});

test('events that are no routes are left out', () => {
  expect(eventsOf({ sqs: 'arn' }, { schedule: 'rate(1 minute)' }, { s3: { bucket: 'b' } })).toEqual([]);
  expect(routeEventsOf({ order: {} })).toEqual([]);
  expect(routeEventsOf(undefined)).toEqual([]);
});

const get = { method: 'GET', path: '/orders' };

test.each([
  { http: { ...get, authorizer: 'aws_iam' } },
  { http: { ...get, authorizer: 'AWS_IAM' } },
  { http: { ...get, authorizer: { type: 'AWS_IAM' } } },
  { http: { ...get, authorizer: { type: 'aws_iam' } } },
  { httpApi: { ...get, authorizer: { type: 'aws_iam' } } },
])('the event %j is authorized by IAM', (event) => {
  expect(eventsOf(event)).toMatchObject([{ authorization: 'IAM' }]);
  expect(mistakesOf(event)).toEqual([]);
});

test.each([
  [
    { http: get },
    'GET /orders of the function "order" has no authorizer, so anybody could call it. Add "authorizer: aws_iam" to its event. If callers without IAM are meant to call it, add "open: true" instead.',
  ],
  [
    { httpApi: get },
    'GET /orders of the function "order" has no authorizer, so anybody could call it. Add "authorizer: { type: aws_iam }" to its event. If callers without IAM are meant to call it, add "open: true" instead.',
  ],
  [
    { http: 'GET /orders/{id}' },
    'GET /orders/{id} of the function "order" has no authorizer, so anybody could call it. Write its event as "http: { method: \'GET\', path: \'/orders/{id}\', authorizer: aws_iam }".',
  ],
  [
    { http: { ...get, authorizer: 'myAuthorizer', open: true } },
    'GET /orders of the function "order" has both another authorizer and "open: true". Remove "open: true", or the authorizer.',
  ],
  [
    { http: { ...get, authorizer: 'aws_iam', open: true } },
    'GET /orders of the function "order" has both "authorizer: aws_iam" and "open: true". Remove "open: true", or the authorizer.',
  ],
])('the event %j is a mistake, with the line to add', (event, mistake) => {
  expect(mistakesOf(event)).toEqual([mistake]);
});

test.each([
  { http: { ...get, authorizer: 'myAuthorizer' } },
  { http: { ...get, authorizer: { arn: 'arn:aws:cognito-idp:us-east-1:111111111111:userpool/a' } } },
  { http: { ...get, authorizer: { type: 'COGNITO_USER_POOLS', authorizerId: { Ref: 'People' } } } },
  { httpApi: { ...get, authorizer: { name: 'people' } } },
])('the event %j declares by its authorizer that IAM does not admit its callers', (event) => {
  expect(otherRoutesOf(eventsOf(event, { http: 'POST /orders' }))).toEqual(['GET /orders']);
  expect(mistakesOf(event)).toEqual([]);
});

test('the routes of a REST API that a user pool of Cognito or nobody authorizes are those that need a statement of its policy', () => {
  const of = (path: string, more: object) => ({ http: { method: 'get', path, ...more } });
  const events = eventsOf(
    of('pool', { authorizer: { arn: 'arn:aws:cognito-idp:us-east-1:111111111111:userpool/a' } }),
    of('short', { authorizer: 'arn:aws-cn:cognito-idp:cn-north-1:111111111111:userpool/a' }),
    of('type', { authorizer: { type: 'COGNITO_USER_POOLS', authorizerId: { Ref: 'People' } } }),
    of('open', { open: true }),
    of('iam', { authorizer: 'aws_iam' }),
    of('function', { authorizer: 'arn:aws:lambda:us-east-1:111111111111:function:a' }),
    { httpApi: { ...get, open: true } },
  );
  expect(routesWithoutIam(events)).toEqual(['GET /pool', 'GET /short', 'GET /type', 'GET /open']);
});

test('the short form that a message proposes for an event is authorized by IAM', () => {
  for (const event of [{ http: 'GET /orders/{id}' }, { http: 'post orders' }, { httpApi: '*' }]) {
    const [mistake = ''] = mistakesOf(event);
    const [, proposed = ''] = /Write its event as "(.*)"\.$/.exec(mistake) ?? [];
    const written: object = parse(proposed);
    expect(mistakesOf(written)).toEqual([]);
    expect(eventsOf(written)[0]?.route).toBe(eventsOf(event)[0]?.route);
  }
});

test('an event with open: true is open, and its mistake is gone', () => {
  const open = { http: { ...get, open: true } };
  expect(eventsOf(open)).toMatchObject([{ isOpen: true }]);
  expect(mistakesOf(open)).toEqual([]);
  // Only `true` counts.
  expect(mistakesOf({ http: { ...get, open: 'true' } })).toHaveLength(1);
});

test('in the api service of this repository, each route in turn that lacks its authorizer is named, and no other', () => {
  const file = join(__dirname, '../../../../services/api/serverless.yml');
  const functions = () => propertiesOf(parse(readFileSync(file, 'utf8'), { logLevel: 'silent' }).functions);
  const events = routeEventsOf(functions());
  expect(events.length).toBeGreaterThan(0);
  expect(eventMistakes(events)).toEqual([]);
  for (const { route, functionName } of events) {
    const changed = functions();
    for (const { http } of propertiesOf(changed[functionName]).events as { http: object }[]) {
      if (routeEventsOf({ one: { events: [{ http }] } })[0]?.route === route) {
        delete (http as { authorizer?: string }).authorizer;
      }
    }
    expect(eventMistakes(routeEventsOf(changed))).toEqual([
      expect.stringContaining(`${route} of the function "${functionName}" has no authorizer`),
    ]);
  }
});

describe('two names for the same part of a path', () => {
  const namesIn = (type: 'http' | 'httpApi', ...routes: readonly string[]) =>
    variableMistakes(eventsOf(...routes.map((route) => ({ [type]: route }))));

  test.each([
    [['GET /orders/{id}', 'GET /orders/{orderId}/lines'], '{id} and {orderId}'],
    [['GET /{proxy+}', 'GET /{id}'], '{proxy+} and {id}'],
    // Below a variable there is one resource, whatever its name.
    [['GET /a/{x}/b/{y}', 'GET /a/{x}/b/{z}'], '{y} and {z}'],
  ])('%j of a REST API are refused', (routes, names) => {
    expect(namesIn('http', ...routes)).toEqual([
      `${routes[0]} and ${routes[1]} name the same part of the path differently, ${names}. API Gateway takes one name: use the same in all routes.`,
    ]);
    expect(namesIn('httpApi', ...routes)).toEqual([]);
  });

  test.each([
    [['GET /orders/{id}', 'PUT /orders/{id}', 'GET /orders/{id}/lines/{line}']],
    [['GET /orders/{id}', 'GET /parcels/{parcel}', 'GET /orders/new']],
  ])('%j are fine', (routes) => {
    expect(namesIn('http', ...routes)).toEqual([]);
  });
});
