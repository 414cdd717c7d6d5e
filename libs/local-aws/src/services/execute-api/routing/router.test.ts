import fc from 'fast-check';
import type { DeployedApi, DeployedMethod } from '../../apigateway/store.ts';
import { addressOf, createRouter } from './router.ts';

function pathsOf(routes: readonly (readonly [httpMethod: string, path: string])[]): DeployedApi['resources'] {
  const paths = [...new Set(routes.map(([, path]) => path))];
  return paths.map((path) => ({
    id: path,
    path,
    methods: new Map(
      routes
        .filter(([, candidate]) => candidate === path)
        .map(([httpMethod]): [string, DeployedMethod] => [
          httpMethod,
          {
            httpMethod,
            authorizationType: 'AWS_IAM',
            integration: { type: 'AWS_PROXY', functionArn: 'arn', timeoutInMillis: 29_000 },
          },
        ]),
    ),
  }));
}

const find = createRouter(
  pathsOf([
    ['GET', '/'],
    ['GET', '/items'],
    ['GET', '/items/special'],
    ['GET', '/items/{id}'],
    ['ANY', '/items/{id}/parts'],
    ['POST', '/files'],
    ['ANY', '/files/{path+}'],
    ['OPTIONS', '/{proxy+}'],
    ['GET', '/deep/{a}/x'],
    ['GET', '/deep/fixed/y'],
  ]),
);

test.each<[string, string, string | undefined, object?]>([
  ['GET', '/', '/'],
  ['GET', '', '/'],
  ['GET', '///', '/'],
  ['POST', '/', undefined],
  ['GET', '/items', '/items'],
  ['GET', '/items/', '/items'],
  ['GET', '//items', '/items'],
  ['GET', '/items//', '/items'],
  ['GET', '/Items', undefined],
  ['GET', '/%69tems', undefined],
  ['GET', '/items/special', '/items/special'],
  ['GET', '/items/special/', '/items/special'],
  ['GET', '/items/other', '/items/{id}', { id: 'other' }],
  ['GET', '/items/a%2Fb', '/items/{id}', { id: 'a%2Fb' }],
  ['GET', '/items/..', undefined],
  ['GET', '/items/%2e%2e', '/items/{id}', { id: '%2e%2e' }],
  ['GET', '/items/__proto__', '/items/{id}', { id: '__proto__' }],
  ['GET', '/items//parts', undefined],
  ['PATCH', '/items/1/parts', '/items/{id}/parts', { id: '1' }],
  ['POST', '/items/1', undefined],
  ['POST', '/files', '/files'],
  ['GET', '/files', undefined],
  ['GET', '/files/a/b//c', '/files/{path+}', { path: 'a/b//c' }],
  ['GET', '/files/a/', '/files/{path+}', { path: 'a' }],
  // If the better match lacks the method, the next one is taken.
  ['OPTIONS', '/items', '/{proxy+}', { proxy: 'items' }],
  ['OPTIONS', '/items/1/parts', '/items/{id}/parts', { id: '1' }],
  ['OPTIONS', '/', undefined],
  ['GET', '/deep/fixed/x', '/deep/{a}/x', { a: 'fixed' }],
  ['GET', '/deep/fixed/y', '/deep/fixed/y'],
  ['GET', '/deep/other/y', undefined],
])('the router finds for %s %s the resource %s', (httpMethod, path, resource, parameters = {}) => {
  const match = find(httpMethod, path);
  expect(match?.resource.path).toBe(resource);
  if (match !== undefined) expect(match.pathParameters).toEqual(parameters);
});

const literal = fc.constantFrom('a', 'b', 'c');
const template = fc
  .tuple(
    fc.array(fc.oneof(literal, fc.constantFrom('{p}', '{q}')), { maxLength: 4 }),
    fc.constantFrom('', '', '{rest+}'),
  )
  .map(([segments, tail]) => `/${[...segments, tail].filter((segment) => segment !== '').join('/')}`);
const requested = fc.array(literal, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);

/** The rule in its simplest form: which templates match, and which of two matches is better. */
function matches(path: string, resource: string): boolean {
  const expression = resource
    .split('/')
    .map((segment) => (segment.endsWith('+}') ? '.+' : segment.startsWith('{') ? '[^/]+' : segment))
    .join('/');
  return new RegExp(`^${expression}$`).test(path);
}
function rank(resource: string): string {
  return resource
    .split('/')
    .map((segment) => (segment.endsWith('+}') ? '2' : segment.startsWith('{') ? '1' : '0'))
    .join('');
}

test('the router finds the best of all templates that match, in any order', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(template, { maxLength: 8, selector: rankAndLiterals }),
      requested,
      (templates, path) => {
        const found = createRouter(pathsOf(templates.map((resource) => ['GET', resource])))('GET', path);
        const candidates = templates
          .filter((resource) => matches(path, resource))
          .map(rank)
          .sort();
        expect(found === undefined ? undefined : rank(found.resource.path)).toBe(candidates[0]);
      },
    ),
  );
});

/** API Gateway has one variable of a kind below a path: templates cannot differ in the variable's name only. */
function rankAndLiterals(resource: string): string {
  return resource.replace(/\{\w+(\+?)\}/g, '{$1}');
}

test('the template with the captured values is the requested path', () => {
  fc.assert(
    fc.property(template, requested, (resource, path) => {
      const match = createRouter(pathsOf([['GET', resource]]))('GET', path);
      if (match === undefined) return;
      const rebuilt = resource.replace(
        /\{(\w+)\+?\}/g,
        (_, name: string) => match.pathParameters[name] ?? '',
      );
      // A template may use one name twice; the last value wins then.
      if (new Set(resource.match(/\{\w+/g)).size === (resource.match(/\{\w+/g) ?? []).length) {
        expect(rebuilt).toBe(path);
      }
    }),
  );
});

const addressBook = {
  apis: { domainNames: { byHost: () => undefined } },
  httpApis: { stageNames: () => undefined },
};

test.each([
  ['abc123.execute-api.eu-west-1.amazonaws.com', 'eu-west-1'],
  ['ABC123.execute-api.cn-north-1.amazonaws.com.cn:443', 'cn-north-1'],
  ['abc123.execute-api.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ['abc123.execute-api.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1'],
  ['abc123.execute-api.eu-west-1.api.aws', 'eu-west-1'],
])('the host %s belongs to an API in %s', (host, region) => {
  const address = addressOf({ host, rawPath: '/dev/items/1' }, addressBook);
  expect(address).toMatchObject({ apiId: 'abc123', region, stageName: 'dev', path: '/items/1' });
});

test.each([
  'abc123.execute-api.eu-west-1.amazonaws.com.example.org',
  'abc123.execute-api.eu-west-1.example.org',
])('the host %s does not belong to an API', (host) => {
  expect(addressOf({ host, rawPath: '/dev' }, addressBook)).toBeUndefined();
});
