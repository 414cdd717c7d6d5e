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
  ['the whole stage', [allow('@api/dev/*')], 'DELETE /files/a/b/c', yes],
  ['a path parameter as *', [allow('@api/dev/GET/items/*')], 'GET /items/42', yes],
  ['a path with encoded characters', [allow('@api/dev/GET/items/a%20b')], 'GET /items/a%20b', yes],
  [
    'a policy with the decoded characters of a path',
    [allow('@api/dev/GET/items/a b')],
    'GET /items/a%20b',
    wrongResource,
  ],
  ['a * in the path of the request', [allow('@api/dev/GET/items/1')], 'GET /items/%2A', wrongResource],
  [
    'a deny beside an allow',
    [allow('*'), deny('@api/dev/GET/open')],
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
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables
  [
    'the variable aws:username',
    { name: 'ann', statements: [allow('@api/dev/GET/items/${aws:username}')] },
    'GET /items/ann',
    yes,
  ],
  [
    'the variable aws:PrincipalTag',
    { tags: { team: 'red' }, statements: [allow('@api/dev/GET/items/${aws:PrincipalTag/team}')] },
    'GET /items/red',
    yes,
  ],
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables
];

type ConditionRow = readonly [situation: string, condition: object, decision: 'holds' | string];

const never = (element: string) => `missing: identity-based policy (Rule: ${element})`;
const fails = (operator: string, key: string) => never(`condition ${operator} ${key}`);

/** Situation, condition and result. The user `casey` with the tag team=Red calls from 127.0.0.1 as matrix/1.0. */
const conditions: readonly ConditionRow[] = [
  ['StringEquals', { StringEquals: { 'aws:PrincipalAccount': A } }, 'holds'],
  [
    'StringEquals in another case',
    { StringEquals: { 'aws:PrincipalTag/team': 'red' } },
    fails('StringEquals', 'aws:PrincipalTag/team'),
  ],
  ['StringLike', { StringLike: { 'aws:UserAgent': 'matrix/?.*' } }, 'holds'],
  ['ArnEquals', { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${A}:user/casey` } }, 'holds'],
  ['IpAddress by range', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, 'holds'],
  ['IpAddress, outside', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, fails('IpAddress', 'aws:SourceIp')],
  ['Bool, over plain HTTP', { Bool: { 'aws:SecureTransport': 'false' } }, 'holds'],
  ['BoolIfExists, absent key', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }, 'holds'],
  ['Null, absent', { Null: { 'aws:TokenIssueTime': 'true' } }, 'holds'],
  ['Null, present', { Null: { 'aws:username': 'true' } }, fails('Null', 'aws:username')],
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
