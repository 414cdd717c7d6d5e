import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ContractError, fillPath, parseContract, readContract } from './contract.ts';

const document = {
  info: { version: '1.2.3' },
  paths: {
    '/orders/{id}': {
      put: {
        parameters: [
          { name: 'id', in: 'path', example: 'a/b' },
          { name: 'expand', in: 'query', example: 'items' },
          { name: 'idempotency-key', in: 'header' },
        ],
        requestBody: { content: { 'application/json': { example: { amount: 1 } } } },
      },
      get: {},
    },
  },
};

test('a contract has its routes, with the examples of their parameters and bodies', () => {
  expect(parseContract(JSON.stringify(document), '').operations).toEqual([
    {
      method: 'PUT',
      path: '/orders/{id}',
      takesBody: true,
      takesKey: true,
      example: { pathParameters: { id: 'a/b' }, query: { expand: 'items' }, body: { amount: 1 } },
    },
    {
      method: 'GET',
      path: '/orders/{id}',
      takesBody: false,
      takesKey: false,
      example: { pathParameters: {}, query: {}, body: undefined },
    },
  ]);
});

test('the contract of this project can be read', () => {
  const root = join(__dirname, '../../../..');
  const { operations, document: read } = readContract(root);
  const { version } = JSON.parse(readFileSync(join(root, 'services/contract/package.json'), 'utf8'));
  expect(read.info.version).toBe(version);
  expect(operations.length).toBe(Object.values(read.paths).flatMap((methods) => Object.keys(methods)).length);
});

test.each([['{'], ['[]'], ['{"info":{"version":"1"},"paths":{"/a":1}}']])(
  'a file with %j is refused with what to do',
  (text) => {
    expect(() => parseContract(text, 'Write it.')).toThrow(ContractError);
    expect(() => parseContract(text, 'Write it.')).toThrow(/is no OpenAPI document.*Write it\.$/);
  },
);

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
