import { variable } from '../authorization.testing.ts';
import {
  A,
  API,
  access,
  B,
  C,
  CALLER,
  GITHUB,
  guardedApi,
  guardedFunction,
  guardedRole,
  type Json,
  judged,
  permission,
  service,
  source,
  trust,
} from './guarded-policies.testing.ts';
import { judgeStatement } from './judge-statement.ts';
import { workBudget } from './sample.ts';

const isCaller = { ArnEquals: { 'aws:PrincipalArn': CALLER } };

// biome-ignore format: a statement is a line
test.each<readonly [what: string, judgement: string, statement: Json]>([
  ['the caller by a condition', 'narrow', trust({ AWS: B }, { ...isCaller, StringEquals: { 'sts:ExternalId': 'x' } })],
  ['the caller by its name', 'narrow', trust({ AWS: CALLER })],
  ['everybody', 'anybody', trust('*')],
  ['everybody but one role', 'anybody', { Effect: 'Allow', NotPrincipal: { AWS: CALLER }, Action: 'sts:AssumeRole' }],
  ['everybody with an external ID', 'anybody', trust('*', { StringEquals: { 'sts:ExternalId': 'secret' } })],
  ['everybody with a pattern of all roles', 'anybody', trust('*', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } })],
  ['everybody with a role of a name', 'anybody', trust('*', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/caller-role' } })],
  ['everybody with a role of a name, as a text', 'anybody', trust('*', { StringLike: { 'aws:PrincipalArn': '*:role/caller-role' } })],
  ['everybody with a tag', 'anybody', trust('*', { StringEquals: { 'aws:PrincipalTag/team': 'billing' } })],
  ['everybody with MFA', 'anybody', trust('*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })],
  ['any organization', 'anybody', trust('*', { StringLike: { 'aws:PrincipalOrgID': '*' } })],
  ['organizations with a pattern', 'anybody', trust('*', { StringLike: { 'aws:PrincipalOrgID': 'o-a*' } })],
  ['an organization, or none', 'anybody', trust('*', { 'ForAllValues:StringEquals': { 'aws:PrincipalOrgID': 'o-1' } })],
  ['an organization, if there is one', 'anybody', trust('*', { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } })],
  ['all organizations but one', 'anybody', trust('*', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } })],
  ['an organization', 'organization o-1', trust('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } })],
  ['a part of an organization', 'organization o-1', trust('*', { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-1/*/ou-1/*' } })],
  ['roles of an organization with a name', 'organization o-1', trust('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/billing-*' } })],
  ['roles of an organization with a tag', 'organization o-1', trust('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1', 'aws:PrincipalTag/team': 'x' } })],
  ['one role of an organization', 'narrow', trust('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, ...isCaller })],
  ['the account', `account ${B}`, trust({ AWS: `arn:aws:iam::${B}:root` }, { StringEquals: { 'sts:ExternalId': 'x' } })],
  ['the account by a condition', `account ${B}`, trust('*', { StringEquals: { 'aws:PrincipalAccount': B } })],
  ['the account by a pattern', `account ${B}`, trust('*', { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/*` } })],
  ['the users of the account', `account ${B}`, trust({ AWS: B }, { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${B}:user/*` } })],
  ['all roles but one', `account ${B}`, trust({ AWS: B }, { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/x` } })],
  ['names of the account', `names ${B}`, trust({ AWS: B }, { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/weak*` } })],
  ['names of a path of the account', `names ${B}`, trust({ AWS: B }, { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/team/*` } })],
  ['a tag in the account', 'narrow', trust({ AWS: B }, { StringEquals: { 'aws:PrincipalTag/team': 'billing' } })],
  ['a session of one role', 'narrow', trust({ AWS: B }, { StringLike: { 'aws:userid': 'AROAEXAMPLE1234567890:*' } })],
  ['users whose IDs begin alike', 'anybody', trust('*', { StringLike: { 'aws:userid': 'AIDAX*' } })],
  ['a session of a name', 'anybody', trust('*', { StringLike: { 'aws:userid': '*:admin' } })],
  ['another account', `account ${C}`, trust({ AWS: C })],
  // Strangers are tried with such an account, too.
  ['another account with a number that strangers seem to have', 'account 777777777777', trust({ AWS: '777777777777' })],
  ['one role of another account', 'narrow', trust({ AWS: `arn:aws:iam::${C}:role/x` })],
  ['the own account', `account ${A}`, trust({ AWS: `arn:aws:iam::${A}:root` })],
  ['the own account, which is in no organization, of an organization', 'narrow', trust({ AWS: `arn:aws:iam::${A}:root` }, { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } })],
  ['two accounts', `account ${B}, account ${C}`, trust({ AWS: [B, C] })],
  ['accounts of a pattern', 'anybody', trust('*', { StringLike: { 'aws:PrincipalAccount': '2222*' } })],
  ['EC2', 'narrow', trust(service('ec2'))],
  ['GitHub without a subject', 'anybody with a token', trust({ Federated: GITHUB }, { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['GitHub with any subject', 'anybody with a token', trust({ Federated: GITHUB }, { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:*' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['GitHub with the begin of an owner', 'anybody with a token', trust({ Federated: GITHUB }, { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:acme*' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['GitHub with a repository of any owner', 'anybody with a token', trust({ Federated: GITHUB }, { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:*/api:ref:refs/heads/main' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['GitHub with an owner', 'narrow', trust({ Federated: GITHUB }, { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:acme/*' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['GitHub with a repository', 'narrow', trust({ Federated: GITHUB }, { StringEquals: { 'token.actions.githubusercontent.com:sub': 'repo:acme/api:ref:refs/heads/main' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['a provider of Terraform with an organization', 'narrow', trust({ Federated: GITHUB.replace('token.actions.githubusercontent.com', 'app.terraform.io') }, { StringLike: { 'app.terraform.io:sub': 'organization:acme:project:*' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['a provider with a form that is not known', 'unread', trust({ Federated: GITHUB.replace('token.actions.githubusercontent.com', 'sandboxes.cloud') }, { StringLike: { 'sandboxes.cloud:aud': 'acme*' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['a private provider', 'provider with a token', trust({ Federated: GITHUB.replace('token.actions.githubusercontent.com', 'id.example.com') }, undefined, 'sts:AssumeRoleWithWebIdentity')],
  ['one subject of a private provider', 'narrow', trust({ Federated: GITHUB.replace('token.actions.githubusercontent.com', 'id.example.com') }, { StringEquals: { 'id.example.com:sub': 'orders' } }, 'sts:AssumeRoleWithWebIdentity')],
  ['a provider of SAML', 'elsewhere', trust({ Federated: `arn:aws:iam::${A}:saml-provider/company` }, undefined, 'sts:AssumeRoleWithSAML')],
  ['everybody, for tags of sessions only', 'elsewhere', { Effect: 'Allow', Principal: '*', Action: ['sts:TagSession', 'sts:SetSourceIdentity'] }],
  ['a canonical user', 'unread', trust({ CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' })],
  ['a canonical user beside another account', 'unread', trust({ AWS: C, CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' })],
  ['a key that nobody knows', 'unread', trust('*', { StringEquals: { 'aws:NewKey': 'x' } })],
  ['the caller, and a key that nobody knows', 'narrow', trust('*', { StringEquals: { 'aws:NewKey': 'x' }, ...isCaller })],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  ['a tag that is the same as another', 'unread', trust('*', { StringEquals: { 'aws:PrincipalTag/team': '${aws:ResourceTag/team}' } })],
  ['until a day that is over', 'narrow', trust('*', { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } })],
  ['until a day to come', 'anybody', trust('*', { DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } })],
  ['from a day to come', 'anybody', trust('*', { DateGreaterThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } })],
  ['the tag of the role', 'anybody', trust('*', { StringEquals: { 'aws:ResourceTag/team': 'orders' } })],
  ['another tag than that of the role', 'narrow', trust('*', { StringEquals: { 'aws:ResourceTag/team': 'billing' } })],
  ['functions of any account with a name', 'anybody', trust('*', { ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:*:*:function:shop' } })],
  ['one function', 'narrow', trust('*', { ArnLike: { 'lambda:SourceFunctionArn': `arn:aws:lambda:eu-central-1:${B}:function:shop` }, StringEquals: { 'aws:PrincipalAccount': B } })],
])('Of a trust policy, the statement for %s is: %s', (_what, judgement, statement) => {
  expect(judged(guardedRole, statement)).toBe(judgement);
});

const network = (Condition: object) => access('*', Condition);
const deny = (Condition: object): Json => ({
  Effect: 'Deny',
  Principal: '*',
  Action: 'execute-api:Invoke',
  Resource: `${API}/*`,
  Condition,
});
// biome-ignore format: a statement is a line
test.each<readonly [what: string, judgement: string, ...statements: Json[]]>([
  ['without a condition', 'anybody', network({})],
  ['with TLS', 'anybody', network({ Bool: { 'aws:SecureTransport': 'true' } })],
  ['without TLS', 'narrow', network({ Bool: { 'aws:SecureTransport': 'false' } })],
  ['for all networks but one', 'anybody', network({ StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } })],
  ['for any VPC endpoint', 'anybody', network({ StringLike: { 'aws:SourceVpce': 'vpce-*' } })],
  ['for a VPC endpoint', 'network', network({ StringEquals: { 'aws:SourceVpce': 'vpce-1' } })],
  ['for a VPC', 'network', network({ ArnLike: { 'aws:SourceVpcArn': `arn:aws:ec2:eu-central-1:${B}:vpc/vpc-1` } })],
  ['for private addresses, which everybody has', 'anybody', network({ IpAddress: { 'aws:VpcSourceIp': '10.0.0.0/8' } })],
  ['for private addresses in a VPC', 'network', network({ IpAddress: { 'aws:VpcSourceIp': '10.0.0.0/8' }, StringEquals: { 'aws:SourceVpc': 'vpc-1' } })],
  ['for the VPC endpoints of an organization', 'network', network({ StringEquals: { 'aws:VpceOrgID': 'o-1' } })],
  ['for addresses', 'network', network({ IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] } })],
  ['for all addresses', 'anybody', network({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } })],
  ['for both halves of all addresses', 'anybody', network({ IpAddress: { 'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] } })],
  ['for all addresses of IPv6', 'anybody', network({ IpAddress: { 'aws:SourceIp': '::/0' } })],
  ['for a hundred large networks', 'anybody', network({ IpAddress: { 'aws:SourceIp': [...Array(100).keys()].map((each) => `${each + 20}.0.0.0/8`) } })],
  ['for all addresses but some', 'anybody', network({ NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })],
  ['for everybody, where other networks are denied', 'network', network({}), deny({ NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })],
  ['for everybody, where other endpoints are denied', 'network', network({}), deny({ StringNotEqualsIfExists: { 'aws:SourceVpce': 'vpce-1' } })],
  ['for everybody, where some addresses are denied', 'anybody', network({}), deny({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })],
  ['for everybody, where everybody else is denied', 'narrow', network({}), deny({ ArnNotEquals: { 'aws:PrincipalArn': CALLER } })],
  ['for everybody, where what is not TLS is denied', 'anybody', network({}), deny({ Bool: { 'aws:SecureTransport': 'false' } })],
  ['for everybody, where other accounts are denied', `account ${B}`, access({ AWS: B }), deny({ StringNotEquals: { 'aws:PrincipalAccount': [B, C] } })],
  ['for everybody, where a key that nobody knows denies', 'unread', network({}), deny({ StringNotEquals: { 'aws:NewKey': 'x' } })],
  ['for a role of a name', 'anybody', network({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/caller-role' } })],
  ['for the own account', 'narrow', access({ AWS: `arn:aws:iam::${A}:root` })],
  ['of another stage', 'elsewhere', { ...network({}), Resource: `${API}/test/*` }],
  ['of another action', 'elsewhere', { ...network({}), Action: 'execute-api:InvalidateCache' }],
  ['of another service', 'elsewhere', { ...network({}), Action: 's3:GetObject', Resource: 'arn:aws:s3:::parcels/*' }],
  ['of another service, whose name is in capitals', 'elsewhere', { ...network({}), Action: 'S3:GetObject', Resource: 'arn:aws:s3:::parcels/*' }],
])('Of the policy of an API, the statement %s is: %s', (_what, judgement, ...statements) => {
  const [statement = {}, ...others] = statements as readonly Json[];
  expect(judged(guardedApi, statement, ...others)).toBe(judgement);
});

// biome-ignore format: a statement is a line
test.each<readonly [what: string, judgement: string, statement: Json]>([
  ['API Gateway', 'anybody through apigateway.amazonaws.com', permission(service('apigateway'))],
  ['this API', 'narrow', permission(service('apigateway'), source(`${API}/*/*/orders`))],
  ['this API, as a text', 'narrow', permission(service('apigateway'), { StringLike: { 'aws:SourceArn': `${API}/*` } })],
  ['an API of any account', 'anybody through apigateway.amazonaws.com', permission(service('apigateway'), source('arn:aws:execute-api:*:*:*/*'))],
  ['APIs of the own account', 'narrow', permission(service('apigateway'), { StringEquals: { 'aws:SourceAccount': A } })],
  ['everybody', 'anybody', permission('*')],
  ['another account', `account ${C}`, permission({ AWS: C })],
  ['one role of another account', 'narrow', permission({ AWS: `arn:aws:iam::${C}:role/x` })],
  ['an organization', 'organization o-1', permission('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } })],
  ['S3', 'anybody through s3.amazonaws.com', permission(service('s3'))],
  ['buckets with a name', 'anybody through s3.amazonaws.com', permission(service('s3'), source('arn:aws:s3:::uploads-*'))],
  ['a bucket', 'narrow', permission(service('s3'), source('arn:aws:s3:::uploads'))],
  ['a bucket of the own account', 'narrow', permission(service('s3'), { ...source('arn:aws:s3:::uploads-*'), StringEquals: { 'AWS:SourceAccount': A } })],
  ['rules of the own account', 'narrow', permission(service('events'), source(`arn:aws:events:eu-central-1:${A}:rule/*`))],
  ['rules of another account', `account ${C} through events.amazonaws.com`, permission(service('events'), source(`arn:aws:events:eu-central-1:${C}:rule/*`))],
  ['one topic of another account', 'narrow', permission(service('sns'), source(`arn:aws:sns:eu-central-1:${C}:topic`))],
  ['topics of any account with a name', 'anybody through sns.amazonaws.com', permission(service('sns'), source('arn:aws:sns:*:*:topic'))],
  ['services of an organization', 'organization o-1 through sns.amazonaws.com', permission(service('sns'), { StringEquals: { 'aws:SourceOrgID': 'o-1' } })],
  ['services of an organization, if there is one', 'anybody through sns.amazonaws.com', permission(service('sns'), { StringEqualsIfExists: { 'aws:SourceOrgID': 'o-1' } })],
])('Of the policy of a function, the permission for %s is: %s', (_what, judgement, statement) => {
  expect(judged(guardedFunction, statement)).toBe(judgement);
});

test.each<readonly [what: string, guarded: typeof guardedApi, statements: readonly Json[]]>([
  ['a route of an API', guardedApi, [access('*')]],
  [
    'a route of an API of which no route is denied',
    guardedApi,
    [access('*'), { ...access('*'), Effect: 'Deny', Resource: `${API}/prod/*` }],
  ],
  ['a function', guardedFunction, [permission('*')]],
])('a witness asks for %s that exists, and for none that is invented', (_what, guarded, statements) => {
  const asking = guarded(...statements);
  const judgement = judgeStatement(asking, statements[0] ?? {});
  if (judgement.kind !== 'open') throw new Error(judgement.kind);
  const existing = asking.askedActions.map(({ resource }) => resource);
  for (const { request } of judgement.witnesses) expect(existing).toContain(request.resource);
});

test('a witness asks for a value of a path parameter if only the others are denied', () => {
  const open = `${API}/dev/GET/orders/a*`;
  const denied = { Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', NotResource: open };
  const allowed = access('*');
  const judgement = judgeStatement(guardedApi(allowed, denied), allowed);
  if (judgement.kind !== 'open') throw new Error(judgement.kind);
  expect(judgement.witnesses[0].request.resource).toMatch(/\/dev\/GET\/orders\/a/);
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
test.each(['2008-10-17', undefined])(
  'in a policy of the version %s, a policy variable is text',
  (Version) => {
    const statement = access('*', {
      StringEquals: { 'aws:PrincipalTag/team': variable('aws:PrincipalTag/owner') },
    });
    const judge = (version: object) => {
      const document = { ...version, Statement: [statement] };
      return judgeStatement({ ...guardedApi(), policy: { name: 'policy', document } }, statement).kind;
    };
    expect(judge({ Version: '2012-10-17' })).toBe('unread');
    expect(judge({ Version })).toBe('open');
  },
);

test('with any number of steps, a door that is open is open or not judged, and never narrow', () => {
  const door = access('*', { StringNotEquals: { 'aws:PrincipalAccount': B } });
  const denied = { ...access('*', { StringEquals: { 'aws:PrincipalAccount': [C, A] } }), Effect: 'Deny' };
  const kinds = new Set<string>();
  for (let steps = 1; steps < 200_000; steps = Math.ceil(steps * 1.5)) {
    kinds.add(judgeStatement(guardedApi(door, denied), door, workBudget(steps)).kind);
  }
  expect(kinds).toEqual(new Set(['unread', 'open']));
});
