import fc from 'fast-check';
import * as v from 'valibot';
import { InvalidRequest } from './index.ts';
import { readRequest } from './read-request.ts';

const anything = {
  method: 'GET',
  path: '/{id}',
  status: 200,
  pathParameters: v.unknown(),
  query: v.unknown(),
} as const;
const event = { pathParameters: null, multiValueQueryStringParameters: null, headers: null };

test('every path parameter arrives as it was before it was encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (id) => {
      const parameters = { ...event, pathParameters: { id: encodeURIComponent(id) } };
      expect(readRequest(anything, parameters, null).pathParameters).toEqual({ id });
    }),
  );
});

test.each(['100%', 'a%2Fb', 'a/b'])('an HTTP API has decoded the path parameter %s already', (id) => {
  const parameters = { ...event, version: '1.0', pathParameters: { id } };
  expect(readRequest(anything, parameters, null).pathParameters).toEqual({ id });
});

test('every path is read or refused', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (pathParameters) => {
      try {
        readRequest(anything, { ...event, pathParameters }, null);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidRequest);
      }
    }),
  );
});

test('a query parameter is a string if it was given once, and a list if several times', () => {
  const values = fc.array(fc.string(), { minLength: 1 });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), values), (parameters) => {
      const { query } = readRequest(
        anything,
        { ...event, multiValueQueryStringParameters: parameters },
        null,
      );
      const expected = Object.entries(parameters).map(([name, list]) => [
        name,
        list.length > 1 ? list : list[0],
      ]);
      expect(Object.entries(query as object)).toEqual(expected);
    }),
  );
});

test('without a schema, a part is not read', () => {
  const operation = { method: 'GET', path: '/', status: 200 } as const;
  expect(
    readRequest(operation, { ...event, pathParameters: { id: '%' } }, { a: Number.POSITIVE_INFINITY }),
  ).toEqual({
    pathParameters: undefined,
    query: undefined,
    headers: undefined,
    body: undefined,
  });
});

test('a handler gets the output of a schema, with its defaults', () => {
  const operation = {
    ...anything,
    query: v.object({ limit: v.optional(v.pipe(v.string(), v.toNumber()), '10') }),
  };
  expect(readRequest(operation, event, null).query.limit).toBe(10);
});

test.each([new TypeError('a defect'), new Error('Maximum'), 'a text'])(
  'what a check of the schema throws is a defect of the API, and not the client’s: %p',
  (thrown) => {
    const fail = () => {
      throw thrown;
    };
    for (const request of [
      v.pipe(v.unknown(), v.check(fail)),
      v.object({ a: v.pipe(v.string(), v.check(fail)) }),
    ]) {
      const operation = { method: 'POST', path: '/', status: 200, request } as const;
      let seen: unknown;
      try {
        readRequest(operation, event, { a: 'b' });
      } catch (error) {
        seen = error;
      }
      expect(seen).toBe(thrown);
    }
  },
);

test('a text that is too long for the pattern of its schema is refused with 413, and the log has the way out', () => {
  const operation = {
    method: 'POST',
    path: '/files',
    status: 200,
    request: v.object({ content: v.pipe(v.string(), v.base64()) }),
  } as const;
  const body = { content: 'A'.repeat(8 * 1024 * 1024) };
  const refused = () => readRequest(operation, event, body, body.content.length);
  expect(refused).toThrow(expect.objectContaining({ statusCode: 413 }));
  expect(refused).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ message: expect.stringContaining('v.check()') }),
    }),
  );
  expect(readRequest(operation, event, { content: 'AAAA' }).body).toEqual({ content: 'AAAA' });
});
