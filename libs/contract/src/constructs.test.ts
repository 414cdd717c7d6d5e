import { Ajv2020 } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';
import * as v from 'valibot';
import { constructs, unsendable } from './constructs.testing.ts';
import { describeApi, furtherRulesOf, InvalidOperations } from './openapi.ts';

/** The document of an operation with a body. */
const describeBody = (request: v.GenericSchema, response: v.GenericSchema = v.string()) =>
  describeApi({
    title: 'Orders',
    version: '1.0.0',
    domains: ['amazonaws.com'],
    operations: {
      order: { method: 'POST', path: '/orders', summary: 'Orders.', request, response, status: 200 },
    },
  });

test.each(constructs)(
  'the document accepts what %s accepts, and refuses what it refuses or names the rule',
  (_code, schema, accepted, refused) => {
    const document = describeBody(schema);
    const ajv = addFormats.default(new Ajv2020({ strict: false }));
    // The schema's references are relative to the document.
    ajv.addSchema({ $id: 'https://example.com/', ...document });
    const validate = ajv.compile({
      $ref: 'https://example.com/#/paths/~1orders/post/requestBody/content/application~1json/schema',
    });
    expect(v.is(schema, accepted)).toBe(true);
    expect(validate(accepted)).toBe(true);
    if (refused === undefined) return;
    expect(v.is(schema, refused)).toBe(false);
    expect(validate(refused) === false || furtherRulesOf(document).length > 0).toBe(true);
  },
);

test('a rule that JSON Schema cannot express is listed with its operation, part and field', () => {
  const document = describeApi({
    title: 'Orders',
    version: '1.0.0',
    domains: ['amazonaws.com'],
    operations: {
      listOrders: {
        method: 'GET',
        path: '/{tenant}/orders',
        summary: 'Lists orders.',
        pathParameters: v.object({ tenant: v.pipe(v.string(), v.maxBytes(9)) }),
        query: v.pipe(
          v.objectWithRest({ from: v.optional(v.number()), to: v.optional(v.number()) }, v.string()),
          v.minEntries(1),
          v.check(({ from = 0, to = 0 }) => from <= to, 'from must not be after to'),
        ),
        response: v.array(v.object({ name: v.pipe(v.string(), v.regex(/^a$/i, 'must be a')) })),
        status: 200,
      },
    },
  });
  expect(furtherRulesOf(document)).toEqual([
    { where: 'listOrders.query', rule: 'additionalProperties {"type":"string"}' },
    { where: 'listOrders.query', rule: 'minProperties 1' },
    { where: 'listOrders.query', rule: 'check: from must not be after to' },
    { where: 'listOrders.pathParameters.tenant', rule: 'maxBytes(9)' },
    { where: 'listOrders.response[].name', rule: 'regex(/^a$/i): must be a' },
  ]);
});

test('a conversion is a rule only if it can refuse what the document accepts', () => {
  const texts = {
    due: v.pipe(v.string(), v.isoTimestamp(), v.toDate()),
    day: v.pipe(v.string(), v.isoDate(), v.toDate(), v.minValue(new Date('2026-01-01'), 'too early')),
    id: v.pipe(v.string(), v.digits(), v.toBigint()),
    count: v.pipe(v.number(), v.integer(), v.toBigint()),
    free: v.pipe(v.string(), v.toDate()),
    trimmed: v.pipe(v.string(), v.trim(), v.isoDate(), v.toDate()),
  };
  expect(furtherRulesOf(describeBody(v.object(texts)))).toEqual([
    { where: 'order.request.day', rule: 'minValue: too early' },
    { where: 'order.request.free', rule: 'toDate' },
    { where: 'order.request.trimmed', rule: 'trim' },
    { where: 'order.request.trimmed', rule: 'toDate' },
  ]);
});

test('a rule of the names of a record is one that the document cannot express', () => {
  const names = v.pipe(v.string(), v.regex(/^a+$/i, 'must be of the letter a'));
  expect(furtherRulesOf(describeBody(v.record(names, v.string())))).toEqual([
    { where: 'order.request (name)', rule: 'regex(/^a+$/i): must be of the letter a' },
  ]);
});

test('a query parameter is required unless it is a list that may be empty', () => {
  const lists = { all: v.array(v.string()), some: v.pipe(v.array(v.string()), v.minLength(1)) };
  const { paths } = describeApi({
    title: 'Orders',
    version: '1.0.0',
    domains: ['amazonaws.com'],
    operations: {
      list: {
        method: 'GET',
        path: '/orders',
        summary: 'Lists.',
        query: v.object({ ...lists, limit: v.number() }),
        status: 204,
      },
    },
  });
  expect(paths['/orders']?.get?.parameters).toMatchObject([
    { name: 'all', required: false },
    { name: 'some', required: true },
    { name: 'limit', required: true },
  ]);
});

test('a default that is computed is not in the document', () => {
  const schema = v.object({ at: v.optional(v.string(), () => new Date().toISOString()) });
  const { requestBody } = describeBody(schema).paths['/orders']?.post ?? {};
  expect(requestBody?.content['application/json']?.schema).toEqual({
    type: 'object',
    properties: { at: { type: 'string' } },
    required: [],
  });
});

test.each(unsendable)('%s in a body is refused with its place and what to write instead', (_code, schema) => {
  const nested = v.object({ items: v.array(v.object({ due: v.optional(schema) })) });
  expect(() => describeBody(nested)).toThrow(InvalidOperations);
  expect(() => describeBody(nested)).toThrow(/^order\.request\.items\[\]\.due: JSON has no .*\.$/);
});

test.each(['pathParameters', 'query', 'headers', 'responseHeaders'] as const)(
  'what cannot be sent in %s is refused with its place, as the same name may stand in other parts',
  (part) => {
    const operation = { method: 'GET', path: '/orders/{due}', summary: 'Lists.', status: 204 } as const;
    const parts = { pathParameters: v.object({ due: v.string() }), [part]: v.object({ due: v.date() }) };
    const describe = () =>
      describeApi({
        title: 'Orders',
        version: '1.0.0',
        domains: ['amazonaws.com'],
        operations: { list: { ...operation, ...parts } },
      });
    expect(describe).toThrow(InvalidOperations);
    expect(describe).toThrow(new RegExp(`^list\\.${part}\\.due: JSON has no dates\\.`));
  },
);

test('all parts that cannot be sent are named at once', () => {
  const due = v.pipe(v.string(), v.toDate());
  const bad = v.object({ due, total: v.bigint() });
  expect(() => describeBody(v.object({ at: v.date() }), bad)).toThrow(
    new InvalidOperations(
      [
        'order.request.at: JSON has no dates. Write v.pipe(v.string(), v.isoTimestamp()).',
        'order.response.due: A response is sent as the handler returns it. Write the schema of what is sent, without a transformation, such as v.pipe(v.string(), v.isoTimestamp()).',
        'order.response.total: JSON has no bigint. Write v.pipe(v.string(), v.digits()).',
      ].join('\n'),
    ),
  );
});
