import { A } from '../running.testing.ts';
import type { Bed, Rights, Statement } from './bed.testing.ts';
import { expectInvocation } from './outcome.testing.ts';

const invoke = 'execute-api:Invoke';

/** A statement `Rule` that allows an invocation. */
const allow = (Resource: string | readonly string[], more: Statement = {}): Statement => ({
  Sid: 'Rule',
  Effect: 'Allow',
  Action: invoke,
  Resource,
  ...more,
});
const deny = (Resource: string, more: Statement = {}): Statement => ({
  ...allow(Resource, more),
  Sid: 'Ban',
  Effect: 'Deny',
});
const open = allow('@api/dev/GET/open');

const yes = 'allowed: identity-based policy Rule';
const no = 'missing: identity-based policy';
const wrongResource = 'missing: identity-based policy (Rule: Resource)';

type Row = readonly [
  situation: string,
  policies: Rights | readonly Statement[],
  route: string,
  decision: string,
];

/** Situation, the user's policies, the request, and the decision. */
const rows: readonly Row[] = [
  ['a user without a policy', [], 'GET /open', no],
  ['the exact route', [open], 'GET /open', yes],
  ['another method', [open], 'POST /open', wrongResource],
  ['another path', [open], 'GET /items/1', wrongResource],
  ['a longer path', [open], 'GET /open/more', wrongResource],
  ['the path in another case', [allow('@api/dev/GET/OPEN')], 'GET /open', wrongResource],
  ['a slash after the path', [open], 'GET /open/', wrongResource],
  [
    'a slash after the path, and a policy with one',
    [allow('@api/dev/GET/open/')],
    'GET /open/',
    wrongResource,
  ],
  ['a slash after the path, and a policy for both', [allow('@api/dev/GET/open*')], 'GET /open/', yes],
  [
    'a slash after the path, and a deny without one',
    [allow('*'), deny('@api/dev/GET/open')],
    'GET /open/',
    'denied: identity-based policy Ban',
  ],
  ['the whole API', [allow('@api/*')], 'GET /open', yes],
  ['the whole stage', [allow('@api/dev/*')], 'DELETE /files/a/b/c', yes],
  ['another stage', [allow('@api/prod/*')], 'GET /open', wrongResource],
  ['every method of a path', [allow('@api/dev/*/open')], 'POST /open', yes],
  ['a path parameter as *', [allow('@api/dev/GET/items/*')], 'GET /items/42', yes],
  ['the value of a path parameter', [allow('@api/dev/GET/items/42')], 'GET /items/42', yes],
  ['another value of a path parameter', [allow('@api/dev/GET/items/42')], 'GET /items/43', wrongResource],
  [
    'a path parameter as the template has it',
    [allow('@api/dev/GET/items/{id}')],
    'GET /items/42',
    wrongResource,
  ],
  ['a ? in place of one character', [allow('@api/dev/GET/items/4?')], 'GET /items/42', yes],
  ['a ? in place of two characters', [allow('@api/dev/GET/items/?')], 'GET /items/42', wrongResource],
  ['a ? in place of no character', [allow('@api/dev/GET/items/42?')], 'GET /items/42', wrongResource],
  ['a * in place of several segments', [allow('@api/dev/*/c')], 'GET /files/a/b/c', yes],
  ['a path with encoded characters', [allow('@api/dev/GET/items/a%20b')], 'GET /items/a%20b', yes],
  [
    'a policy with the decoded characters of a path',
    [allow('@api/dev/GET/items/a b')],
    'GET /items/a%20b',
    wrongResource,
  ],
  ['a * in the path of the request', [allow('@api/dev/GET/items/1')], 'GET /items/%2A', wrongResource],
  ['every API of the account', [allow('arn:aws:execute-api:us-east-1:111111111111:*')], 'GET /open', yes],
  ['every API anywhere', [allow('arn:aws:execute-api:*:*:*')], 'GET /open', yes],
  ['a policy about everything', [allow('*')], 'GET /open', yes],
  ['another region', [allow('arn:aws:execute-api:eu-west-1:111111111111:*')], 'GET /open', wrongResource],
  ['another account', [allow('arn:aws:execute-api:us-east-1:222222222222:*')], 'GET /open', wrongResource],
  [
    'another partition',
    [allow('arn:aws-cn:execute-api:us-east-1:111111111111:*')],
    'GET /open',
    wrongResource,
  ],
  ['another service', [allow('arn:aws:apigateway:us-east-1::/restapis/*')], 'GET /open', wrongResource],
  ['one of several resources', [allow(['@api/dev/GET/x', '@api/dev/GET/open'])], 'GET /open', yes],
  ['every action of the service', [allow('*', { Action: 'execute-api:*' })], 'GET /open', yes],
  ['an action with *', [allow('*', { Action: 'execute-api:Inv*' })], 'GET /open', yes],
  ['an action with ?', [allow('*', { Action: 'execute-api:Invok?' })], 'GET /open', yes],
  ['the action in another case', [allow('*', { Action: 'EXECUTE-API:INVOKE' })], 'GET /open', yes],
  ['every action of every service', [allow('*', { Action: '*' })], 'GET /open', yes],
  [
    'another action of the service',
    [allow('*', { Action: 'execute-api:ManageConnections' })],
    'GET /open',
    'missing: identity-based policy (Rule: Action)',
  ],
  ['an action of another service', [allow('*', { Action: 'apigateway:GET' })], 'GET /open', no],
  [
    'a deny beside an allow',
    [allow('*'), deny('@api/dev/GET/open')],
    'GET /open',
    'denied: identity-based policy Ban',
  ],
  [
    'a deny before an allow',
    [deny('@api/dev/GET/*'), allow('*')],
    'GET /open',
    'denied: identity-based policy Ban',
  ],
  ['a deny of something else', [allow('*'), deny('@api/dev/POST/*')], 'GET /open', yes],
  ['a deny without an allow', [deny('*')], 'GET /open', 'denied: identity-based policy Ban'],
  [
    'NotAction of another service',
    [{ Sid: 'Rule', Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }],
    'GET /open',
    yes,
  ],
  [
    'NotAction of this action',
    [{ Sid: 'Rule', Effect: 'Allow', NotAction: invoke, Resource: '*' }],
    'GET /open',
    'missing: identity-based policy (Rule: NotAction)',
  ],
  [
    'a deny of all but some actions',
    [allow('*'), { Sid: 'Ban', Effect: 'Deny', NotAction: 's3:*', Resource: '*' }],
    'GET /open',
    'denied: identity-based policy Ban',
  ],
  [
    'a deny of all but this action',
    [allow('*'), { Sid: 'Ban', Effect: 'Deny', NotAction: invoke, Resource: '*' }],
    'GET /open',
    yes,
  ],
  [
    'NotResource of another route',
    [{ Sid: 'Rule', Effect: 'Allow', Action: invoke, NotResource: '@api/dev/POST/*' }],
    'GET /open',
    yes,
  ],
  [
    'NotResource of this route',
    [{ Sid: 'Rule', Effect: 'Allow', Action: invoke, NotResource: '@api/dev/GET/*' }],
    'GET /open',
    'missing: identity-based policy (Rule: NotResource)',
  ],
  [
    'a deny of all but some routes',
    [allow('*'), { Sid: 'Ban', Effect: 'Deny', Action: '*', NotResource: '@api/dev/POST/*' }],
    'GET /open',
    'denied: identity-based policy Ban',
  ],
  ['a customer managed policy', { managed: [open] }, 'GET /open', yes],
  [
    'a deny in a managed policy',
    { statements: [open], managed: [deny('*')] },
    'GET /open',
    'denied: identity-based policy Ban',
  ],
  [
    'an AWS-managed policy',
    { attached: ['arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess'] },
    'GET /open',
    'allowed: identity-based policy #1',
  ],
  [
    'AdministratorAccess',
    { attached: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    'GET /open',
    'allowed: identity-based policy #1',
  ],
  [
    'a statement without a Sid',
    [deny('@api/dev/POST/*'), { Effect: 'Allow', Action: invoke, Resource: '*' }],
    'GET /open',
    'allowed: identity-based policy #2',
  ],
  [
    'two statements that allow',
    [open, { ...allow('*'), Sid: 'Too' }],
    'GET /open',
    `${yes} + identity-based policy Too`,
  ],
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables
  [
    'the variable aws:username',
    { name: 'ann', statements: [allow('@api/dev/GET/items/${aws:username}')] },
    'GET /items/ann',
    yes,
  ],
  [
    "another user's path by aws:username",
    { name: 'bob', statements: [allow('@api/dev/GET/items/${aws:username}')] },
    'GET /items/ann',
    wrongResource,
  ],
  [
    'the variable aws:PrincipalTag',
    { tags: { team: 'red' }, statements: [allow('@api/dev/GET/items/${aws:PrincipalTag/team}')] },
    'GET /items/red',
    yes,
  ],
  [
    'a variable without a value',
    [allow('@api/dev/GET/items/${aws:PrincipalTag/team}')],
    'GET /items/red',
    wrongResource,
  ],
  [
    "a variable's default",
    [allow("@api/dev/GET/items/${aws:PrincipalTag/team, 'blue'}")],
    'GET /items/blue',
    yes,
  ],
  [
    'a tag with wildcards',
    { tags: { team: 'r_d' }, statements: [allow('@api/dev/GET/items/${aws:PrincipalTag/team}')] },
    'GET /items/red',
    wrongResource,
  ],
  ['a literal * by ${*}', [allow('@api/dev/GET/items/${*}')], 'GET /items/x', wrongResource],
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables
];

type ConditionRow = readonly [situation: string, condition: object, decision: 'holds' | string];

const never = (element: string) => `missing: identity-based policy (Rule: ${element})`;
const fails = (operator: string, key: string) => never(`condition ${operator} ${key}`);

/** Situation, condition and result. The user `casey` with the tag team=Red calls from 127.0.0.1 as matrix/1.0. */
const conditions: readonly ConditionRow[] = [
  ['StringEquals', { StringEquals: { 'aws:PrincipalAccount': A } }, 'holds'],
  [
    'StringEquals, not equal',
    { StringEquals: { 'aws:PrincipalAccount': '222222222222' } },
    fails('StringEquals', 'aws:PrincipalAccount'),
  ],
  [
    'StringEquals in another case',
    { StringEquals: { 'aws:PrincipalTag/team': 'red' } },
    fails('StringEquals', 'aws:PrincipalTag/team'),
  ],
  ['the name of a key in another case', { StringEquals: { 'AWS:principalaccount': A } }, 'holds'],
  [
    'StringEquals with a wildcard',
    { StringEquals: { 'aws:UserAgent': 'matrix/*' } },
    fails('StringEquals', 'aws:UserAgent'),
  ],
  ['StringNotEquals', { StringNotEquals: { 'aws:PrincipalTag/team': 'Blue' } }, 'holds'],
  [
    'StringNotEquals, equal',
    { StringNotEquals: { 'aws:PrincipalTag/team': 'Red' } },
    fails('StringNotEquals', 'aws:PrincipalTag/team'),
  ],
  [
    'StringNotEquals, one of several',
    { StringNotEquals: { 'aws:PrincipalTag/team': ['Blue', 'Red'] } },
    fails('StringNotEquals', 'aws:PrincipalTag/team'),
  ],
  ['StringNotEquals, absent key', { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } }, 'holds'],
  ['StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { 'aws:PrincipalTag/team': 'rED' } }, 'holds'],
  [
    'StringNotEqualsIgnoreCase',
    { StringNotEqualsIgnoreCase: { 'aws:PrincipalTag/team': 'rED' } },
    fails('StringNotEqualsIgnoreCase', 'aws:PrincipalTag/team'),
  ],
  ['StringLike', { StringLike: { 'aws:UserAgent': 'matrix/?.*' } }, 'holds'],
  [
    'StringLike, not like',
    { StringLike: { 'aws:UserAgent': 'curl/*' } },
    fails('StringLike', 'aws:UserAgent'),
  ],
  [
    'StringNotLike',
    { StringNotLike: { 'aws:UserAgent': 'matrix/*' } },
    fails('StringNotLike', 'aws:UserAgent'),
  ],
  ['one of several values', { StringEquals: { 'aws:PrincipalTag/team': ['Blue', 'Red'] } }, 'holds'],
  [
    'two keys, both right',
    { StringEquals: { 'aws:PrincipalAccount': A, 'aws:PrincipalTag/team': 'Red' } },
    'holds',
  ],
  [
    'two keys, one wrong',
    { StringEquals: { 'aws:PrincipalAccount': A, 'aws:PrincipalTag/team': 'Blue' } },
    fails('StringEquals', 'aws:PrincipalTag/team'),
  ],
  [
    'two operators, one wrong',
    { StringEquals: { 'aws:PrincipalAccount': A }, Bool: { 'aws:SecureTransport': 'true' } },
    fails('Bool', 'aws:SecureTransport'),
  ],
  ['ArnEquals', { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${A}:user/casey` } }, 'holds'],
  ['ArnLike with *', { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${A}:user/ca*` } }, 'holds'],
  [
    'ArnLike with a * across parts',
    { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam*' } },
    fails('ArnLike', 'aws:PrincipalArn'),
  ],
  [
    'ArnNotEquals',
    { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${A}:user/casey` } },
    fails('ArnNotEquals', 'aws:PrincipalArn'),
  ],
  ['ArnNotLike', { ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${A}:role/*` } }, 'holds'],
  ['IpAddress by range', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, 'holds'],
  ['IpAddress by address', { IpAddress: { 'aws:SourceIp': ['10.0.0.1', '127.0.0.1'] } }, 'holds'],
  ['IpAddress, outside', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, fails('IpAddress', 'aws:SourceIp')],
  ['IpAddress, IPv6', { IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }, fails('IpAddress', 'aws:SourceIp')],
  ['NotIpAddress', { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, 'holds'],
  ['Bool, over plain HTTP', { Bool: { 'aws:SecureTransport': 'false' } }, 'holds'],
  [
    'Bool, absent key',
    { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    fails('Bool', 'aws:MultiFactorAuthPresent'),
  ],
  ['BoolIfExists, absent key', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }, 'holds'],
  ['StringEqualsIfExists, absent key', { StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } }, 'holds'],
  [
    'StringEqualsIfExists, wrong key',
    { StringEqualsIfExists: { 'aws:PrincipalTag/team': 'Blue' } },
    fails('StringEqualsIfExists', 'aws:PrincipalTag/team'),
  ],
  ['Null, absent', { Null: { 'aws:TokenIssueTime': 'true' } }, 'holds'],
  ['Null, present', { Null: { 'aws:username': 'true' } }, fails('Null', 'aws:username')],
  ['Null false, present', { Null: { 'aws:username': 'false' } }, 'holds'],
  ['NumericGreaterThan', { NumericGreaterThan: { 'aws:EpochTime': '1700000000' } }, 'holds'],
  [
    'NumericLessThanEquals',
    { NumericLessThanEquals: { 'aws:EpochTime': '1700000000' } },
    fails('NumericLessThanEquals', 'aws:EpochTime'),
  ],
  ['DateGreaterThan', { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, 'holds'],
  [
    'DateLessThan',
    { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
    fails('DateLessThan', 'aws:CurrentTime'),
  ],
  ['DateLessThan, in seconds', { DateLessThan: { 'aws:CurrentTime': '4102444800' } }, 'holds'],
  ['ForAllValues, absent key', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, 'holds'],
  [
    'ForAnyValue, absent key',
    { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a'] } },
    fails('ForAnyValue:StringEquals', 'aws:TagKeys'),
  ],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  ['a variable in a condition', { StringEquals: { 'aws:username': '${aws:PrincipalTag/nick}' } }, 'holds'],
  ['aws:RequestedRegion', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }, 'holds'],
  ['aws:PrincipalType', { StringEquals: { 'aws:PrincipalType': 'User' } }, 'holds'],
  ['aws:ViaAWSService', { Bool: { 'aws:ViaAWSService': 'false' } }, 'holds'],
];

/** Cases of identity policies. */
export function identityPolicyCases(bed: () => Bed): void {
  const cases = rows.map(([situation, policies, route, decision]) => ({
    situation,
    policies,
    route,
    decision,
  }));
  const name = 'with $situation, the decision on $route is "$decision"';
  test.each(cases)(name, async ({ policies, route, decision }) => {
    const rights: Rights = 'length' in policies ? { statements: policies } : policies;
    const caller = await bed().user(A, rights);
    const resource = `${bed().apiArn()}/dev/${route.replace(' ', '')}`;
    for (const form of ['header', 'query'] as const) {
      expectInvocation(await bed().invoke(route, caller.keys, { form }), decision, caller, resource);
    }
  });
}

/** Cases of condition operators and keys. */
export function conditionCases(bed: () => Bed): void {
  let casey: ReturnType<Bed['user']> | undefined;
  const cases = conditions.map(([situation, Condition, decision]) => ({ situation, Condition, decision }));
  test.each(cases)('with $situation, the result is "$decision"', async ({ Condition, decision }) => {
    casey ??= bed().user(A, { name: 'casey', tags: { team: 'Red', nick: 'casey' } });
    const caller = await casey;
    await bed().setUserPolicy(A, 'casey', [allow('*', { Condition })]);
    const answer = await bed().invoke('GET /open', caller.keys, { headers: { 'User-Agent': 'matrix/1.0' } });
    const line = decision === 'holds' ? yes : decision;
    expectInvocation(answer, line, caller, `${bed().apiArn()}/dev/GET/open`);
  });
}
