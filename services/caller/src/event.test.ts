import { operation } from '@cross-account-api/contract';
import fc from 'fast-check';
import * as v from 'valibot';
import { type AskedCall, idempotencyKeyOf, readEvent } from './event.ts';

const common = { summary: 'A test.', status: 200 } as const;
const operations = {
  createOrder: operation({
    ...common,
    method: 'POST',
    path: '/orders',
    request: v.unknown(),
    idempotencyKey: true,
  }),
  getOrder: operation({
    ...common,
    method: 'GET',
    path: '/orders/{id}',
    pathParameters: v.object({ id: v.string() }),
    query: v.object({ expand: v.optional(v.string()) }),
  }),
  listOrders: operation({ ...common, method: 'GET', path: '/orders' }),
  closeDay: operation({ ...common, method: 'POST', path: '/closings' }),
  replaceOrders: operation({ ...common, method: 'PUT', path: '/orders', idempotencyKey: true }),
};

const read = (event: unknown) => readEvent(event, operations);

test.each([{}, undefined, null, ''])('an empty event (%j) asks for no call', (event) => {
  expect(read(event)).toBeUndefined();
});

test('an event names an operation of the contract, its input, and the idempotency key', () => {
  const input = { id: '42', query: { expand: 'items' } };
  expect(read({ operation: 'getOrder', input })).toEqual({
    name: 'getOrder',
    operation: operations.getOrder,
    input,
    idempotencyKey: undefined,
  });
  expect(read({ operation: 'createOrder', input: { body: [1] }, idempotencyKey: 'key' })).toMatchObject({
    name: 'createOrder',
    input: { body: [1] },
    idempotencyKey: 'key',
  });
  expect(read({ operation: 'listOrders' })).toMatchObject({ name: 'listOrders', input: {} });
});

test.each([
  [
    'an unknown operation',
    { operation: 'getOrders' },
    /^operation: must be createOrder, getOrder, .*"getOrders"/,
  ],
  ['an operation of each object', { operation: 'constructor' }, /^operation: must be createOrder, /],
  ['a list with an operation', { operation: ['getOrder'] }, /^operation: must be createOrder, /],
  ['no operation', { input: {} }, /^operation: must be createOrder, .*not undefined/],
  [
    'a route',
    { method: 'GET', path: '/orders' },
    /the unknown member method\. .* operation, input, idempotencyKey/,
  ],
  ['a list', [1], /^the event: is not an object/],
  ['an empty list', [], /^the event: is not an object/],
  ['text', 'getOrder', /^the event: is not an object/],
  ['a key that is no text', { operation: 'createOrder', idempotencyKey: 1 }, /^idempotencyKey: must be text/],
  ['input that is a list', { operation: 'createOrder', input: [] }, /^input: is not an object\. .* body\./],
  [
    'an unknown member of the input',
    { operation: 'getOrder', input: { ID: '42' } },
    /^input: has the unknown member ID\. It can have the members id, query\./,
  ],
  ['a body for a GET', { operation: 'listOrders', input: { body: {} } }, /body\. It can have no members\./],
])('%s is refused with the known ones, and nothing is sent', (_what, event, message) => {
  expect(() => read(event)).toThrow(message);
  expect(() => read(event)).toThrow(
    expect.objectContaining({ code: 'InvalidEvent', message: expect.stringContaining('Nothing was sent.') }),
  );
});

test('whatever an event is, it is empty, a call of the contract, or refused as an event', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (event) => {
      try {
        const asked = read(event);
        expect(asked === undefined || Object.hasOwn(operations, asked.name)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'InvalidEvent' });
      }
    }),
  );
});

const asked = (event: object) => read(event) as AskedCall;

test.each([
  ['an operation that remembers keys', { operation: 'createOrder', input: { body: {} } }, 'invocation-1'],
  ['such an operation without a body', { operation: 'replaceOrders' }, 'invocation-1'],
  ['an event with a key', { operation: 'createOrder', idempotencyKey: 'key' }, 'key'],
  ['a POST that remembers no keys', { operation: 'closeDay' }, undefined],
  ['a GET', { operation: 'listOrders' }, undefined],
])('the key of %s', (_what, event, key) => {
  expect(idempotencyKeyOf(asked(event), 'invocation-1')).toBe(key);
});

test.each(['closeDay', 'listOrders'])('a key for %s, which remembers none, is refused', (operation) => {
  expect(() => idempotencyKeyOf(asked({ operation, idempotencyKey: 'key' }), 'invocation-1')).toThrow(
    `idempotencyKey: must be left out. ${operation} remembers no keys, so the API would execute a repetition again. Nothing was sent.`,
  );
});
