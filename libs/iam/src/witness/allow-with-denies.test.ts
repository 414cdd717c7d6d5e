import {
  A,
  API,
  access,
  B,
  brief,
  C,
  FUNCTION,
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
import type { GuardedPolicy } from './guarded-policy.ts';
import { judgeStatement } from './judge-statement.ts';

/* Statements that look narrow, and admit outsiders. */

type Row = readonly [what: string, judgement: string, ...statements: Json[]];
const principalArn = (...patterns: readonly string[]) => ({ 'aws:PrincipalArn': patterns });
const deny = (Condition?: object, more: object = {}): Json => ({
  ...{ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' },
  ...(Condition && { Condition }),
  ...more,
});
const first = ([statement = {}, ...others]: readonly Json[]) => [statement, ...others] as const;

// biome-ignore format: a statement is a line
test.each<Row>([
  ['prefix and suffix of a name, in two conditions', 'anybody', trust('*', { StringLike: principalArn('*:role/prod-*'), ArnLike: principalArn('arn:aws:iam::*:role/*-caller') })],
  ['prefix and suffix of an organization', 'anybody', trust('*', { StringLike: { 'aws:PrincipalOrgID': 'o-a*' }, StringLikeIfExists: { 'aws:PrincipalOrgID': 'o-*b' } })],
  ['prefix and suffix of an external ID', 'anybody', trust('*', { StringLike: { 'sts:ExternalId': 'a*' }, StringLikeIfExists: { 'sts:ExternalId': '*b' } })],
  ['names that are longer than what is denied', 'anybody', trust('*', { ArnLike: principalArn('arn:aws:iam::*:role/caller*') }), deny({ ArnLike: principalArn('arn:aws:iam::*:role/caller', 'arn:aws:iam::*:role/caller?') })],
  ['names of an account, all but two patterns', `names ${B}`, trust({ AWS: B }, { ArnLike: principalArn(`arn:aws:iam::${B}:role/a*`) }), deny({ ArnLike: principalArn(`arn:aws:iam::${B}:role/a`, `arn:aws:iam::${B}:role/*x*`, `arn:aws:iam::${B}:role/*q*`) })],
  ['names of an account, by a wildcard that begins before the name', `names ${B}`, trust({ AWS: B }, { ArnLike: principalArn(`arn:aws:iam::${B}:role*caller`) })],
  ['principals of an account, by a wildcard that begins in the account', `names ${B}`, trust({ AWS: B }, { StringLike: principalArn('arn:aws:iam::222*r') })],
  ['an account with a wildcard that leaves no choice', `account ${C}`, trust('*', { StringLike: principalArn('arn:aws:iam::333333*333333:role/*') })],
  ['two tags of a session', 'anybody', trust('*', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' }, 'ForAnyValue:StringLike': { 'aws:TagKeys': 'b' } })],
  ['an organization in another case', 'organization o-abc', trust('*', { StringEqualsIgnoreCase: { 'aws:PrincipalOrgID': 'O-ABC' } })],
  ['accounts by a number', 'anybody', trust('*', { NumericGreaterThan: { 'aws:PrincipalAccount': '500000000000' } })],
  ['accounts by a number that nobody has', 'unread', trust('*', { NumericEquals: { 'aws:PrincipalAccount': '2.22222222222e11' } })],
  ['a time to come, between two', 'anybody', trust('*', { DateGreaterThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' }, DateLessThan: { 'aws:CurrentTime': '2028-01-01T00:00:00Z' } })],
  ['a time as a text', 'unread', trust('*', { StringLike: { 'aws:CurrentTime': '*-05-*' } })],
  ['a tag of any value in an account', `account ${B}`, trust({ AWS: B }, { StringLike: { 'aws:PrincipalTag/team': '*' } })],
  ['any tag in an account', `account ${B}`, trust({ AWS: B }, { Null: { 'aws:PrincipalTag/team': 'false' } })],
  ['root users, who assume no role', 'narrow', trust('*', { ArnLike: principalArn('arn:aws:iam::*:root') })],
  ['everybody, where all accounts but two are denied', `account ${B}, account ${C}`, trust('*'), deny({ StringNotEquals: { 'aws:PrincipalAccount': [B, C] } })],
  ['everybody, where names of all accounts but one are denied', `names ${B}`, trust('*'), deny({ ArnNotLike: principalArn(`arn:aws:iam::${B}:role/app-*`) })],
])('The statement of a trust policy for %s: %s', (_what, judgement, ...statements) => {
  expect(judged(guardedRole, ...first(statements as readonly Json[]))).toBe(judgement);
});

const network = (Condition: object) => access('*', Condition);
// biome-ignore format: a statement is a line
test.each<Row>([
  ['root users', 'anybody', network({ ArnLike: principalArn('arn:aws:iam::*:root') })],
  ['principals of the type of root users', 'anybody', network({ StringEquals: { 'aws:PrincipalType': 'Account' } })],
  ['federated users', 'anybody', network({ ArnLike: principalArn('arn:aws:sts::*:federated-user/*') })],
  ['principals of the type of federated users', 'anybody', network({ StringEquals: { 'aws:PrincipalType': 'FederatedUser' } })],
  ['IDs of users that begin with an account', 'anybody', network({ StringLike: { 'aws:userid': '4*' } })],
  ['accounts with all digits but two', 'anybody', network({}), deny({ StringLike: { 'aws:PrincipalAccount': ['0*', '7*'] } })],
  ['all regions but one', 'anybody', network({ StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } })],
  ['requests through CloudFormation', 'anybody', network({ 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cloudformation.amazonaws.com' } })],
  ['requests through two of six services, and no third', 'anybody', network({ 'ForAnyValue:StringEquals': { 'aws:CalledVia': 's1.amazonaws.com' }, 'ForAnyValue:StringLike': { 'aws:CalledVia': 's2.amazonaws.com' } }), { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*', Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': ['s3.amazonaws.com', 's4.amazonaws.com', 's5.amazonaws.com', 's6.amazonaws.com'] } } }],
  ['requests through two services', 'anybody', network({ StringEquals: { 'aws:CalledViaFirst': 'athena.amazonaws.com' }, 'ForAnyValue:StringLike': { 'aws:CalledVia': 'dynamodb.*' } })],
  ['requests through any service', 'anybody', network({ Bool: { 'aws:ViaAWSService': 'true' } })],
  ['a chat channel of any account', 'anybody', network({ ArnLike: { 'aws:ChatbotSourceArn': 'arn:aws:chatbot::*:chat-configuration/*' } })],
  ['addresses as a text', 'anybody', network({ StringLike: { 'aws:SourceIp': '1*' } })],
  ['addresses as a text that no sample has', 'unread', network({ StringLike: { 'aws:SourceIp': '*:99' } })],
  ['endpoints with a prefix and a suffix', 'anybody', network({ StringLike: { 'aws:SourceVpce': 'vpce-0*' }, StringLikeIfExists: { 'aws:SourceVpce': '*1' } })],
  ['paths of any organization', 'anybody', network({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-*/r-*/*' } })],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  ['a default of a policy variable', 'unread', network({ StringEquals: { 'aws:PrincipalTag/x': "${aws:PrincipalTag/y, 'z'}" } })],
  ['one value of a path parameter', 'anybody', { ...network({}), Resource: `${API}/dev/GET/orders/42` }],
  ['a value of a path parameter that is a star', 'anybody', { ...network({}), Resource: `${API}/dev/GET/orders/$\{*}` }],
  ['some values of a path parameter', 'anybody', { ...network({}), Resource: `${API}/dev/GET/orders/4?` }],
  ['values of a path parameter that are longer than what is denied', 'anybody', { ...network({}), Resource: `${API}/dev/GET/*` }, deny(undefined, { Resource: `${API}/dev/GET/orders/?` })],
  ['another API, and a resource with a tag of the caller', 'unread', { ...network({}), Resource: [`${API}2/*`, `${API}/dev/$\{aws:PrincipalTag/method}/orders`] }],
  ['all resources but that with a tag of the caller', 'anybody', { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', NotResource: `${API}/prod/*` }],
  ['everybody, where all is denied but a resource with a tag of the caller', 'unread', network({}), { Effect: 'Deny', Principal: '*', Action: '*', NotResource: `${API}/dev/$\{aws:PrincipalTag/method}/orders` }],
  ['all actions but another', 'anybody', { Effect: 'Allow', Principal: '*', NotAction: 'execute-api:ManageConnections', Resource: '*' }],
  ['everybody but an account', 'anybody', { Effect: 'Allow', NotPrincipal: { AWS: B }, Action: 'execute-api:Invoke', Resource: '*' }],
])('The statement of the policy of an API for %s: %s', (_what, judgement, ...statements) => {
  expect(judged(guardedApi, ...first(statements as readonly Json[]))).toBe(judgement);
});

// biome-ignore format: a statement is a line
test.each<Row>([
  ['a service that a condition names', 'anybody through sns.amazonaws.com', permission('*', { StringEquals: { 'aws:PrincipalServiceName': 'sns.amazonaws.com' } })],
  ['a service of a list', 'anybody through sqs.amazonaws.com', permission('*', { 'ForAnyValue:StringLike': { 'aws:PrincipalServiceNamesList': 'sqs.*' } })],
  ['any service', 'anybody through apigateway.amazonaws.com', permission('*', { Bool: { 'aws:PrincipalIsAWSService': 'true' } })],
  ['a service of China', 'anybody through sns.amazonaws.com.cn', permission('*', { StringEquals: { 'aws:PrincipalServiceName': 'sns.amazonaws.com.cn' } })],
  ['a service for any owner', 'anybody through sns.amazonaws.com', permission(service('sns'), { StringLike: { 'aws:SourceOwner': '*' } })],
  ['a service for one owner', 'narrow', permission(service('sns'), { StringEquals: { 'aws:SourceOwner': A } })],
  ['sources without an account', 'anybody through x.amazonaws.com', permission(service('x'), source('arn:aws:route53:::hostedzone/*'))],
  ['sources of the own account, if the service says so', 'anybody through x.amazonaws.com', permission(service('x'), { ...source('arn:aws:x:*:*:*'), StringEqualsIfExists: { 'aws:SourceAccount': A } })],
  ['requests that do not come through the URL', 'anybody', permission('*', { Bool: { 'lambda:InvokedViaFunctionUrl': 'false' } })],
  ['its versions and aliases', 'anybody', { ...permission('*'), Resource: `${FUNCTION}:*` }],
  ['one alias', 'anybody', { ...permission('*'), Resource: `${FUNCTION}:live` }],
])('The permission of a function for %s: %s', (_what, judgement, ...statements) => {
  expect(judged(guardedFunction, ...first(statements as readonly Json[]))).toBe(judgement);
});

describe('A policy of an organization with a condition that is not decided', () => {
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const unknown = { StringNotEquals: { 'aws:NewKey': 'x' } };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  const variable = { StringNotEquals: { 'aws:PrincipalTag/team': '${aws:ResourceTag/team}' } };
  const named = (...Statement: readonly Json[]) => [
    { name: 'control', document: { Version: '2012-10-17', Statement } },
  ];
  const controlled = (statement: Json, control: Partial<GuardedPolicy>) =>
    brief(judgeStatement({ ...guardedRole(statement), ...control }, statement));
  const account = trust({ AWS: `arn:aws:iam::${B}:root` });

  // It may not hold when an outsider asks: what it keeps out today is open.
  test.each([
    [
      'a service control policy, by an unknown key',
      deny(unknown, { Principal: undefined }),
      'serviceControl',
    ],
    ['a service control policy, by a variable', deny(variable, { Principal: undefined }), 'serviceControl'],
    ['a resource control policy, by an unknown key', deny(unknown), 'resourceControl'],
    ['a resource control policy, by a variable', deny(variable), 'resourceControl'],
  ] as const)('does not close a door with its Deny: %s', (_what, statement, kind) => {
    const control =
      kind === 'serviceControl'
        ? { serviceControl: new Map([[B, [named(everything, statement)]]]) }
        : { resourceControl: named({ ...everything, Principal: '*' }, statement) };
    expect(controlled(account, control)).toBe(`account ${B}`);
  });

  test.each([
    ['a service control policy', { serviceControl: new Map([[B, [named(everything, deny())]]]) }],
    ['a resource control policy', { resourceControl: named({ ...everything, Principal: '*' }, deny()) }],
  ])('closes it with a Deny that is decided: %s', (_what, control) => {
    expect(controlled(account, control)).not.toBe(`account ${B}`);
  });

  test('opens it with its Allow, which may hold', () => {
    const levels = [named({ ...everything, Condition: unknown })];
    expect(controlled(account, { serviceControl: new Map([[B, levels]]) })).toBe(`account ${B}`);
  });
});

test.each([
  ['a role with a wildcard in its name', guardedRole, trust({ AWS: `arn:aws:iam::${B}:role/*` })],
  ['any account', guardedRole, trust({ AWS: 'arn:aws:iam::*:root' })],
  ['a group', guardedRole, trust({ AWS: `arn:aws:iam::${B}:group/admins` })],
  ['an account with a digit too few', guardedRole, trust({ AWS: 'arn:aws:iam::22222222222:root' })],
  ['one that is known, and one that is not', guardedRole, trust({ AWS: [`arn:aws:iam::${B}:role/x`, 'x'] })],
  [
    'a federated user, who assumes no role',
    guardedRole,
    trust({ AWS: `arn:aws:sts::${B}:federated-user/x` }),
  ],
  ['a service with a wildcard', guardedRole, trust({ Service: '*.amazonaws.com' })],
] as const)(
  'A statement is not narrow if nobody is known who is its principal, such as %s: nothing would admit them.',
  (_what, guarded, statement) => expect(judged(guarded, statement)).toBe('unread'),
);

test.each([
  ['a role', access({ AWS: `arn:aws:iam::${C}:role/team/x` })],
  ['a session', access({ AWS: `arn:aws:sts::${C}:assumed-role/x/session` })],
  ['a user', access({ AWS: `arn:aws:iam::${C}:user/x` })],
  ['a federated user', access({ AWS: `arn:aws:sts::${C}:federated-user/x` })],
  ['a deleted role', access({ AWS: 'AROAEXAMPLE1234567890' })],
  ['a deleted user', access({ AWS: 'AIDAEXAMPLE1234567890' })],
])('A statement for %s is narrow: without its conditions, it would admit this one.', (_what, statement) => {
  expect(judged(guardedApi, statement)).toBe('narrow');
});
