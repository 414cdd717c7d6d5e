import { createSignedFetch, InvalidResponse } from '@cross-account-api/signed-fetch';
import * as v from 'valibot';
import {
  callOperation,
  createApiClient,
  InvalidPathParameter,
  type JsonApi,
  type Operation,
  operation,
} from './index.ts';
import { sample } from './sample.testing.ts';

const caller = {
  accountId: '222222222222',
  arn: 'arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller',
  roleName: 'api-dev-invoke',
  sessionName: 'caller',
};
const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';

/** A signed-fetch whose API answers with the body, and the requests that the API received. */
function apiOf(body: unknown, statuses: number[] = []) {
  const requests: Request[] = [];
  const api = createSignedFetch({
    baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    retry: { baseDelayMs: 1 },
    fetch: async (input, init) => {
      requests.push(new Request(input, init));
      const status = statuses.shift() ?? 200;
      return status === 204 ? new Response(null, { status }) : Response.json(body, { status });
    },
  });
  return { api, requests };
}

/** A client whose API answers with the body. */
function clientOf(body: unknown, statuses?: number[]) {
  const { api, requests } = apiOf(body, statuses);
  return { client: createApiClient(api, sample), requests };
}

test.each([0, false, null, ''])('the body %j is sent as it is', async (body) => {
  const { api, requests } = apiOf({});
  const any = {
    method: 'POST',
    path: '/x',
    summary: 'x',
    status: 200,
    request: v.any(),
    response: v.any(),
  } as const;
  await callOperation(api, any, { body });
  expect(await requests[0]?.text()).toBe(JSON.stringify(body));
});

test('a function of the client takes the headers of an operation that has no other input, and options', async () => {
  const { api, requests } = apiOf({});
  const read = operation({
    method: 'GET',
    path: '/x',
    summary: 'A test.',
    headers: v.object({ 'x-team': v.string() }),
    status: 200,
    response: v.any(),
  });
  await createApiClient(api, { read }).read(
    { headers: { 'x-team': 'blue' } },
    { headers: { 'x-trace': '7' } },
  );
  expect(Object.fromEntries(requests[0]?.headers ?? [])).toMatchObject({ 'x-team': 'blue', 'x-trace': '7' });
});

test.each([
  [undefined, '{"a":1}'],
  ['application/json; charset=utf-8', '{"a":1}'],
  ['application/merge-patch+json', '{"a":1}'],
  ['application/vnd.orders.v2+json;version=2', '{"a":1}'],
  ['APPLICATION/JSON', '{"a":1}'],
  ['text/csv', 'a,1'],
  ['text/plain; format=json', 'a,1'],
])('the body of a request with the media type %s is sent as its type demands', async (mediaType, sent) => {
  const { api, requests } = apiOf({});
  const patch: Operation = {
    method: 'PATCH',
    path: '/x',
    summary: 'A test.',
    status: 200,
    request: v.any(),
    response: v.any(),
    ...(mediaType !== undefined && { requestMediaType: mediaType }),
  };
  await callOperation(api, patch, { body: sent === 'a,1' ? sent : { a: 1 } });
  expect(await requests[0]?.text()).toBe(sent);
  const type = requests[0]?.headers.get('content-type');
  expect(type).toBe(mediaType ?? 'application/json');
});

describe.each(['If-None-Match', 'If-Modified-Since'])('a GET with the header %s', (condition) => {
  const read: Operation = {
    method: 'GET',
    path: '/x',
    summary: 'A test.',
    status: 200,
    headers: v.object({ [condition]: v.optional(v.string()) }),
    response: v.object({ total: v.number() }),
    responseHeaders: v.object({ ETag: v.string() }),
  };
  const call = (response: () => Response, operation = read) => {
    const api = createSignedFetch({
      baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
      fetch: async () => response(),
    });
    return callOperation(api, operation, { headers: { [condition]: 'x' } });
  };

  test('has the declared headers of a whole response, and an error if they are missing', async () => {
    const whole = (headers: Record<string, string>) => call(() => Response.json({ total: 3 }, { headers }));
    expect((await whole({ ETag: '"2"' })).body).toEqual({ total: 3 });
    await expect(whole({})).rejects.toMatchObject({
      name: 'InvalidResponseHeaders',
      code: 'InvalidResponseHeaders',
      message: expect.stringContaining('break the contract: ETag. The request was executed.'),
    });
  });

  test.each([0, false, '', null])('takes a 200 with the body %j for a whole response', async (value) => {
    const operation = { ...read, response: v.unknown() };
    const whole = (headers: Record<string, string>) =>
      call(() => Response.json(value, { headers }), operation);
    expect(await whole({ ETag: '"2"' })).toMatchObject({ status: 200, body: value });
    await expect(whole({})).rejects.toMatchObject({ code: 'InvalidResponseHeaders' });
  });

  test('refuses a 200 without the body that the contract declares', async () => {
    const empty = call(() => new Response(null, { status: 200, headers: { ETag: '"2"' } }));
    await expect(empty).rejects.toMatchObject({
      code: 'EmptyResponse',
      message: expect.stringContaining('200'),
    });
  });

  test('needs no headers of a response without a body, which says that nothing has changed', async () => {
    expect(await call(() => new Response(null, { status: 304 }))).toMatchObject({
      status: 304,
      body: undefined,
    });
  });
});

describe('a client of the contract', () => {
  test('a client of the contract sends a body, signed, and returns what the API received', async () => {
    const answer = { id, received: { foo: 'bar' }, caller, requestId: 'c6af9ac6' };
    const { client, requests } = clientOf(answer);
    const { body, status, attempts } = await client.postMessage({ body: { foo: 'bar' } });
    expect({ body, status, attempts }).toEqual({ body: answer, status: 200, attempts: 1 });
    expect(requests[0]!.method).toBe('POST');
    expect(requests[0]!.url).toBe('https://abc123.execute-api.eu-west-1.amazonaws.com/dev/messages');
    expect(requests[0]!.headers.get('authorization')).toMatch(/^AWS4-HMAC-SHA256 /);
    expect(await requests[0]!.json()).toEqual({ foo: 'bar' });
  });

  test('a client of the contract fills in path parameters and query, and sends no key with a GET', async () => {
    const { client, requests } = clientOf({ id, body: { foo: 'bar' }, requestId: '1' });
    const { body } = await client.getMessage({ id, query: { fields: 'body' } });
    expect(body).toEqual({ id, body: { foo: 'bar' }, requestId: '1' });
    expect(requests[0]!.method).toBe('GET');
    expect(requests[0]!.url).toMatch(new RegExp(`/dev/messages/${id}\\?fields=body$`));
    expect(requests[0]!.headers.get('idempotency-key')).toBeNull();
  });

  test('a client of the contract leaves out a query that is not given', async () => {
    const { client, requests } = clientOf({ id, requestId: '1' });
    await client.getMessage({ id });
    expect(requests[0]!.url).toMatch(new RegExp(`/dev/messages/${id}$`));
  });

  test('a client of the contract calls an operation without input with the options alone', async () => {
    const { client, requests } = clientOf({ caller, requestId: '1' });
    expect((await client.getWhoami({ headers: { 'x-team': 'blue' } })).body.caller.roleName).toBe(
      'api-dev-invoke',
    );
    expect(requests[0]!.method).toBe('GET');
    expect(requests[0]!.url).toMatch(/\/dev\/whoami$/);
    expect(requests[0]!.headers.get('x-team')).toBe('blue');
  });

  test('a client of the contract refuses a response that breaks the contract', async () => {
    const { client } = clientOf({ caller: { ...caller, accountId: '12' }, requestId: '1' });
    await expect(client.getWhoami()).rejects.toThrow(InvalidResponse);
  });

  test('a client of the contract refuses a path parameter that would reach another route, before it sends anything', async () => {
    const { client, requests } = clientOf({});
    await expect(client.getMessage({ id: '' })).rejects.toThrow(InvalidPathParameter);
    await expect(client.getMessage({ id: '' })).rejects.toThrow(
      'The parameter id of the path /messages/{id} must not be ""',
    );
    expect(requests).toEqual([]);
  });
});

describe('the Idempotency-Key of an operation that remembers keys', () => {
  const answer = { id, received: {}, caller, requestId: '1' };

  test('the Idempotency-Key makes a request repeatable that may have been executed', async () => {
    const { client, requests } = clientOf(answer, [502]);
    expect((await client.postMessage({ body: {} })).attempts).toBe(2);
    const keys = requests.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/\S/);
    expect(keys[1]).toBe(keys[0]);
  });

  test('the Idempotency-Key is that of the options, if they have one', async () => {
    const { client, requests } = clientOf(answer);
    await client.postMessage({ body: {} }, { idempotencyKey: 'order-42', headers: { 'x-team': 'blue' } });
    expect(requests[0]!.headers.get('idempotency-key')).toBe('order-42');
    expect(requests[0]!.headers.get('x-team')).toBe('blue');
  });
});

describe('an operation that remembers no keys', () => {
  test.each(['POST', 'PATCH', 'PUT', 'DELETE', 'GET'] as const)(
    'a %s is sent without a key, and a key in the options is refused before anything is sent',
    async (method) => {
      const { api, requests } = apiOf({});
      const forgets: Operation = {
        method,
        path: '/orders',
        summary: 'A test.',
        status: 200,
        response: v.object({}),
      };
      await callOperation(api, forgets);
      await callOperation(api, forgets, {}, { idempotencyKey: false as never });
      requests.shift();
      expect(requests.map(({ headers }) => headers.get('idempotency-key'))).toEqual([null]);
      await expect(callOperation(api, forgets, {}, { idempotencyKey: 'order-42' })).rejects.toMatchObject({
        name: 'UnsupportedIdempotencyKey',
        code: 'UnsupportedIdempotencyKey',
        message: `${method} /orders remembers no keys, so it would execute a repetition again. Leave idempotencyKey out, or declare the operation with idempotencyKey: true. Nothing was sent.`,
      });
      expect(requests).toHaveLength(1);
    },
  );

  test('a POST is not repeated if it may have been executed', async () => {
    const { api, requests } = apiOf({}, [502]);
    await expect(createApiClient(api, orders).ping()).rejects.toThrow('answered 502');
    expect(requests).toHaveLength(1);
  });
});

/** Operations that this package does not have. */
const orders = {
  getItem: operation({
    method: 'GET',
    path: '/orders/{order}/items/{item}',
    summary: 'Reads an item of an order.',
    pathParameters: v.object({ order: v.string(), item: v.string() }),
    query: v.object({ expand: v.array(v.string()), limit: v.optional(v.number()) }),
    response: v.object({ total: v.number() }),
    status: 200,
  }),
  deleteOrder: operation({
    method: 'DELETE',
    path: '/orders/{order}',
    summary: 'Deletes an order.',
    pathParameters: v.object({ order: v.string() }),
    status: 204,
  }),
  ping: operation({
    method: 'POST',
    path: '/ping',
    summary: 'Needs no input.',
    request: v.optional(v.string()),
    status: 204,
  }),
};

describe('a client of other operations', () => {
  test('a client of other operations has a function for each of them', async () => {
    const { api, requests } = apiOf({ total: 3 });
    const client = createApiClient(api, orders);
    expect(Object.keys(client)).toEqual(['getItem', 'deleteOrder', 'ping']);
    const { body } = await client.getItem({ order: 'a/b', item: 'ü', query: { expand: ['x', 'y'] } });
    expect(body.total).toBe(3);
    expect(requests[0]!.url).toMatch(/\/dev\/orders\/a%2Fb\/items\/%C3%BC\?expand=x&expand=y$/);
  });

  test('a client of other operations returns no body if the operation has none, and refuses one', async () => {
    const { api } = apiOf({ surprise: true }, [204, 200]);
    const client = createApiClient(api, orders);
    const { status, body } = await client.deleteOrder({ order: '1' });
    expect({ status, body }).toEqual({ status: 204, body: undefined });
    await expect(client.deleteOrder({ order: '1' })).rejects.toThrow(InvalidResponse);
  });
});

test('types: a call that does not match its operation does not compile', async () => {
  const { client } = clientOf({ id, received: {}, caller, requestId: '1' });
  await client.postMessage(
    { body: { foo: 'bar' } },
    { timeoutMs: 60_000, signal: AbortSignal.timeout(60_000) },
  );
  const own = createApiClient(apiOf({}).api, orders);
  const refused = [
    // @ts-expect-error: the API has no such operation
    () => client.postMessages({ body: {} }),
    // @ts-expect-error: a function is not JSON
    () => client.postMessage({ body: { foo: () => 1 } }),
    // @ts-expect-error: a promise is not JSON
    () => client.postMessage({ body: Promise.resolve({ foo: 'bar' }) }),
    // @ts-expect-error: the body is missing
    () => client.postMessage({}),
    // @ts-expect-error: the input is missing
    () => client.postMessage(),
    // @ts-expect-error: a body is named as such
    () => client.postMessage({ foo: 'bar' }),
    // @ts-expect-error: the path parameter is missing
    () => client.getMessage({ query: { fields: 'body' } }),
    // @ts-expect-error: a path parameter is a string
    () => client.getMessage({ id: 42 }),
    // @ts-expect-error: the path has no such parameter
    () => client.getMessage({ id, name: 'x' }),
    // @ts-expect-error: no such value
    () => client.getMessage({ id, query: { fields: 'received' } }),
    // @ts-expect-error: no such query parameter
    () => client.getMessage({ id, query: { field: 'body' } }),
    // @ts-expect-error: it takes no body
    () => client.getMessage({ id, body: {} }),
    // @ts-expect-error: it takes no input
    () => client.getWhoami({ query: { a: '1' } }),
    // @ts-expect-error: it takes no input
    () => client.getWhoami({}, {}),
    // @ts-expect-error: the operation decides the method
    () => client.getWhoami({ method: 'DELETE' }),
    // @ts-expect-error: the response has no such member
    async () => (await client.getWhoami()).body.received,
    // @ts-expect-error: a part of a message may be absent
    async () => (await client.getMessage({ id })).body.caller.arn,
    // @ts-expect-error: the query is required
    () => own.getItem({ order: '1', item: '2' }),
    // @ts-expect-error: one path parameter is missing
    () => own.getItem({ order: '1', query: { expand: [] } }),
    // @ts-expect-error: a number
    () => own.getItem({ order: '1', item: '2', query: { expand: [], limit: '1' } }),
    // @ts-expect-error: there is no body
    async () => (await own.deleteOrder({ order: '1' })).body.total,
    // @ts-expect-error: the operation remembers no keys
    () => own.ping({}, { idempotencyKey: 'order-42' }),
    // @ts-expect-error: the operation remembers no keys
    () => client.getWhoami({ idempotencyKey: 'order-42' }),
    // @ts-expect-error: a key cannot be turned off
    () => client.postMessage({ body: {} }, { idempotencyKey: false }),
    // @ts-expect-error: of another contract
    () => own.getWhoami(),
  ];
  const accepted = [() => own.ping(), () => own.ping({}), () => own.ping({ body: 'x' }, { timeoutMs: 1 })];
  const plain: JsonApi = { json: async () => ({ body: { caller, requestId: '1' } }) };
  // @ts-expect-error: this API takes no time-out
  const noTimeout = () => createApiClient(plain, sample).getWhoami({ timeoutMs: 1 });
  expect((await createApiClient(plain, sample).getWhoami()).body.requestId).toBe('1');
  expect([...refused, ...accepted, noTimeout]).toHaveLength(29);
});
