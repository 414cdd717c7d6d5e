import { defined } from './defined.ts';

test('Members that are undefined are left out, and all others stay.', () => {
  const result: { a: number; b?: string; c: null } = defined({
    a: 0,
    b: undefined as string | undefined,
    c: null,
  });
  expect(Object.keys(result)).toEqual(['a', 'c']);
});
