import * as v from 'valibot';
import { withoutEffect } from './protocols/without-effect.ts';
import { type Reads, recorded, unread } from './recording.testing.ts';

const input = { name: 'a', tags: [{ key: 'b', value: 'c' }], list: ['d'] };

function readsOf(use: (value: typeof input) => unknown): string[] {
  const reads: Reads = new Set();
  use(recorded(input, reads));
  return [...reads].sort();
}

test('a read of a member is recorded with its path', () => {
  expect(readsOf(({ name }) => name)).toEqual(['name']);
  expect(readsOf(({ tags }) => tags.map(({ key }) => key))).toEqual(['tags', 'tags.key']);
});

test.each<[string, (value: typeof input) => unknown]>([
  ['a spread', (value) => ({ ...value })],
  ['the rest of a destructured object', ({ ...rest }) => rest],
  ['Object.entries', (value) => Object.entries(value)],
  ['Object.assign', (value) => Object.assign({}, value)],
  ['JSON.stringify', (value) => JSON.stringify(value)],
])('a copy by %s is no read of its members', (_name, use) => {
  expect(readsOf(use)).toEqual([]);
});

test('a member of a structure is read through a copy of what is around it', () => {
  expect(readsOf((value) => ({ ...value }).tags[0]?.key)).toEqual(['tags', 'tags.key']);
});

test('a member that is only copied is not read, unless its schema says that it has no effect', () => {
  const schema = v.object({
    name: v.string(),
    list: v.array(v.string()),
    none: withoutEffect(v.string(), 'nothing happens'),
  });
  const reads: Reads = new Set();
  const value = recorded({ name: 'a', list: ['b'], none: 'c' }, reads);
  expect({ ...value }.list.includes('b') && JSON.stringify(value).length).toBeGreaterThan(0);
  expect(unread(schema, reads)).toEqual(['name']);
});
