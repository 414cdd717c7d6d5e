import { propertiesOf } from './properties.ts';

test('an object and a function have properties', () => {
  expect(propertiesOf({ a: 1 }).a).toBe(1);
  expect(propertiesOf(Object.assign(() => {}, { a: 1 })).a).toBe(1);
});

test.each([undefined, null, 'text', 1])('%p has no properties', (value) => {
  expect(propertiesOf(value)).toEqual({});
});
