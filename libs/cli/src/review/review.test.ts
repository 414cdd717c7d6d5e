import type { ApiFacts, Decision, NamedPolicy, RoleFacts, RouteFacts } from '@cross-account-api/iam';
import type { ServedStage } from '../aws/served-stage.ts';
import type { ReviewFacts } from './facts.ts';
import { review } from './review.ts';

const A = '111111111111';
const B = '222222222222';
const CALLER_ROLE = `arn:aws:iam::${B}:role/caller`;
const INVOKE_ROLE = `arn:aws:iam::${A}:role/invoke`;
const STAGE = `arn:aws:execute-api:eu-central-1:${A}:abcdefghij/dev`;
const FUNCTION = `arn:aws:lambda:eu-central-1:${A}:function:orders`;

const policy = (name: string, ...Statement: readonly object[]): NamedPolicy => ({
  name,
  document: { Version: '2012-10-17', Statement },
});
const allow = (Action: unknown, Resource: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const trust = (Principal: unknown, Condition?: object) =>
  policy('trust policy of role invoke', {
    Effect: 'Allow',
    Principal,
    Action: 'sts:AssumeRole',
    ...(Condition && { Condition }),
  });
const role = (arn: string, policies: readonly NamedPolicy[], more: Partial<RoleFacts> = {}): RoleFacts => ({
  arn,
  uniqueId: 'AROAEXAMPLE',
  policies,
  tags: {},
  trust: policy('trust'),
  maxSessionSeconds: 3600,
  ...more,
});
const route = (name: string, more: Partial<RouteFacts> = {}): RouteFacts => {
  const [method = '', path = ''] = name.split(' ');
  return { method, path, authorizationType: 'AWS_IAM', functionArn: FUNCTION, ...more };
};
const apiOf = (routes: readonly RouteFacts[], more: Partial<ApiFacts> = {}): ApiFacts => ({
  apiId: 'abcdefghij',
  name: 'orders',
  accountId: A,
  region: 'eu-central-1',
  routes,
  ...more,
});
const stageOf = (more: Partial<ServedStage> = {}): ServedStage => ({
  name: 'dev',
  routes: [{ method: 'GET', path: '/orders/{id}', authorizationType: 'AWS_IAM', apiKeyRequired: false }],
  throttles: new Map([['*/*', { rate: 100, burst: 50 }]]),
  variables: {},
  accessLogArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:access',
  ...more,
});

const ofCaller = { ArnEquals: { 'aws:PrincipalArn': CALLER_ROLE } };
const soundTrust = trust(
  { AWS: `arn:aws:iam::${B}:root` },
  { ...ofCaller, StringEquals: { 'sts:ExternalId': 'x' } },
);
const soundPolicy = policy('main', allow('execute-api:Invoke', `${STAGE}/GET/orders/*`));
const soundCaller = policy('main', allow('sts:AssumeRole', INVOKE_ROLE));

/** A call that has no weakness. */
const sound: ReviewFacts = {
  callerName: 'billing',
  callerRole: role(CALLER_ROLE, [soundCaller]),
  assumesRole: true,
  invokeRole: role(INVOKE_ROLE, [soundPolicy], { trust: soundTrust }),
  api: apiOf([route('GET /orders/{id}')]),
  stage: 'dev',
  served: stageOf(),
  organizations: new Map(),
  recorded: [],
};
const withPolicies = (...policies: readonly NamedPolicy[]): ReviewFacts => ({
  ...sound,
  invokeRole: role(INVOKE_ROLE, policies, { trust: soundTrust }),
});
const withTrust = (next: NamedPolicy): ReviewFacts => ({
  ...sound,
  invokeRole: role(INVOKE_ROLE, [soundPolicy], { trust: next }),
});
/** A caller that the API's resource policy admits. */
const asItself = (statement: object, own = soundPolicy): ReviewFacts => ({
  ...sound,
  assumesRole: false,
  invokeRole: undefined,
  callerRole: role(CALLER_ROLE, [own]),
  api: apiOf([route('GET /orders/{id}')], {
    policy: policy('resource policy of API orders', {
      ...allow('execute-api:Invoke', 'execute-api:/*'),
      ...statement,
    }),
  }),
});
const codes = (facts: ReviewFacts) => review(facts).map(({ code, severity }) => `${severity} ${code}`);

test('A call with the least permissions, a narrow trust, limits and a log has no finding.', () => {
  expect(review(sound)).toEqual([]);
  expect(review(asItself({ Principal: { AWS: `arn:aws:iam::${B}:root` }, Condition: ofCaller }))).toEqual([]);
});

test('There is no finding about what could not be read.', () => {
  const { callerName, assumesRole, stage, organizations, recorded } = sound;
  expect(review({ callerName, assumesRole, stage, organizations, recorded })).toEqual([]);
});

// biome-ignore format: a weakness is a line
test.each<readonly [weakness: string, facts: ReviewFacts, found: readonly string[]]>([
  ['permissions on *', withPolicies(policy('main', allow('execute-api:Invoke', '*'))), ['high permissions-on-everything']],
  ['permissions on all APIs of the account', withPolicies(policy('main', allow('execute-api:*', `arn:aws:execute-api:eu-central-1:${A}:*`))), ['high permissions-on-everything']],
  ['permissions by NotResource', withPolicies(policy('main', { Effect: 'Allow', Action: 'execute-api:Invoke', NotResource: 'arn:aws:s3:::x' })), ['high permissions-on-everything']],
  ['lambda:InvokeFunction that the call does not need', withPolicies(soundPolicy, policy('more', allow('lambda:InvokeFunction', FUNCTION))), ['medium unneeded-permissions']],
  ['an action beside the needed one', withPolicies(policy('main', allow(['execute-api:Invoke', 'execute-api:ManageConnections'], `${STAGE}/GET/orders/*`))), ['medium unneeded-permissions']],
  ['a route that the caller does not call', { ...withPolicies(policy('main', allow('execute-api:Invoke', `${STAGE}/*`))), asked: [{ method: 'GET', path: '/orders/7' }], api: apiOf([route('GET /orders/{id}'), route('DELETE /orders/{id}')]) }, ['low unneeded-routes']],
  ['a caller that may assume every role', { ...sound, callerRole: role(CALLER_ROLE, [policy('main', allow('sts:AssumeRole', '*'))]) }, ['medium permissions-on-everything']],
  ['a caller as itself that may call every API', asItself({ Principal: { AWS: `arn:aws:iam::${B}:root` }, Condition: ofCaller }, policy('main', allow('execute-api:Invoke', '*'))), ['medium permissions-on-everything']],
  ['a role by its name', withTrust(trust({ AWS: CALLER_ROLE }, { StringEquals: { 'sts:ExternalId': 'x' } })), ['medium principal-by-name']],
  ['a role by its name in the policy of the API', asItself({ Principal: { AWS: CALLER_ROLE } }), ['medium principal-by-name']],
  ['the ID of a deleted role', withTrust(trust({ AWS: 'AROAABCDEFGHIJKLMNOPQ' })), ['high deleted-principal']],
  ['a whole account', withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, { StringEquals: { 'sts:ExternalId': 'x' } })), ['medium whole-account']],
  ['a whole account by its ID, without an external ID', withTrust(trust({ AWS: B })), ['medium whole-account', 'medium no-external-id']],
  ['an organization as a whole', withTrust(trust('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } })), ['medium whole-account']],
  ['everybody', withTrust(trust({ AWS: '*' })), ['high trusts-everyone']],
  ['everybody in the policy of the API', asItself({ Principal: '*' }), ['high trusts-everyone']],
  ['no external ID', withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, ofCaller)), ['medium no-external-id']],
  ['sessions of 12 hours', { ...sound, invokeRole: role(INVOKE_ROLE, [soundPolicy], { trust: soundTrust, maxSessionSeconds: 43_200 }) }, ['low long-session']],
  ['an open route', { ...sound, api: apiOf([route('GET /orders/{id}'), route('GET /health', { authorizationType: 'NONE' })]) }, ['high open-route']],
  ['an open route of an API with a policy', { ...asItself({ Principal: { AWS: `arn:aws:iam::${B}:root` }, Condition: ofCaller }), api: apiOf([route('GET /orders/{id}'), route('GET /health', { authorizationType: 'NONE' })], { policy: policy('resource policy', { ...allow('execute-api:Invoke', '*'), Principal: { AWS: `arn:aws:iam::${B}:root` }, Condition: ofCaller }) }) }, ['medium open-route']],
  ['no throttling', { ...sound, served: stageOf({ throttles: new Map() }) }, ['medium no-throttling']],
  ['a limit as high as that of the account', { ...sound, served: stageOf({ throttles: new Map([['*/*', { rate: 10_000 }]]) }) }, ['medium no-throttling']],
  ['no throttling, and routes that only the API shows', { ...sound, served: stageOf({ throttles: new Map(), routes: [], routesUnknown: true }) }, ['medium no-throttling']],
  ['no access log', { ...sound, served: stageOf({ accessLogArn: undefined }) }, ['low no-access-log']],
])('A call with the weakness %j has its finding.', (_weakness, facts, found) => {
  expect(codes(facts)).toEqual(found);
});

// biome-ignore format: a setting is a line
test.each<readonly [strength: string, facts: ReviewFacts]>([
  ['an external ID that accounts of one organization do not need', { ...withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, ofCaller)), organizations: new Map([[A, 'o-1'], [B, 'o-1']]) }],
  ['an external ID if the trust names the organization', withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, { ...ofCaller, StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }))],
  ['an external ID within one account', withTrust(trust({ AWS: `arn:aws:iam::${A}:root` }, ofCaller))],
  ['an answer to preflight requests, which has no function', { ...sound, api: apiOf([route('GET /orders/{id}'), route('OPTIONS /orders/{id}', { authorizationType: 'NONE', functionArn: undefined })]) }],
  ['a limit of each route', { ...sound, served: stageOf({ throttles: new Map([['orders/{id}/GET', { rate: 5 }]]) }) }],
  ['lambda:InvokeFunction if the integration runs as the caller', { ...withPolicies(policy('main', allow('execute-api:Invoke', `${STAGE}/GET/orders/*`), allow('lambda:InvokeFunction', FUNCTION))), api: apiOf([route('GET /orders/{id}', { credentials: 'arn:aws:iam::*:user/*' })]) }],
  ['a Deny on everything', withPolicies(soundPolicy, policy('guard', { Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }))],
])('There is no finding about %s.', (_strength, facts) => {
  expect(codes(facts)).toEqual([]);
});

/** A recorded call, as in a trace. */
const recorded = (
  action: string,
  resource: string,
  principalArn: string,
  context: object = {},
): Decision => ({
  allowed: true,
  principalArn: `${principalArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session`,
  action,
  resource,
  context: {
    'aws:PrincipalArn': principalArn,
    'aws:userid': 'AROAEXAMPLE:session',
    'aws:PrincipalAccount': principalArn.split(':')[4] ?? '',
    ...context,
  },
  decidedBy: [],
  consulted: [],
});
const invoked = recorded('execute-api:Invoke', `${STAGE}/GET/orders/7`, INVOKE_ROLE);
const assumed = (context = {}) => recorded('sts:AssumeRole', INVOKE_ROLE, CALLER_ROLE, context);

test('The proposed permissions are those of the recorded routes, proven on the recorded calls.', () => {
  const [finding] = review({
    ...withPolicies(policy('main', allow('execute-api:Invoke', '*', { Sid: 'All' }))),
    api: apiOf([route('GET /orders/{id}'), route('DELETE /orders/{id}')]),
    recorded: [invoked, invoked],
  });
  expect(finding).toMatchObject({
    where: 'statement All of main',
    change: {
      statements: [
        { Sid: 'All', Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${STAGE}/GET/orders/*` },
      ],
    },
    proof: { kind: 'proven', calls: 2 },
  });
});

test('A change that recorded calls contradict says how many it would refuse.', () => {
  const other = recorded('execute-api:Invoke', `${STAGE.replace('abcdefghij', 'other')}/GET/x`, INVOKE_ROLE);
  const [finding] = review({
    ...withPolicies(policy('main', allow('execute-api:Invoke', '*'))),
    recorded: [invoked, other],
  });
  expect(finding?.proof).toEqual({ kind: 'refuses', calls: 2, refused: 1 });
});

test('An external ID is proven only if all recorded calls sent it.', () => {
  const facts = { ...withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, ofCaller)), externalId: 'x' };
  const proof = (...calls: readonly Decision[]) => review({ ...facts, recorded: calls })[0]?.proof;
  expect(proof(assumed({ 'sts:ExternalId': 'x' }))).toEqual({ kind: 'proven', calls: 1 });
  expect(proof(assumed({ 'sts:ExternalId': 'x' }), assumed())).toEqual({
    kind: 'refuses',
    calls: 2,
    refused: 1,
  });
  expect(proof()).toEqual({ kind: 'unproven' });
});

test('AssumeRole on each call is found in recorded calls only, and only if it is repeated.', () => {
  const found = (...calls: readonly Decision[]) => codes({ ...sound, recorded: calls });
  expect(found(assumed(), invoked)).toEqual([]);
  expect(found(assumed(), invoked, assumed(), invoked)).toEqual(['low assume-role-each-call']);
  expect(found(assumed(), invoked, invoked, invoked, assumed(), invoked)).toEqual([]);
});

test('The change of a stage of an HTTP API is a command for HTTP APIs.', () => {
  const facts = {
    ...sound,
    api: apiOf([route('GET /orders/{id}')], { protocol: 'HTTP' as const }),
    served: stageOf({ throttles: new Map(), accessLogArn: undefined }),
  };
  expect(review(facts).map(({ change }) => change.command)).toEqual([
    "aws apigatewayv2 update-stage --api-id abcdefghij --stage-name 'dev' --default-route-settings ThrottlingRateLimit=100,ThrottlingBurstLimit=50",
    expect.stringMatching(
      /^aws apigatewayv2 update-stage --api-id abcdefghij --stage-name 'dev' --access-log-settings '\{"DestinationArn":"arn:aws:logs:/,
    ),
  ]);
});
