import { findRoute } from './find-route.ts';

const routes = [
  { method: 'GET', path: '/' },
  { method: 'POST', path: '/parcels' },
  { method: 'GET', path: '/parcels/{id}' },
  { method: 'GET', path: '/parcels/latest' },
  { method: 'ANY', path: '/files/{proxy+}' },
  { method: 'PUT', path: '/files/{name}' },
  { method: 'ANY', path: '/orders/{id}' },
  { method: 'GET', path: '/orders/{id}' },
  { method: 'DELETE', path: '/carts/{id}' },
  { method: 'ANY', path: '/carts/{id}' },
];

test.each([
  ['GET /', 'GET /'],
  ['POST /parcels', 'POST /parcels'],
  ['POST /parcels/', 'POST /parcels'],
  ['GET /parcels/1', 'GET /parcels/{id}'],
  ['GET /parcels/{id}', 'GET /parcels/{id}'],
  ['GET /parcels/latest', 'GET /parcels/latest'],
  ['DELETE /files/a/b', 'ANY /files/{proxy+}'],
  ['PUT /files/a', 'PUT /files/{name}'],
  ['DELETE /files/a', 'ANY /files/{proxy+}'],
  ['GET /orders/1', 'GET /orders/{id}'],
  ['PUT /orders/1', 'ANY /orders/{id}'],
  ['DELETE /carts/1', 'DELETE /carts/{id}'],
  ['GET /carts/1', 'ANY /carts/{id}'],
  ['DELETE /parcels', undefined],
  ['GET /message', undefined],
  ['GET /files', undefined],
])('%s is answered by %s', (asked, expected) => {
  const [method = '', path = ''] = asked.split(' ');
  const found = findRoute({ method, path }, routes);
  expect(found && `${found.method} ${found.path}`).toBe(expected);
});
