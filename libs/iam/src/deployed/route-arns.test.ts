import { invokeArn, routeName, sourceArn } from './route-arns.ts';

const stage = 'arn:aws:execute-api:eu-west-1:111111111111:abc/$default';

test.each([
  ['GET', '/parcels', 'GET/parcels', 'GET/parcels', 'GET /parcels'],
  ['ANY', '/items/{id}/{rest+}', '*/items/*/*', '*/items/{id}/{rest+}', 'ANY /items/{id}/{rest+}'],
  ['ANY', '$default', '*/*', '$default', '$default'],
])('%s %s is invoked as %s, invokes as %s, and is called %s', (method, path, invoked, source, name) => {
  const route = { method, path };
  expect(invokeArn(stage, route)).toBe(`${stage}/${invoked}`);
  expect(sourceArn(stage, route)).toBe(`${stage}/${source}`);
  expect(routeName(route)).toBe(name);
});
