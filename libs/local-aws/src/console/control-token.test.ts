import { controlTokenFor } from './control-token.ts';

const start = new Date('2026-01-01T00:00:00Z');
const hours = (count: number) => new Date(start.getTime() + count * 3_600_000);

test('a token is used for a day, then there is a new one', () => {
  const token = controlTokenFor(undefined, start);
  expect(controlTokenFor(token, hours(23))).toBe(token);
  expect(controlTokenFor(token, hours(25))).not.toBe(token);
  expect(controlTokenFor(token, hours(-1))).not.toBe(token);
});

test.each(['', 'short', `zzzzzzzzzz-${'a'.repeat(43)}`, `-${'a'.repeat(43)}`])(
  'the text %p, which is no token of a start, is not used',
  (earlier) => {
    expect(controlTokenFor(earlier, start)).not.toBe(earlier);
  },
);
