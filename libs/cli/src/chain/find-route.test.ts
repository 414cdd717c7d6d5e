import { findRoute } from './find-route.ts';

const routes = [
  { method: 'GET', path: '/' },
  { method: 'POST', path: '/messages' },
  { method: 'GET', path: '/messages/{id}' },
  { method: 'GET', path: '/messages/latest' },
  { method: 'ANY', path: '/files/{proxy+}' },
  { method: 'PUT', path: '/files/{name}' },
];

test.each([
  ['GET /', 'GET /'],
  ['POST /messages', 'POST /messages'],
  ['POST /messages/', 'POST /messages'],
  ['GET /messages/1', 'GET /messages/{id}'],
  ['GET /messages/{id}', 'GET /messages/{id}'],
  ['GET /messages/latest', 'GET /messages/latest'],
  ['DELETE /files/a/b', 'ANY /files/{proxy+}'],
  ['PUT /files/a', 'PUT /files/{name}'],
  ['DELETE /files/a', 'ANY /files/{proxy+}'],
  ['DELETE /messages', undefined],
  ['GET /message', undefined],
  ['GET /files', undefined],
])('%s is answered by %s', (asked, expected) => {
  const [method = '', path = ''] = asked.split(' ');
  const found = findRoute({ method, path }, routes);
  expect(found && `${found.method} ${found.path}`).toBe(expected);
});
