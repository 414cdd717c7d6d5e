import fc from 'fast-check';
import * as v from 'valibot';
import { unknownMembers } from './unknown-members.ts';

const item = v.object({ Key: v.string(), More: v.optional(v.object({ Deep: v.string() })) });
const schema = v.object({
  Name: v.pipe(v.string(), v.minLength(1)),
  Tags: v.optional(
    v.union([
      v.array(item),
      v.pipe(
        v.literal(''),
        v.transform(() => []),
      ),
    ]),
  ),
  Map: v.optional(v.record(v.string(), item)),
  Anything: v.optional(v.unknown()),
});

test.each<[input: unknown, expected: string[]]>([
  [{ Name: 'a' }, []],
  [{}, []],
  ['not an object', []],
  [null, []],
  [{ Name: 'a', kmsKeyId: 'b' }, ['kmsKeyId']],
  [{ name: 'a' }, ['name']],
  [{ One: 1, Two: { a: 0 } }, ['One', 'Two']],
  [{ None: null, Empty: '', List: [], Object: { a: [] }, Off: false, No: 'false' }, []],
  [{ Tags: [{ Key: 'a' }, { Key: 'b', Value: 'c' }] }, ['Tags.2.Value']],
  [{ Tags: [{ Key: 'a', More: { Deep: 'b', Deeper: 'c' } }] }, ['Tags.1.More.Deeper']],
  [{ Tags: '' }, []],
  [{ Map: { x: { Key: 'a', Other: 1 } } }, ['Map.x.Other']],
  [{ Anything: { a: { b: 1 } } }, []],
  [JSON.parse('{"__proto__":{"a":1}}'), ['__proto__']],
])('of %j, the schema does not know %j', (input, expected) => {
  expect(unknownMembers(schema, input)).toEqual(expected);
});

test('members of all parts of an intersection are known', () => {
  const both = v.intersect([v.object({ A: v.string() }), v.object({ B: v.string() })]);
  expect(unknownMembers(both, { A: 'a', B: 'b', C: 'c' })).toEqual(['C']);
});

test('a loose object knows every member', () => {
  expect(unknownMembers(v.looseObject({ A: v.string() }), { B: 'b' })).toEqual([]);
});

test('every member that is named as unknown is in the input', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
      for (const path of unknownMembers(schema, input)) {
        expect(Object.keys(input).some((name) => path === name || path.startsWith(`${name}.`))).toBe(true);
      }
    }),
  );
});
