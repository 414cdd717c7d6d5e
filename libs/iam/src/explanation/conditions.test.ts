import { conditionsOf } from './conditions.ts';

test('each condition has its value in the request, and whether it holds', () => {
  const source = {
    Condition: {
      StringEquals: { 'sts:ExternalId': 'a', 'aws:PrincipalTag/team': ['x', 'y'] },
      Bool: { 'aws:SecureTransport': 'true' },
    },
  };
  const mismatches = [{ element: 'condition StringEquals sts:ExternalId', expected: 'a', actual: 'b' }];
  const context = { 'STS:externalid': 'b', 'aws:SecureTransport': 'true' };
  expect(conditionsOf({ source, mismatches }, context)).toEqual([
    { operator: 'StringEquals', key: 'sts:ExternalId', expected: 'a', actual: 'b', holds: false },
    {
      operator: 'StringEquals',
      key: 'aws:PrincipalTag/team',
      expected: 'x, y',
      actual: '(absent)',
      holds: true,
    },
    { operator: 'Bool', key: 'aws:SecureTransport', expected: 'true', actual: 'true', holds: true },
  ]);
});

test('a statement without conditions yields an empty list', () => {
  expect(conditionsOf({ source: {}, mismatches: [] }, {})).toEqual([]);
});
