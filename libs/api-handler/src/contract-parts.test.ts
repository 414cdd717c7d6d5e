import {
  callAsked,
  createApiClient,
  findOperation,
  InvalidResponseHeaders,
  type Operations,
  operation,
  problemOf,
} from '@cross-account-api/contract';
import { createSignedFetch } from '@cross-account-api/signed-fetch';
import * as v from 'valibot';
import { apiEvent, lambdaContext } from './event.testing.ts';
import { type ApiHandler, apiHandler } from './index.ts';
import { collectLogs } from './logged.testing.ts';

const logged = collectLogs();
const id = v.object({ id: v.string() });

const operations = {
  getOrder: operation({
    method: 'GET',
    path: '/orders/{id}',
    summary: 'Reads an order.',
    pathParameters: id,
    headers: v.object({ 'If-None-Match': v.optional(v.string()), 'X-Depth': v.optional(v.number()) }),
    response: v.object({ id: v.string(), depth: v.optional(v.number()) }),
    responseHeaders: v.object({ ETag: v.string(), Sunset: v.optional(v.string()) }),
    status: 200,
  }),
  putOrder: operation({
    method: 'PUT',
    path: '/orders/{id}',
    summary: 'Replaces an order.',
    pathParameters: id,
    headers: v.object({ 'If-Match': v.pipe(v.string(), v.regex(/^".*"$/, 'must be an entity tag')) }),
    request: v.object({ pens: v.number() }),
    status: 204,
    problems: {
      changed: { status: 412, title: 'The order has changed' },
      outOfStock: {
        status: 409,
        type: 'https://api.example.com/problems/out-of-stock',
        title: 'Out of stock',
        members: v.object({ available: v.number() }),
      },
      closed: { status: 409, type: 'https://api.example.com/problems/closed', title: 'Closed' },
    },
  }),
  importOrders: operation({
    method: 'POST',
    path: '/orders/import',
    summary: 'Imports orders.',
    request: v.pipe(v.string(), v.nonEmpty('must not be empty')),
    requestMediaType: 'text/csv',
    response: v.pipe(v.string(), v.startsWith('id')),
    responseMediaType: 'text/csv',
    status: 200,
  }),
  patchOrder: operation({
    method: 'PATCH',
    path: '/orders/{id}',
    summary: 'Changes an order.',
    pathParameters: id,
    request: v.partial(v.object({ pens: v.number() })),
    requestMediaType: 'application/merge-patch+json',
    response: v.object({ pens: v.optional(v.number()) }),
    status: 200,
  }),
  closeOrders: operation({
    method: 'POST',
    path: '/closings',
    summary: 'Closes the orders.',
    request: v.optional(v.object({ day: v.string() })),
    response: v.object({ day: v.nullable(v.string()) }),
    status: 200,
    deprecated: true,
  }),
};

let headersOfAnswer: { readonly ETag: string };
beforeEach(() => {
  headersOfAnswer = { ETag: '"1"' };
});

const handlers: Readonly<Record<keyof typeof operations, ApiHandler>> = {
  getOrder: apiHandler(operations.getOrder, async ({ pathParameters, headers }) => {
    if (headers['If-None-Match'] === '"1"') return { status: 304, headers: { ETag: '"1"' } };
    const depth = headers['X-Depth'];
    return { body: { ...pathParameters, ...(depth && { depth }) }, headers: headersOfAnswer };
  }),
  putOrder: apiHandler(operations.putOrder, ({ headers, body: { pens }, problem }) => {
    if (headers['If-Match'] !== '"1"') throw problem('changed', 'Read it again.');
    if (pens === 0) throw problem('closed', 'We are closed.');
    if (pens > 2) throw problem('outOfStock', 'Only 2 pens are left.', { available: 2 });
    return undefined;
  }),
  importOrders: apiHandler(operations.importOrders, ({ body }) => ({ body })),
  patchOrder: apiHandler(operations.patchOrder, ({ body }) => ({ body })),
  closeOrders: apiHandler(operations.closeOrders, ({ body }) => ({ body: { day: body?.day ?? null } })),
};

const handlerOf = (name = '') => handlers[name as keyof typeof operations];

/** The headers of the last request. */
let sent: Headers;

/** A signed client whose requests reach the handlers, as API Gateway passes them on. */
const api = createSignedFetch({
  baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  fetch: async (input, init) => {
    const request = new Request(input, init);
    sent = request.headers;
    const path = new URL(request.url).pathname.replace('/dev', '');
    const found = findOperation(operations, request.method, path);
    const { statusCode, headers, body } = await handlerOf(found?.name)(
      apiEvent({
        httpMethod: request.method,
        path,
        pathParameters: found?.pathParameters ?? null,
        headers: Object.fromEntries(request.headers),
        body: (await request.text()) || null,
      }),
      lambdaContext(),
    );
    const isEmpty = [204, 304].includes(statusCode);
    return new Response(isEmpty ? null : body, {
      status: statusCode,
      headers: headers as Record<string, string>,
    });
  },
});
const client = createApiClient(api, operations);
const errorOf = (call: Promise<unknown>) => call.then(Promise.reject, (error: unknown) => error);

test('a handler gets the declared headers by their names, whatever the case, and the client the declared ones of the response', async () => {
  const { body, headers } = await client.getOrder({ id: '1', headers: { 'X-Depth': 2 } });
  expect(body).toEqual({ id: '1', depth: 2 });
  const tag: string = headers.get('ETag');
  expect([tag, headers.get('etag'), headers.get('Sunset')]).toEqual(['"1"', '"1"', null]);
  expect(await client.putOrder({ id: '1', headers: { 'If-Match': tag }, body: { pens: 1 } })).toMatchObject({
    status: 204,
  });
});

test('a header that only multiValueHeaders has is read, and of several values the last one', async () => {
  const event = apiEvent({
    httpMethod: 'GET',
    pathParameters: { id: '1' },
    headers: null,
    multiValueHeaders: { 'x-depth': ['1', '2'] },
  });
  const { body } = await handlers.getOrder(event, lambdaContext());
  expect(JSON.parse(body)).toEqual({ id: '1', depth: 2 });
});

test('a request whose condition says that the client has the response already is answered 304, without a body', async () => {
  const { status, body } = await client.getOrder({ id: '1', headers: { 'If-None-Match': '"1"' } });
  expect([status, body]).toEqual([304, undefined]);
});

test('a header that breaks its schema is refused with its name', async () => {
  const error = await errorOf(client.putOrder({ id: '1', headers: { 'If-Match': '1' }, body: { pens: 1 } }));
  expect(error).toMatchObject({
    status: 400,
    problem: {
      errors: [{ in: 'header', path: 'If-Match', message: 'must be an entity tag' }],
      detail: 'The request is invalid: header If-Match: must be an entity tag',
    },
  });
  const missing = await errorOf(api.json('/orders/1', { method: 'PUT', json: { pens: 1 } }));
  expect(missing).toMatchObject({ problem: { errors: [{ in: 'header', path: 'If-Match' }] } });
});

test('a response without a declared header is an error of the client, which says that the request was executed', async () => {
  headersOfAnswer = {} as never;
  const error = await errorOf(client.getOrder({ id: '1' }));
  expect(error).toBeInstanceOf(InvalidResponseHeaders);
  expect(error).toMatchObject({
    message:
      'GET /orders/{id} answered without these headers, or with values that break the contract: ETag. The request was executed.',
  });
});

test('a client tells declared problems apart, and reads their members', async () => {
  const put = async (pens: number, tag = '"1"') => {
    const error = await errorOf(client.putOrder({ id: '1', headers: { 'If-Match': tag }, body: { pens } }));
    return problemOf(operations.putOrder, error);
  };
  const problem = await put(3);
  expect(problem).toMatchObject({
    name: 'outOfStock',
    title: 'Out of stock',
    detail: 'Only 2 pens are left.',
  });
  if (problem?.name === 'outOfStock') expect(problem.available).toBe(2);
  expect(await put(0)).toMatchObject({ name: 'closed', status: 409, requestId: 'request-1' });
  expect(await put(1, '"0"')).toMatchObject({ name: 'changed', type: 'about:blank', status: 412 });
  expect(await put(1, '0')).toBeUndefined();
  expect(problemOf(operations.putOrder, new Error('The connection was closed.'))).toBeUndefined();
  expect(
    problemOf(operations.getOrder, await errorOf(api.json('/orders/1', { method: 'PUT' }))),
  ).toBeUndefined();
});

test('text goes through as it is, with its media type', async () => {
  const { body, headers } = await client.importOrders({ body: 'id,pens\n1,2\n' });
  expect(body).toBe('id,pens\n1,2\n');
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect([sent.get('content-type'), sent.get('accept')]).toEqual([
    'text/csv',
    'text/csv, application/problem+json',
  ]);
  expect(await errorOf(client.importOrders({ body: 'pens' }))).toMatchObject({ code: 'InvalidResponse' });
  expect(await errorOf(api.json('/orders/import', { json: 'id' }))).toMatchObject({
    status: 415,
    problem: { detail: 'The Content-Type must be text/csv.' },
  });
});

test('JSON of another media type is JSON', async () => {
  expect((await client.patchOrder({ id: '1', body: { pens: 1 } })).body).toEqual({ pens: 1 });
  expect(sent.get('content-type')).toBe('application/merge-patch+json');
});

test('a body that may be left out can be left out', async () => {
  expect((await client.closeOrders()).body).toEqual({ day: null });
  expect((await client.closeOrders({ body: { day: '2026-11-30' } })).body).toEqual({ day: '2026-11-30' });
});

test('an event of the caller function has the same headers and text, and its result the declared headers', async () => {
  const ask = (event: object) => callAsked(event, operations as Operations, api, 'invocation-1');
  const input = { id: '1', headers: { 'x-depth': 2 } };
  expect(await ask({ operation: 'getOrder', input })).toMatchObject({
    status: 200,
    body: { id: '1', depth: 2 },
    headers: { ETag: '"1"' },
  });
  expect(await ask({ operation: 'importOrders', input: { body: 'id' } })).toMatchObject({ body: 'id' });
  await expect(ask({ operation: 'getOrder', input: { id: '1', headers: { Depth: 1 } } })).rejects.toThrow(
    'input.headers: has the unknown member Depth. It can have the members If-None-Match, X-Depth. Nothing was sent.',
  );
  await expect(ask({ operation: 'importOrders', input: { headers: {} } })).rejects.toThrow(
    'It can have the members body.',
  );
});

test('a Content-Type that is not that of the body is a defect of the handler', async () => {
  const event = apiEvent({ body: '{}' });
  const post = {
    method: 'POST',
    path: '/orders',
    request: v.unknown(),
    response: v.unknown(),
    status: 200,
  } as const;
  const answering = (type: string) =>
    apiHandler(post, () => ({ body: {}, headers: { 'content-type': type } }));
  expect((await answering('application/json; charset=utf-8')(event, lambdaContext())).statusCode).toBe(200);
  expect((await answering('text/csv')(event, lambdaContext())).statusCode).toBe(500);
  expect(logged.at(-1)).toMatchObject({
    error: {
      message:
        "The header Content-Type is text/csv, and the operation answers with application/json. Leave the header out, and declare the operation's responseMediaType.",
    },
  });
});

test('types: an answer has the declared headers, and a problem its members', () => {
  const refused = [
    // @ts-expect-error: the ETag is missing
    () => apiHandler(operations.getOrder, () => ({ body: { id: '1' } })),
    // @ts-expect-error: a header is text
    () => apiHandler(operations.getOrder, () => ({ body: { id: '1' }, headers: { ETag: 1 } })),
    () =>
      apiHandler(operations.putOrder, ({ problem }) => {
        // @ts-expect-error: the members are missing
        throw problem('outOfStock', 'None is left.');
      }),
    () =>
      apiHandler(operations.putOrder, ({ problem }) => {
        // @ts-expect-error: the operation declares no such problem
        throw problem('soldOut', 'None is left.');
      }),
    // @ts-expect-error: the header is missing
    () => client.putOrder({ id: '1', body: { pens: 1 } }),
    // @ts-expect-error: the operation declares no such header
    () => client.getOrder({ id: '1', headers: { 'If-Match': '"1"' } }),
    // @ts-expect-error: the body is text
    () => client.importOrders({ body: { id: '1' } }),
    // @ts-expect-error: the body may be absent, because the response may be 304
    async () => (await client.getOrder({ id: '1' })).body.id,
  ];
  expect(refused).toHaveLength(8);
});
