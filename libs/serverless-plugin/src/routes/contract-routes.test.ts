import fc from 'fast-check';
import { contractMistakes, contractRoutes } from './contract-routes.ts';

const routes = { '/orders': { post: {} }, '/orders/{id}': { get: {}, delete: {} } };
const all = ['POST /orders', 'GET /orders/{id}', 'DELETE /orders/{id}'];

test('the routes of a contract are its operations', () => {
  expect(contractRoutes(routes)).toEqual(all);
  expect(contractMistakes(all, { routes })).toEqual([]);
});

test('a route of any method serves every operation of its path', () => {
  expect(contractMistakes(['POST /orders', 'ANY /orders/{id}'], { routes })).toEqual([]);
});

test('a path that differs by a letter is named from both sides', () => {
  const served = ['POST /orders', 'GET /order/{id}', 'DELETE /orders/{id}'];
  expect(contractMistakes(served, { routes })).toEqual([
    'GET /order/{id} is no operation of the contract (it has GET /orders/{id}). Correct the event, or add the operation to the contract; if it is not meant for callers of the contract, add it to custom.routesOutsideContract.',
    'The contract has GET /orders/{id}, and no function has a route for it. Add the event, or remove the operation from the contract.',
  ]);
});

test('another method of a path is named from both sides', () => {
  expect(contractMistakes(['PUT /orders', ...all.slice(1)], { routes })).toEqual([
    expect.stringContaining('PUT /orders is no operation of the contract (it has POST /orders).'),
    expect.stringContaining('The contract has POST /orders, and no function'),
  ]);
});

test('a route outside the contract is admitted if the setting lists it', () => {
  const served = [...all, 'GET /health'];
  expect(contractMistakes(served, { routes })).toEqual([
    expect.stringContaining('GET /health is no operation of the contract. Correct'),
  ]);
  expect(contractMistakes(served, { routes, routesOutsideContract: ['GET /health'] })).toEqual([]);
});

describe('a route with an authorizer other than IAM', () => {
  const people = 'GET /people';

  test('is outside the contract without a further declaration, and may have one', () => {
    const served = [...all, people];
    expect(contractMistakes(served, { routes }, [people])).toEqual([]);
    expect(contractMistakes(served, { routes, routesOutsideContract: [people] }, [people])).toEqual([]);
  });

  test('is no operation of the contract, whose clients sign for IAM', () => {
    expect(contractMistakes(all, { routes }, ['GET /orders/{id}'])).toEqual([
      'GET /orders/{id} is an operation of the contract, and another authorizer than IAM admits its callers. The clients of the contract sign for IAM, so they cannot call it. Set "authorizer: aws_iam" in its event, or remove the operation from the contract.',
    ]);
  });

  test('of any method answers only the operations that have no route of their own', () => {
    const any = 'ANY /orders/{id}';
    expect(contractMistakes([...all, any], { routes }, [any])).toEqual([]);
    expect(contractMistakes([...all.slice(0, 2), any], { routes }, [any])).toEqual([
      expect.stringMatching(
        /^DELETE \/orders\/\{id\} is an operation of the contract, and another authorizer/,
      ),
    ]);
  });
});

test('the setting may list only routes that exist and that the contract does not have', () => {
  expect(contractMistakes(all, { routes, routesOutsideContract: ['GET /gone', 'POST /orders'] })).toEqual([
    'custom.routesOutsideContract has GET /gone, which is no route. Remove it there.',
    'custom.routesOutsideContract has POST /orders, which is an operation of the contract. Remove it there.',
  ]);
});

test('a service without a contract is not compared', () => {
  expect(contractMistakes(['GET /anything'], {})).toEqual([]);
});

test('routes and contract differ exactly if they are not the same set', () => {
  const route = fc
    .tuple(fc.constantFrom('GET', 'POST'), fc.constantFrom('/a', '/ab', '/a/{id}', '/b/c'))
    .map((parts) => parts.join(' '));
  fc.assert(
    fc.property(fc.uniqueArray(route), fc.uniqueArray(route), (served, operations) => {
      const paths: Record<string, Record<string, object>> = {};
      for (const operation of operations) {
        const [method = '', path = ''] = operation.split(' ');
        paths[path] = { ...paths[path], [method.toLowerCase()]: {} };
      }
      const isSame = served.length === operations.length && served.every((each) => operations.includes(each));
      expect(contractMistakes(served, { routes: paths }).length === 0).toBe(isSame);
    }),
  );
});
