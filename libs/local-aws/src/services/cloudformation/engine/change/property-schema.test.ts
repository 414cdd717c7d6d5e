import fc from 'fast-check';
import * as v from 'valibot';
import type { Json } from '../template/json.ts';
import { UNKNOWN } from '../template/resolve.ts';
import { coerce, validateProperties } from './property-schema.ts';

describe('coerce', () => {
  test.each<[string, v.GenericSchema, Json, Json]>([
    ['a number becomes text', v.string(), 5, '5'],
    ['a boolean becomes text', v.string(), false, 'false'],
    ['text becomes a number', v.number(), '5', 5],
    ['text becomes a boolean', v.boolean(), 'True', true],
    ['text that is not a number stays text', v.number(), 'five', 'five'],
    ['empty text does not become a number', v.number(), '', ''],
    ['a value behind a pipe is converted', v.pipe(v.string(), v.minLength(1)), 5, '5'],
    ['an optional value is converted', v.optional(v.nullable(v.number())), '5', 5],
    ['the items of a list are converted', v.array(v.string()), [1, 'a'], ['1', 'a']],
    ['the values of a record are converted', v.record(v.string(), v.string()), { a: 1 }, { a: '1' }],
    [
      'a value of any type does not change',
      v.object({ Doc: v.unknown() }),
      { Doc: { a: 1 } },
      { Doc: { a: 1 } },
    ],
    ['text becomes an allowed number', v.picklist([1, 3, 7]), '3', 3],
    ['a literal does not change', v.literal('2012-10-17'), '2012-10-17', '2012-10-17'],
    [
      'a value is converted to the alternative that fits',
      v.union([v.strictObject({ A: v.number() }), v.strictObject({ B: v.string() })]),
      { B: 1 },
      { B: '1' },
    ],
    [
      'unknown members stay as they are',
      v.strictObject({ A: v.number() }),
      { A: '1', X: '2' },
      { A: 1, X: '2' },
    ],
  ])('%s', (_, schema, value, expected) => {
    expect(coerce(schema, value)).toEqual(expected);
  });

  test('coerce does not change unknown values', () => {
    const schema = v.object({ A: v.union([v.string(), v.number()]), B: v.number() });
    expect(coerce(schema, { A: UNKNOWN, B: '1' })).toEqual({ A: UNKNOWN, B: 1 });
  });

  test('coerce does not change a valid value, and a second coerce changes nothing', () => {
    const schema = v.object({
      a: v.optional(v.union([v.string(), v.number(), v.boolean()])),
      b: v.optional(v.number()),
      c: v.optional(v.string()),
    });
    fc.assert(
      fc.property(
        fc.record({ a: fc.jsonValue(), b: fc.jsonValue(), c: fc.jsonValue() }, { requiredKeys: [] }),
        (value) => {
          const once = coerce(schema, value as Json);
          expect(coerce(schema, once)).toEqual(once);
          if (v.is(schema, value)) expect(once).toEqual(value);
        },
      ),
    );
  });
});

describe('validateProperties', () => {
  const schema = v.strictObject({
    Rules: v.array(
      v.strictObject({ Id: v.string(), When: v.union([v.string(), v.strictObject({ Days: v.number() })]) }),
    ),
  });

  test.each<[Json, string]>([
    [{}, '#: required key [Rules] not found'],
    [
      { Rules: [{ Id: 'a', When: 'x', Foo: 1 }] },
      '#/Rules/0: extraneous key [Foo] is not permitted by local AWS',
    ],
    [
      { Rules: [{ Id: 'a', When: { Days: 1, Foo: 1 } }] },
      '#/Rules/0/When: extraneous key [Foo] is not permitted by local AWS',
    ],
    [{ Rules: 'secret' }, '#/Rules: expected type: Array, found: string'],
  ])('properties %j fail with the problem %s', (properties, problem) => {
    expect(validateProperties(schema, properties)).toEqual({ problems: [problem] });
  });

  // https://github.com/aws-cloudformation/cloudformation-resource-schema: ValidationException.java, and the messages of everit-org/json-schema
  test.each<[Json, string]>([
    [{ Mode: 'secret' }, '#/Mode: failed validation constraint for keyword [enum]: fast, slow'],
    [{ Kind: 'secret' }, '#/Kind: failed validation constraint for keyword [enum]: only'],
    [{ Size: 0 }, '#/Size: failed validation constraint for keyword [minimum]'],
    [{ Name: '-secret' }, '#/Name: failed validation constraint for keyword [pattern]'],
    [{ Text: '' }, '#/Text: expected minLength: 1, actual: 0'],
    [{ List: ['secret', 'b'] }, '#/List: expected maximum item count: 1, found: 2'],
    [{ Odd: 'secret' }, '#/Odd: failed validation'],
  ])(
    'the problem of the properties %j has the words of CloudFormation, and not the value',
    (properties, problem) => {
      const constrained = v.strictObject({
        Mode: v.optional(v.picklist(['fast', 'slow'])),
        Kind: v.optional(v.literal('only')),
        Size: v.optional(v.pipe(v.number(), v.minValue(1))),
        Name: v.optional(v.pipe(v.string(), v.regex(/^\w+$/))),
        Text: v.optional(v.pipe(v.string(), v.minLength(1))),
        List: v.optional(v.pipe(v.array(v.string()), v.maxLength(1))),
        Odd: v.optional(v.pipe(v.string(), v.url())),
      });
      expect(validateProperties(constrained, properties)).toEqual({ problems: [problem] });
    },
  );
});
