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
  rootArn,
  route,
  type Situation,
  session,
  summarize,
  trust,
  user,
} from './authorization.testing.ts';
import { decide } from './authorizer.ts';
import type { AuthorizationQuestion } from './decision.ts';

describe('trust policies', () => {
  const own = session({ roleName: 'own' });
  const ownArn = `arn:aws:iam::${A}:role/own`;
  const recreated = session({ roleName: 'own', roleId: 'AROANEWNEWNEWNEWNEW22' });
  const cases: Situation[] = [
    [
      'same account, role named',
      assume(own, [trust(arn(ownArn))]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'same account, user named',
      assume(user(), [trust(arn(user().arn))]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    ['same account, account named', assume(own, [trust(arn(rootArn(A)))]), {}, 'lacks identity-based policy'],
    [
      '… and identity policy allows',
      assume(own, [trust(arn(rootArn(A)))]),
      identity(mayAssume),
      'allowed by trust policy of role invoke Trust + identity Assume',
    ],
    [
      'same account, identity policy only',
      assume(own, [trust(arn(rootArn(B)))]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'same account, no trust policy',
      { ...assume(own, []), resourcePolicy: policy('empty', allowLogs) },
      identity(allowAll),
      'lacks role trust policy',
    ],
    [
      'cross account, account named, identity allows',
      assume(caller, [trust(arn(rootArn(B)))]),
      identity(mayAssume),
      'allowed by trust policy of role invoke Trust + identity Assume',
    ],
    [
      'cross account, role named, identity lacks',
      assume(caller, [trust(arn(callerArn))]),
      {},
      'lacks identity-based policy',
    ],
    [
      'cross account, identity allows, not trusted',
      assume(caller, [trust(arn(ownArn))]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'external ID right',
      assume(caller, [trust(arn(B), external)], { 'sts:ExternalId': 'a' }),
      identity(mayAssume),
      'allowed by trust policy of role invoke Trust + identity Assume',
    ],
    [
      'external ID wrong',
      assume(caller, [trust(arn(B), external)], { 'sts:ExternalId': 'b' }),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'external ID absent',
      assume(caller, [trust(arn(B), external)]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'tags need sts:TagSession',
      { ...assume(caller, [trust(arn(B))]), action: 'sts:TagSession' },
      identity({ ...mayAssume, Action: 'sts:*' }),
      'lacks role trust policy',
    ],
    [
      'tags with sts:TagSession',
      {
        ...assume(caller, [trust(arn(B), { Action: ['sts:AssumeRole', 'sts:TagSession'] })]),
        action: 'sts:TagSession',
      },
      identity({ ...mayAssume, Action: 'sts:*' }),
      'allowed by trust policy of role invoke Trust + identity Assume',
    ],
    [
      'the role by unique ID',
      assume(own, [trust(arn('AROAEXAMPLEEXAMPLE222'))]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'the unique ID of a deleted role',
      assume(recreated, [trust(arn('AROAEXAMPLEEXAMPLE222'))]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'the user by unique ID',
      assume(user(), [trust(arn('AIDAEXAMPLEEXAMPLE222'))]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'the right role in another account',
      assume(session({ accountId: B, roleName: 'own' }), [trust(arn(ownArn))]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
    [
      'a service',
      assume({ type: 'Service', service: 'lambda.amazonaws.com' }, [
        trust({ Service: 'lambda.amazonaws.com' }),
      ]),
      {},
      'allowed by trust policy of role invoke Trust',
    ],
    [
      'another service',
      assume(apiGateway, [trust({ Service: 'lambda.amazonaws.com' })]),
      {},
      'lacks role trust policy',
    ],
    [
      "a principal who bears a service's name",
      assume(caller, [trust({ Service: callerArn })]),
      identity(mayAssume),
      'lacks role trust policy',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('services', () => {
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
  const ask = (sourceArn: string, ...statements: RawStatement[]): AuthorizationQuestion => ({
    principal: apiGateway,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: A,
    resourcePolicy: policy('function policy', ...statements),
    context: { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': A },
  });
  const cases: [string, AuthorizationQuestion, string][] = [
    ['permission for the route', ask(route, permission()), 'allowed by function policy ApiGateway'],
    [
      'permission for another route',
      ask(route.replace('hello', 'bye'), permission()),
      'lacks resource-based policy',
    ],
    [
      'permission for another API',
      ask(route.replace('abc123', 'xyz789'), permission()),
      'lacks resource-based policy',
    ],
    [
      'permission for another service',
      ask(route, permission({ Principal: { Service: 's3.amazonaws.com' } })),
      'lacks resource-based policy',
    ],
    [
      'permission for everyone',
      ask(route, permission({ Principal: '*' })),
      'allowed by function policy ApiGateway',
    ],
    [
      'permission for an account',
      ask(route, permission({ Principal: { AWS: A } })),
      'lacks resource-based policy',
    ],
    [
      'a deny',
      ask(route, permission(), { ...permission(), Sid: 'Never', Effect: 'Deny' }),
      'denied by function policy Never',
    ],
    [
      'no policy',
      { ...ask(route, permission()), resourcePolicy: policy('function policy', allowLogs) },
      'lacks resource-based policy',
    ],
  ];
  test.each(cases)('%s', (_, question, result) => {
    expect(summarize(decide(question, policies()))).toBe(result);
  });
});
