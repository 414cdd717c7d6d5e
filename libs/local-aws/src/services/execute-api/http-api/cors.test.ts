import { openRoutes } from '../../apigatewayv2/http-api.testing.ts';
import { headerOf } from '../gateway.testing.ts';
import { createHttpGateway } from './http-gateway.testing.ts';

const CorsConfiguration = {
  AllowOrigins: ['https://shop.example.com', 'https://www.example.com'],
  AllowMethods: ['GET', 'POST'],
  AllowHeaders: ['Authorization', 'Content-Type'],
  ExposeHeaders: ['Date'],
  AllowCredentials: true,
  MaxAge: 300,
};
const iam = { AuthorizationType: 'AWS_IAM' };
const preflight = (origin: string, rawPath = '/messages') => ({
  method: 'OPTIONS',
  rawPath,
  headers: [
    ['origin', origin],
    ['access-control-request-method', 'POST'],
  ] as const,
});

test('a preflight request needs no signature, route or function', async () => {
  const gateway = await createHttpGateway({ api: { CorsConfiguration } });
  const response = await gateway.sendRaw(preflight('https://shop.example.com'));
  expect(response.status).toBe(204);
  expect(response.headers).toEqual({
    'Access-Control-Allow-Origin': 'https://shop.example.com',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': 'GET,POST',
    'Access-Control-Allow-Headers': 'Authorization,Content-Type',
    'Access-Control-Expose-Headers': 'Date',
    'Access-Control-Max-Age': '300',
    'apigw-requestid': '00000000-0000-4000-8000-000000000001',
  });
  expect(gateway.invoked).toEqual([]);
});

test('a preflight request from another origin gets no permission', async () => {
  const gateway = await createHttpGateway({ api: { CorsConfiguration } });
  const response = await gateway.sendRaw(preflight('https://evil.example.com'));
  expect(response.status).toBe(204);
  expect(Object.keys(response.headers)).toEqual(['apigw-requestid']);
});

test.each([
  ['*', 'https://anywhere.example', '*'],
  ['https://*', 'https://anywhere.example', 'https://anywhere.example'],
  ['https://*', 'http://anywhere.example', undefined],
  ['http://*', 'http://localhost:3000', 'http://localhost:3000'],
])('if %s is allowed, %s gets the allowed origin %s', async (allowed, origin, answered) => {
  const gateway = await createHttpGateway({ api: { CorsConfiguration: { AllowOrigins: [allowed] } } });
  const response = await gateway.sendRaw(preflight(origin));
  expect(headerOf(response, 'access-control-allow-origin')).toBe(answered);
});

test('the headers of the configuration replace those of the function', async () => {
  const gateway = await createHttpGateway(
    { api: { CorsConfiguration } },
    { answer: { statusCode: 200, headers: { 'access-control-allow-origin': '*', 'X-Own': 'kept' } } },
  );
  const response = await gateway.send({ headers: [['origin', 'https://www.example.com']] });
  expect(headerOf(response, 'access-control-allow-origin')).toBe('https://www.example.com');
  expect(headerOf(response, 'x-own')).toBe('kept');
  const other = await gateway.send({});
  expect(headerOf(other, 'access-control-allow-origin')).toBeUndefined();
});

test('without a configuration, the headers of the function stay, and OPTIONS needs a route', async () => {
  const answer = { statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } };
  const gateway = await createHttpGateway({}, { answer });
  expect(headerOf(await gateway.send({}), 'access-control-allow-origin')).toBe('*');
  expect((await gateway.sendRaw(preflight('https://shop.example.com'))).status).toBe(404);
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html#http-api-cors-default-route
test('an authorized $default route catches preflight requests, unless an open OPTIONS route is more specific', async () => {
  const api = { CorsConfiguration };
  const caught = await createHttpGateway({ api, routes: { $default: iam } });
  expect((await caught.sendRaw(preflight('https://shop.example.com'))).status).toBe(403);
  const open = await createHttpGateway({
    api,
    routes: { $default: iam, ...openRoutes('OPTIONS /{proxy+}') },
  });
  expect((await open.sendRaw(preflight('https://shop.example.com'))).status).toBe(204);
});

test('an OPTIONS request that is not a preflight request goes to its route', async () => {
  const gateway = await createHttpGateway({
    api: { CorsConfiguration },
    routes: openRoutes('ANY /messages'),
  });
  expect((await gateway.sendRaw({ method: 'OPTIONS' })).status).toBe(200);
  expect(gateway.invoked).toHaveLength(1);
});
