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
