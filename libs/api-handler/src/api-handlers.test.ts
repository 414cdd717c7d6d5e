import * as v from 'valibot';
import { apiEvent, lambdaContext } from './event.testing.ts';
import { type ApiEvent, apiHandler, apiHandlers, type HandledOperation } from './index.ts';
import { collectLogs } from './logged.testing.ts';

const logged = collectLogs();

const response = v.object({ answeredBy: v.string() });
const listOrders = {
  method: 'GET',
  path: '/orders',
  response,
  status: 200,
} as const satisfies HandledOperation;
const getOrder = {
  method: 'GET',
  path: '/orders/{id}',
  pathParameters: v.object({ id: v.pipe(v.string(), v.regex(/^\d+$/, 'must be a number')) }),
  response,
  status: 200,
} as const satisfies HandledOperation;
const createOrder = {
  method: 'POST',
  path: '/orders',
  request: v.object({ item: v.string() }),
  response,
  status: 201,
} as const satisfies HandledOperation;

const list = apiHandler(listOrders, () => ({ body: { answeredBy: 'list' } }));
const get = apiHandler(getOrder, ({ pathParameters: { id } }) => ({ body: { answeredBy: `get ${id}` } }));
const create = apiHandler(createOrder, ({ body: { item } }) => ({ body: { answeredBy: `create ${item}` } }));
const handler = apiHandlers(list, get, create);

async function call(httpMethod: string, resourcePath: string, given: Partial<ApiEvent> = {}) {
  const { statusCode, body } = await handler(
    apiEvent({ ...given, httpMethod, resourcePath }),
    lambdaContext(),
  );
  return { status: statusCode, body: JSON.parse(body) };
}

test('each request goes to the handler of its method and path', async () => {
  expect(await call('GET', '/orders')).toEqual({ status: 200, body: { answeredBy: 'list' } });
  expect(await call('GET', '/orders/{id}', { path: '/orders/7', pathParameters: { id: '7' } })).toEqual({
    status: 200,
    body: { answeredBy: 'get 7' },
  });
  expect(await call('POST', '/orders', { body: '{"item":"pen"}' })).toEqual({
    status: 201,
    body: { answeredBy: 'create pen' },
  });
});

test('a request is validated by the schemas of its own operation', async () => {
  expect(await call('GET', '/orders/{id}', { path: '/orders/x', pathParameters: { id: 'x' } })).toMatchObject(
    {
      status: 400,
    },
  );
  expect(await call('POST', '/orders', { body: '{}' })).toMatchObject({ status: 400 });
});

test('a route that no handler answers is a 500, and the log names it and the routes that are answered', async () => {
  expect(await call('DELETE', '/orders')).toMatchObject({
    status: 500,
    body: { detail: 'The API failed. The error is in its logs.' },
  });
  const failed = logged.find(({ level }) => level === 'ERROR');
  expect(JSON.stringify(failed)).toContain(
    'has the route DELETE /orders in serverless.yml, and its handlers answer GET /orders, GET /orders/{id}, POST /orders.',
  );
});

test('two handlers of one route, and no handler, are refused when the function is loaded', () => {
  const again = apiHandler(listOrders, () => ({ body: { answeredBy: 'again' } }));
  expect(() => apiHandlers(list, get, again)).toThrow('Two handlers of apiHandlers answer GET /orders.');
  expect(() => apiHandlers()).toThrow('needs a handler of apiHandler for each operation');
});
