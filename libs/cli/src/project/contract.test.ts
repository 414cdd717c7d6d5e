import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  ContractError,
  fillPath,
  knownOperations,
  nameOfCall,
  parseContract,
  readContract,
} from './contract.ts';

const document = {
  info: { version: '1.2.3' },
  paths: {
    '/orders/{id}': {
      put: {
        operationId: 'replaceOrder',
        parameters: [
          { name: 'id', in: 'path', example: 'a/b' },
          { name: 'expand', in: 'query', example: 'items' },
          { name: 'idempotency-key', in: 'header' },
          { name: 'If-Match', in: 'header', required: true, example: '"1"' },
        ],
        requestBody: { content: { 'application/json': { example: { amount: 1 } } } },
        responses: { 204: {}, 404: {}, 412: {}, 503: {}, default: {} },
      },
      get: { operationId: 'getOrder', parameters: [{ name: 'page', in: 'query', required: true }] },
    },
  },
};

test('a contract has its routes, with the examples of their parameters and bodies', () => {
  expect(parseContract(JSON.stringify(document), '').operations).toEqual([
    {
      name: 'replaceOrder',
      method: 'PUT',
      path: '/orders/{id}',
      takesBody: true,
      takesKey: true,
      mediaType: 'application/json',
      requiredQuery: [],
      requiredHeaders: ['If-Match'],
      refusals: ['404', '412'],
      example: {
        pathParameters: { id: 'a/b' },
        query: { expand: 'items' },
        headers: { 'If-Match': '"1"' },
        body: { amount: 1 },
      },
    },
    {
      name: 'getOrder',
      method: 'GET',
      path: '/orders/{id}',
      takesBody: false,
      takesKey: false,
      mediaType: 'application/json',
      requiredQuery: ['page'],
      requiredHeaders: [],
      refusals: [],
      example: { pathParameters: {}, query: {}, headers: {}, body: undefined },
    },
  ]);
});

test.each([
  ['304', true],
  ['400', true],
  ['404', true],
  ['409', true],
  ['412', true],
  ['422', true],
  ['200', false],
  ['301', false],
  ['401', false],
  ['403', false],
  ['413', false],
  ['429', false],
  ['500', false],
  ['503', false],
  ['4XX', false],
  ['default', false],
])(
  'the declared response %s is a refusal that proves that the handler was reached: %s',
  (status, isRefusal) => {
    const get = { operationId: 'getOrder', responses: { [status]: {} } };
    const text = JSON.stringify({ info: { version: '1' }, paths: { '/orders': { get } } });
    const [operation] = parseContract(text, '').operations;
    expect(operation?.refusals).toEqual(isRefusal ? [status] : []);
  },
);

test('the name of a call has the operation of the contract, if there is one, and the route', () => {
  const { operations } = parseContract(JSON.stringify(document), '');
  expect(nameOfCall('GET /orders/42', operations)).toBe('getOrder (GET /orders/{id})');
  expect(nameOfCall('PUT /orders/{id}', operations)).toBe('replaceOrder (PUT /orders/{id})');
  expect(nameOfCall('DELETE /orders/42', operations)).toBe('DELETE /orders/42');
  expect(nameOfCall('$default', operations)).toBe('$default');
});

test('without a contract, no operation is known, and a route is its own name', () => {
  expect(knownOperations(__dirname)).toEqual([]);
  const elsewhere = jest.spyOn(process, 'cwd').mockReturnValue(tmpdir());
  expect(knownOperations()).toEqual([]);
  elsewhere.mockRestore();
  expect(nameOfCall('GET /orders', [])).toBe('GET /orders');
});

test('the contract of this project can be read', () => {
  const root = join(__dirname, '../../../..');
  const { operations, document: read } = readContract(root);
  const { version } = JSON.parse(readFileSync(join(root, 'services/contract/package.json'), 'utf8'));
  expect(read.info.version).toBe(version);
  expect(operations.length).toBe(Object.values(read.paths).flatMap((methods) => Object.keys(methods)).length);
});

test.each([
  ['{'],
  ['[]'],
  ['{"info":{"version":"1"},"paths":{"/a":1}}'],
  ['{"info":{"version":"1"},"paths":{"/a":{"get":{}}}}'],
])('a file with %j is refused with what to do', (text) => {
  expect(() => parseContract(text, 'Write it.')).toThrow(ContractError);
  expect(() => parseContract(text, 'Write it.')).toThrow(/is no OpenAPI document.*Write it\.$/);
});

test('a folder without a contract is refused with the command that writes it', () => {
  expect(() => readContract(__dirname)).toThrow(
    /There is no services\/contract\/openapi\.json\. Write it: npm run openapi/,
  );
});

test('whatever value a parameter has, it stays one segment of the path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
      const path = fillPath('/orders/{id}/items', { id });
      expect(path.split('/')).toHaveLength(4);
      expect(decodeURIComponent(path.split('/')[2] ?? '')).toBe(id);
    }),
  );
});

test('a parameter without an example gets its name', () => {
  expect(fillPath('/files/{proxy+}', {})).toBe('/files/proxy');
});
