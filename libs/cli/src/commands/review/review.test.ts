import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Decision, NamedPolicy } from '@cross-account-api/iam';
import type { ApiFacts, RoleFacts, RouteFacts } from '@cross-account-api/iam/explanation';
import type { ServedStage } from '../../aws/served-stage.ts';
import type { ReviewFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { findingDescriptions } from './finding-descriptions.ts';
import { review as reviewAll } from './review.ts';

const found: Finding[] = [];
const review = (facts: ReviewFacts) => {
  const { findings } = reviewAll(facts);
  found.push(...findings);
  return findings;
};

// The page of findings has each finding of these tests, with its severity.
afterAll(() =>
  expect(found.filter(({ code, severity }) => !(severity in findingDescriptions[code]))).toEqual([]),
);

const A = '111111111111';
const B = '222222222222';
const CALLER_ROLE = `arn:aws:iam::${B}:role/caller`;
const OWN_ROLE = `arn:aws:iam::${A}:role/caller`;
const USER = `arn:aws:iam::${B}:user/exporter`;
const INVOKE_ROLE = `arn:aws:iam::${A}:role/invoke`;
const API = `arn:aws:execute-api:eu-central-1:${A}:abcdefghij`;
const STAGE = `${API}/dev`;
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
  caller: role(CALLER_ROLE, [soundCaller]),
  assumesRole: true,
  invokeRole: role(INVOKE_ROLE, [soundPolicy], { trust: soundTrust }),
  api: apiOf([route('GET /orders/{id}')]),
  stage: 'dev',
  served: stageOf(),
  functionPolicies: new Map(),
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
  caller: role(CALLER_ROLE, [own]),
  api: apiOf([route('GET /orders/{id}')], {
    policy: policy('resource policy of API orders', {
      ...allow('execute-api:Invoke', `${API}/*`),
      ...statement,
    }),
  }),
});
/** The role, with one statement and a permissions boundary. */
const withBoundary = (statement: object, ...boundary: readonly object[]): ReviewFacts => ({
  ...sound,
  invokeRole: role(INVOKE_ROLE, [policy('main', statement)], {
    trust: soundTrust,
    boundary: policy('boundary', ...boundary),
  }),
});
const denyInvoke = { Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource: `${API}/*` };
/** An API with a policy. The caller assumes the role all the same. */
const withApiPolicy = (statement: object, deny?: object, more: Partial<ApiFacts> = {}): ReviewFacts => ({
  ...sound,
  api: apiOf([route('GET /orders/{id}')], {
    policy: policy(
      'resource policy of API orders',
      { ...allow('execute-api:Invoke', `${API}/*`), ...statement },
      ...(deny === undefined ? [] : [{ ...denyInvoke, ...deny }]),
    ),
    ...more,
  }),
});
const withOpenRoute = (statement: object, deny?: object, more: Partial<ApiFacts> = {}): ReviewFacts =>
  withApiPolicy(statement, deny, {
    routes: [route('GET /orders/{id}'), route('GET /health', { authorizationType: 'NONE' })],
    ...more,
  });
/** The permission of API Gateway for the function. */
const withPermission = (statement: object): ReviewFacts => ({
  ...sound,
  functionPolicies: new Map([
    [
      FUNCTION,
      policy('resource policy of function orders', {
        ...allow('lambda:InvokeFunction', FUNCTION, { Sid: 'gateway' }),
        Principal: { Service: 'apigateway.amazonaws.com' },
        ...statement,
      }),
    ],
  ]),
});
const codes = (facts: ReviewFacts) => review(facts).map(({ code, severity }) => `${severity} ${code}`);

test('A call with the least permissions, a narrow trust, limits and a log has no finding.', () => {
  expect(review(sound)).toEqual([]);
  expect(review(asItself({ Principal: { AWS: `arn:aws:iam::${B}:root` }, Condition: ofCaller }))).toEqual([]);
});

test('There is no finding about what could not be read.', () => {
  const { callerName, assumesRole, stage, functionPolicies, organizations, recorded } = sound;
  const facts = { callerName, assumesRole, stage, functionPolicies, organizations, recorded };
  expect(review(facts)).toEqual([]);
});

// biome-ignore format: a weakness is a line
const weaknesses: readonly (readonly [weakness: string, facts: ReviewFacts, found: readonly string[]])[] = [
  ['permissions on *', withPolicies(policy('main', allow('execute-api:Invoke', '*'))), ['high permissions-on-everything']],
  ['permissions on all APIs of the account', withPolicies(policy('main', allow('execute-api:*', `arn:aws:execute-api:eu-central-1:${A}:*`))), ['high permissions-on-everything']],
  ['permissions by NotResource', withPolicies(policy('main', { Effect: 'Allow', Action: 'execute-api:Invoke', NotResource: 'arn:aws:s3:::x' })), ['high permissions-on-everything']],
  ['lambda:InvokeFunction that the call does not need', withPolicies(soundPolicy, policy('more', allow('lambda:InvokeFunction', FUNCTION))), ['medium unneeded-permissions']],
  ['an action beside the needed one', withPolicies(policy('main', allow(['execute-api:Invoke', 'execute-api:ManageConnections'], `${STAGE}/GET/orders/*`))), ['medium unneeded-permissions']],
  ['a route that the caller does not call', { ...withPolicies(policy('main', allow('execute-api:Invoke', `${STAGE}/*`))), asked: [{ method: 'GET', path: '/orders/7' }], api: apiOf([route('GET /orders/{id}'), route('DELETE /orders/{id}')]) }, ['low unneeded-routes']],
  ['a caller that may assume every role', { ...sound, caller: role(CALLER_ROLE, [policy('main', allow('sts:AssumeRole', '*'))]) }, ['medium permissions-on-everything']],
  ['a caller as itself that may call every API', asItself({ Principal: { AWS: `arn:aws:iam::${B}:root` }, Condition: ofCaller }, policy('main', allow('execute-api:Invoke', '*'))), ['medium permissions-on-everything']],
  ['a role by its name', withTrust(trust({ AWS: CALLER_ROLE }, { StringEquals: { 'sts:ExternalId': 'x' } })), ['medium principal-by-name']],
  ['a role by its name in the policy of the API', asItself({ Principal: { AWS: CALLER_ROLE } }), ['medium principal-by-name']],
  ['the ID of a deleted role', withTrust(trust({ AWS: 'AROAABCDEFGHIJKLMNOPQ' })), ['low deleted-principal']],
  ['the ID of a deleted user', withTrust(trust({ AWS: 'AIDAABCDEFGHIJKLMNOPQ' })), ['low deleted-principal']],
  ['the ID of a deleted role in the policy of the API', asItself({ Principal: { AWS: 'AROAABCDEFGHIJKLMNOPQ' } }), ['low deleted-principal']],
  ['a whole account', withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, { StringEquals: { 'sts:ExternalId': 'x' } })), ['medium whole-account']],
  ['a whole account by its ID, without an external ID', withTrust(trust({ AWS: B })), ['medium whole-account', 'medium no-external-id']],
  ['an organization as a whole', withTrust(trust('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } })), ['medium whole-organization']],
  ['roles of an organization with a pattern', withTrust(trust('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/billing-*' } })), ['medium whole-organization']],
  ['everybody', withTrust(trust({ AWS: '*' })), ['high trusts-everyone']],
  ['everybody in the policy of the API', asItself({ Principal: '*' }), ['high trusts-everyone']],
  ['no external ID', withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, ofCaller)), ['medium no-external-id']],
  ['sessions of 12 hours', { ...sound, invokeRole: role(INVOKE_ROLE, [soundPolicy], { trust: soundTrust, maxSessionSeconds: 43_200 }) }, ['low long-session']],
  ['an open route', { ...sound, api: apiOf([route('GET /orders/{id}'), route('GET /health', { authorizationType: 'NONE' })]) }, ['high open-route']],
  ['an open route with an API key', { ...sound, api: apiOf([route('GET /orders/{id}'), route('GET /health', { authorizationType: 'NONE' })]), served: stageOf({ routes: [{ method: 'GET', path: '/health', authorizationType: 'NONE', apiKeyRequired: true }] }) }, ['medium open-route']],
  ['an open route of an API that admits some addresses', withOpenRoute({ Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }), ['medium whole-network', 'medium open-route']],
  ['an open route of an API that denies all but some addresses', withOpenRoute({ Principal: '*' }, { Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }), ['medium whole-network', 'medium open-route']],
  ['an open route of an API whose policy admits everybody', withOpenRoute({ Principal: '*' }), ['high trusts-everyone', 'high open-route']],
  ['an open route of a private API', withOpenRoute({ Principal: '*' }, undefined, { privateTo: ['vpce-1'] }), ['high trusts-everyone', 'medium open-route']],
  ['a policy of the API that admits everybody, beside a role', withApiPolicy({ Principal: '*' }), ['high trusts-everyone']],
  ['a policy of the API that admits an account, beside a role', withApiPolicy({ Principal: { AWS: B } }), ['medium whole-account']],
  ['a policy of a private API that admits everybody in a VPC', withApiPolicy({ Principal: '*' }, { Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } }), ['medium whole-network']],
  ['a pattern of all roles of the account', withTrust(trust({ AWS: B }, { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/*` }, StringEquals: { 'sts:ExternalId': 'x' } })), ['medium whole-account']],
  ['a pattern of all roles of an account, for everybody', withTrust(trust('*', { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/*` } })), ['medium whole-account']],
  ['all roles but one', withTrust(trust({ AWS: B }, { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/x` }, StringEquals: { 'sts:ExternalId': 'x' } })), ['medium whole-account']],
  ['all accounts but one', withTrust(trust({ AWS: '*' }, { StringNotEquals: { 'aws:PrincipalAccount': B } })), ['high trusts-everyone']],
  ['everybody but one role', withTrust(policy('trust', { Effect: 'Allow', NotPrincipal: { AWS: CALLER_ROLE }, Action: 'sts:AssumeRole' })), ['high trusts-everyone']],
  ['any external ID', withTrust(trust({ AWS: B }, { ...ofCaller, StringLike: { 'sts:ExternalId': '*' } })), ['medium no-external-id']],
  ['all external IDs but one', withTrust(trust({ AWS: CALLER_ROLE }, { StringNotEquals: { 'sts:ExternalId': 'x' } })), ['medium principal-by-name', 'medium no-external-id']],
  ['the same route of every API', withPolicies(policy('main', allow('execute-api:Invoke', `arn:aws:execute-api:*:${A}:*/*/GET/orders/*`))), ['high permissions-on-everything']],
  ['every stage of the API', withPolicies(policy('main', allow('execute-api:Invoke', `${API}/*/GET/orders/*`))), ['low unneeded-routes']],
  ['a route that the policy of the API opens to a caller that does not call it', { ...asItself({ Principal: { AWS: B }, Condition: ofCaller }, policy('main', allow('execute-api:Invoke', `${STAGE}/*`))), asked: [{ method: 'GET', path: '/orders/7' }], api: apiOf([route('GET /orders/{id}'), route('DELETE /orders/{id}')], { policy: policy('resource policy', { ...allow('execute-api:Invoke', `${STAGE}/*`), Principal: { AWS: B }, Condition: ofCaller }) }) }, ['low unneeded-routes']],
  ['a wildcard for actions', withPolicies(policy('main', allow('execute-api:*', `${STAGE}/GET/orders/*`))), ['medium unneeded-permissions']],
  ['all but some actions', withPolicies(policy('main', { Effect: 'Allow', NotAction: 'iam:*', Resource: `${STAGE}/GET/orders/*` })), ['medium unneeded-permissions']],
  ['permissions on * that a Deny under a condition can leave', withPolicies(policy('main', allow('execute-api:Invoke', '*'), { Effect: 'Deny', Action: '*', NotResource: `${API}/*`, Condition: { Bool: { 'aws:SecureTransport': 'false' } } })), ['high permissions-on-everything']],
  ['permissions on * with a boundary that is as wide', withBoundary(allow('execute-api:Invoke', '*'), allow('execute-api:*', '*')), ['high permissions-on-everything']],
  ['an unneeded action that the boundary allows', withBoundary(allow(['execute-api:Invoke', 's3:*'], [`${STAGE}/GET/orders/*`, 'arn:aws:s3:::*']), allow(['execute-api:Invoke', 's3:Get*'], '*')), ['medium unneeded-permissions']],
  ['a user with access keys', { ...sound, caller: role(USER, [soundCaller]), invokeRole: role(INVOKE_ROLE, [soundPolicy], { maxSessionSeconds: 43_200, trust: trust({ AWS: USER }, { StringEquals: { 'sts:ExternalId': 'x' } }) }) }, ['medium principal-by-name', 'medium long-term-keys']],
  ['a function that any API may invoke', withPermission({}), ['high open-function']],
  ['a function that everybody may invoke', withPermission({ Principal: '*' }), ['high open-function']],
  ['no throttling', { ...sound, served: stageOf({ throttles: new Map() }) }, ['medium no-throttling']],
  ['a limit as high as that of the account', { ...sound, served: stageOf({ throttles: new Map([['*/*', { rate: 10_000 }]]) }) }, ['medium no-throttling']],
  ['no throttling, and routes that only the API shows', { ...sound, served: stageOf({ throttles: new Map(), routes: [], routesUnknown: true }) }, ['medium no-throttling']],
  ['no access log', { ...sound, served: stageOf({ accessLogArn: undefined }) }, ['low no-access-log']],
];

test.each(weaknesses)('A call with the weakness %j has its finding.', (_weakness, facts, found) => {
  expect(codes(facts)).toEqual(found);
});

// biome-ignore format: a setting is a line
test.each<readonly [strength: string, facts: ReviewFacts]>([
  ['an external ID that accounts of one organization do not need', { ...withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, ofCaller)), organizations: new Map([[A, 'o-1'], [B, 'o-1']]) }],
  ['an external ID if the trust names the organization', withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, { ...ofCaller, StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }))],
  ['an external ID within one account', { ...withTrust(trust({ AWS: `arn:aws:iam::${A}:root` }, { ArnEquals: { 'aws:PrincipalArn': OWN_ROLE } })), caller: role(OWN_ROLE, [soundCaller]) }],
  ['an open route that serverless.yml declares', { ...sound, declaredOpen: ['GET /health'], api: apiOf([route('GET /orders/{id}'), route('GET /health', { authorizationType: 'NONE' })]) }],
  ['an answer to preflight requests, which has no function', { ...sound, api: apiOf([route('GET /orders/{id}'), route('OPTIONS /orders/{id}', { authorizationType: 'NONE', functionArn: undefined })]) }],
  ['a limit of each route', { ...sound, served: stageOf({ throttles: new Map([['orders/{id}/GET', { rate: 5 }]]) }) }],
  ['lambda:InvokeFunction if the integration runs as the caller', { ...withPolicies(policy('main', allow('execute-api:Invoke', `${STAGE}/GET/orders/*`), allow('lambda:InvokeFunction', FUNCTION))), api: apiOf([route('GET /orders/{id}', { credentials: 'arn:aws:iam::*:user/*' })]) }],
  ['a Deny on everything', withPolicies(soundPolicy, policy('guard', { Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }))],
  ['permissions on * that a Deny narrows to the API', withPolicies(policy('main', allow('execute-api:Invoke', '*'), { Effect: 'Deny', Action: '*', NotResource: `${STAGE}/*` }))],
  ['permissions on * that a boundary narrows to the API', withBoundary(allow('execute-api:Invoke', '*'), allow('execute-api:Invoke', `${STAGE}/*`))],
  ['all actions that a boundary narrows to the call', withBoundary(allow('*', '*'), allow('execute-api:Invoke', `${STAGE}/GET/*`))],
  ['a statement of which a boundary leaves nothing', { ...withBoundary(allow('execute-api:Invoke', `${STAGE}/GET/orders/*`), allow('execute-api:Invoke', '*'), allow('s3:*', '*')) }],
  ['a part of a route that takes any method and path', { ...sound, api: apiOf([route('ANY /{proxy+}')]) }],
  ['a method of a route that takes any', { ...sound, api: apiOf([route('ANY /orders/{id}')]), asked: [{ method: 'GET', path: '/orders/7' }] }],
  ['a part of the route $default', { ...sound, api: apiOf([route('GET /{id}'), route('ANY $default')], { protocol: 'HTTP' }) }],
  ['a caller that may assume every role with a tag', { ...sound, caller: role(CALLER_ROLE, [policy('main', allow('sts:AssumeRole', '*', { Condition: { StringEquals: { 'aws:ResourceTag/for': 'billing' } } }))]) }],
  ['a caller that may assume every role, and whose boundary names this one', { ...sound, caller: role(CALLER_ROLE, [policy('main', allow('sts:AssumeRole', '*'))], { boundary: policy('boundary', allow('sts:AssumeRole', INVOKE_ROLE)) }) }],
  ['a whole account of which a Deny leaves one role', withTrust(policy('trust', { Effect: 'Allow', Principal: { AWS: B }, Action: 'sts:AssumeRole', Condition: { StringEquals: { 'sts:ExternalId': 'x' } } }, { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole', Condition: { ArnNotEquals: { 'aws:PrincipalArn': CALLER_ROLE } } }))],
  ['the roles of an account with a tag', withTrust(trust({ AWS: B }, { StringEquals: { 'aws:PrincipalTag/team': 'billing', 'sts:ExternalId': 'x' } }))],
  ['an external ID if the trust names a part of the organization', withTrust(trust({ AWS: B }, { ...ofCaller, 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-1/*/ou-1/*' } }))],
  ['a statement that lets the account tag sessions', withTrust(policy('trust', ...[soundTrust.document.Statement].flat().map(Object), { Effect: 'Allow', Principal: { AWS: B }, Action: 'sts:TagSession' }))],
  ['the own account in the policy of the API', withApiPolicy({ Principal: { AWS: `arn:aws:iam::${A}:root` } })],
  ['another stage in the policy of the API', withApiPolicy({ Principal: '*', Resource: `${API}/test/*` })],
  ['an open route that the policy of the API opens to nobody', withOpenRoute({ Principal: { AWS: B }, Condition: ofCaller })],
  ['routes with an API key, which a usage plan can limit', { ...sound, served: stageOf({ throttles: new Map(), routes: [{ method: 'GET', path: '/orders/{id}', authorizationType: 'AWS_IAM', apiKeyRequired: true }] }) }],
  ['a function that the APIs of the account may invoke', withPermission({ Condition: { StringEquals: { 'aws:SourceAccount': A } } })],
  ['a function that this API may invoke', withPermission({ Condition: { ArnLike: { 'aws:SourceArn': `${API}/*/GET/orders/*` } } })],
  ['a function that a bucket of the account may invoke', withPermission({ Principal: { Service: 's3.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': A }, ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::uploads' } } })],
])('There is no finding about %s.', (_strength, facts) => {
  expect(codes(facts)).toEqual([]);
});

const CALLER_TRUST = { AWS: `arn:aws:iam::${B}:root` };
const byCaller = { ...ofCaller, StringEquals: { 'sts:ExternalId': 'x' } };
const besideCaller = (...statements: readonly object[]) =>
  withTrust(
    policy(
      'trust policy of role invoke',
      { Effect: 'Allow', Principal: CALLER_TRUST, Action: 'sts:AssumeRole', Condition: byCaller },
      ...statements,
    ),
  );
const trusted = (Principal: unknown, Condition?: object) => ({
  ...{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' },
  ...(Condition && { Condition: { StringEquals: { 'sts:ExternalId': 'x' }, ...Condition } }),
});
const THIRD = '999999999999';
const GITHUB = `arn:aws:iam::${A}:oidc-provider/token.actions.githubusercontent.com`;
const url = (
  authType: 'NONE' | 'AWS_IAM' | 'missing' | 'unread',
  ...statements: readonly object[]
): ReviewFacts => ({
  ...sound,
  functionUrls: new Map([[FUNCTION, authType]]),
  functionPolicies: new Map([[FUNCTION, policy('resource policy of function orders', ...statements)]]),
});
const publicUrl = [
  allow('lambda:InvokeFunctionUrl', FUNCTION, {
    Sid: 'url',
    Principal: '*',
    Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
  }),
  allow('lambda:InvokeFunction', FUNCTION, {
    Sid: 'invoke',
    Principal: '*',
    Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  }),
];
const network = (Condition: object) => withApiPolicy({ Principal: '*', Condition });

// biome-ignore format: a weakness is a line
const weakApis: readonly (readonly [weakness: string, facts: ReviewFacts, found: readonly string[]])[] = [
  ['a route without authorizer', { ...sound, api: apiOf([route('GET /orders/{id}'), route('GET /x', { authorizationType: 'NONE' })]) }, ['high open-route']],
  ['trust in any role of any account', besideCaller(trusted('*', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } })), ['high trusts-everyone']],
  ['trust in a role of a name of any account', besideCaller(trusted('*', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/caller-role' } })), ['high trusts-everyone']],
  ['trust in any organization', besideCaller(trusted('*', { StringLike: { 'aws:PrincipalOrgID': '*' } })), ['high trusts-everyone']],
  ['trust in an organization, or none', besideCaller(trusted('*', { 'ForAllValues:StringEquals': { 'aws:PrincipalOrgID': 'o-1' } })), ['high trusts-everyone']],
  ['trust in names of the account', withTrust(trust(CALLER_TRUST, { StringEquals: { 'sts:ExternalId': 'x' }, ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/cal*` } })), ['low role-name-pattern']],
  ['trust without an external ID', withTrust(trust({ AWS: CALLER_ROLE })), ['medium principal-by-name', 'medium no-external-id']],
  ['trust with an external ID if there is one', withTrust(trust(CALLER_TRUST, { ...ofCaller, StringEqualsIfExists: { 'sts:ExternalId': 'x' } })), ['medium no-external-id']],
  ['trust with any external ID', withTrust(trust(CALLER_TRUST, { ...ofCaller, StringLike: { 'sts:ExternalId': '*' } })), ['medium no-external-id']],
  ['trust in the account with an external ID only', withTrust(trust(CALLER_TRUST, { StringEquals: { 'sts:ExternalId': 'x' } })), ['medium whole-account']],
  ['trust in the own account, beside the caller', besideCaller(trusted({ AWS: `arn:aws:iam::${A}:root` })), ['low whole-account']],
  ['trust in a third account, beside the caller', besideCaller(trusted({ AWS: `arn:aws:iam::${THIRD}:root` }, {})), ['medium whole-account']],
  ['trust in EC2, beside the caller', besideCaller(trusted({ Service: 'ec2.amazonaws.com' })), ['low unneeded-trust']],
  ['trust in EC2, where no caller is known', { ...besideCaller(trusted({ Service: 'ec2.amazonaws.com' })), caller: undefined }, []],
  ['trust in one role of a third account, beside the caller', besideCaller(trusted({ AWS: `arn:aws:iam::${THIRD}:root` }, { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${THIRD}:role/x` } })), ['low unneeded-trust']],
  ['trust in GitHub without a subject, beside the caller', besideCaller({ Effect: 'Allow', Principal: { Federated: GITHUB }, Action: 'sts:AssumeRoleWithWebIdentity', Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } } }), ['high open-identity-provider']],
  ['trust in everybody for tags of sessions only', besideCaller({ Effect: 'Allow', Principal: '*', Action: ['sts:TagSession', 'sts:SetSourceIdentity'] }), []],
  ['a policy of the API for everybody', withApiPolicy({ Principal: '*' }), ['high trusts-everyone']],
  ['a policy of the API for all networks but one', network({ StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } }), ['high trusts-everyone']],
  ['a policy of the API for TLS', network({ Bool: { 'aws:SecureTransport': 'true' } }), ['high trusts-everyone']],
  ['a policy of the API for all addresses', network({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }), ['high trusts-everyone']],
  ['a policy of the API for both halves of the addresses', network({ IpAddress: { 'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] } }), ['high trusts-everyone']],
  ['a policy of the API for all addresses of IPv6', network({ IpAddress: { 'aws:SourceIp': '::/0' } }), ['high trusts-everyone']],
  ['a policy of the API that denies other networks', withApiPolicy({ Principal: '*' }, { Condition: { StringNotEqualsIfExists: { 'aws:SourceVpce': 'vpce-1' } } }), ['medium whole-network']],
  ['a policy of the API for a role of a name of any account', network({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/caller-role' } }), ['high trusts-everyone']],
  ['a function that API Gateway may invoke for anybody', withPermission({}), ['high open-function']],
  ['a function that everybody may invoke', withPermission({ Principal: '*' }), ['high open-function']],
  ['a function that a third account may invoke', withPermission({ Principal: { AWS: THIRD } }), ['medium open-function']],
  ['a function that an organization may invoke', withPermission({ Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }), ['medium open-function']],
  ['a function that S3 may invoke for anybody', withPermission({ Principal: { Service: 's3.amazonaws.com' } }), ['high open-function']],
  ['a function whose code a third account may replace', withPermission({ Principal: { AWS: THIRD }, Action: 'lambda:UpdateFunctionCode' }), ['medium open-function']],
  ['a function with a public URL', url('NONE', ...publicUrl), ['high public-function-url', 'high public-function-url']],
  ['a function whose public URL has one of two permissions', url('NONE', ...publicUrl.slice(1)), []],
  ['a function with permissions for a public URL that nobody made', url('missing', ...publicUrl), ['medium public-function-url', 'medium public-function-url']],
  ['a function whose URL asks IAM, with permissions for a public one', url('AWS_IAM', ...publicUrl), []],
  ['a role that may do all but IAM', withPolicies(policy('main', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })), ['high permissions-on-everything']],
  ['a role that may call every API', withPolicies(policy('main', allow('execute-api:*', 'arn:aws:execute-api:*:*:*'))), ['high permissions-on-everything']],
  ['a role that may change functions and pass roles', withPolicies(soundPolicy, policy('more', allow(['lambda:UpdateFunctionCode', 'iam:PassRole'], '*'))), ['high privilege-escalation']],
  ['a role that may pass roles to new functions, in two policies', withPolicies(soundPolicy, policy('pass', allow('iam:PassRole', '*')), policy('make', allow(['lambda:CreateFunction', 'lambda:AddPermission'], '*'))), ['high privilege-escalation', 'high privilege-escalation']],
  ['a role that may pass roles, and nothing that takes them', withPolicies(soundPolicy, policy('pass', allow('iam:PassRole', '*'))), ['medium unneeded-permissions']],
  ['a role that may do all with functions, where all but their code is denied', withPolicies(soundPolicy, policy('more', allow('lambda:*', '*'), { Effect: 'Deny', NotAction: ['lambda:UpdateFunctionCode', 'execute-api:Invoke'], Resource: '*' })), ['high privilege-escalation']],
  ['a role that may replace code, where all functions but one are denied', withPolicies(soundPolicy, policy('more', allow('lambda:UpdateFunctionCode', '*'), { Effect: 'Deny', Action: 'lambda:*', NotResource: FUNCTION })), ['high privilege-escalation']],
  ['a role that may replace code, where functions with the first letter of a sample are denied', withPolicies(soundPolicy, policy('more', allow('lambda:UpdateFunctionCode', '*'), { Effect: 'Deny', Action: 'lambda:*', Resource: 'arn:aws:lambda:*:*:function:a*' })), ['high privilege-escalation']],
  ['a role that may read objects, where all else is denied', withPolicies(soundPolicy, policy('more', allow('s3:*', '*'), { Effect: 'Deny', NotAction: ['s3:GetObject', 'execute-api:Invoke'], Resource: '*' })), ['medium unneeded-permissions']],
  ['a role that may change roles, by an action with a wildcard for one letter', withPolicies(soundPolicy, policy('more', allow('iam:Put?olePolicy', '*'))), ['high privilege-escalation']],
  ['a role that may call every API whose ID has ten characters', withPolicies(policy('main', allow('execute-api:Invoke', `${STAGE.replace('abcdefghij', '??????????')}/GET/orders/*`))), ['high permissions-on-everything']],
  ['a resource policy that admits everybody to one value of a path parameter', withApiPolicy({ Principal: '*', Resource: `${STAGE}/GET/orders/42` }), ['high trusts-everyone']],
  ['a function whose versions anybody may invoke', withPermission({ Principal: '*', Resource: `${FUNCTION}:*` }), ['high open-function']],
  ['a function whose policy anybody may replace', withPermission({ Principal: '*', Action: 'lambda:PutResourcePolicy' }), ['high open-function']],
  ['a caller that may make access keys', { ...sound, caller: role(CALLER_ROLE, [soundCaller, policy('keys', allow('iam:CreateAccessKey', `arn:aws:iam::${B}:user/*`))]) }, ['high privilege-escalation']],
  ['no throttling', { ...sound, served: stageOf({ throttles: new Map() }) }, ['medium no-throttling']],
];

test.each(weakApis)('Of a weak API: %s.', (_weakness, facts, found) => {
  expect(codes(facts)).toEqual(found);
});

test('Each statement that allows has an ending, and one that nobody knows is not judged.', () => {
  const facts = besideCaller(trusted('*', { StringEquals: { 'aws:NewKey': 'x' } }), trusted({ AWS: B }), {
    Effect: 'Allow',
    Principal: '*',
    Action: 'sts:TagSession',
  });
  expect(reviewAll(facts).statements.map(({ where, ending }) => `${ending}: ${where}`)).toEqual([
    'narrow: statement #1 of main',
    'narrow: statement #1 of main',
    'narrow: statement #1 of trust policy of role invoke',
    'unread: statement #2 of trust policy of role invoke',
    'finding: statement #3 of trust policy of role invoke',
    'elsewhere: statement #4 of trust policy of role invoke',
  ]);
  expect(reviewAll(facts).statements[3]?.reason).toBe('nothing is known of the condition key aws:NewKey');
});

test('A URL that was not read leaves the statements that would open it without a judgement.', () => {
  const { findings, statements } = reviewAll(url('unread', ...publicUrl));
  expect(findings).toEqual([]);
  expect(statements.filter(({ ending }) => ending === 'unread')).toHaveLength(2);
  expect(statements.at(-1)?.reason).toContain(`lambda:GetFunctionUrlConfig on ${FUNCTION}`);
});

test('A policy that is not in the policy language is not judged, and the rest is.', () => {
  const broken = policy('broken', { Effect: 'Allow', Action: 'nothing', Resource: '*' });
  const facts = { ...withPolicies(broken), caller: role(CALLER_ROLE, [soundCaller], { boundary: broken }) };
  expect(reviewAll(facts).statements.map(({ where, ending }) => `${ending}: ${where}`)).toEqual([
    'narrow: statement #1 of main',
    'narrow: statement #1 of trust policy of role invoke',
    'unread: broken',
    'unread: broken',
  ]);
});

test('What an organization forbids narrows a statement, and what may not hold does not.', () => {
  const deny = (Condition: object) =>
    policy('perimeter', { Effect: 'Deny', Principal: '*', Action: 'sts:*', Resource: '*', Condition });
  const perimeter = (Condition: object): ReviewFacts => ({
    ...besideCaller(trusted('*', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/caller' } })),
    organizations: new Map([
      [A, 'o-1'],
      [B, 'o-1'],
    ]),
    limits: { resourceControl: [deny(Condition)], serviceControl: new Map() },
  });
  expect(codes(perimeter({ StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } }))).toEqual([
    'medium whole-organization',
  ]);
  expect(
    codes(perimeter({ StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1', 'aws:NewKey': 'x' } })),
  ).toEqual(['high trusts-everyone']);
});

test('A finding shows somebody who gets in.', () => {
  const [finding] = review(
    besideCaller(trusted('*', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/caller-role' } })),
  );
  expect(finding).toMatchObject({
    isPublic: true,
    message: expect.stringContaining('e.g. arn:aws:iam::000000000000:role/caller-role,'),
    witness: { principal: 'arn:aws:iam::000000000000:role/caller-role', action: 'sts:AssumeRole' },
  });
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

const changeOf = (facts: ReviewFacts) => review(facts)[0]?.change;
const OTHER = 'arn:aws:iam::333333333333:role/other';

test('The change for one of several principals leaves the others as they are.', () => {
  const statement = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
  };
  const named = (Sid: string, AWS: unknown, more: object = {}) => ({
    ...statement,
    Sid,
    Principal: { AWS },
    ...more,
  });
  const facts = withTrust(policy('trust', named('Callers', [B, OTHER])));
  const [whole, byName] = review(facts);
  const withArn = (arn: string) => ({
    Condition: { ...statement.Condition, ArnEquals: { 'aws:PrincipalArn': arn } },
  });
  expect(whole).toMatchObject({ code: 'whole-account' });
  expect(whole?.change.statements).toEqual([
    named('Callers', OTHER),
    named('Callers2', B, withArn(CALLER_ROLE)),
  ]);
  expect(byName).toMatchObject({ code: 'principal-by-name' });
  expect(byName?.change.statements).toEqual([
    named('Callers', B),
    named('Callers2', 'arn:aws:iam::333333333333:root', withArn(OTHER)),
  ]);
});

test('The change for an account names its recorded callers, and no role of another account.', () => {
  const facts = withTrust(trust({ AWS: B }, { StringEquals: { 'sts:ExternalId': 'x' } }));
  const second = CALLER_ROLE.replace('caller', 'second');
  const calls = [
    assumed({ 'sts:ExternalId': 'x' }),
    recorded('sts:AssumeRole', INVOKE_ROLE, second, { 'sts:ExternalId': 'x' }),
  ];
  // Roles of the same account that do other things do not need this role.
  const elsewhere = [
    recorded('sts:AssumeRole', OWN_ROLE, CALLER_ROLE.replace('caller', 'of-another-role')),
    recorded('s3:GetObject', 'arn:aws:s3:::orders/1', CALLER_ROLE.replace('caller', 'of-a-bucket')),
  ];
  const [finding] = review({ ...facts, recorded: [...calls, ...elsewhere] });
  expect(finding?.change.statements).toMatchObject([
    { Condition: { ArnEquals: { 'aws:PrincipalArn': [CALLER_ROLE, second] } } },
  ]);
  expect(finding?.proof).toEqual({ kind: 'proven', calls: 2 });

  const foreign = changeOf(
    withTrust(trust({ AWS: '333333333333' }, { StringEquals: { 'sts:ExternalId': 'x' } })),
  );
  expect(foreign).toEqual({
    text: 'Add the condition that aws:PrincipalArn is the role that calls, or one of several.',
  });
});

test('A managed policy has one finding, and its change keeps what is needed of all of its statements.', () => {
  const managed = 'arn:aws:iam::111111111111:policy/all';
  const deny = { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: `${STAGE}/DELETE/*` };
  const needed = allow('execute-api:Invoke', `${STAGE}/GET/orders/*`);
  const found = review({
    ...withPolicies(policy(managed, needed, allow('s3:*', '*'), allow('sqs:*', '*'), deny)),
    recorded: [invoked],
  });
  expect(found).toMatchObject([
    {
      code: 'unneeded-permissions',
      where: `statement #2 of managed policy ${managed} of role invoke`,
      message: expect.stringMatching(
        / 1 more of the statements of this policy allows more than is needed\.$/,
      ),
      proof: { kind: 'proven', calls: 1 },
    },
  ]);
  expect(found[0]?.change).toEqual({
    text: 'Detach the managed policy from the role, and give the role an inline policy with these statements.',
    statements: [needed, deny],
  });

  expect(changeOf(withPolicies(soundPolicy, policy(managed, allow('s3:*', '*'))))).toEqual({
    text: 'Detach the managed policy from the role.',
    statements: [],
  });
});

test('The change for the caller keeps its other actions.', () => {
  const statement = allow(['sts:AssumeRole', 's3:GetObject'], '*', { Sid: 'Work' });
  expect(changeOf({ ...sound, caller: role(CALLER_ROLE, [policy('main', statement)]) })).toEqual({
    text: 'Replace the statement by these. Keep what billing needs for other work: the review knows this call only.',
    statements: [
      { ...statement, Action: 'sts:AssumeRole', Resource: INVOKE_ROLE },
      { ...statement, Sid: 'Work2', Action: ['s3:GetObject'] },
    ],
  });
});

test('The review says if it could not read whether the accounts are in one organization.', () => {
  const facts = withTrust(trust({ AWS: B }, ofCaller));
  const words = 'It could not be read whether the accounts are in one organization.';
  const messageOf = (organizations: ReviewFacts['organizations']) =>
    review({ ...facts, organizations })[0]?.message;
  expect(messageOf(new Map([[A, 'o-1']]))).toContain(words);
  expect(
    messageOf(
      new Map([
        [A, 'o-1'],
        [B, undefined],
      ]),
    ),
  ).not.toContain(words);
});

test('A log group is named after the API, without the characters that CloudWatch Logs refuses.', () => {
  const api = apiOf([route('GET /orders/{id}')], { name: 'My orders (v2)' });
  const facts = { ...sound, api, served: stageOf({ accessLogArn: undefined }) };
  expect(changeOf(facts)?.command).toContain(":log-group:/aws/api-gateway/My-orders--v2-'");
});

test('The change of the permission for a function is a command that admits this API before it removes the other one.', () => {
  expect(changeOf(withPermission({}))?.command).toBe(
    `aws lambda add-permission --function-name ${FUNCTION} --statement-id abcdefghij-invokes --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '${API}/*' && aws lambda remove-permission --function-name ${FUNCTION} --statement-id gateway`,
  );
});

/** The facts once the change of a finding is made. */
function changed(facts: ReviewFacts, { statement, change }: Finding): ReviewFacts {
  const isIt = (each: unknown) => JSON.stringify(each) === JSON.stringify(statement);
  const inPolicy = (one: NamedPolicy): NamedPolicy => {
    const present = [one.document.Statement].flat();
    if (!present.some(isIt)) return one;
    const Statement = present.flatMap<unknown>((each) => (isIt(each) ? (change.statements ?? []) : each));
    return { ...one, document: { ...one.document, Statement } };
  };
  const inPolicies = (policies: readonly NamedPolicy[]) =>
    policies.map(inPolicy).filter(({ document }) => [document.Statement].flat().length > 0);
  const { caller, invokeRole, api, functionPolicies } = facts;
  return {
    ...facts,
    caller: caller && { ...caller, policies: inPolicies(caller.policies) },
    invokeRole: invokeRole && {
      ...invokeRole,
      policies: inPolicies(invokeRole.policies),
      trust: inPolicy(invokeRole.trust),
    },
    api: api?.policy ? { ...api, policy: inPolicy(api.policy) } : api,
    functionPolicies: new Map([...functionPolicies].map(([arn, one]) => [arn, inPolicy(one)])),
  };
}

test.each([...weaknesses, ...weakApis])(
  'The changes for the weakness %j end it, and refuse no recorded call.',
  (_weakness, facts) => {
    const calls = [
      assumed({ 'sts:ExternalId': 'x', 'aws:PrincipalOrgID': 'o-1' }),
      invoked,
      recorded('execute-api:Invoke', `${STAGE}/GET/orders/7`, CALLER_ROLE, {
        'aws:SourceVpce': 'vpce-1',
        'aws:SourceIp': '192.0.2.1',
      }),
    ];
    const withCalls: ReviewFacts = { externalId: 'x', ...facts, recorded: calls };
    const found = review(withCalls).filter(({ change }) => change.statements !== undefined);
    for (const finding of found) {
      expect([finding.code, finding.proof.kind]).not.toEqual([finding.code, 'refuses']);
      const after = review(changed(withCalls, finding)).map(({ code, where }) => `${code} ${where}`);
      expect(after).not.toContain(`${finding.code} ${finding.where}`);
    }
  },
);

test('The proposed permissions on a route that takes any method are for the methods that are called.', () => {
  const facts = withPolicies(policy('main', allow('execute-api:Invoke', '*')));
  const api = apiOf([route('ANY /{proxy+}')]);
  const resourcesFor = (more: Partial<ReviewFacts>) =>
    changeOf({ ...facts, api, ...more })?.statements?.map(({ Resource }) => Resource);
  expect(resourcesFor({})).toEqual([`${STAGE}/*/*`]);
  const asked = [
    { method: 'GET', path: '/orders/7' },
    { method: 'PUT', path: '/orders/7' },
  ];
  expect(resourcesFor({ asked })).toEqual([[`${STAGE}/GET/*`, `${STAGE}/PUT/*`]]);
  expect(resourcesFor({ recorded: [invoked] })).toEqual([`${STAGE}/GET/*`]);
});

// biome-ignore format: a finding is a line
test.each<readonly [who: string, facts: ReviewFacts, message: string]>([
  ['roles in a network', withApiPolicy({ Principal: '*' }, { Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } }), 'Any role or user in a network may call the API, if its administrators allow it.'],
  ['an organization', withTrust(trust('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } })), 'Any account of organization o-1 may assume the role, if its administrators allow it.'],
  ['an account', withTrust(trust({ AWS: `arn:aws:iam::${B}:root` }, { StringEquals: { 'sts:ExternalId': 'x' } })), `Every role and user of account ${B} may assume the role, if its administrators allow it.`],
])('A finding says whether the account of those who get in must allow it, too: %s.', (_who, facts, message) => {
  expect(review(facts).map((finding) => finding.message)).toContain(message);
});

const managed: readonly { readonly name: string; readonly document: NamedPolicy['document'] }[] = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../../local-aws/src/identity/aws-managed-policies.json'),
    'utf8',
  ),
);

test.each(managed)(
  'Each statement of the AWS managed policy $name has an ending, at the role and at the caller.',
  ({ name, document }) => {
    const attached = { name: `arn:aws:iam::aws:policy/${name}`, document };
    const facts = {
      ...withPolicies(soundPolicy, attached),
      caller: role(CALLER_ROLE, [soundCaller, attached]),
    };
    const { findings, statements } = reviewAll(facts);
    const own = statements.filter(({ where }) => where.includes(name));
    const allows = [document.Statement].flat().filter((each) => Object(each).Effect === 'Allow');
    expect(own).toHaveLength(2 * allows.length);
    expect(own.filter(({ ending }) => ending === 'unread')).toEqual([]);
    // The call needs nothing that they allow.
    expect(findings.some(({ where }) => where.includes(name))).toBe(allows.length > 0);
    if (name === 'AdministratorAccess') {
      expect(findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
        'high permissions-on-everything',
        'high privilege-escalation',
      ]);
    }
  },
);
