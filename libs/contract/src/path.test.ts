import fc from 'fast-check';
import { findOperation, InvalidPathParameter, operation, pathOf } from './index.ts';

const common = { method: 'GET', summary: 'A test.', status: 200 } as const;
const template = '/messages/{id}';

test('values are percent-encoded, so that each stays one segment', () => {
  expect(pathOf('/a/{x}/b/{y}', { x: 'a/b?c#d%2F', y: 'ü ' })).toBe('/a/a%2Fb%3Fc%23d%252F/b/%C3%BC%20');
  expect(pathOf('/whoami')).toBe('/whoami');
});

test.each([
  ['an empty text', '', 'must not be ""'],
  ['a dot', '.', 'must not be "."'],
  ['two dots', '..', 'must not be ".."'],
  ['half of a surrogate pair', '\ud800', 'must be well-formed text'],
  ['a name with a backslash', 'team\\orders', 'must not contain a backslash or a control character'],
  ['two lines', 'a\nb', 'must not contain a backslash or a control character'],
  ['a boolean', true, 'must be a string or a number, not boolean'],
  ['null', null, 'must be a string or a number, not null'],
  ['undefined', undefined, 'must be a string or a number, not undefined'],
])('a path parameter that is %s is refused by name', (_what, value, message) => {
  expect(() => pathOf(template, { id: value })).toThrow(InvalidPathParameter);
  expect(() => pathOf(template, { id: value })).toThrow(
    `The parameter id of the path /messages/{id} ${message}`,
  );
});

test('a parameter is not taken from Object.prototype', () => {
  expect(() => pathOf('/{constructor}', {})).toThrow('must be a string or a number, not undefined');
});

const operations = {
  one: operation({ ...common, path: '/orders' }),
  latest: operation({ ...common, path: '/orders/latest' }),
  post: { ...common, method: 'POST', path: '/orders/{id}' },
  any: { ...common, path: '/orders/{id}' },
  item: { ...common, path: '/{kind}/1/{item}' },
  literal: { ...common, path: '/orders/{id}/items' },
} as const;

test.each([
  ['GET', '/orders', 'one', {}],
  ['GET', '/orders/latest', 'latest', {}],
  ['GET', '/orders/1', 'any', { id: '1' }],
  ['POST', '/orders/latest', 'post', { id: 'latest' }],
  ['GET', '/orders/a%2Fb%20', 'any', { id: 'a/b ' }],
  // A literal first segment wins, whatever follows.
  ['GET', '/orders/1/items', 'literal', { id: '1' }],
  ['GET', '/orders/1/x', 'item', { kind: 'orders', item: 'x' }],
])('%s %s is a request of the operation %s', (method, path, name, pathParameters) => {
  expect(findOperation(operations, method, path)).toMatchObject({ name, pathParameters });
});

test.each([
  ['DELETE', '/orders/1'],
  ['GET', '/orders/'],
  ['GET', '/orders/1/2/3'],
  ['GET', '/orders/%zz'],
  ['GET', '/Orders'],
  ['GET', '/orders?a=1'],
])('%s %s matches no operation', (method, path) => {
  expect(findOperation(operations, method, path)).toBeUndefined();
});

test('a filled-in path is found with the same parameters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (id) => {
      fc.pre(!['', '.', '..'].includes(id) && id !== 'latest' && !id.includes('\\'));
      expect(findOperation(operations, 'GET', pathOf('/orders/{id}', { id }))?.pathParameters).toEqual({
        id,
      });
    }),
  );
});
