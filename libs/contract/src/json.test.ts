import fc from 'fast-check';
import * as v from 'valibot';
import { isJsonObject, jsonObjectSchema } from './index.ts';

test('the schema of a JSON object accepts any JSON object and returns it unchanged', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: false }), (body) => {
      const parsed: unknown = JSON.parse(JSON.stringify(body));
      expect(v.parse(jsonObjectSchema, parsed)).toBe(parsed);
    }),
  );
});

test.each([null, undefined, 1, 'text', true, [], [{}], new Date(0), () => 0])(
  'the schema of a JSON object refuses %p',
  (body) => {
    expect(v.safeParse(jsonObjectSchema, body).success).toBe(false);
  },
);

test('the schema of a JSON object keeps keys that are names of Object.prototype', () => {
  const body: unknown = JSON.parse('{"constructor":1,"__proto__":{"polluted":true},"toString":null}');
  expect(JSON.stringify(v.parse(jsonObjectSchema, body))).toBe(
    '{"constructor":1,"__proto__":{"polluted":true},"toString":null}',
  );
  expect('polluted' in {}).toBe(false);
});

test('a JSON object may be nested a hundred thousand levels deep', () => {
  const deep: unknown = JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
  expect(isJsonObject(deep)).toBe(true);
});

test('what JSON would drop or change is not a JSON object, nor is a circle; shared parts are allowed', () => {
  const circle: Record<string, unknown> = {};
  circle.self = { circle };
  const shared = { x: 1 };
  expect(isJsonObject(circle)).toBe(false);
  expect(isJsonObject({ a: undefined })).toBe(false);
  expect(isJsonObject({ a: [Number.NaN] })).toBe(false);
  expect(isJsonObject({ a: { b: new Map() } })).toBe(false);
  expect(isJsonObject({ a: shared, b: [shared] })).toBe(true);
  // As node:querystring and many parsers make them.
  expect(isJsonObject(Object.assign(Object.create(null), { a: 1 }))).toBe(true);
});
