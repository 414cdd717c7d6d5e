import fc from 'fast-check';
import { abbreviateArns, wrap } from './terminal.ts';

test.each([
  ['arn:aws:iam::111111111111:role/a', 'role/a'],
  ['arn:aws:iam::222222222222:role/a', 'role/a of 222222222222'],
  ['arn:aws:sts::111111111111:assumed-role/a/a', 'role/a'],
  ['arn:aws:sts::111111111111:assumed-role/a/b', 'role/a in session b'],
  ['arn:aws:iam::aws:policy/X', 'policy/X'],
  ['arn:aws:s3:::bucket/key', 'bucket/key'],
  ['policy of function arn:aws:lambda:eu-west-1:111111111111:function:f', 'policy of function f'],
  ['no ARN: at all', 'no ARN: at all'],
])('%s is abbreviated to %s', (text, short) => {
  expect(abbreviateArns(text, '111111111111')).toBe(short);
});

test('every line fits, and no word is lost', () => {
  const words = fc.array(fc.stringMatching(/^[a-z:/-]{1,60}$/), { minLength: 1 });
  fc.assert(
    fc.property(
      words,
      fc.integer({ min: 20, max: 120 }),
      fc.integer({ min: 0, max: 10 }),
      (all, width, indent) => {
        const lines = wrap(all.join(' '), width, indent);
        expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
        expect(lines.join(' ').trim().split(/ +/)).toHaveLength(all.length);
      },
    ),
  );
});
