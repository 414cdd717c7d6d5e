import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  OpenApiDocument,
  OpenApiOperation,
  Response,
  Schema,
} from '@cross-account-api/contract/openapi';
import fc from 'fast-check';
import { pairProject } from '../../project/pair.testing.ts';
import { breakingChanges, mayBreak } from './compatibility.ts';

/** A document with one route: `POST /orders` takes a request and answers 200 with a response. */
function documentOf(
  request: Schema,
  response: Schema,
  schemas: Record<string, Schema> = {},
): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: { title: 'Orders', version: '1.0.0' },
    paths: {
      '/orders': {
        post: {
          operationId: 'postOrder',
          summary: 'Orders.',
          requestBody: { required: true, content: { 'application/json': { schema: request } } },
          responses: {
            200: { description: 'Ordered.', content: { 'application/json': { schema: response } } },
          },
        },
      },
    },
    components: { schemas },
  };
}

const anything: Schema = {};
const inRequest = (old: Schema, now: Schema) =>
  breakingChanges(documentOf(old, anything), documentOf(now, anything));
const inResponse = (old: Schema, now: Schema) =>
  breakingChanges(documentOf(anything, old), documentOf(anything, now));
const members = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
});

const PART = '#/components/schemas/Part';
const string: Schema = { type: 'string' };
const number: Schema = { type: 'number' };

/** Each widens the valid values: right in a request, wrong in a response. In reverse, each narrows them. */
const widenings: [string, Schema, Schema, RegExp][] = [
  ['null is allowed', string, { anyOf: [string, { type: 'null' }] }, /null/],
  ['null is allowed, as a list of types', string, { type: ['string', 'null'] }, /null/],
  ['any number instead of integers', { type: 'integer' }, number, /multipleOf/],
  ['a further type', string, { oneOf: [string, number] }, /number/],
  ['any value instead of a type', string, anything, /any value/],
  ['a further constant', { enum: ['a'] }, { enum: ['a', 'b'] }, /"b"/],
  ['any string instead of constants', { enum: ['a', 'b'] }, string, /string/],
  ['any boolean instead of a constant', { const: true }, { type: 'boolean' }, /boolean/],
  ['no pattern', { ...string, pattern: '^a' }, string, /pattern/],
  ['no format', { ...string, format: 'date' }, string, /format/],
  [
    'a smaller minimum',
    { ...string, minLength: 2 },
    { ...string, minLength: 1 },
    /minLength was \d and is \d/,
  ],
  ['no minimum', { ...number, minimum: 1 }, number, /minimum/],
  ['a larger maximum', { ...number, maximum: 1 }, { ...number, maximum: 2 }, /maximum/],
  [
    'further members',
    { type: 'object', additionalProperties: false },
    { type: 'object' },
    /additionalProperties/,
  ],
  [
    'items of a further type',
    { type: 'array', items: string },
    { type: 'array', items: { type: ['string', 'number'] } },
    /\[\]: .*number/,
  ],
  ['items of any type', { type: 'array', items: string }, { type: 'array' }, /item/],
];

describe.each(widenings)('%s', (name, narrow, wide, message) => {
  const asMember = (schema: Schema) => members({ size: schema }, ['size']);

  test(`a request may be widened: ${name}`, () => {
    expect(inRequest(asMember(narrow), asMember(wide))).toEqual([]);
  });

  test(`a request must not be narrowed by the reverse of: ${name}`, () => {
    const found = inRequest(asMember(wide), asMember(narrow));
    expect(found).not.toEqual([]);
    expect(found.join('\n')).toMatch(/^POST \/orders, request\.size/);
  });

  test(`a response may be narrowed by the reverse of: ${name}`, () => {
    expect(inResponse(asMember(wide), asMember(narrow))).toEqual([]);
  });

  test(`a response must not be widened: ${name}`, () => {
    const found = inResponse(asMember(narrow), asMember(wide));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^POST \/orders, response 200\.size/);
    expect(found[0]).toMatch(message);
  });

  // A schema that both releases name alike is read in the document of each.
  test.each([
    ['a member', { $ref: PART }],
    ['a choice', { anyOf: [{ $ref: PART }, { type: 'null' }] }],
    ['one of several', { oneOf: [{ type: 'null' }, { $ref: PART }] }],
    ['items', { type: 'array', items: { $ref: PART } }],
  ])('the same is found behind a reference that is %s', (_place, schema) => {
    const inPart = (direction: 'request' | 'response', before: Schema, after: Schema) => {
      const [request, response] = direction === 'request' ? [schema, anything] : [anything, schema];
      const released = documentOf(request, response, { Part: asMember(before) });
      return breakingChanges(released, documentOf(request, response, { Part: asMember(after) }));
    };
    expect(inPart('request', narrow, wide)).toEqual([]);
    expect(inPart('request', wide, narrow)).not.toEqual([]);
    expect(inPart('response', wide, narrow)).toEqual([]);
    expect(inPart('response', narrow, wide)).toEqual([expect.stringMatching(message)]);
  });
});

test('an object that says that it takes further members is the same as one that says nothing', () => {
  const [said, unsaid] = [{ type: 'object', additionalProperties: true }, { type: 'object' }];
  for (const compare of [inRequest, inResponse]) {
    expect(compare(members({ size: said }, ['size']), members({ size: unsaid }, ['size']))).toEqual([]);
    expect(compare(members({ size: unsaid }, ['size']), members({ size: said }, ['size']))).toEqual([]);
  }
});

describe('members', () => {
  test.each([
    ['removed', members({ id: string })],
    ['renamed', members({ id: string, total: number })],
    ['removed, with a name of Object.prototype', members({ id: string }), 'constructor'],
  ])('a response member must not be %s', (_change, now, name = 'price') => {
    expect(inResponse(members({ id: string, [name]: number }), now)).toEqual([
      `POST /orders, response 200: the member ${name} was removed`,
    ]);
  });

  test('a response member must not become optional', () => {
    expect(inResponse(members({ id: string }, ['id']), members({ id: string }))).toEqual([
      'POST /orders, response 200: the member id may now be absent',
    ]);
  });

  test('a response may get further members, and promise optional ones', () => {
    expect(
      inResponse(members({ id: string }), members({ id: string, price: number }, ['id', 'price'])),
    ).toEqual([]);
  });

  test('a request must not get a required member', () => {
    expect(inRequest(members({ id: string }), members({ id: string, price: number }, ['price']))).toEqual([
      'POST /orders, request: the member price is now required',
    ]);
  });

  test('a request member must not become required or be removed', () => {
    expect(inRequest(members({ id: string, price: number }), members({ id: string }, ['id']))).toEqual([
      'POST /orders, request: the member price was removed',
      'POST /orders, request: the member id is now required',
    ]);
  });

  test('a request may get an optional member, and a required one may become optional', () => {
    expect(inRequest(members({ id: string }, ['id']), members({ id: string, price: number }))).toEqual([]);
  });

  test('changes are found at any depth, through lists and references', () => {
    const response: Schema = { type: 'array', items: { $ref: '#/components/schemas/Order' } };
    const order = (by: Schema) => ({ Order: members({ by: members({ name: by }) }) });
    expect(
      breakingChanges(
        documentOf(anything, response, order(string)),
        documentOf(anything, response, order(number)),
      ),
    ).toEqual(['POST /orders, response 200[].by.name: it may now be number, which clients do not expect']);
  });

  test('a schema that refers to itself is compared once', () => {
    const tree = (name: Schema) => ({
      Tree: members({ name, child: { $ref: '#/components/schemas/Tree' } }),
    });
    const response: Schema = { $ref: '#/components/schemas/Tree' };
    expect(
      breakingChanges(
        documentOf(anything, response, tree(string)),
        documentOf(anything, response, tree(number)),
      ),
    ).toHaveLength(1);
  });
});

describe('routes', () => {
  const file = join(pairProject, 'services/contract/openapi.json');
  const released: OpenApiDocument = JSON.parse(readFileSync(file, 'utf8'));
  type Tree = { [key: string]: Tree };
  const at = (path: string, document: unknown = released) =>
    path.split(' > ').reduce((tree, key) => tree[key] as Tree, document as Tree);

  /** The released document with changes: a path into it and the new value, or no value to remove it. */
  function changed(...changes: readonly [path: string, value?: unknown][]): OpenApiDocument {
    const copy = structuredClone(released);
    for (const [path, value] of changes) {
      const [parent, key] = path.split(/ > (?=[^>]*$)/) as [string, string];
      if (value === undefined) delete at(parent, copy)[key];
      else Object.assign(at(parent, copy), { [key]: value });
    }
    return copy;
  }

  test('a document is compatible with itself, whatever its texts say', () => {
    const other = changed(
      ['paths > /parcels > post > summary', 'Another text.'],
      ['components > schemas > Problem > properties > detail > description', 'Another text.'],
    );
    expect(breakingChanges(released, other)).toEqual([]);
  });

  test('further routes are allowed', () => {
    const other = changed(
      ['paths > /parcels > get', at('paths > /sender > get')],
      ['paths > /status', at('paths > /sender')],
    );
    expect(breakingChanges(released, other)).toEqual([]);
  });

  test('an optional parameter and its further values are allowed', () => {
    const other = changed(
      [`${parcel} > parameters > 2`, { ...fields, name: 'limit' }],
      [`${parcel} > parameters > 1 > schema > enum`, ['body', 'caller', 'id']],
    );
    expect(breakingChanges(released, other)).toEqual([]);
  });

  const sender = 'paths > /sender > get';
  const parcels = 'paths > /parcels > post';
  const parcel = 'paths > /parcels/{id} > get';
  const fields = at(`${parcel} > parameters > 1`);
  const caller = 'components > schemas > Caller > properties';
  test.each<[string[], ...[path: string, value?: unknown][]]>([
    [['GET /sender: the route was removed'], ['paths > /sender']],
    [['GET /sender: the operation getSender was renamed to whoSent'], [`${sender} > operationId`, 'whoSent']],
    [['POST /parcels: the route was removed'], [parcels]],
    [
      [
        'GET /sender: the response 200 was removed',
        'GET /sender: the response 202 is new, and clients do not expect it',
      ],
      [`${sender} > responses > 202`, at(`${sender} > responses > 200`)],
      [`${sender} > responses > 200`],
    ],
    [['GET /sender: the response default was removed'], [`${sender} > responses > default`]],
    [
      ['GET /sender, response default: it is no longer application/problem+json'],
      [`${sender} > responses > default > content`, { 'application/json': { schema: {} } }],
    ],
    [
      ['POST /parcels, request: application/json is no longer accepted'],
      [`${parcels} > requestBody > content`, { 'text/plain': { schema: { type: 'string' } } }],
    ],
    [['POST /parcels, request: the body was removed'], [`${parcels} > requestBody`]],
    [
      ['GET /sender, request: a body is now required'],
      [`${sender} > requestBody`, at(`${parcels} > requestBody`)],
    ],
    [
      ['POST /parcels, parameter Idempotency-Key: it is now required'],
      [`${parcels} > parameters > 0 > required`, true],
    ],
    [
      ['POST /parcels, parameter Idempotency-Key: it accepts less: maxLength was not set and is 8'],
      [`${parcels} > parameters > 0 > schema > maxLength`, 8],
    ],
    [
      [
        'POST /parcels, parameter Idempotency-Key: it was removed',
        'POST /parcels, parameter X-Key: it is new and required',
      ],
      [`${parcels} > parameters > 0`, { name: 'X-Key', in: 'header', required: true, schema: {} }],
    ],
    [['GET /parcels/{id}: the route was removed'], ['paths > /parcels/{id}']],
    [['GET /parcels/{id}, parameter id: it was removed'], [`${parcel} > parameters > 0`, fields]],
    [
      [
        'GET /parcels/{id}, parameter fields: it was removed',
        'GET /parcels/{id}, parameter part: it is new and required',
      ],
      [`${parcel} > parameters > 1`, { ...fields, name: 'part', required: true }],
    ],
    [
      ['GET /parcels/{id}, parameter fields: it is now required'],
      [`${parcel} > parameters > 1 > required`, true],
    ],
    [
      ['GET /parcels/{id}, parameter fields: "caller" is no longer accepted'],
      [`${parcel} > parameters > 1 > schema > enum`, ['body', 'id']],
    ],
    [
      ['GET /parcels/{id}, parameter limit: it is new and required'],
      [`${parcel} > parameters > 2`, { ...fields, name: 'limit', required: true }],
    ],
    [
      ['GET /parcels/{id}, response 200: it is no longer application/json'],
      [`${parcel} > responses > 200`, { description: 'No body any more.' }],
    ],
    [
      ['POST /parcels', 'GET /parcels/{id}', 'GET /sender'].map(
        (route) => `${route}, response 200.caller: the member roleName was removed`,
      ),
      [`${caller} > role`, at(`${caller} > roleName`)],
      [`${caller} > roleName`],
    ],
  ])('breakingChanges reports %j', (expected, ...changes) => {
    expect(breakingChanges(released, changed(...changes))).toEqual(expected);
  });
});

describe('headers and problems', () => {
  const problem = (type: string, further: Record<string, Schema> = {}): Schema =>
    members({ type: { const: type }, ...further }, ['type']);
  const documentWith = (headers: OpenApiOperation['parameters'], response: Response, conflict: Schema) => {
    const document = documentOf(anything, anything);
    const { post } = document.paths['/orders'] ?? {};
    const content = { 'application/problem+json': { schema: conflict } };
    const operation = {
      ...(post as OpenApiOperation),
      parameters: headers,
      responses: { 200: response, 409: { description: 'Conflict.', content } },
    };
    return { ...document, paths: { '/orders': { post: operation } } } as OpenApiDocument;
  };
  const tag = { name: 'If-Match', in: 'header', required: false, schema: string };
  const etag = { description: 'Ordered.', headers: { ETag: { required: true, schema: string } } };
  const released = documentWith([tag], etag, {
    oneOf: [problem('closed', { until: string }), problem('sold')],
  });

  test.each<[string, string[], OpenApiDocument]>([
    [
      'names in another case',
      [],
      documentWith(
        [{ ...tag, name: 'if-match' }],
        { description: 'Ordered.', headers: { etag: { required: true, schema: string } } },
        { oneOf: [problem('sold'), problem('closed', { until: string })] },
      ),
    ],
    [
      'a header that is now required',
      ['POST /orders, parameter If-Match: it is now required'],
      documentWith([{ ...tag, required: true }], etag, {
        oneOf: [problem('sold'), problem('closed', { until: string })],
      }),
    ],
    [
      'a header of the response that is gone',
      ['POST /orders, response 200, header ETag: it was removed'],
      documentWith(
        [tag],
        { description: 'Ordered.' },
        { oneOf: [problem('closed', { until: string }), problem('sold')] },
      ),
    ],
    [
      'a header of the response that may be absent, and has other values',
      [
        'POST /orders, response 200, header ETag: it may now be absent',
        'POST /orders, response 200, header ETag: it may now be number, which clients do not expect',
      ],
      documentWith(
        [tag],
        { description: 'Ordered.', headers: { ETag: { schema: number } } },
        { oneOf: [problem('closed', { until: string }), problem('sold')] },
      ),
    ],
    [
      'a problem whose member is gone, and one of another type',
      [
        'POST /orders, response 409: it may now be object with type "late", which clients do not expect',
        'POST /orders, response 409: the member until was removed',
      ],
      documentWith([tag], etag, { oneOf: [problem('closed'), problem('sold'), problem('late')] }),
    ],
  ])('of %s', (_change, expected, current) => {
    expect(breakingChanges(released, current)).toEqual(expected);
  });
});

test('every schema is compatible with itself, in both directions', () => {
  const leaf = fc.constantFrom<Schema>(
    string,
    number,
    anything,
    { type: 'integer', minimum: 3 },
    { enum: ['a', 1, null] },
  );
  const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      leaf,
      tie('schema').map((items) => ({ type: 'array', items })),
      fc
        .dictionary(fc.string(), tie('schema'))
        .map((properties) => members(properties, Object.keys(properties).slice(1))),
    ),
  }));
  fc.assert(
    fc.property(schema, (any) => {
      expect(inRequest(any, any)).toEqual([]);
      expect(inResponse(any, any)).toEqual([]);
    }),
  );
});

test('only a higher major version may break clients', () => {
  expect(mayBreak('1.4.0', '2.0.0')).toBe(true);
  expect(mayBreak('0.1.0', '1.0.0')).toBe(true);
  expect(mayBreak('9.0.0', '10.0.0')).toBe(true);
  expect(mayBreak('1.4.0', '1.5.0')).toBe(false);
  expect(mayBreak('1.4.0', '1.4.1')).toBe(false);
  expect(mayBreak('2.0.0', '1.9.9')).toBe(false);
  expect(() => mayBreak('1.4.0', 'next')).toThrow('next is not a version');
});
