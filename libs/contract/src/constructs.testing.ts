import * as v from 'valibot';
import { jsonObjectSchema } from './json.ts';

/** A construct of valibot, a value that it accepts, and one that it refuses. */
export type Construct = readonly [code: string, schema: v.GenericSchema, accepted: unknown, refused: unknown];

interface Category {
  readonly name: string;
  readonly children: readonly Category[];
}

const category: v.GenericSchema<Category> = v.object({
  name: v.string(),
  children: v.array(v.lazy(() => category)),
});

const text = (...actions: v.PipeItem<string, string, v.BaseIssue<unknown>>[]) =>
  v.pipe(v.string(), ...actions);
const numbers = v.array(v.number());
const a = v.object({ a: v.string() });

/** Constructs that the body of an operation may have. */
export const constructs: readonly Construct[] = [
  ['string()', v.string(), 'a', 1],
  ['number()', v.number(), 1.5, '1'],
  ['boolean()', v.boolean(), true, 'true'],
  ['null()', v.null(), null, 0],
  ['unknown()', v.unknown(), { a: 1 }, undefined],
  ['literal("a")', v.literal('a'), 'a', 'b'],
  ['picklist(["a", 1])', v.picklist(['a', 1]), 1, 'b'],
  ['enum({ A: "a" })', v.enum({ A: 'a' }), 'a', 'b'],
  ['array(number())', numbers, [1], ['1']],
  ['tuple([string(), number()])', v.tuple([v.string(), v.number()]), ['a', 1], ['a']],
  ['strictTuple([string()])', v.strictTuple([v.string()]), ['a'], ['a', 'b']],
  ['tupleWithRest([string()], number())', v.tupleWithRest([v.string()], v.number()), ['a', 1], ['a', 'b']],
  ['object({ a: string() })', a, { a: 'a', b: 1 }, { b: 1 }],
  ['strictObject({ a: string() })', v.strictObject(a.entries), { a: 'a' }, { a: 'a', b: 1 }],
  ['looseObject({ a: string() })', v.looseObject(a.entries), { a: 'a', b: 1 }, {}],
  [
    'objectWithRest({ a: string() }, number())',
    v.objectWithRest(a.entries, v.number()),
    { a: 'a', b: 1 },
    { a: 'a', b: 'b' },
  ],
  ['record(string(), number())', v.record(v.string(), v.number()), { a: 1 }, { a: 'a' }],
  [
    'record(picklist(["a", "b"]), number())',
    v.record(v.picklist(['a', 'b']), v.number()),
    { a: 1 },
    { c: 1 },
  ],
  ['optional(string(), "x")', v.object({ a: v.optional(v.string(), 'x') }), {}, { a: null }],
  ['exactOptional(string())', v.object({ a: v.exactOptional(v.string()) }), {}, { a: 1 }],
  ['nullable(string())', v.object({ a: v.nullable(v.string()) }), { a: null }, {}],
  ['nullish(string())', v.object({ a: v.nullish(v.string()) }), { a: null }, { a: 1 }],
  ['nonOptional(optional(string()))', v.object({ a: v.nonOptional(v.optional(v.string())) }), { a: 'a' }, {}],
  [
    'nonNullable(nullish(string()))',
    v.object({ a: v.nonNullable(v.nullish(v.string())) }),
    { a: 'a' },
    { a: null },
  ],
  [
    'nonNullish(nullish(string()))',
    v.object({ a: v.nonNullish(v.nullish(v.string())) }),
    { a: 'a' },
    { a: null },
  ],
  ['union([string(), number()])', v.union([v.string(), v.number()]), 1, true],
  [
    'variant("type", […])',
    v.variant('type', [v.object({ type: v.literal('a') }), v.object({ type: v.literal('b') })]),
    { type: 'b' },
    { type: 'c' },
  ],
  ['intersect([…])', v.intersect([a, v.object({ b: v.string() })]), { a: 'a', b: 'b' }, { a: 'a' }],
  [
    'lazy(() => category)',
    category,
    { name: 'a', children: [{ name: 'b', children: [] }] },
    { name: 'a', children: [{ name: 'b' }] },
  ],
  [
    'custom(isUpper)',
    v.custom<Uppercase<string>>((value) => /^[A-Z]+$/.test(String(value)), 'must be upper case'),
    'A',
    'a',
  ],
  ['minLength(2), maxLength(3)', text(v.minLength(2), v.maxLength(3)), 'ab', 'abcd'],
  ['nonEmpty()', text(v.nonEmpty()), 'a', ''],
  ['regex(/^a/)', text(v.regex(/^a/)), 'ab', 'b'],
  ['regex(/^\\p{L}+$/u)', text(v.regex(/^\p{L}+$/u)), 'é', '1'],
  ['regex(/^a$/i)', text(v.regex(/^a$/i)), 'A', 'b'],
  ['regex(/^a/), regex(/b$/)', text(v.regex(/^a/), v.regex(/b$/)), 'ab', 'a'],
  ['startsWith("a"), endsWith("b")', text(v.startsWith('a'), v.endsWith('b')), 'a.b', 'ba'],
  ['includes("a.")', text(v.includes('a.')), 'xa.', 'ax'],
  ['excludes("a")', text(v.excludes('a')), 'b', 'a'],
  ['uuid()', text(v.uuid()), '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f', 'a'],
  ['email()', text(v.email()), 'a@example.com', 'a'],
  ['url()', text(v.url()), 'https://example.com/', 'a b'],
  ['isoDate()', text(v.isoDate()), '2026-11-30', '30.11.2026'],
  ['isoTimestamp()', text(v.isoTimestamp()), '2026-11-30T12:00:00.000Z', '12:00'],
  [
    'isoDate(), minValue("2026-01-01")',
    text(v.isoDate(), v.minValue('2026-01-01')),
    '2026-11-30',
    '2025-11-30',
  ],
  // JSON Schema's `contentEncoding` is an annotation.
  ['base64()', text(v.base64()), 'YQ==', 1],
  ['digits()', text(v.digits()), '007', 'a'],
  ['ip()', text(v.ip()), '127.0.0.1', 'a'],
  ['maxBytes(3)', text(v.maxBytes(3)), 'aä', 'ää'],
  ['maxGraphemes(1)', text(v.maxGraphemes(1)), '👩‍👩‍👧', 'ab'],
  ['creditCard()', text(v.creditCard()), '4111111111111111', 'a'],
  ['trim(), nonEmpty()', text(v.trim(), v.nonEmpty()), ' a', '  '],
  ['toLowerCase(), picklist(["a"])', v.pipe(v.string(), v.toLowerCase(), v.picklist(['a'])), 'A', 'b'],
  ['toNumber(), minValue(1)', v.pipe(v.string(), v.toNumber(), v.minValue(1)), '1', '0'],
  ['toDate()', v.pipe(v.string(), v.toDate()), '2026-11-30', 'a'],
  ['toBigint()', v.pipe(v.string(), v.toBigint()), '7', 'a'],
  [
    'isoTimestamp(), toDate()',
    v.pipe(v.string(), v.isoTimestamp(), v.toDate()),
    '2026-11-30T12:00:00Z',
    '12:00',
  ],
  ['trim(), isoDate(), toDate()', v.pipe(v.string(), v.trim(), v.isoDate(), v.toDate()), '2026-11-30', 'a'],
  ['digits(), toBigint()', v.pipe(v.string(), v.digits(), v.toBigint()), '007', 'a'],
  ['integer(), toBigint()', v.pipe(v.number(), v.integer(), v.toBigint()), 7, 1.5],
  ['jsonObjectSchema', jsonObjectSchema, { a: [{ b: null }] }, []],
  [
    'transform(JSON.parse)',
    v.pipe(
      v.string(),
      v.transform((value) => `${value}!`),
    ),
    'a',
    1,
  ],
  ['parseJson(), object({ a: string() })', v.pipe(v.string(), v.parseJson(), a), '{"a":"a"}', '{}'],
  ['integer()', v.pipe(v.number(), v.integer()), 1, 1.5],
  ['safeInteger(), minValue(1)', v.pipe(v.number(), v.safeInteger(), v.minValue(1)), 1, 0],
  ['gtValue(0), ltValue(1)', v.pipe(v.number(), v.gtValue(0), v.ltValue(1)), 0.5, 0],
  ['multipleOf(5)', v.pipe(v.number(), v.multipleOf(5)), 10, 1],
  ['finite()', v.pipe(v.number(), v.finite()), 1, '1'],
  ['notValue(0)', v.pipe(v.number(), v.notValue(0)), 1, 0],
  ['includes(5) of a list', v.pipe(numbers, v.includes(5)), [1, 5], [1]],
  ['minLength(1) of a list', v.pipe(numbers, v.minLength(1)), [1], []],
  [
    'someItem(isEven)',
    v.pipe(
      numbers,
      v.someItem((item) => item % 2 === 0),
    ),
    [1, 2],
    [1],
  ],
  [
    'checkItems(isEven, "must be even")',
    v.pipe(
      numbers,
      v.checkItems((item) => item % 2 === 0, 'must be even'),
    ),
    [2],
    [1],
  ],
  ['minEntries(1)', v.pipe(v.record(v.string(), v.number()), v.minEntries(1)), { a: 1 }, {}],
  ['check(isLong, "must be long")', text(v.check((value) => value.length > 3, 'must be long')), 'long', 'a'],
  [
    'rawCheck(…)',
    v.pipe(
      a,
      v.rawCheck(({ dataset, addIssue }) => {
        if (dataset.typed && dataset.value.a === '') addIssue();
      }),
    ),
    { a: 'a' },
    { a: '' },
  ],
  [
    'partialCheck(…, "must be the same")',
    v.pipe(
      v.object({ a: v.string(), b: v.string() }),
      v.forward(
        v.partialCheck([['a'], ['b']], (one) => one.a === one.b, 'must be the same'),
        ['b'],
      ),
    ),
    { a: 'a', b: 'a' },
    { a: 'a', b: 'b' },
  ],
  ['readonly()', v.pipe(numbers, v.readonly()), [1], ['1']],
  ['brand("Id")', v.pipe(v.string(), v.brand('Id')), 'a', 1],
  ['description("A name."), title("Name")', text(v.description('A name.'), v.title('Name')), 'a', 1],
];

/** Constructs whose values JSON cannot carry. */
export const unsendable: readonly (readonly [code: string, schema: v.GenericSchema])[] = [
  ['date()', v.date()],
  ['bigint()', v.bigint()],
  ['literal(5n)', v.literal(5n)],
  ['map(…)', v.map(v.string(), v.string())],
  ['set(…)', v.set(v.string())],
  ['undefined()', v.undefined()],
  ['void()', v.void()],
  ['nan()', v.nan()],
  ['symbol()', v.symbol()],
  ['function()', v.function()],
  ['instance(Error)', v.instance(Error)],
  ['blob()', v.blob()],
  ['file()', v.file()],
];
