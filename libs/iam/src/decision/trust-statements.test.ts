import {
  A,
  assume,
  B,
  decisionLine,
  identity,
  type RawStatement,
  session,
  trust,
  user,
} from '../authorization.testing.ts';
import { decide } from './authorizer.ts';

const named = (accountId: string, kind: string, name: string) => ({
  AWS: `arn:aws:iam::${accountId}:${kind}/${name}`,
});
const root = (accountId: string) => ({ AWS: `arn:aws:iam::${accountId}:root` });
const when = (Condition: object): RawStatement => ({ Condition });
const distrust = (Principal: unknown): RawStatement => ({ ...trust(Principal), Sid: 'Ban', Effect: 'Deny' });
const Own: RawStatement = { Sid: 'Own', Effect: 'Allow', Action: 'sts:*', Resource: '*' };

const userOf = (accountId: string, userName: string) => ({
  ...user(accountId),
  userName,
  arn: named(accountId, 'user', userName).AWS,
  principalArn: named(accountId, 'user', userName).AWS,
  tags: userName === 'trust-with' ? { team: 'red' } : {},
});
/** `with`: has a statement `Own` that allows all actions of STS. */
const assumers = {
  'user of A with': userOf(A, 'trust-with'),
  'user of A without': userOf(A, 'trust-without'),
  'session of A with': session({ roleName: 'trusted' }),
  'user of B with': userOf(B, 'trust-with'),
  'user of B without': userOf(B, 'trust-without'),
  'session of B with': session({ accountId: B, roleName: 'trusted' }),
} as const;

const byTrust = 'allowed: role trust policy Trust';
const byBoth = 'allowed: role trust policy Trust + identity-based policy Own';
const noIdentity = 'missing: identity-based policy';
const ban = 'denied: role trust policy Ban';
const untrusted = (elements: string) => `missing: role trust policy (Trust: ${elements})`;
const condition = (operator: string, key: string) => untrusted(`condition ${operator} ${key}`);

test.each<
  [
    situation: string,
    trust: readonly RawStatement[],
    who: keyof typeof assumers,
    decision: string,
    context?: Readonly<Record<string, string | readonly string[]>>,
  ]
>([
  [
    'trust in the own account and a user of the other',
    [trust(root(A))],
    'user of B with',
    untrusted('Principal'),
  ],
  ['trust in the ID of the other account', [trust({ AWS: B })], 'user of B with', byBoth],
  [
    'trust in the other account and a user without a policy',
    [trust(root(B))],
    'user of B without',
    noIdentity,
  ],
  [
    'trust in the other account and a user of the own',
    [trust(root(B))],
    'user of A with',
    untrusted('Principal'),
  ],
  [
    'a user of the own account by name',
    [trust(named(A, 'user', 'trust-without'))],
    'user of A without',
    byTrust,
  ],
  [
    'another user by name',
    [trust(named(A, 'user', 'trust-without'))],
    'user of A with',
    untrusted('Principal'),
  ],
  ['a user of the other account by name', [trust(named(B, 'user', 'trust-with'))], 'user of B with', byBoth],
  [
    'a user of the other account by name, without a policy',
    [trust(named(B, 'user', 'trust-without'))],
    'user of B without',
    noIdentity,
  ],
  ['a role of the own account by name', [trust(named(A, 'role', 'trusted'))], 'session of A with', byTrust],
  [
    'a user with the name of a trusted role',
    [trust(named(B, 'role', 'trusted'))],
    'user of B with',
    untrusted('Principal'),
  ],
  ['everyone', [trust({ AWS: '*' })], 'user of A without', byTrust],
  ['a service', [trust({ Service: 'lambda.amazonaws.com' })], 'user of A with', untrusted('Principal')],
  [
    'another service beside the account',
    [trust({ Service: 'lambda.amazonaws.com', ...root(A) })],
    'user of A with',
    byBoth,
  ],
  ['another action', [trust(root(A), { Action: 'sts:TagSession' })], 'user of A with', untrusted('Action')],
  ['actions with *', [trust(root(A), { Action: 'sts:AssumeRole*' })], 'user of A with', byBoth],
  ['a deny of one user', [trust(root(B)), distrust(named(B, 'user', 'trust-with'))], 'user of B with', ban],
  [
    'a deny of another user',
    [trust(root(B)), distrust(named(B, 'user', 'trust-without'))],
    'user of B with',
    byBoth,
  ],
  [
    'an external ID that the policy does not ask for',
    [trust(root(B))],
    'user of B with',
    byBoth,
    { 'sts:ExternalId': 'abc' },
  ],
  [
    'aws:PrincipalArn of the role, asked by a user',
    [trust(root(B), when({ ArnEquals: { 'aws:PrincipalArn': named(B, 'role', 'trusted').AWS } }))],
    'user of B with',
    condition('ArnEquals', 'aws:PrincipalArn'),
  ],
  [
    'the ARN of the session as aws:PrincipalArn',
    [trust(root(B), when({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:sts::*:assumed-role/trusted/*' } }))],
    'session of B with',
    condition('ArnLike', 'aws:PrincipalArn'),
  ],
  [
    'aws:PrincipalArn and external ID',
    [
      trust(
        root(B),
        when({
          ArnEquals: { 'aws:PrincipalArn': named(B, 'role', 'trusted').AWS },
          StringEquals: { 'sts:ExternalId': 'abc' },
        }),
      ),
    ],
    'session of B with',
    byBoth,
    { 'sts:ExternalId': 'abc' },
  ],
  [
    'a wrong aws:PrincipalArn and a wrong external ID',
    [
      trust(
        root(B),
        when({
          ArnEquals: { 'aws:PrincipalArn': named(B, 'role', 'trusted').AWS },
          StringEquals: { 'sts:ExternalId': 'abc' },
        }),
      ),
    ],
    'user of B with',
    untrusted('condition ArnEquals aws:PrincipalArn, condition StringEquals sts:ExternalId'),
  ],
  [
    'another aws:PrincipalTag',
    [trust(root(B), when({ StringEquals: { 'aws:PrincipalTag/team': 'blue' } }))],
    'user of B with',
    condition('StringEquals', 'aws:PrincipalTag/team'),
  ],
  [
    'one of these tag keys',
    [trust(root(A), when({ 'ForAnyValue:StringLike': { 'aws:TagKeys': ['te*'] } }))],
    'user of A with',
    byBoth,
    { 'aws:TagKeys': ['team'] },
  ],
  [
    'none of these tag keys',
    [trust(root(A), when({ 'ForAnyValue:StringLike': { 'aws:TagKeys': ['co*'] } }))],
    'user of A with',
    condition('ForAnyValue:StringLike', 'aws:TagKeys'),
    { 'aws:TagKeys': ['team'] },
  ],
])('with %s, the decision is as AWS documents it', (_situation, statements, who, decision, context = {}) => {
  const policies = who.endsWith('with') ? identity(Own) : { identity: [] };
  const line = decisionLine(decide(assume(assumers[who], statements, context), policies), {
    nearest: decision.includes('('),
  });
  expect(line).toBe(decision);
});
