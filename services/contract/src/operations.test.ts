import type { Operation } from '@cross-account-api/contract';
import * as v from 'valibot';
import { operations } from './operations.ts';

test('no two operations have the same method and path', () => {
  const routes = Object.values(operations).map(({ method, path }) => `${method} ${path}`);
  expect(new Set(routes).size).toBe(routes.length);
});

test.each(Object.entries(operations))(
  '%s has an example of all that its schemas require',
  (_name, declared) => {
    const { pathParameters, query, request, example = {} }: Operation = declared;
    if (pathParameters !== undefined) v.parse(pathParameters, example.pathParameters);
    if (query !== undefined) v.parse(query, example.query ?? {});
    if (request !== undefined) v.parse(request, example.body);
  },
);
