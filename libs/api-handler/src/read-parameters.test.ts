import { createApiClient, type JsonApi, operation } from '@cross-account-api/contract';
import fc from 'fast-check';
import * as v from 'valibot';
import { apiEvent, lambdaContext } from './event.testing.ts';
import { apiHandler } from './index.ts';
import { collectLogs } from './logged.testing.ts';

collectLogs();

const common = { method: 'GET', summary: 'A test.', response: v.unknown(), status: 200 } as const;

const list = operation({
  ...common,
  path: '/{tenant}/orders/{number}',
  pathParameters: v.object({ tenant: v.string(), number: v.pipe(v.number(), v.integer()) }),
  query: v.object({
    limit: v.optional(v.pipe(v.number(), v.minValue(1, 'must be at least 1'))),
    open: v.optional(v.boolean()),
    tags: v.array(v.string()),
    years: v.optional(v.pipe(v.array(v.number()), v.maxLength(3))),
    range: v.optional(v.tuple([v.number(), v.boolean()])),
    size: v.optional(v.picklist(['s', 1, 2])),
    page: v.optional(v.union([v.literal('last'), v.number()])),
    version: v.nonOptional(v.optional(v.literal(2))),
  }),
});

/** Calls the handler of {@link list} as API Gateway does with what the client sends. */
async function echo(
  parameters: Readonly<Record<string, string>>,
  query: Readonly<Record<string, readonly string[]>>,
) {
  const handler = apiHandler(list, ({ pathParameters, query: read }) => ({
    body: JSON.parse(JSON.stringify({ pathParameters, query: read })),
  }));
  const { statusCode, body } = await handler(
    apiEvent({ httpMethod: 'GET', pathParameters: parameters, multiValueQueryStringParameters: query }),
    lambdaContext(),
  );
  return { status: statusCode, body: JSON.parse(body) };
}

/** An API whose requests reach the handler of {@link list}. */
const api: JsonApi = {
  async json(path, { query = {} }) {
    const [, tenant = '', , number = ''] = path.split('/');
    const sent = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().map(String)] as const],
    );
    const lists = sent.filter(([, values]) => values.length > 0);
    return echo({ tenant, number }, Object.fromEntries(lists));
  },
};

type Sent = Parameters<ReturnType<typeof client>['list']>[0];
const client = () => createApiClient(api, { list });

test('a handler gets numbers, booleans and lists as the client sent them', async () => {
  const query = {
    limit: 10,
    open: false,
    tags: ['a'],
    years: [2025],
    range: [-1.5e-9, true],
    size: 1,
    page: 3,
    version: 2,
  } satisfies Sent['query'];
  const { body } = await client().list({ tenant: 'a/b', number: 7, query });
  expect(body).toEqual({ pathParameters: { tenant: 'a/b', number: 7 }, query });
});

test('whatever fits the schemas arrives as it was sent', async () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const optional = { requiredKeys: ['tags', 'version'] as ('tags' | 'version')[] };
  const input: fc.Arbitrary<Sent> = fc.record({
    tenant: fc.string({ minLength: 1 }).filter((text) => !/^\.\.?$|\\/.test(text)),
    number: fc.integer(),
    query: fc.record(
      {
        limit: number.filter((value) => value >= 1),
        open: fc.boolean(),
        tags: fc.array(fc.string()),
        years: fc.array(number, { minLength: 1, maxLength: 3 }),
        range: fc.tuple(number, fc.boolean()),
        size: fc.constantFrom<'s' | 1 | 2>('s', 1, 2),
        page: fc.oneof(fc.constant('last' as const), number),
        version: fc.constant(2 as const),
      },
      optional,
    ),
  });
  await fc.assert(
    fc.asyncProperty(input, async (sent) => {
      const { tenant, number, query } = sent;
      const { body } = await client().list(sent);
      // JSON has no -0, and neither has a query.
      expect(body).toEqual(JSON.parse(JSON.stringify({ pathParameters: { tenant, number }, query })));
    }),
  );
});

const required = { tags: ['a'], version: ['2'] };

test.each<[what: string, Readonly<Record<string, readonly string[]>>, message: RegExp]>([
  ['a text', { limit: ['ten'] }, /^Invalid type: Expected number but received "ten"$/],
  ['an empty text', { limit: [''] }, /Expected number but received ""/],
  ['two numbers', { limit: ['1', '2'] }, /Expected number but received Array/],
  ['another notation of a number', { limit: ['0x10'] }, /received "0x10"/],
  ['a number with a leading zero', { limit: ['010'] }, /received "010"/],
  ['a number that JavaScript cannot hold', { limit: ['1e999'] }, /received "1e999"/],
  ['a number that breaks a rule', { limit: ['0'] }, /^must be at least 1$/],
  ['a boolean in another notation', { open: ['TRUE'] }, /received "TRUE"/],
  ['a list with a wrong item', { years: ['2025', 'x'] }, /received "x"/],
  ['a list that is too short', { range: ['1'] }, /received undefined/],
  ['a number that is not an option', { size: ['3'] }, /received "3"/],
  ['a text that is neither', { page: ['first'] }, /received "first"/],
])('a parameter with %s is refused with the text that was sent', async (_what, query, message) => {
  const { status, body } = await echo({ tenant: 'a', number: '1' }, { ...required, ...query });
  const [name] = Object.keys(query);
  expect(status).toBe(400);
  expect(body.errors).toEqual([
    { in: 'query', path: expect.stringMatching(`^${name}\\b`), message: expect.stringMatching(message) },
  ]);
});

test('a path parameter that is not a number is refused', async () => {
  const { status, body } = await echo({ tenant: 'a', number: 'x' }, required);
  expect(status).toBe(400);
  expect(body.errors).toMatchObject([{ in: 'path', path: 'number' }]);
});

test('whatever a query has is read or refused', async () => {
  const names = fc.constantFrom(...Object.keys(list.query.entries), '__proto__', 'constructor');
  const text = fc.oneof(fc.string(), fc.constantFrom('1', 'true', 'last', '2', '-0', '1e400'));
  const queries = fc.dictionary(names, fc.array(text, { minLength: 1, maxLength: 3 }));
  await fc.assert(
    fc.asyncProperty(queries, text, async (query, number) => {
      const { status } = await echo({ tenant: 'a', number: encodeURIComponent(number) }, query);
      expect([200, 400]).toContain(status);
    }),
  );
});

const texts = {
  ...common,
  path: '/{name}',
  pathParameters: v.object({ name: v.string() }),
  query: v.object({
    cursor: v.optional(v.string()),
    owner: v.nullish(v.pipe(v.string(), v.maxLength(20)), 'nobody'),
    state: v.optional(v.picklist(['open', 'done', 1])),
    kind: v.optional(v.literal('letter')),
    page: v.optional(v.union([v.literal('last'), v.number()])),
    limit: v.optional(v.number(), 10),
    open: v.optional(v.boolean()),
    tags: v.optional(v.array(v.string())),
    years: v.optional(v.array(v.number())),
    pair: v.optional(v.tuple([v.string(), v.boolean()])),
  }),
  headers: v.object({ 'X-Trace': v.optional(v.string()) }),
} as const;

/** Calls a handler of {@link texts}. */
async function echoTexts(name: string, query: Readonly<Record<string, readonly string[]>>, trace?: string) {
  const handler = apiHandler(texts, ({ pathParameters, query: read, headers }) => ({
    body: JSON.parse(JSON.stringify({ ...pathParameters, ...read, ...headers })),
  }));
  const { statusCode, body } = await handler(
    apiEvent({
      httpMethod: 'GET',
      pathParameters: { name: encodeURIComponent(name) },
      multiValueQueryStringParameters: query,
      headers: { 'x-trace': trace },
    }),
    lambdaContext(),
  );
  return { status: statusCode, body: JSON.parse(body) };
}

// What clients send in place of a value that they do not have.
const absent = ['undefined', 'null', 'NaN', '', '[object Object]', 'true', 'false', '0', 'Infinity'];

test.each(absent)(
  'the text %j is a text: in a path, a query, a list and a header it arrives as any other',
  async (text) => {
    const { status, body } = await echoTexts(
      text,
      { cursor: [text], owner: [text], tags: [text, 'a'] },
      text,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: text, cursor: text, owner: text, tags: [text, 'a'], 'X-Trace': text });
  },
);

test.each(['state', 'kind', 'page', 'limit', 'open', 'years', 'pair'])(
  'the text undefined is refused where a text is not a value: for %s',
  async (name) => {
    const { status, body } = await echoTexts('a', { [name]: ['undefined'] });
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({
      in: 'query',
      message: expect.stringMatching(/received ("undefined"|undefined)$/),
    });
  },
);

test('whatever text a client sends arrives, or is refused', async () => {
  const given = fc.constantFrom(...absent, 'last', 'open', 'letter', '1', '-0', '1e21', '01');
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), given);
  const lists = fc.array(text, { minLength: 1, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(lists, async (sent) => {
      const places = Object.keys(texts.query.entries);
      const answers = await Promise.all([
        ...places.map(async (name) => [name, sent, await echoTexts('a', { [name]: sent })] as const),
        ...sent.flatMap(async (one) => {
          return ['name', [one], await echoTexts(one, {}, one)] as const;
        }),
      ]);
      for (const [name, values, { status, body }] of answers) {
        if (status === 400) continue;
        expect([name, status]).toEqual([name, 200]);
        const read: unknown[] = [body[name]].flat();
        // A number may have been sent in another notation. JSON has no -0.
        const asRead = values.map((one, index) => (typeof read[index] === 'number' ? Number(one) + 0 : one));
        expect([name, read.map((one) => (typeof one === 'boolean' ? String(one) : one))]).toEqual([
          name,
          asRead,
        ]);
      }
    }),
  );
});

test('an unknown parameter is read by the rest of the schema, and without one left as it is', async () => {
  const read = async (query: v.GenericSchema) => {
    const handler = apiHandler({ ...common, path: '/', query }, (request) => ({
      body: JSON.parse(JSON.stringify(request.query)),
    }));
    const sent = apiEvent({ multiValueQueryStringParameters: { a: ['1'], b: ['2', '3'] } });
    return JSON.parse((await handler(sent, lambdaContext())).body);
  };
  expect(await read(v.objectWithRest({ a: v.number() }, v.array(v.number())))).toEqual({ a: 1, b: [2, 3] });
  expect(await read(v.looseObject({ a: v.number() }))).toEqual({ a: 1, b: ['2', '3'] });
  expect(await read(v.record(v.string(), v.unknown()))).toEqual({ a: '1', b: ['2', '3'] });
});
