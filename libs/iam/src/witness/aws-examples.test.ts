import type { NamedPolicy } from '../principal.ts';
import {
  A,
  access,
  B,
  brief,
  C,
  GITHUB,
  guardedApi,
  guardedFunction,
  guardedRole,
  type Json,
  judged,
  permission,
  source,
  trust,
} from './guarded-policies.testing.ts';
import { judgeStatement } from './judge-statement.ts';

/* What AWS says of policies that it shows. Each row is AWS's statement, for the role, the API or the function of these tests. */

const web = 'sts:AssumeRoleWithWebIdentity';
const oidc = (name: string) => `arn:aws:iam::${A}:oidc-provider/${name}`;

/* "Public bucket policies", in "The meaning of public":
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status */
// biome-ignore format: a statement is a line
test.each<readonly [what: string, isPublic: boolean, statement: Json]>([
  ['everybody', true, access('*')],
  ['any VPC, by a pattern', true, access('*', { StringLike: { 'aws:SourceVpc': 'vpc-*' } })],
  ['one VPC', false, access('*', { StringEquals: { 'aws:SourceVpc': 'vpc-91237329' } })],
  ['half of all addresses', true, access('*', { IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } })],
  ['an IPv4 network of /8', false, access('*', { IpAddress: { 'aws:SourceIp': '52.0.0.0/8' } })],
  ['an IPv4 network broader than /8', true, access('*', { IpAddress: { 'aws:SourceIp': '52.0.0.0/7' } })],
  ['an IPv6 network of /32', false, access('*', { IpAddress: { 'aws:SourceIp': '2600:1f18::/32' } })],
  ['an IPv6 network broader than /32', true, access('*', { IpAddress: { 'aws:SourceIp': '2600:1f18::/31' } })],
  ['private addresses', false, access('*', { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] } })],
  ['an organization', false, access('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } })],
  ['a fixed source', false, permission({ Service: 's3.amazonaws.com' }, source('arn:aws:s3:::amzn-s3-demo-bucket'))],
  ['a fixed account of sources', false, permission({ Service: 's3.amazonaws.com' }, { StringEquals: { 'aws:SourceAccount': A } })],
  ['sessions of one role', false, access('*', { StringLike: { 'aws:userid': 'AROAEXAMPLE1234567890:*' } })],
])('S3 calls a policy for %s public: %s. So does the judgement.', (_what, isPublic, statement) => {
  const guarded = JSON.stringify(statement).includes('lambda:') ? guardedFunction : guardedApi;
  expect(judged(guarded, statement).startsWith('anybody')).toBe(isPublic);
});

/* The candidate policies of https://github.com/aws-samples/iam-access-analyzer-custom-policy-check-samples (commit b36a021, 2025-02-21),
resource-policies. "Fails" there means more than some principals of the sample; here it is who gets in. */
// biome-ignore format: a statement is a line
test.each<readonly [sample: string, judgement: string, statement: Json]>([
  ['s3-all-actions 1: a role by its ARN as a condition', 'narrow', access('*', { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${C}:role/MyPrivilegedRole` } })],
  ['s3-all-actions 2: a role as principal', 'narrow', access({ AWS: `arn:aws:iam::${C}:role/MyPrivilegedRole` })],
  ['s3-all-actions 3: public access', 'anybody', access({ AWS: '*' })],
  ['allowlist-account-principals 1: an account', `account ${C}`, trust({ AWS: C })],
  ['allowlist-account-principals 2: a role of an account', 'narrow', trust({ AWS: `arn:aws:iam::${B}:role/MyRole` })],
  ['allowlist-account-principals 3: a provider without a condition', 'provider with a token', trust({ Federated: oidc('MyProvider') }, undefined, web)],
  ['allowlist-account-principals 4: a service', 'narrow', trust({ Service: 'glue.amazonaws.com' })],
  ['allowlist-federated-access-oidc 3: a provider of SAML', 'elsewhere', trust({ Federated: `arn:aws:iam::${A}:saml-provider/MyProvider` }, undefined, 'sts:AssumeRoleWithSAML')],
  ['allowlist-federated-access-oidc 4: Facebook', 'anybody with a token', trust({ Federated: 'graph.facebook.com' }, undefined, web)],
  ['the reference policies: all actions but one, for everybody', 'anybody', { Effect: 'Allow', Principal: '*', NotAction: 'sts:AssumeRoleWithSAML' }],
])('Of the sample of Access Analyzer %s, who gets in is: %s', (_sample, judgement, statement) => {
  expect(judged(statement.Resource === undefined ? guardedRole : guardedApi, statement)).toBe(judgement);
});

test('Of the sample allowlist-federated-access-oidc 5, all providers but one get in: a Deny of one keeps out no other.', () => {
  const all = trust({ Federated: '*' }, undefined, web);
  const deny = { ...trust({ Federated: oidc('NotMyProvider') }, undefined, web), Effect: 'Deny' };
  expect(judged(guardedRole, all, deny)).toBe('anybody with a token');
});

/* https://github.com/aws-samples/resource-control-policy-examples, Limit-access-to-trusted-OIDC-identity-providers (commit f1aedfa). */
const onlyTenant: NamedPolicy = {
  name: 'GitHub-Actions.json',
  document: {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Deny', Principal: '*', Action: web, Resource: '*' },
        Condition: {
          StringNotLikeIfExists: { 'token.actions.githubusercontent.com:sub': 'repo:acme/*' },
          Null: { 'token.actions.githubusercontent.com:sub': 'false' },
        },
      },
    ],
  },
};
const noBuiltIn: NamedPolicy = {
  name: 'Deny-built-in-web-identity-providers.json',
  document: {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Deny', Principal: '*', Action: web, Resource: '*' },
        Condition: {
          StringEquals: {
            'aws:federatedProvider': [
              ...['accounts.google.com', 'graph.facebook.com'],
              ...['cognito-identity.amazonaws.com', 'www.amazon.com'],
            ],
          },
        },
      },
    ],
  },
};
test.each([
  ['GitHub without a subject', trust({ Federated: GITHUB }, undefined, web), onlyTenant, 'narrow'],
  ['Facebook', trust({ Federated: 'graph.facebook.com' }, undefined, web), noBuiltIn, 'narrow'],
  [
    'Facebook',
    trust({ Federated: 'graph.facebook.com' }, undefined, web),
    onlyTenant,
    'anybody with a token',
  ],
] as const)(
  'Trust in %s, under the resource control policy of AWS: case %#',
  (_what, statement, control, judgement) => {
    const guarded = { ...guardedRole(statement), resourceControl: [control] };
    expect(brief(judgeStatement(guarded, statement))).toBe(judgement);
  },
);
