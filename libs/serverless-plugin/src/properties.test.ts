import { propertiesOf } from './properties.ts';

test('an object has properties, and a list has items', () => {
  expect(propertiesOf({ a: 1 }).a).toBe(1);
  expect(Object.entries(propertiesOf(['a']))).toEqual([['0', 'a']]);
});

test.each([undefined, null, 'text', 1, () => {}])('%p has no properties', (value) => {
  expect(propertiesOf(value)).toEqual({});
});
