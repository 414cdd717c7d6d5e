import { expandResources, invokeArn, routeName, sourceArn } from './route-arns.ts';

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

test('the resources of a policy without the ARN of the API get it, and others stay', () => {
  const apiArn = 'arn:aws-cn:execute-api:cn-north-1:111111111111:abc123';
  const document = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Resource: 'execute-api:/prod/GET/a' },
      {
        Effect: 'Deny',
        NotResource: ['execute-api:/*', `${apiArn}/dev/*`],
        Condition: { a: 'execute-api:/*' },
      },
    ],
  };
  expect(expandResources(document, apiArn)).toEqual({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Resource: `${apiArn}/prod/GET/a` },
      { Effect: 'Deny', NotResource: [`${apiArn}/*`, `${apiArn}/dev/*`], Condition: { a: 'execute-api:/*' } },
    ],
  });
});
