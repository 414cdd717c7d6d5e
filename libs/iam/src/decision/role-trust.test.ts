import {
  A,
  allowAll,
  allowLogs,
  apiGateway,
  arn,
  assume,
  B,
  caller,
  callerArn,
  external,
  identity,
  mayAssume,
  policies,
  policy,
  type RawStatement,
  root,
  rootArn,
  route,
  type Situation,
  session,
  summarize,
  trust,
  user,
} from '../authorization.testing.ts';
import { decide } from './authorizer.ts';
import type { AuthorizationRequest } from './decision.ts';

describe('trust policies', () => {
  const own = session({ roleName: 'own' });
  const ownArn = `arn:aws:iam::${A}:role/own`;
  const recreated = session({ roleName: 'own', roleId: 'AROANEWNEWNEWNEWNEW22' });
  const cases: Situation[] = [
    [
      'a trust policy that names the role allows alone in its own account',
      assume(own, [trust(arn(ownArn))]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'a trust policy that names the user allows alone in its own account',
      assume(user(), [trust(arn(user().arn))]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'a trust policy that names only the account does not allow alone',
      assume(own, [trust(arn(rootArn(A)))]),
      {},
      'lacks identity-based policy',
    ],
    [
      'a trust policy that names the account allows together with an identity policy',
      assume(own, [trust(arn(rootArn(A)))]),
      identity(mayAssume),
      'allowed by trust policy of role invoke Trust + identity Assume',
    ],
    // "Roles may not be assumed by root accounts.": https://github.com/kubernetes/kubectl/issues/1243
    [
      'a root user assumes no role of its own account, though the trust policy names the account',
      assume(root(), [trust(arn(rootArn(A)))]),
      {},
      `denied by root user of account ${A} AssumesNoRole`,
    ],
    [
      'a root user assumes no role of another account, though the trust policy names its account',
      assume(root(B), [trust(arn(rootArn(B)))]),
      {},
      `denied by root user of account ${B} AssumesNoRole`,
    ],
    [
      'an identity policy alone does not allow',
      assume(own, [trust(arn(rootArn(B)))]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'a trust policy about other actions does not allow',
      { ...assume(own, []), resourcePolicy: policy('empty', allowLogs) },
      identity(allowAll),
      'lacks role trust policy',
    ],
    [
      'across accounts, a trust policy and an identity policy allow together',
      assume(caller, [trust(arn(rootArn(B)))]),
      identity(mayAssume),
      'allowed by trust policy of role invoke Trust + identity Assume',
    ],
    [
      'across accounts, a trust policy alone does not allow',
      assume(caller, [trust(arn(callerArn))]),
      {},
      'lacks identity-based policy',
    ],
    [
      'across accounts, an identity policy alone does not allow',
      assume(caller, [trust(arn(ownArn))]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'the right external ID meets the condition',
      assume(caller, [trust(arn(B), external)], { 'sts:ExternalId': 'a' }),
      identity(mayAssume),
      'allowed by trust policy of role invoke Trust + identity Assume',
    ],
    [
      'a wrong external ID does not meet the condition',
      assume(caller, [trust(arn(B), external)], { 'sts:ExternalId': 'b' }),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'a request without an external ID does not meet the condition',
      assume(caller, [trust(arn(B), external)]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'a trust policy without sts:TagSession does not allow tags',
      { ...assume(caller, [trust(arn(B))]), action: 'sts:TagSession' },
      identity({ ...mayAssume, Action: 'sts:*' }),
      'lacks role trust policy',
    ],
    [
      'a trust policy with sts:TagSession allows tags',
      {
        ...assume(caller, [trust(arn(B), { Action: ['sts:AssumeRole', 'sts:TagSession'] })]),
        action: 'sts:TagSession',
      },
      identity({ ...mayAssume, Action: 'sts:*' }),
      'allowed by trust policy of role invoke Trust + identity Assume',
    ],
    [
      'a trust policy can name a role by its unique ID',
      assume(own, [trust(arn('AROAEXAMPLEEXAMPLE222'))]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'a role that was created again has another unique ID',
      assume(recreated, [trust(arn('AROAEXAMPLEEXAMPLE222'))]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'a trust policy can name a user by its unique ID',
      assume(user(), [trust(arn('AIDAEXAMPLEEXAMPLE222'))]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'a role of the same name in another account is not trusted',
      assume(session({ accountId: B, roleName: 'own' }), [trust(arn(ownArn))]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'a trust policy can name a service',
      assume({ type: 'Service', service: 'lambda.amazonaws.com' }, [
        trust({ Service: 'lambda.amazonaws.com' }),
      ]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'a service that the trust policy does not name is not trusted',
      assume(apiGateway, [trust({ Service: 'lambda.amazonaws.com' })]),
      {},
      'lacks role trust policy',
    ],
    [
      'a role is not trusted if the policy names a service with the ARN of the role',
      assume(caller, [trust({ Service: callerArn })]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('policies of a function that API Gateway invokes', () => {
  const functionArn = `arn:aws:lambda:us-east-1:${A}:function:api`;
  const permission = (more: RawStatement = {}): RawStatement => ({
    Sid: 'ApiGateway',
    Effect: 'Allow',
    Principal: { Service: 'apigateway.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: functionArn,
    Condition: { ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:us-east-1:${A}:abc123/*/GET/hello` } },
    ...more,
  });
  const ask = (sourceArn: string, ...statements: RawStatement[]): AuthorizationRequest => ({
    principal: apiGateway,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: A,
    resourcePolicy: policy('function policy', ...statements),
    context: { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': A },
  });
  const cases: [string, AuthorizationRequest, string][] = [
    ['a permission for the route allows', ask(route, permission()), 'allowed by function policy ApiGateway'],
    [
      'a permission for another route does not allow',
      ask(route.replace('hello', 'bye'), permission()),
      'lacks resource-based policy',
    ],
    [
      'a permission for another API does not allow',
      ask(route.replace('abc123', 'xyz789'), permission()),
      'lacks resource-based policy',
    ],
    [
      'a permission for another service does not allow',
      ask(route, permission({ Principal: { Service: 's3.amazonaws.com' } })),
      'lacks resource-based policy',
    ],
    [
      'a permission for everyone allows',
      ask(route, permission({ Principal: '*' })),
      'allowed by function policy ApiGateway',
    ],
    [
      'a permission for the account does not allow the service',
      ask(route, permission({ Principal: { AWS: A } })),
      'lacks resource-based policy',
    ],
    [
      'a statement that denies overrides the permission',
      ask(route, permission(), { ...permission(), Sid: 'Never', Effect: 'Deny' }),
      'denied by function policy Never',
    ],
    [
      'a policy about other actions does not allow',
      { ...ask(route, permission()), resourcePolicy: policy('function policy', allowLogs) },
      'lacks resource-based policy',
    ],
  ];
  test.each(cases)('%s', (_, question, result) => {
    expect(summarize(decide(question, policies()))).toBe(result);
  });
});
