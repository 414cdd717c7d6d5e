import { parse } from 'yaml';
import { addRoute } from './route.ts';

const service = `custom:
  routes: \${file(../contract/openapi.json):paths}
  routesOutsideContract: []
functions:
  # The first.
  orders:
    handler: src/orders.handler
    environment: { TABLE: !Ref Orders }
    events:
      - http: { method: POST, path: /orders, authorizer: aws_iam }
`;

test('the route is added with IAM and outside the contract, and the rest of the file stays', () => {
  const added = addRoute(service) ?? '';
  const { custom, functions } = parse(added, { logLevel: 'silent' });
  expect(custom.routesOutsideContract).toEqual(['GET /throwaway-route']);
  expect(functions.orders.events).toEqual([
    { http: { method: 'POST', path: '/orders', authorizer: 'aws_iam' } },
    { http: { method: 'GET', path: '/throwaway-route', authorizer: 'aws_iam' } },
  ]);
  expect(added).toContain('# The first.');
  expect(added).toContain('!Ref Orders');
});

test.each([
  ['functions of another file', `functions: \${file(functions.yml)}`],
  ['no functions', 'service: x'],
  ['events of another file', `functions: { a: { handler: b, events: "\${file(events.yml)}" } }`],
])('a service with %s gets no route', (_, text) => {
  expect(addRoute(text)).toBeUndefined();
});
