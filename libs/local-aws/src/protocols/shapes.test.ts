import fc from 'fast-check';
import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import { flag, listOf, paginate, tagList, tagMap, wholeNumberText } from './shapes.ts';

const words = fc.uniqueArray(fc.string(), { maxLength: 30 }).map((list) => list.toSorted());

test.each([
  ['by position', undefined],
  ['by key', (word: string) => word],
])('The pages of a list, taken one after the other, are the list (%s).', (_how, key) => {
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 10 }), (list, size) => {
      const seen: string[] = [];
      let token: string | undefined;
      do {
        const page = paginate(list, { size, token, ...(key && { key }) });
        expect(page.items.length).toBeLessThanOrEqual(size);
        seen.push(...page.items);
        token = page.next;
      } while (token !== undefined);
      expect(seen).toEqual(list);
    }),
  );
});

test('With a key, an item that is removed between two pages hides no other item.', () => {
  const key = (word: string) => word;
  const first = paginate(['a', 'b', 'c', 'd'], { size: 2, key });
  const second = paginate(['b', 'c', 'd'], { size: 2, key, token: first.next });
  expect(second.items).toEqual(['c', 'd']);
});

test('A token that no page returned is refused.', () => {
  expect(() => paginate(['a'], { size: 1, token: 'nonsense' })).toThrow(AwsError);
  expect(() => paginate(['a'], { size: 1, token: 'nonsense', key: (word) => word })).toThrow(AwsError);
});

test('A number outside its bounds is reported in the words of AWS.', () => {
  const result = v.safeParse(wholeNumberText(900, 3600), '899');
  expect(result.issues?.map(({ message }) => message)).toEqual([
    'Member must have value greater than or equal to 900',
  ]);
});

test('The query protocol writes an empty list as the empty string, and booleans as words.', () => {
  expect(v.parse(listOf(v.string()), '')).toEqual([]);
  expect(v.parse(listOf(v.string()), ['a'])).toEqual(['a']);
  expect(['true', 'FALSE'].map((text) => v.parse(flag, text))).toEqual([true, false]);
});

test('A list of tags becomes a map and a list again.', () => {
  const tags = [{ Key: 'stage', Value: 'dev' }];
  expect(tagList(tagMap(tags))).toEqual(tags);
});
