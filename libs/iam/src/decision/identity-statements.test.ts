import { A, decisionLine, identity, invoke, type RawStatement, user } from '../authorization.testing.ts';
import { decide } from './authorizer.ts';

const API = `arn:aws:execute-api:us-east-1:${A}:abc123`;
const action = 'execute-api:Invoke';

/** A statement `Rule` that allows an invocation. In its resources, `@api` is the API. */
const allow = (Resource: string | readonly string[], more: RawStatement = {}): RawStatement => ({
  Sid: 'Rule',
  Effect: 'Allow',
  Action: action,
  Resource,
  ...more,
});
const deny = (Resource: string, more: RawStatement = {}): RawStatement => ({
  ...allow(Resource, more),
  Sid: 'Ban',
  Effect: 'Deny',
});
const open = allow('@api/dev/GET/open');

const yes = 'allowed: identity-based policy Rule';
const no = 'missing: identity-based policy';
const lacking = (element: string) => `${no} (Rule: ${element})`;
const wrongResource = lacking('Resource');
const fails = (operator: string, key: string) => lacking(`condition ${operator} ${key}`);

/** A user's statements, or also the name and the tags of the user. */
type Rights =
  | readonly RawStatement[]
  | {
      readonly name?: string;
      readonly tags?: Readonly<Record<string, string>>;
      readonly statements: readonly RawStatement[];
    };

test.each<[situation: string, rights: Rights, route: string, decision: string]>([
  ['another path', [open], 'GET /items/1', wrongResource],
  ['a longer path', [open], 'GET /open/more', wrongResource],
  ['the whole API', [allow('@api/*')], 'GET /open', yes],
  ['another stage', [allow('@api/prod/*')], 'GET /open', wrongResource],
  ['every method of a path', [allow('@api/dev/*/open')], 'POST /open', yes],
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
    [{ Sid: 'Rule', Effect: 'Allow', NotAction: action, Resource: '*' }],
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
    [allow('*'), { Sid: 'Ban', Effect: 'Deny', NotAction: action, Resource: '*' }],
    'GET /open',
    yes,
  ],
  [
    'NotResource of another route',
    [{ Sid: 'Rule', Effect: 'Allow', Action: action, NotResource: '@api/dev/POST/*' }],
    'GET /open',
    yes,
  ],
  [
    'NotResource of this route',
    [{ Sid: 'Rule', Effect: 'Allow', Action: action, NotResource: '@api/dev/GET/*' }],
    'GET /open',
    'missing: identity-based policy (Rule: NotResource)',
  ],
  [
    'a deny of all but some routes',
    [allow('*'), { Sid: 'Ban', Effect: 'Deny', Action: '*', NotResource: '@api/dev/POST/*' }],
    'GET /open',
    'denied: identity-based policy Ban',
  ],
  [
    'a statement without a Sid',
    [deny('@api/dev/POST/*'), { Effect: 'Allow', Action: action, Resource: '*' }],
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
    "another user's path by aws:username",
    { name: 'bob', statements: [allow('@api/dev/GET/items/${aws:username}')] },
    'GET /items/ann',
    wrongResource,
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
])('with %s, the decision is as AWS documents it', (_situation, rights, route, decision) => {
  const { name = 'alice', tags = {}, statements } = 'statements' in rights ? rights : { statements: rights };
  const question = invoke(
    { ...user(), userName: name, tags },
    { resource: `${API}/dev/${route.replace(' ', '')}` },
  );
  const placed: RawStatement[] = JSON.parse(JSON.stringify(statements).replaceAll('@api', API));
  const nearest = decision.includes('(');
  expect(decisionLine(decide(question, identity(...placed)), { nearest })).toBe(decision);
});

test.each<[situation: string, condition: object, decision: string]>([
  ['the name of a key in another case', { StringEquals: { 'AWS:principalaccount': A } }, 'holds'],
  ['StringNotEquals, absent key', { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } }, 'holds'],
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
  [
    'StringEqualsIfExists, wrong key',
    { StringEqualsIfExists: { 'aws:PrincipalTag/team': 'Blue' } },
    fails('StringEqualsIfExists', 'aws:PrincipalTag/team'),
  ],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  ['a variable in a condition', { StringEquals: { 'aws:username': '${aws:PrincipalTag/nick}' } }, 'holds'],
])('with a condition of %s, the decision is as AWS documents it', (_situation, Condition, decision) => {
  const casey = { ...user(), userName: 'casey', tags: { team: 'Red', nick: 'casey' } };
  const question = invoke(casey, { context: { 'aws:SecureTransport': 'false' } });
  const line = decisionLine(decide(question, identity(allow('*', { Condition }))));
  expect(line).toBe(decision === 'holds' ? yes : decision);
});
