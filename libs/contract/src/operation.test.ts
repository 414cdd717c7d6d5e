import * as v from 'valibot';
import { type InputOf, operation, type ParameterNames } from './index.ts';
import type { sample } from './sample.testing.ts';

const common = { method: 'GET', summary: 'A test.', status: 200 } as const;
const id = v.object({ id: v.string() });

test('operation returns the declared operation unchanged', () => {
  const declared = { ...common, path: '/orders/{id}', pathParameters: id } as const;
  expect(operation(declared)).toBe(declared);
});

test('types: the path, its parameters and the example agree', () => {
  const names: ParameterNames<'/orders/{order}/items/{item}'>[] = ['order', 'item'];
  const none: ParameterNames<'/orders'>[] = [];
  const input: InputOf<typeof sample.getMessage, 'query'> = { fields: 'body' };
  operation({
    ...common,
    path: '/orders/{id}',
    pathParameters: id,
    example: { pathParameters: { id: '1' } },
  });
  // @ts-expect-error: a parameter of the path has no schema
  operation({ ...common, path: '/orders/{id}' });
  // @ts-expect-error: one of two parameters has no schema
  operation({ ...common, path: '/orders/{id}/{item}', pathParameters: id });
  // @ts-expect-error: the path lacks a parameter
  operation({ ...common, path: '/orders', pathParameters: id });
  // @ts-expect-error: the names differ
  operation({ ...common, path: '/orders/{order}', pathParameters: id });
  // @ts-expect-error: the client's input has another member of this name
  operation({ ...common, path: '/orders/{body}', pathParameters: v.object({ body: v.string() }) });
  // @ts-expect-error: a path parameter is a text or a number
  operation({ ...common, path: '/orders/{id}', pathParameters: v.object({ id: v.boolean() }) });
  // @ts-expect-error: a query parameter is no object
  operation({ ...common, path: '/orders', query: v.object({ a: v.object({ b: v.string() }) }) });
  // @ts-expect-error: a path begins with a slash
  operation({ ...common, path: 'orders' });
  // @ts-expect-error: a schema of a query has members
  operation({ ...common, path: '/orders', query: v.string() });
  operation({
    ...common,
    path: '/orders/{id}',
    pathParameters: id,
    // @ts-expect-error: the example has another type
    example: { pathParameters: { id: 1 } },
  });
  operation({ ...common, method: 'POST', path: '/orders', idempotencyKey: true });
  // @ts-expect-error: a GET may be repeated without a key
  operation({ ...common, path: '/orders', idempotencyKey: true });
  // @ts-expect-error: an operation without the mark leaves it out
  operation({ ...common, method: 'POST', path: '/orders', idempotencyKey: false });
  // @ts-expect-error: a misspelt member
  operation({ ...common, path: '/orders', qeury: id });
  expect([...names, ...none, input]).toHaveLength(3);
});

test('types: a parameter is a text, a number, a boolean, or a list of these, and its schema can read it', () => {
  const { query } = operation({
    ...common,
    path: '/orders/{id}/{item}',
    pathParameters: v.object({ id: v.pipe(v.number(), v.integer()), item: v.picklist(['a', 1]) }),
    query: v.object({
      limit: v.optional(v.pipe(v.number(), v.minValue(1)), 10),
      open: v.exactOptional(v.boolean()),
      tags: v.pipe(v.array(v.pipe(v.string(), v.nonEmpty())), v.maxLength(3)),
      range: v.optional(v.tupleWithRest([v.number()], v.boolean())),
      page: v.optional(v.union([v.literal('last'), v.number()])),
      several: v.pipe(
        v.union([v.string(), v.array(v.string())]),
        v.transform((given) => [given].flat()),
      ),
      from: v.optional(v.pipe(v.string(), v.isoDate(), v.toDate())),
      id: v.optional(v.custom<`${number}-${number}`>((value) => /^\d+-\d+$/.test(String(value)))),
    }),
  });
  const path = '/orders';
  // @ts-expect-error: HTTP has no null
  operation({ ...common, path, query: v.object({ limit: v.nullable(v.number()) }) });
  // @ts-expect-error: a date is written as a text
  operation({ ...common, path, query: v.object({ from: v.date() }) });
  // @ts-expect-error: no schema says that this is a number
  operation({ ...common, path, query: v.object({ limit: v.custom<number>(Number.isInteger) }) });
  // @ts-expect-error: nor here
  operation({ ...common, path, query: v.object({ limit: v.array(v.custom<number>(Number.isInteger)) }) });
  // @ts-expect-error: 10 and "10" are the same text
  operation({ ...common, path, query: v.object({ id: v.optional(v.union([v.string(), v.number()])) }) });
  expect(Object.keys(query.entries)).toHaveLength(8);
});

test('types: a body is JSON, and a response is sent without a transformation', () => {
  interface Category {
    readonly name: string;
    readonly children: readonly Category[];
  }
  const category: v.GenericSchema<Category> = v.object({
    name: v.string(),
    children: v.array(v.lazy(() => category)),
  });
  const post = { ...common, method: 'POST', path: '/orders' } as const;
  const { request } = operation({
    ...post,
    request: v.object({
      due: v.pipe(v.string(), v.isoTimestamp(), v.toDate()),
      tags: v.record(v.picklist(['a', 'b']), v.pipe(v.string(), v.trim(), v.brand('Tag'))),
      category,
      free: v.custom<{ a: 1 }>(() => true),
      any: v.unknown(),
    }),
    response: v.object({
      due: v.pipe(v.string(), v.isoTimestamp(), v.brand('Due')),
      state: v.optional(v.pipe(v.array(v.picklist(['a'])), v.readonly()), []),
      category,
    }),
  });
  // @ts-expect-error: JSON has no dates
  operation({ ...post, request: v.object({ items: v.array(v.object({ due: v.optional(v.date()) })) }) });
  // @ts-expect-error: JSON has no bigint
  operation({ ...post, request: v.union([v.string(), v.bigint()]) });
  // @ts-expect-error: JSON has no maps
  operation({ ...post, request: v.map(v.string(), v.string()) });
  // @ts-expect-error: JSON has no sets
  operation({ ...post, response: v.tuple([v.nullable(v.set(v.string()))]) });
  // @ts-expect-error: JSON has no undefined
  operation({ ...post, request: v.record(v.string(), v.undefined()) });
  // @ts-expect-error: the handler does not execute it
  operation({ ...post, response: v.object({ due: v.pipe(v.string(), v.toDate()) }) });
  // @ts-expect-error: the handler does not execute it
  operation({ ...post, response: v.array(v.pipe(v.string(), v.transform(Number), v.number())) });
  expect(Object.keys(request.entries)).toHaveLength(5);
});

test('types: headers, media types and problems that cannot be carried do not compile', () => {
  const get = { ...common, path: '/orders' } as const;
  const post = { ...get, method: 'POST' } as const;
  const text = v.string();
  const { headers } = operation({
    ...post,
    headers: v.object({ 'If-Match': v.string(), 'X-Depth': v.optional(v.number()) }),
    request: v.pipe(text, v.maxBytes(9)),
    requestMediaType: 'text/csv',
    response: v.object({ total: v.number() }),
    responseMediaType: 'application/vnd.orders+json',
    responseHeaders: v.object({ ETag: text, 'Retry-After': v.optional(v.pipe(text, v.digits())) }),
    problems: { closed: { status: 409, title: 'Closed', members: v.object({ until: text }) } },
    deprecated: true,
    example: { headers: { 'If-Match': '"1"' }, body: 'id' },
  });
  // @ts-expect-error: the client sends the key
  operation({ ...get, headers: v.object({ 'Idempotency-Key': text }) });
  // @ts-expect-error: the signature, whatever its case
  operation({ ...get, headers: v.object({ authorization: text }) });
  // @ts-expect-error: the connection
  operation({ ...get, headers: v.object({ Host: text }) });
  // @ts-expect-error: AWS's
  operation({ ...get, headers: v.object({ 'X-Amz-Date': text }) });
  // @ts-expect-error: it is requestMediaType
  operation({ ...get, headers: v.object({ 'Content-Type': text }) });
  // @ts-expect-error: the connection
  operation({ ...get, headers: v.object({ 'content-length': text }) });
  // @ts-expect-error: a header has one value
  operation({ ...get, headers: v.object({ 'X-Tags': v.array(text) }) });
  // @ts-expect-error: API Gateway renames it
  operation({ ...get, responseHeaders: v.object({ Date: text }) });
  // @ts-expect-error: a header is text
  operation({ ...get, responseHeaders: v.object({ Age: v.number() }) });
  // @ts-expect-error: bytes
  operation({ ...post, request: text, requestMediaType: 'image/png' });
  // @ts-expect-error: text is a string
  operation({ ...post, request: v.object({}), requestMediaType: 'text/csv' });
  // @ts-expect-error: there is no body
  operation({ ...get, responseMediaType: 'text/csv' });
  const late = { status: 409, title: 'Late' } as const;
  // @ts-expect-error: JSON has no dates
  operation({ ...get, problems: { late: { ...late, members: v.object({ at: v.date() }) } } });
  // @ts-expect-error: every problem has a status
  operation({ ...get, problems: { late: { ...late, members: v.object({ status: text }) } } });
  // @ts-expect-error: a path parameter of this name would hide the headers
  operation({ ...get, path: '/{headers}', pathParameters: v.object({ headers: text }) });
  expect(Object.keys(headers.entries)).toHaveLength(2);
});
