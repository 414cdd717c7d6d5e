import fc from 'fast-check';
import { variable } from '../authorization.testing.ts';
import { compileCondition } from './conditions.ts';
import { requestContext } from './request-context.ts';

type Values = string | readonly string[];

/** Whether `operator` holds between the request's value (`undefined`: absent) and the policy's. */
function holds(
  operator: string,
  actual: Values | undefined,
  wanted: Values,
  more: Record<string, string> = {},
): boolean {
  const condition = compileCondition(operator, 'x:Key', [wanted].flat(), true);
  if (condition === undefined) throw new Error(`${operator} ${String(wanted)} does not compile`);
  return condition.holds(requestContext({ ...more, ...(actual === undefined ? {} : { 'x:key': actual }) }));
}

test.each<[operator: string, actual: Values | undefined, wanted: Values, expected: boolean]>([
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', 'a', ['b', 'a'], true],
  ['StringEquals', 'ab', 'a*', false],
  ['StringEquals', undefined, 'a', false],
  ['StringNotEquals', 'a', 'a', false],
  ['StringNotEquals', 'c', ['a', 'b'], true],
  ['StringNotEquals', 'b', ['a', 'b'], false],
  ['StringNotEquals', undefined, 'a', true],
  ['StringEqualsIgnoreCase', 'a', 'A', true],
  ['StringNotEqualsIgnoreCase', 'a', 'A', false],
  ['StringLike', 'home/bob', 'home/*', true],
  ['StringLike', 'HOME/bob', 'home/*', false],
  ['StringNotLike', 'home/bob', 'home/?ob', false],
  ['stringlike', 'home/bob', 'home/*', true],
  ['NumericEquals', '10', '10.0', true],
  ['NumericEquals', '10x', '10', false],
  ['NumericNotEquals', '10', '10', false],
  ['NumericNotEquals', 'ten', '10', true],
  ['NumericLessThan', '9', '10', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericGreaterThan', '-1', '-1.5', true],
  ['NumericGreaterThanEquals', '1e3', '1000', true],
  ['DateEquals', '2026-01-01T00:00:00Z', '2026-01-01', true],
  ['DateEquals', '2026-01-01T00:00:00Z', '1767225600', true],
  ['DateNotEquals', '2026-01-01T00:00:00Z', '2026-01-02', true],
  ['DateLessThan', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00-01:00', true],
  ['DateLessThanEquals', '1767225600', '2026-01-01T00:00:00Z', true],
  ['DateGreaterThan', '2026-01-01T00:00:00Z', '4102444800', false],
  ['DateGreaterThanEquals', '4102444800', '2100-01-01T00:00:00Z', true],
  ['Bool', 'true', 'TRUE', true],
  ['Bool', 'false', 'true', false],
  ['Bool', 'yes', 'true', false],
  ['Bool', undefined, 'false', false],
  ['BoolIfExists', undefined, 'false', true],
  ['BinaryEquals', 'QQ==', 'QQ==', true],
  ['BinaryEquals', 'QQ==', 'Qg==', false],
  ['IpAddress', '127.0.0.1', '0.0.0.0/0', true],
  ['IpAddress', '10.1.2.3', ['192.168.0.0/16', '10.0.0.0/8'], true],
  ['IpAddress', '11.1.2.3', '10.0.0.0/8', false],
  ['IpAddress', '10.0.0.1', '10.0.0.1', true],
  ['IpAddress', '2001:db8::1', '2001:0db8::/32', true],
  ['IpAddress', '2001:db8::1', '::/0', true],
  ['IpAddress', '127.0.0.1', '2001:db8::/32', false],
  // IPv4 addresses, as a listener for both families has them: RFC 4291, 2.5.5.2.
  ['IpAddress', '::ffff:192.0.2.1', '192.0.2.0/24', true],
  ['IpAddress', '::ffff:c000:201', '192.0.2.0/24', true],
  ['IpAddress', '::ffff:192.0.3.1', '192.0.2.0/24', false],
  ['NotIpAddress', '::ffff:192.0.2.1', '192.0.2.0/24', false],
  ['IpAddress', 'localhost', '0.0.0.0/0', false],
  ['NotIpAddress', '127.0.0.1', '0.0.0.0/0', false],
  ['NotIpAddress', '127.0.0.1', '10.0.0.0/8', true],
  ['ArnLike', 'arn:aws:iam::1:role/a/b', 'arn:aws:iam::*:role/*', true],
  ['ArnEquals', 'arn:aws:iam::1:role/a', 'arn:aws:iam::?:role/*', true],
  ['ArnLike', 'arn:aws:iam::1:role/a', 'arn:aws:iam:*:role/a', false],
  ['ArnLike', 'arn:aws:iam::1:role/a', '*', true],
  ['ArnLike', 'no ARN', '*', false],
  ['ArnNotLike', 'arn:aws:iam::1:role/a', 'arn:aws:iam::1:role/*', false],
  ['ArnNotEquals', 'arn:aws:iam::2:role/a', 'arn:aws:iam::1:role/*', true],
  ['ArnNotLike', 'no ARN', 'arn:aws:iam::1:role/*', true],
  ['ArnNotEquals', 'no ARN', '*', true],
  ['ArnNotLike', '', 'arn:aws:iam::1:role/*', true],
  ['ArnNotLike', 'arn:aws:iam::1:role/a', ['no ARN', 'arn:aws:iam::1:role/*'], false],
  ['ArnNotLike', 'arn:aws:iam::1:role/a', 'no ARN', true],
  ['ForAnyValue:ArnNotLike', ['arn:aws:iam::1:role/a', 'no ARN'], 'arn:aws:iam::1:role/*', true],
  ['ForAllValues:ArnNotLike', ['arn:aws:iam::1:role/a', 'no ARN'], 'arn:aws:iam::1:role/*', false],
  ['Null', undefined, 'true', true],
  ['Null', 'a', 'true', false],
  ['Null', 'a', 'false', true],
  ['Null', [], 'true', true],
  ['StringEqualsIfExists', undefined, 'a', true],
  ['StringEqualsIfExists', 'b', 'a', false],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'c'], true],
  ['ForAllValues:StringEquals', ['a', 'd'], ['a', 'b', 'c'], false],
  ['ForAllValues:StringEquals', undefined, 'a', true],
  ['ForAllValues:StringEquals', [], 'a', true],
  ['ForAllValues:StringEquals', 'a', 'a', true],
  ['ForAllValues:StringNotEquals', ['a', 'b'], 'b', false],
  ['ForAnyValue:StringEquals', ['a', 'd'], ['d', 'e'], true],
  ['ForAnyValue:StringEquals', ['a'], ['d', 'e'], false],
  ['ForAnyValue:StringEquals', undefined, 'a', false],
  ['ForAnyValue:StringEquals', [], 'a', false],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], 'b', true],
  ['ForAnyValue:StringNotEquals', undefined, 'b', false],
  ['ForAnyValue:StringEqualsIfExists', undefined, 'a', true],
  ['StringEquals', ['a'], 'a', false],
  ['StringNotEquals', ['a'], 'b', false],
])('%s of %j in a request and %j in a policy evaluates to %j', (operator, actual, wanted, expected) => {
  expect(holds(operator, actual, wanted)).toBe(expected);
});

test.each([
  ['an unknown operator', 'x', 'a'],
  ['an operator that is only similar', 'StringEqual', 'a'],
  ['a combination of two set operators', 'ForAnyValue:ForAllValues:StringEquals', 'a'],
  ['Null with IfExists', 'NullIfExists', 'true'],
  ['Null with another value', 'Null', 'maybe'],
  ['a number in words', 'NumericEquals', 'ten'],
  ['a date in words', 'DateLessThan', 'tomorrow'],
  ['a boolean in other words', 'Bool', 'yes'],
  ['an address with too long a prefix', 'IpAddress', '10.0.0.0/33'],
  ['a host name instead of an address', 'NotIpAddress', 'localhost'],
])('%s does not compile', (_, operator, value) => {
  expect(compileCondition(operator, 'x:Key', [value], true)).toBeUndefined();
});

describe('with variables,', () => {
  const tag = { 'aws:PrincipalTag/team': 'red' };
  test.each<
    [operator: string, actual: string, wanted: string, context: Record<string, string>, expected: boolean]
  >([
    ['StringEquals', 'red', variable('aws:PrincipalTag/team'), tag, true],
    ['StringLike', 'red-1', `${variable('aws:PrincipalTag/team')}-*`, tag, true],
    ['StringEqualsIgnoreCase', 'RED', variable('aws:PrincipalTag/team'), tag, true],
    [
      'ArnLike',
      'arn:aws:iam::1:role/red',
      `arn:aws:iam::*:role/${variable('aws:PrincipalTag/team')}`,
      tag,
      true,
    ],
    // "Inverted condition operators like StringNotEquals or StringNotLike do match against a null value."
    ['StringEquals', 'red', variable('aws:PrincipalTag/team'), {}, false],
    ['StringNotEquals', 'red', variable('aws:PrincipalTag/team'), {}, true],
    ['StringNotLike', 'red', variable('aws:PrincipalTag/team'), {}, true],
  ])(
    '%s of %j in a request and %j in a policy, with the context %j, evaluates to %j',
    (operator, actual, wanted, context, expected) => {
      expect(holds(operator, actual, wanted, context)).toBe(expected);
    },
  );
});

describe('for any values,', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '*'), maxLength: 3 });
  const texts = fc.array(text, { minLength: 1, maxLength: 3 });
  const number = fc.integer({ min: -20, max: 20 });

  test('an operator and its negation never agree on a single value', () => {
    const pairs = fc.constantFrom(
      ['StringEquals', 'StringNotEquals'],
      ['StringLike', 'StringNotLike'],
      ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
      ['ArnLike', 'ArnNotLike'],
      ['ArnEquals', 'ArnNotEquals'],
    );
    fc.assert(
      fc.property(pairs, text, texts, ([positive = '', negative = ''], actual, wanted) => {
        expect(holds(positive, actual, wanted)).toBe(!holds(negative, actual, wanted));
      }),
    );
  });

  test('StringEquals holds if the value is in the list', () => {
    fc.assert(
      fc.property(text, texts, (actual, wanted) => {
        expect(holds('StringEquals', actual, wanted)).toBe(wanted.includes(actual));
      }),
    );
  });

  test('ForAllValues holds for a subset, and ForAnyValue for an intersection', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), texts, (actual, wanted) => {
        expect(holds('ForAllValues:StringEquals', actual, wanted)).toBe(
          actual.every((each) => wanted.includes(each)),
        );
        expect(holds('ForAnyValue:StringEquals', actual, wanted)).toBe(
          actual.some((each) => wanted.includes(each)),
        );
      }),
    );
  });

  test('numbers and dates have their natural order', () => {
    fc.assert(
      fc.property(number, number, (actual, wanted) => {
        const date = (days: number) => new Date(Date.UTC(2026, 0, 1) + days * 86_400_000).toISOString();
        const seconds = (days: number) => String(Date.parse(date(days)) / 1000);
        const expected = {
          LessThan: actual < wanted,
          LessThanEquals: actual <= wanted,
          GreaterThan: actual > wanted,
          GreaterThanEquals: actual >= wanted,
          Equals: actual === wanted,
          NotEquals: actual !== wanted,
        };
        for (const [name, holding] of Object.entries(expected)) {
          expect(holds(`Numeric${name}`, String(actual), String(wanted))).toBe(holding);
          expect(holds(`Date${name}`, date(actual), date(wanted))).toBe(holding);
          expect(holds(`Date${name}`, date(actual), seconds(wanted))).toBe(holding);
          expect(holds(`Date${name}`, seconds(actual), date(wanted))).toBe(holding);
        }
      }),
    );
  });

  test('an address is in a range if their first bits are equal', () => {
    const address = fc.nat(0xffffffff);
    const dotted = (bits: number) =>
      [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.');
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 32 }), (actual, range, prefix) => {
        const first = (bits: number) => Math.floor(bits / 2 ** (32 - prefix));
        const expected = first(actual) === first(range);
        expect(holds('IpAddress', dotted(actual), `${dotted(range)}/${prefix}`)).toBe(expected);
        expect(holds('IpAddress', dotted(range), `${dotted(range)}/${prefix}`)).toBe(true);
      }),
    );
  });
});
