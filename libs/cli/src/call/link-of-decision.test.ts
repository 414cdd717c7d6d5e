import { type Basis, type Decision, decide } from '@cross-account-api/iam';
import { A, B, policy, session } from '../../../iam/src/authorization.testing.ts';
import { linkOfDecision } from './link-of-decision.ts';

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

test('a link that all policies allow holds', () => {
  expect(linkOfDecision(about, assume({}, may))).toMatchObject({ ...about, state: 'holds', remedies: [] });
});

test('a link without an allow in the policies that were read breaks, with the account of each change', () => {
  const trust = { Principal: { AWS: '333333333333' } };
  expect(linkOfDecision(about, assume(trust))).toMatchObject({
    state: 'breaks',
    remedies: [
      { kind: 'role trust policy', accountId: A },
      { kind: 'identity-based policy', accountId: B },
    ],
  });
});

test('if only one side was read, that side breaks, and the other gets a list of what it needs', () => {
  const trust = { Principal: { AWS: '333333333333' } };
  expect(linkOfDecision(about, assume(trust), { principal: unread(B) })).toMatchObject({
    state: 'breaks',
    remedies: [{ kind: 'role trust policy' }],
    needs: [{ kind: 'identity-based policy', accountId: B }],
    unread: [{ accountId: B }],
  });
  expect(linkOfDecision(about, assume({}), { principal: unread(B) })).toMatchObject({
    state: 'unread',
    remedies: [],
    needs: [{ kind: 'identity-based policy', accountId: B }],
  });
});

test('no whole policy is given for a side that was not read: it would replace what is there', () => {
  const trust = { Principal: { AWS: '333333333333' } };
  const needed = (more: object) =>
    linkOfDecision(about, assume(more, may), { resource: unread(A) }).needs?.map(
      (change) => change.change === 'add statement' && change.document,
    );
  expect(needed(trust)).toStrictEqual([undefined]);
  const [known] = linkOfDecision(about, assume(trust, may)).remedies;
  expect(known).toMatchObject({ document: { Statement: [trust, {}] } });
  // Behind a Deny, too.
  const denied = [...may, { ...may[0], Effect: 'Deny', Action: 'sts:*' }];
  const { needs } = linkOfDecision(about, assume(trust, denied), { resource: unread(A) });
  expect(needs).toMatchObject([{ kind: 'role trust policy' }]);
  expect(needs?.[0]).not.toHaveProperty('document');
});

test('an allow without the side that was not read decides nothing: that side can deny', () => {
  expect(linkOfDecision(about, assume({}, may), { principal: unread(B) })).toMatchObject({ state: 'unread' });
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
  expect(linkOfDecision(about, decision, { organizations: new Set([B]) }).state).toBe(state);
});

// Keys of the network and of the request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
test.each([
  ['aws:SourceIp', 'IpAddress', '10.0.0.0/8'],
  ['aws:VpcSourceIp', 'IpAddress', '10.0.0.0/8'],
  ['aws:SourceVpc', 'StringEquals', 'vpc-1'],
  ['aws:SourceVpcArn', 'ArnLike', 'arn:aws:ec2:eu-central-1:222222222222:vpc/vpc-1'],
  ['aws:SourceVpce', 'StringEquals', 'vpce-1'],
  ['aws:VpceAccount', 'StringEquals', B],
  ['aws:VpceOrgID', 'StringEquals', 'o-1'],
  ['aws:VpceOrgPaths', 'ForAnyValue:StringLike', 'o-1/*'],
  ['aws:UserAgent', 'StringLike', 'curl*'],
  ['aws:Referer', 'StringEquals', 'https://example.com'],
  ['aws:PrincipalOrgPaths', 'ForAnyValue:StringLike', 'o-1/*'],
])('a condition on %s is not known to fail: only the request has the key', (key, operator, value) => {
  const decision = assume({ Condition: { [operator]: { [key]: value } } }, may);
  expect(linkOfDecision(about, decision)).toMatchObject({
    state: 'unread',
    problem: expect.stringContaining(`--context ${key}=…`),
  });
});

test('an account without an organization does not fulfil a condition on one', () => {
  const decision = assume({ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }, may);
  expect(linkOfDecision(about, decision).state).toBe('breaks');
});

test('a deny with a condition on an unknown key decides nothing, and any other deny decides', () => {
  const unless = { Effect: 'Deny', Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
  expect(linkOfDecision(about, assume(unless, may))).toMatchObject({
    state: 'unread',
    problem: expect.stringContaining('--context aws:SourceIp=…'),
  });
  expect(linkOfDecision(about, assume({ Effect: 'Deny' }, may))).toMatchObject({
    state: 'breaks',
    obstacles: [{ kinds: ['role trust policy'], verdict: 'a policy denies it' }],
  });
});
