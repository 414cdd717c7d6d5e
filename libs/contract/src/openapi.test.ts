import { validate } from '@readme/openapi-parser';
import * as v from 'valibot';
import { type Operations, operation } from './index.ts';
import { describeApi } from './openapi.ts';
import { sample } from './sample.testing.ts';

const described = (operations: Operations) =>
  describeApi({
    title: 'Orders',
    version: '1.0.0',
    operations,
    domains: ['amazonaws.com', 'amazonaws.com.cn'],
  });
const current = described(sample);

/** The errors of a validator of OpenAPI documents. It writes into the document that it gets. */
async function errorsOf(document: object): Promise<string[]> {
  const result = await validate(JSON.parse(JSON.stringify(document)));
  return result.valid ? [] : result.errors.map(({ message }) => message.split('\n', 1)[0] ?? '');
}

test('a validator of OpenAPI documents accepts the document', async () => {
  expect(await errorsOf(current)).toEqual([]);
});

test('the document has the bodies and errors of an operation', () => {
  expect(current.paths['/messages']?.post).toMatchObject({
    operationId: 'postMessage',
    requestBody: {
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/JsonObject' },
          example: { foo: 'bar' },
        },
      },
    },
    responses: {
      200: {
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: { caller: { $ref: '#/components/schemas/Caller' } },
              required: ['id', 'received', 'caller', 'requestId'],
            },
          },
        },
      },
      default: {
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  });
  expect(current.paths['/whoami']?.get?.requestBody).toBeUndefined();
});

test('the document has the parameters of an operation, and a 404 response', () => {
  const { parameters, responses } = current.paths['/messages/{id}']!.get!;
  expect(parameters).toEqual([
    {
      name: 'id',
      in: 'path',
      description: expect.any(String),
      required: true,
      schema: { type: 'string', format: 'uuid' },
      example: expect.any(String),
    },
    {
      name: 'fields',
      in: 'query',
      description: expect.any(String),
      required: false,
      schema: { type: 'string', enum: ['body', 'caller'] },
      example: 'body',
    },
  ]);
  expect(Object.keys(responses).sort()).toEqual(['200', '404', 'default']);
});

test('only an operation that remembers keys has the header Idempotency-Key', () => {
  const headerOf = (path: string, method: string) =>
    current.paths[path]?.[method]?.parameters?.find(({ in: place }) => place === 'header');
  expect(headerOf('/messages', 'post')).toMatchObject({ name: 'Idempotency-Key', required: false });
  expect(headerOf('/messages/{id}', 'get')).toBeUndefined();
  const forgets = operation({ method: 'POST', path: '/pings', summary: 'A test.', status: 204 });
  expect(described({ forgets }).paths['/pings']?.post?.parameters).toBeUndefined();
});

describe('of other operations', () => {
  const common = { method: 'GET', summary: 'A test.' } as const;
  const id = v.object({ id: v.string() });

  test('the document of other operations has their status, and no content if there is no body', async () => {
    const document = described({
      deleteOrder: operation({
        ...common,
        method: 'DELETE',
        path: '/orders/{id}',
        pathParameters: id,
        status: 204,
      }),
      listOrders: operation({
        ...common,
        path: '/orders',
        query: v.object({
          limit: v.number(),
          states: v.optional(v.array(v.string())),
          from: v.optional(v.pipe(v.string(), v.description('The first day.'))),
        }),
        response: v.array(id),
        status: 200,
      }),
    });
    expect(await errorsOf(document)).toEqual([]);
    expect(document.paths['/orders/{id}']?.delete?.responses[204]).toEqual({
      description: 'The request was executed.',
    });
    expect(document.paths['/orders']?.get?.parameters).toMatchObject([
      { name: 'limit', required: true, description: 'The query parameter limit of GET /orders.' },
      { name: 'states', required: false, schema: { type: 'array' } },
      { name: 'from', required: false, description: 'The first day.', schema: { type: 'string' } },
    ]);
  });

  test.each([
    [
      'a path parameter without schema',
      { get: { ...common, path: '/orders/{id}' as const, status: 200 } },
      /missing path parameter/,
    ],
    [
      'a schema of a path parameter that the path lacks',
      { get: { ...common, path: '/orders' as const, pathParameters: id, status: 200 } },
      /no corresponding `\{id\}`/,
    ],
  ])('the validator finds %s', async (_what, operations, message) => {
    expect((await errorsOf(described(operations))).join('\n')).toMatch(message);
  });
});

test('every reference is to a schema of the document', () => {
  const references = [...JSON.stringify(current).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect(references).not.toHaveLength(0);
  for (const name of references) expect(current.components.schemas).toHaveProperty(String(name));
});

test('the server of the document can be in each of the given domains, and is in the first by default', () => {
  const domains = ['amazonaws.com', 'amazonaws.com.cn', 'amazonaws.com'];
  const { servers } = describeApi({ title: 'Orders', version: '1.0.0', operations: sample, domains });
  expect(servers).toMatchObject([
    { variables: { domain: { default: 'amazonaws.com', enum: ['amazonaws.com', 'amazonaws.com.cn'] } } },
  ]);
});

test('the document has headers, media types, problems and what is deprecated', async () => {
  const id = v.object({ id: v.string() });
  const document = described({
    putOrder: operation({
      method: 'PUT',
      path: '/orders/{id}',
      summary: 'Replaces an order.',
      pathParameters: id,
      headers: v.object({ 'If-Match': v.pipe(v.string(), v.description('The tag that was read.')) }),
      request: v.optional(v.string()),
      requestMediaType: 'text/csv',
      response: v.string(),
      responseMediaType: 'text/csv',
      responseHeaders: v.object({ ETag: v.string(), Sunset: v.optional(v.string()) }),
      status: 200,
      deprecated: true,
      problems: {
        changed: { status: 412, title: 'The order has changed' },
        closed: { status: 409, type: 'urn:closed', title: 'Closed' },
        outOfStock: {
          status: 409,
          type: 'urn:out-of-stock',
          title: 'Out of stock',
          members: v.object({ left: v.number() }),
        },
      },
      example: { pathParameters: { id: '1' }, headers: { 'If-Match': '"1"' }, body: 'id' },
    }),
    getOrder: operation({
      method: 'GET',
      path: '/orders/{id}',
      summary: 'Reads an order.',
      pathParameters: id,
      headers: v.object({ 'if-none-match': v.optional(v.string()) }),
      response: v.string(),
      status: 200,
    }),
  });
  expect(await errorsOf(document)).toEqual([]);
  const { put, get } = document.paths['/orders/{id}']!;
  expect(put).toMatchObject({
    deprecated: true,
    parameters: [
      { name: 'id' },
      {
        name: 'If-Match',
        in: 'header',
        description: 'The tag that was read.',
        required: true,
        schema: { type: 'string' },
        example: '"1"',
      },
    ],
    requestBody: { required: false, content: { 'text/csv': { schema: { type: 'string' }, example: 'id' } } },
    responses: {
      200: {
        content: { 'text/csv': { schema: { type: 'string' } } },
        headers: { ETag: { required: true, schema: { type: 'string' } }, Sunset: { required: false } },
      },
      409: {
        description: 'Closed; Out of stock',
        content: {
          'application/problem+json': {
            schema: {
              oneOf: [
                { properties: { type: { const: 'urn:closed' }, detail: { type: 'string' } } },
                {
                  properties: { type: { const: 'urn:out-of-stock' }, left: { type: 'number' } },
                  required: ['title', 'status', 'type', 'left'],
                },
              ],
            },
          },
        },
      },
      412: { description: 'The order has changed' },
    },
  });
  expect(Object.keys(get?.responses ?? {})).toEqual(['200', '304', '404', 'default']);
});
