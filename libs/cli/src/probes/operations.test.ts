import type { ContractOperation } from '../project/contract.ts';
import {
  eventOf,
  executedOf,
  missingExamples,
  readingOf,
  requestOf,
  unservedMethodOf,
  unservedPathOf,
  writingOf,
} from './operations.ts';

const operation = (changes: Partial<ContractOperation>): ContractOperation => ({
  name: 'listOrders',
  method: 'GET',
  path: '/orders',
  takesBody: false,
  takesKey: false,
  example: { pathParameters: {}, query: {}, body: undefined },
  ...changes,
});
const example = (changes: Partial<ContractOperation['example']>) => ({
  pathParameters: {},
  query: {},
  body: undefined,
  ...changes,
});
const list = operation({});
const one = operation({ path: '/orders/{id}', example: example({ pathParameters: { id: 'a/b' } }) });
const unknown = operation({ path: '/items/{id}' });
const create = operation({ method: 'POST', takesBody: true, example: example({ body: { amount: 1 } }) });
const pay = { ...create, path: '/payments', takesKey: true };

test('probes read with each GET: without path parameters first, then with an example of each, then the others', () => {
  expect(readingOf([unknown, one, create, list]).map(({ route }) => route)).toEqual([
    'GET /orders',
    'GET /orders/{id}',
    'GET /items/{id}',
  ]);
});

test.each([
  ['that executes a repeated request once, if there is one', [list, create, pay], 'POST /payments'],
  ['or else any with an example of its body', [create], 'POST /orders'],
  ['and none without an example', [{ ...create, example: example({}) }], undefined],
  ['and none that takes no body', [operation({ method: 'POST' })], undefined],
  ['and none without a POST', [list, { ...create, method: 'PUT' }], undefined],
])('probes write with a POST %s', (_which, operations, route) => {
  expect(writingOf(operations)?.route).toBe(route);
});

test('a POST without an example is sent if the user allows it', () => {
  const operations = [{ ...create, example: example({}) }];
  expect(writingOf(operations, true)).toMatchObject({ route: 'POST /orders', request: { body: '{}' } });
  expect(writingOf([...operations, pay], true)).toMatchObject({ route: 'POST /payments' });
});

describe('probes execute', () => {
  const search = operation({ path: '/search', requiredQuery: ['q'] });
  const all = [create, search, one, unknown, list];
  const executed = (operations: readonly ContractOperation[], executesAll = false) => {
    const { samples, leftOut } = executedOf(operations, executesAll);
    return { routes: samples.map(({ route }) => route), leftOut };
  };

  test('each GET that needs no input, or has an example of it, and say why they leave out the others', () => {
    expect(executed(all)).toEqual({
      routes: ['GET /orders', 'GET /orders/{id}'],
      leftOut: [
        { route: 'POST /orders', reason: 'it may write' },
        { route: 'GET /search', reason: 'the contract has no example of q' },
        { route: 'GET /items/{id}', reason: 'the contract has no example of id' },
      ],
    });
  });

  test('a GET whose required query has an example', () => {
    expect(executed([{ ...search, example: example({ query: { q: 'x' } }) }]).routes).toEqual([
      'GET /search',
    ]);
  });

  test('everything if that is allowed, the POST that is preferred first', () => {
    const remove = operation({ method: 'DELETE', path: '/orders/{id}' });
    expect(executed([remove, ...all, pay], true)).toEqual({
      routes: [
        'POST /payments',
        'GET /orders',
        'GET /orders/{id}',
        'GET /search',
        'GET /items/{id}',
        'DELETE /orders/{id}',
        'POST /orders',
      ],
      leftOut: [],
    });
  });
});

test('a request has the examples of path parameters, query and body', () => {
  expect(requestOf({ ...one, example: { ...one.example, query: { tag: ['x', 'y'], page: 2 } } })).toEqual({
    method: 'GET',
    path: '/orders/a%2Fb',
    query: 'tag=x&tag=y&page=2',
  });
  expect(requestOf(create)).toEqual({
    method: 'POST',
    path: '/orders',
    body: '{"amount":1}',
    headers: { 'content-type': 'application/json' },
  });
});

test('an event has the operation, the examples as its input, and the key', () => {
  expect(eventOf({ ...one, example: { ...one.example, query: { tag: ['x', 'y'] } } }, undefined)).toEqual({
    operation: 'listOrders',
    input: { id: 'a/b', query: { tag: ['x', 'y'] } },
  });
  expect(eventOf(create, 'key')).toEqual({
    operation: 'listOrders',
    input: { body: { amount: 1 } },
    idempotencyKey: 'key',
  });
  expect(eventOf(list, undefined)).toEqual({ operation: 'listOrders' });
});

test('a request and an event have the examples of headers, and text as it is', () => {
  const headers = { 'If-Match': '"1"', 'X-Depth': 2 };
  const text = {
    ...create,
    mediaType: 'text/csv',
    requiredHeaders: ['If-Match', 'X-Team'],
    example: { ...create.example, headers, body: 'id\n' },
  };
  expect(requestOf(text)).toEqual({
    method: 'POST',
    path: '/orders',
    body: 'id\n',
    headers: { 'if-match': '"1"', 'x-depth': '2', 'content-type': 'text/csv' },
  });
  expect(eventOf(text, undefined)).toEqual({ operation: 'listOrders', input: { headers, body: 'id\n' } });
  expect(missingExamples(text)).toEqual(['X-Team']);
  expect(requestOf({ ...text, example: example({}) })).toMatchObject({ body: '' });
  expect(writingOf([text])).toBeUndefined();
});

test('an event without examples has the request that is sent without them', () => {
  const { pathname } = new URL(requestOf(unknown).path, 'https://example.com');
  expect(eventOf(unknown, undefined)).toMatchObject({ input: { id: pathname.split('/').at(-1) } });
  const empty = { ...create, example: example({}) };
  expect(eventOf(empty, undefined)).toMatchObject({
    input: { body: JSON.parse(requestOf(empty).body ?? '') },
  });
});

test.each([
  [[list], '/verify-no-such-route'],
  [[operation({ path: '/{tenant}/orders' })], '/verify-no-such-route'],
  [[operation({ path: '/{proxy+}' })], undefined],
  [[operation({ method: 'ANY', path: '/{proxy+}' })], undefined],
  [[operation({ method: 'POST', path: '/{proxy+}' })], '/verify-no-such-route'],
])('a path that an API does not serve is known from its routes', (routes, path) => {
  expect(unservedPathOf(routes)).toBe(path);
});

test.each([
  [[list, create], 'DELETE'],
  [[list, operation({ method: 'DELETE' })], 'PUT'],
  [[list, operation({ method: 'DELETE', path: '/{proxy+}' })], 'PUT'],
  [[operation({ method: 'ANY' })], undefined],
])('a method that an API does not serve at a path is known from its routes', (routes, method) => {
  expect(unservedMethodOf(routes, '/orders')).toBe(method);
});
