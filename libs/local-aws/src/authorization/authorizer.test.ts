import {
  A,
  allowAll,
  allowLogs,
  apiGateway,
  arn,
  B,
  boundary,
  caller,
  callerArn,
  denyInvoke,
  identity,
  invoke,
  invokeRoute,
  limited,
  policies,
  policy,
  resource,
  roleArn,
  root,
  rootArn,
  type Situation,
  scp,
  session,
  sessionArn,
  summarize,
  user,
} from './authorization.testing.ts';
import { createAuthorizer, decide } from './authorizer.ts';

describe('within one account', () => {
  const cases: Situation[] = [
    ['no policy at all', invoke(session()), {}, 'lacks identity-based policy'],
    ['identity policy allows', invoke(session()), identity(invokeRoute), 'allowed by identity Invoke'],
    [
      'the second statement allows',
      invoke(session()),
      identity(allowLogs, allowAll),
      'allowed by identity #2',
    ],
    ['identity policy denies', invoke(session()), identity(invokeRoute, denyInvoke), 'denied by identity No'],
    [
      'identity policy allows something else',
      invoke(session()),
      identity(allowLogs),
      'lacks identity-based policy',
    ],
    [
      'resource policy names the role',
      invoke(session(), resource(arn(roleArn))),
      {},
      'allowed by resource Invoke',
    ],
    [
      'resource policy names the session',
      invoke(session(), resource(arn(sessionArn))),
      {},
      'allowed by resource Invoke',
    ],
    [
      'resource policy names another session',
      invoke(session(), resource(arn(`${sessionArn}2`))),
      {},
      'lacks identity-based policy',
    ],
    [
      'resource policy names the user',
      invoke(user(), resource(arn(user().arn))),
      {},
      'allowed by resource Invoke',
    ],
    ['resource policy names everyone', invoke(session(), resource('*')), {}, 'allowed by resource Invoke'],
    [
      'resource policy names the account only',
      invoke(session(), resource(arn(A))),
      {},
      'lacks identity-based policy',
    ],
    [
      '… and the identity policy allows',
      invoke(session(), resource(arn(A))),
      identity(invokeRoute),
      'allowed by identity Invoke',
    ],
    [
      'resource policy denies the account',
      invoke(session(), resource(arn(rootArn(A)), { Effect: 'Deny' })),
      identity(allowAll),
      'denied by resource Invoke',
    ],
    ['root user', invoke(root()), {}, `allowed by root user of account ${A} FullAccess`],
    [
      'root user, resource policy denies',
      invoke(root(), resource('*', { Effect: 'Deny' })),
      {},
      'denied by resource Invoke',
    ],
    [
      'GetCallerIdentity though denied',
      { ...invoke(session()), action: 'sts:GetCallerIdentity', resource: '*' },
      identity({ ...denyInvoke, Action: '*' }),
      'allowed by ',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('permissions boundary and session policy only narrow', () => {
  const both = { ...identity(allowAll), ...boundary(allowLogs) };
  const cases: Situation[] = [
    [
      'boundary allows too',
      invoke(session()),
      { ...identity(allowAll), ...boundary(invokeRoute) },
      'allowed by identity #1',
    ],
    ['boundary does not allow', invoke(session()), both, 'lacks permissions boundary'],
    ['boundary alone grants nothing', invoke(session()), boundary(allowAll), 'lacks identity-based policy'],
    [
      'boundary denies',
      invoke(session()),
      { ...identity(allowAll), ...boundary(allowAll, denyInvoke) },
      'denied by boundary No',
    ],
    [
      'boundary, role named by resource',
      invoke(session(), resource(arn(roleArn))),
      both,
      'lacks permissions boundary',
    ],
    [
      'boundary, session named by resource',
      invoke(session(), resource(arn(sessionArn))),
      both,
      'allowed by resource Invoke',
    ],
    [
      'boundary, user named by resource',
      invoke(user(), resource(arn(user().arn))),
      both,
      'allowed by resource Invoke',
    ],
    [
      'boundary, everyone named by resource',
      invoke(session(), resource('*')),
      both,
      'allowed by resource Invoke',
    ],
    [
      'boundary denies though session is named',
      invoke(session(), resource(arn(sessionArn))),
      boundary(denyInvoke),
      'denied by boundary No',
    ],
    ['session policy allows too', invoke(limited(invokeRoute)), identity(allowAll), 'allowed by identity #1'],
    ['session policy does not allow', invoke(limited(allowLogs)), identity(allowAll), 'lacks session policy'],
    ['session policy alone grants nothing', invoke(limited(allowAll)), {}, 'lacks identity-based policy'],
    [
      'session policy denies',
      invoke(limited(allowAll, denyInvoke)),
      identity(allowAll),
      'denied by session No',
    ],
    [
      'session policy, role named by resource',
      invoke(limited(allowLogs), resource(arn(roleArn))),
      {},
      'lacks session policy',
    ],
    [
      'session policy, session named by resource',
      invoke(limited(allowLogs), resource(arn(sessionArn))),
      {},
      'allowed by resource Invoke',
    ],
    [
      'one of two session policies allows',
      invoke(session({ sessionPolicies: [policy('one', allowLogs), policy('two', invokeRoute)] })),
      identity(allowAll),
      'allowed by identity #1',
    ],
    ['boundary and session policy both lack', invoke(limited(allowLogs)), both, 'lacks permissions boundary'],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('service control policies', () => {
  const granted = identity(allowAll);
  const cases: Situation[] = [
    [
      'every level allows',
      invoke(session()),
      { ...granted, serviceControl: [scp(allowAll), scp(invokeRoute)] },
      'allowed by identity #1',
    ],
    [
      'one level does not',
      invoke(session()),
      { ...granted, serviceControl: [scp(allowAll), scp(allowLogs)] },
      'lacks service control policy',
    ],
    [
      'an empty level',
      invoke(session()),
      { ...granted, serviceControl: [scp(allowAll), []] },
      'lacks service control policy',
    ],
    [
      'one level denies',
      invoke(session()),
      { ...granted, serviceControl: [scp(allowAll, denyInvoke), scp(allowAll)] },
      'denied by scp No',
    ],
    [
      'it grants nothing',
      invoke(session()),
      { serviceControl: [scp(allowAll)] },
      'lacks identity-based policy',
    ],
    [
      'it binds the root user',
      invoke(root()),
      { serviceControl: [scp(allowLogs)] },
      'lacks service control policy',
    ],
    [
      'it binds a session that the resource names',
      invoke(session(), resource(arn(sessionArn))),
      { serviceControl: [scp(allowLogs)] },
      'lacks service control policy',
    ],
    [
      'not a service-linked role',
      invoke(session({ principalArn: `arn:aws:iam::${A}:role/aws-service-role/x.amazonaws.com/invoke` })),
      { ...granted, serviceControl: [scp(denyInvoke)] },
      'allowed by identity #1',
    ],
    [
      'its deny is named before others',
      invoke(session()),
      { ...identity(denyInvoke), serviceControl: [scp(denyInvoke)] },
      'denied by scp No + identity No',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('across accounts both sides must allow', () => {
  const cases: Situation[] = [
    ['neither', invoke(caller), {}, 'lacks resource-based policy'],
    ['identity only', invoke(caller), identity(allowAll), 'lacks resource-based policy'],
    ['resource only', invoke(caller, resource(arn(callerArn))), {}, 'lacks identity-based policy'],
    [
      'session named, resource only',
      invoke(caller, resource(arn(caller.arn))),
      {},
      'lacks identity-based policy',
    ],
    [
      'both, role named',
      invoke(caller, resource(arn(callerArn))),
      identity(invokeRoute),
      'allowed by resource Invoke + identity Invoke',
    ],
    [
      'both, account named',
      invoke(caller, resource(arn(rootArn(B)))),
      identity(invokeRoute),
      'allowed by resource Invoke + identity Invoke',
    ],
    [
      'another account named',
      invoke(caller, resource(arn(rootArn(A)))),
      identity(invokeRoute),
      'lacks resource-based policy',
    ],
    [
      'both, boundary lacks',
      invoke(caller, resource(arn(caller.arn))),
      { ...identity(allowAll), ...boundary(allowLogs) },
      'lacks permissions boundary',
    ],
    [
      'root user of the other account',
      invoke(root(B), resource(arn(B))),
      {},
      `allowed by resource Invoke + root user of account ${B} FullAccess`,
    ],
    ['root user without a resource policy', invoke(root(B)), {}, 'lacks resource-based policy'],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('createAuthorizer', () => {
  test('asks the source anew for each decision', async () => {
    let deployed = [policy('identity', allowLogs)];
    const authorizer = createAuthorizer({
      identityPolicies: () => deployed,
      permissionsBoundary: () => Promise.resolve(undefined),
      organizationOf: () => undefined,
    });
    expect((await authorizer.decide(invoke(session()))).allowed).toBe(false);
    deployed = [policy('identity', invokeRoute)];
    expect((await authorizer.decide(invoke(session()))).allowed).toBe(true);
  });

  test('the organization is a fact that the request cannot set', async () => {
    const authorizer = createAuthorizer({
      identityPolicies: () => [
        policy('identity', { ...allowAll, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-mine' } } }),
      ],
      permissionsBoundary: () => undefined,
      organizationOf: () => ({ organizationId: 'o-theirs', serviceControl: [], resourceControl: [] }),
    });
    const decision = await authorizer.decide(
      invoke(session(), { context: { 'aws:PrincipalOrgID': 'o-mine' } }),
    );
    expect(decision).toMatchObject({ allowed: false, context: { 'aws:PrincipalOrgID': 'o-theirs' } });
  });

  const deployed = (condition: object, accounts: Readonly<Record<string, string>> = {}) =>
    createAuthorizer({
      identityPolicies: () => [policy('identity', { ...allowAll, Condition: condition })],
      permissionsBoundary: () => undefined,
      organizationOf: (accountId) => {
        const organizationId = accounts[accountId];
        return organizationId === undefined
          ? undefined
          : { organizationId, serviceControl: [], resourceControl: [] };
      },
    });

  test.each([
    [A, {}, true],
    [B, {}, false],
    [A, { 'aws:ResourceAccount': B }, true],
  ])(
    'aws:ResourceAccount is the account of the resource (%s, request says %j)',
    async (id, context, allowed) => {
      const authorizer = deployed({ StringEquals: { 'aws:ResourceAccount': id } });
      expect((await authorizer.decide(invoke(session(), { context }))).allowed).toBe(allowed);
    },
  );

  test.each([
    [{ [A]: 'o-mine', [B]: 'o-mine' }, true],
    [{ [B]: 'o-mine' }, false],
    [{ [A]: 'o-theirs', [B]: 'o-mine' }, false],
  ])("aws:ResourceOrgID is the organization of the resource's account: %j", async (accounts, allowed) => {
    const authorizer = deployed({ StringEquals: { 'aws:ResourceOrgID': 'o-mine' } }, accounts);
    const question = invoke(caller, resource(arn(callerArn)));
    expect((await authorizer.decide(question)).allowed).toBe(allowed);
  });

  test('a question without a request has the keys of who asks', async () => {
    const authorizer = deployed({ ArnEquals: { 'aws:PrincipalArn': roleArn } });
    expect((await authorizer.decide({ ...invoke(session()), context: {} })).allowed).toBe(true);
  });

  test('a root user and a service have no policies to be asked for', async () => {
    const none = () => {
      throw new Error('asked');
    };
    const authorizer = createAuthorizer({
      identityPolicies: none,
      permissionsBoundary: none,
      organizationOf: () => undefined,
    });
    expect((await authorizer.decide(invoke(root()))).allowed).toBe(true);
    expect((await authorizer.decide(invoke(apiGateway))).allowed).toBe(false);
  });
});
