import { decisionLine } from '../../../iam/src/authorization.testing.ts';
import { A, B } from '../running.testing.ts';
import {
  type Assumer,
  distrust,
  named,
  naming,
  type Parameters,
  root,
  tagging,
  teamTag,
  trust,
  when,
} from './assumers.testing.ts';
import type { Bed, Caller, Statement } from './bed.testing.ts';

const byBoth = 'allowed: role trust policy Trust + identity-based policy Own';
const noTrust = 'missing: role trust policy';
const noIdentity = 'missing: identity-based policy';
const ban = 'denied: role trust policy Ban';
const untrusted = (elements: string) => `${noTrust} (Trust: ${elements})`;
const condition = (operator: string, key: string) => untrusted(`condition ${operator} ${key}`);

type Row = readonly [
  situation: string,
  trust: readonly Statement[],
  who: Assumer,
  decision: string,
  parameters?: Parameters,
];

/** Situation, the role's trust policy, the caller, and the decision. */
const rows: readonly Row[] = [
  ['trust in the own account', [trust(root(A))], 'user of A with', byBoth],
  ['trust in the own account and a user without a policy', [trust(root(A))], 'user of A without', noIdentity],
  ['trust in the other account', [trust(root(B))], 'user of B with', byBoth],
  ['a session of the own account', [trust(root(A))], 'session of A with', byBoth],
  ['a session of the other account', [trust(root(B))], 'session of B with', byBoth],
  ['a role of the other account by name', [trust(named(B, 'role', 'trusted'))], 'session of B with', byBoth],
  [
    'everyone and a user of another account without a policy',
    [trust({ AWS: '*' })],
    'user of B without',
    noIdentity,
  ],
  ['a deny beside an allow', [trust(root(B)), distrust(root(B))], 'user of B with', ban],
  [
    'the external ID',
    [trust(root(B), when({ StringEquals: { 'sts:ExternalId': 'abc' } }))],
    'user of B with',
    byBoth,
    { ExternalId: 'abc' },
  ],
  [
    'another external ID',
    [trust(root(B), when({ StringEquals: { 'sts:ExternalId': 'abc' } }))],
    'user of B with',
    condition('StringEquals', 'sts:ExternalId'),
    { ExternalId: 'abd' },
  ],
  [
    'no external ID',
    [trust(root(B), when({ StringEquals: { 'sts:ExternalId': 'abc' } }))],
    'user of B with',
    condition('StringEquals', 'sts:ExternalId'),
  ],
  [
    'aws:PrincipalArn of the role',
    [trust(root(B), when({ ArnEquals: { 'aws:PrincipalArn': named(B, 'role', 'trusted').AWS } }))],
    'session of B with',
    byBoth,
  ],
  [
    'aws:PrincipalTag',
    [trust(root(B), when({ StringEquals: { 'aws:PrincipalTag/team': 'red' } }))],
    'user of B with',
    byBoth,
  ],
  [
    'a condition on MFA',
    [trust(root(A), when({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }))],
    'user of A with',
    condition('Bool', 'aws:MultiFactorAuthPresent'),
  ],
  [
    'aws:SourceIp',
    [trust(root(A), when({ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }))],
    'user of A with',
    byBoth,
  ],
  [
    'the session name',
    [trust(root(A), when({ StringLike: { 'sts:RoleSessionName': 'mat*' } }))],
    'user of A with',
    byBoth,
  ],
  [
    'another session name',
    [trust(root(A), when({ StringLike: { 'sts:RoleSessionName': 'bat*' } }))],
    'user of A with',
    condition('StringLike', 'sts:RoleSessionName'),
  ],
  [
    'a session name that must be the user name',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    [trust(root(A), when({ StringEquals: { 'sts:RoleSessionName': '${aws:username}' } }))],
    'user of A with',
    byBoth,
    { RoleSessionName: 'trust-with' },
  ],
  ['tags', [trust(root(A), tagging)], 'user of A with', byBoth, teamTag],
  ['tags without sts:TagSession', [trust(root(A))], 'user of A with', untrusted('Action'), teamTag],
  [
    'a tag with the right value',
    [trust(root(A), { ...tagging, ...when({ StringEquals: { 'aws:RequestTag/team': 'red' } }) })],
    'user of A with',
    byBoth,
    teamTag,
  ],
  [
    'a tag with another value',
    [trust(root(A), { ...tagging, ...when({ StringEquals: { 'aws:RequestTag/team': 'blue' } }) })],
    'user of A with',
    condition('StringEquals', 'aws:RequestTag/team'),
    teamTag,
  ],
  [
    'only these tag keys',
    [
      trust(root(A), {
        ...tagging,
        ...when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'cost'] } }),
      }),
    ],
    'user of A with',
    byBoth,
    teamTag,
  ],
  [
    'only other tag keys',
    [trust(root(A), { ...tagging, ...when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cost'] } }) })],
    'user of A with',
    condition('ForAllValues:StringEquals', 'aws:TagKeys'),
    teamTag,
  ],
  [
    'a transitive tag',
    [
      trust(root(A), {
        ...tagging,
        ...when({ 'ForAllValues:StringEquals': { 'sts:TransitiveTagKeys': ['team'] } }),
      }),
    ],
    'user of A with',
    byBoth,
    { ...teamTag, 'TransitiveTagKeys.member.1': 'team' },
  ],
  ['a source identity', [trust(root(A), naming)], 'user of A with', byBoth, { SourceIdentity: 'ann' }],
  [
    'a source identity without sts:SetSourceIdentity',
    [trust(root(A))],
    'user of A with',
    untrusted('Action'),
    { SourceIdentity: 'ann' },
  ],
  [
    'the right source identity',
    [trust(root(A), { ...naming, ...when({ StringEquals: { 'sts:SourceIdentity': 'ann' } }) })],
    'user of A with',
    byBoth,
    { SourceIdentity: 'ann' },
  ],
  [
    'another source identity',
    [trust(root(A), { ...naming, ...when({ StringEquals: { 'sts:SourceIdentity': 'ann' } }) })],
    'user of A with',
    condition('StringEquals', 'sts:SourceIdentity'),
    { SourceIdentity: 'bob' },
  ],
];

/** Cases of trust policies. */
export function trustCases(bed: () => Bed, who: () => Record<Assumer, Caller>): void {
  const cases = rows.map(([situation, statements, assumer, decision, parameters = {}]) => ({
    situation,
    statements,
    assumer,
    decision,
    parameters,
  }));
  test.each(cases)(
    'with $situation, the decision is "$decision"',
    async ({ statements, assumer, decision, parameters }) => {
      const RoleArn = await bed().role(A, { trust: statements });
      const caller = who()[assumer];
      for (const form of ['header', 'query'] as const) {
        const exchange = await bed().sts(
          caller.keys,
          { Action: 'AssumeRole', RoleArn, RoleSessionName: 'matrix', ...parameters },
          { form },
        );
        const { answer, error, event } = exchange;
        const last = event.decisions.at(-1);
        expect(decisionLine(last, { nearest: decision.includes('(') })).toBe(decision);
        expect(event).toMatchObject({ operation: 'AssumeRole', principal: caller.arn });
        const expected = decision.startsWith('allowed')
          ? [200, undefined, undefined]
          : [
              403,
              'AccessDenied',
              `User: ${caller.arn} is not authorized to perform: ${last?.action} on resource: ${RoleArn}`,
            ];
        expect([answer.status, error.type, error.message]).toEqual(expected);
      }
    },
  );
}
