import fc from 'fast-check';
import * as v from 'valibot';
import { type AskedApi, callAsked, operation } from './index.ts';

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

/** Calls as a function does, with a fake API, and returns what was sent and the result. */
async function call(event: unknown, invocationId = 'invocation-1') {
  const sent: unknown[] = [];
  const json: AskedApi['json'] = async (path, { schema: _, ...request }) => {
    sent.push({ path, ...request });
    const response = { status: 200, body: 'answer', requestId: '1', attempts: 2, headers: new Headers() };
    return response;
  };
  const result = await callAsked(event, operations, { json }, invocationId);
  return { result, sent };
}

test.each([{}, undefined, null, ''])('an empty event (%j) asks for no call', async (event) => {
  expect(await call(event)).toEqual({ result: undefined, sent: [] });
});

test('an event names an operation of the contract and its input; the result is what Lambda can return', async () => {
  const event = { operation: 'getOrder', input: { id: '4/2', query: { expand: 'items' } } };
  expect(await call(event)).toEqual({
    result: { status: 200, body: 'answer', requestId: '1', attempts: 2 },
    sent: [{ path: '/orders/4%2F2', method: 'GET', query: { expand: 'items' } }],
  });
  expect(await call({ operation: 'listOrders' })).toMatchObject({
    sent: [{ path: '/orders', method: 'GET' }],
  });
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
])('%s is refused with the known ones, and nothing is sent', async (_what, event, message) => {
  await expect(call(event)).rejects.toThrow(message);
  await expect(call(event)).rejects.toThrow(
    expect.objectContaining({ code: 'InvalidEvent', message: expect.stringContaining('Nothing was sent.') }),
  );
});

test('whatever an event is, it is empty, a call of the contract, or refused as an event', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (event) => {
      const called = await call(event).catch((error: unknown) => error);
      const isCall = typeof event === 'object' && event !== null && 'operation' in event;
      if (called instanceof Error) expect(called).toMatchObject({ code: 'InvalidEvent' });
      else expect(called).toMatchObject({ sent: isCall ? [{}] : [] });
    }),
  );
});

test.each([
  ['an operation that remembers keys', { operation: 'createOrder', input: { body: {} } }, 'invocation-1'],
  ['such an operation without a body', { operation: 'replaceOrders' }, 'invocation-1'],
  ['an event with a key', { operation: 'createOrder', input: { body: {} }, idempotencyKey: 'key' }, 'key'],
  ['a POST that remembers no keys', { operation: 'closeDay' }, undefined],
  ['a GET', { operation: 'listOrders' }, undefined],
])('the key of %s', async (_what, event, idempotencyKey) => {
  const { sent } = await call(event);
  expect(sent.map((request) => Reflect.get(Object(request), 'idempotencyKey'))).toEqual([idempotencyKey]);
});

test.each(['closeDay', 'listOrders'])('a key for %s, which remembers none, is refused', async (operation) => {
  await expect(call({ operation, idempotencyKey: 'key' })).rejects.toThrow(
    `idempotencyKey: must be left out. ${operation} remembers no keys, so the API would execute a repetition again. Nothing was sent.`,
  );
});
