import { type Basis, type Decision, decide } from '@cross-account-api/iam';
import { A, B, policy, session } from '../../../iam/src/authorization.testing.ts';
import { judge } from './judge.ts';

const roleArn = `arn:aws:iam::${A}:role/invoke`;
const about = { kind: 'assume role', title: 'caller assumes role invoke' } as const;
const unread = (accountId: string) => ({ accountId, permission: `a profile of account ${accountId}` });

/** Whether a session of account B may assume the role of account A. */
function assume(trust: object, identity: object[] = [], context: object = {}): Decision & Basis {
  const principal = session({ accountId: B, roleName: 'caller' });
  const request = { principal, action: 'sts:AssumeRole', resource: roleArn, resourceAccountId: A };
  return decide(
    {
      ...request,
      context: { 'aws:PrincipalArn': principal.principalArn, ...context },
      resourcePolicy: policy('trust', {
        Effect: 'Allow',
        Principal: { AWS: B },
        Action: 'sts:AssumeRole',
        ...trust,
      }),
    },
    { identity: identity.map((statement) => policy('main', { Effect: 'Allow', Action: '*', ...statement })) },
  );
}

const may = [{ Resource: roleArn }];

test('what all policies allow holds', () => {
  expect(judge(about, assume({}, may))).toMatchObject({ ...about, state: 'holds', remedies: [] });
});

test('what policies that were read do not allow breaks, with the account of each change', () => {
  const trust = { Principal: { AWS: '333333333333' } };
  expect(judge(about, assume(trust))).toMatchObject({
    state: 'breaks',
    remedies: [
      { kind: 'role trust policy', accountId: A },
      { kind: 'identity-based policy', accountId: B },
    ],
  });
});

test('of two sides of which one was read, that one breaks, and the other is told what it must have', () => {
  const trust = { Principal: { AWS: '333333333333' } };
  expect(judge(about, assume(trust), { principal: unread(B) })).toMatchObject({
    state: 'breaks',
    remedies: [{ kind: 'role trust policy' }],
    needs: [{ kind: 'identity-based policy', accountId: B }],
    unread: [{ accountId: B }],
  });
  expect(judge(about, assume({}), { principal: unread(B) })).toMatchObject({
    state: 'unread',
    remedies: [],
    needs: [{ kind: 'identity-based policy', accountId: B }],
  });
});

test('what is allowed without a side that was not read is not known: that one can deny', () => {
  expect(judge(about, assume({}, may), { principal: unread(B) })).toMatchObject({ state: 'unread' });
});

test.each([
  ['a condition on a key of the request', { StringEquals: { 'aws:SourceVpc': 'vpc-1' } }, {}, 'unread'],
  [
    'that the user gave',
    { StringEquals: { 'aws:SourceVpc': 'vpc-1' } },
    { 'aws:SourceVpc': 'vpc-2' },
    'breaks',
  ],
  ['a condition on what is known', { StringEquals: { 'sts:ExternalId': 'x' } }, {}, 'breaks'],
  ['both', { StringEquals: { 'sts:ExternalId': 'x', 'aws:SourceVpc': 'vpc-1' } }, {}, 'breaks'],
  ['an organization that may not be read', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, {}, 'unread'],
])('%s', (_what, Condition, context, state) => {
  const decision = assume({ Condition }, may, context);
  expect(judge(about, decision, { organizations: new Set([B]) }).state).toBe(state);
});

test('an account that is in no organization does not fulfil a condition on one', () => {
  const decision = assume({ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }, may);
  expect(judge(about, decision).state).toBe('breaks');
});

test('a deny under a condition on what is not known leaves it open, and another deny does not', () => {
  const unless = { Effect: 'Deny', Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
  expect(judge(about, assume(unless, may))).toMatchObject({
    state: 'unread',
    problem: expect.stringContaining('--context aws:SourceIp=…'),
  });
  expect(judge(about, assume({ Effect: 'Deny' }, may))).toMatchObject({ state: 'breaks', remedies: [] });
});
