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
  type RawStatement,
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
} from '../authorization.testing.ts';
import { smallestChange } from '../explanation/remedy.ts';
import { createAuthorizer, decide } from './authorizer.ts';

describe('within one account', () => {
  const cases: Situation[] = [
    ['without any policy, nothing is allowed', invoke(session()), {}, 'lacks identity-based policy'],
    ['an identity policy can allow', invoke(session()), identity(invokeRoute), 'allowed by identity Invoke'],
    [
      'any statement of a policy can allow',
      invoke(session()),
      identity(allowLogs, allowAll),
      'allowed by identity #2',
    ],
    [
      'a statement that denies overrides one that allows',
      invoke(session()),
      identity(invokeRoute, denyInvoke),
      'denied by identity No',
    ],
    [
      'a statement about other actions does not allow',
      invoke(session()),
      identity(allowLogs),
      'lacks identity-based policy',
    ],
    [
      'a resource policy that names the role allows alone',
      invoke(session(), resource(arn(roleArn))),
      {},
      'allowed by resource Invoke',
    ],
    [
      'a resource policy that names the session allows alone',
      invoke(session(), resource(arn(sessionArn))),
      {},
      'allowed by resource Invoke',
    ],
    [
      'a resource policy that names all but another principal allows alone, as one that names everybody',
      invoke(session(), resource(undefined, { NotPrincipal: { AWS: B } })),
      {},
      'allowed by resource Invoke',
    ],
    [
      'a resource policy that names another session does not allow',
      invoke(session(), resource(arn(`${sessionArn}2`))),
      {},
      'lacks identity-based policy',
    ],
    [
      'a resource policy that names the user allows alone',
      invoke(user(), resource(arn(user().arn))),
      {},
      'allowed by resource Invoke',
    ],
    [
      'a resource policy that names everyone allows alone',
      invoke(session(), resource('*')),
      {},
      'allowed by resource Invoke',
    ],
    [
      'a resource policy that names only the account does not allow alone',
      invoke(session(), resource(arn(A))),
      {},
      'lacks identity-based policy',
    ],
    [
      'a resource policy that names the account allows together with an identity policy',
      invoke(session(), resource(arn(A))),
      identity(invokeRoute),
      'allowed by identity Invoke',
    ],
    [
      'a resource policy that denies the account overrides an identity policy that allows',
      invoke(session(), resource(arn(rootArn(A)), { Effect: 'Deny' })),
      identity(allowAll),
      'denied by resource Invoke',
    ],
    [
      'the root user may do everything in its account',
      invoke(root()),
      {},
      `allowed by root user of account ${A} FullAccess`,
    ],
    [
      'a resource policy can deny the root user',
      invoke(root(), resource('*', { Effect: 'Deny' })),
      {},
      'denied by resource Invoke',
    ],
    [
      'GetCallerIdentity is allowed even if a policy denies it',
      { ...invoke(session()), action: 'sts:GetCallerIdentity', resource: '*' },
      identity({ ...denyInvoke, Action: '*' }),
      'allowed by ',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('the policy of a VPC endpoint', () => {
  const endpoint = (...statements: RawStatement[]) => ({ vpcEndpoint: policy('endpoint', ...statements) });
  const everyone = { ...allowAll, Principal: '*' };
  const ofRole = { ...everyone, Condition: { ArnEquals: { 'aws:PrincipalArn': session().principalArn } } };
  test.each([
    ['that allows everyone changes nothing', endpoint(everyone), 'allowed'],
    ['that allows the role changes nothing', endpoint(ofRole), 'allowed'],
    ['that allows another action', endpoint({ ...everyone, Action: 's3:*' }), 'lacks VPC endpoint policy'],
    ['that denies', endpoint(everyone, { ...denyInvoke, Principal: '*' }), 'denied'],
  ])('%s', (_what, policies, expected) => {
    const decision = decide(invoke(session()), { identity: [policy('identity', allowAll)], ...policies });
    const outcome = decision.allowed
      ? 'allowed'
      : decision.denial === 'explicit'
        ? 'denied'
        : `lacks ${decision.missing}`;
    expect(outcome).toBe(expected);
  });

  test('allows nothing alone', () => {
    expect(decide(invoke(session()), { identity: [], ...endpoint(everyone) })).toMatchObject({
      missing: 'identity-based policy',
    });
  });

  test('gets a statement for the role, whose account would mean its root user', () => {
    const policies = {
      identity: [policy('identity', allowAll)],
      ...endpoint({ ...everyone, Action: 's3:*' }),
    };
    expect(smallestChange(decide(invoke(session()), policies)).remedies).toMatchObject([
      {
        kind: 'VPC endpoint policy',
        where: 'endpoint',
        statement: { Principal: '*', Condition: ofRole.Condition },
      },
    ]);
  });
});

describe('a permissions boundary and a session policy', () => {
  const both = { ...identity(allowAll), ...boundary(allowLogs) };
  const cases: Situation[] = [
    [
      'a boundary that allows the request changes nothing',
      invoke(session()),
      { ...identity(allowAll), ...boundary(invokeRoute) },
      'allowed by identity #1',
    ],
    [
      'a boundary that does not allow the request makes it fail',
      invoke(session()),
      both,
      'lacks permissions boundary',
    ],
    ['a boundary alone grants nothing', invoke(session()), boundary(allowAll), 'lacks identity-based policy'],
    [
      'a boundary can deny',
      invoke(session()),
      { ...identity(allowAll), ...boundary(allowAll, denyInvoke) },
      'denied by boundary No',
    ],
    [
      'a boundary limits a role that the resource policy names',
      invoke(session(), resource(arn(roleArn))),
      both,
      'lacks permissions boundary',
    ],
    [
      'a boundary does not limit a session that the resource policy names',
      invoke(session(), resource(arn(sessionArn))),
      both,
      'allowed by resource Invoke',
    ],
    [
      'a boundary does not limit a user that the resource policy names',
      invoke(user(), resource(arn(user().arn))),
      both,
      'allowed by resource Invoke',
    ],
    [
      'a boundary does not limit a resource policy that names everyone',
      invoke(session(), resource('*')),
      both,
      'allowed by resource Invoke',
    ],
    [
      'a boundary can deny a session that the resource policy names',
      invoke(session(), resource(arn(sessionArn))),
      boundary(denyInvoke),
      'denied by boundary No',
    ],
    [
      'a session policy that allows the request changes nothing',
      invoke(limited(invokeRoute)),
      identity(allowAll),
      'allowed by identity #1',
    ],
    [
      'a session policy that does not allow the request makes it fail',
      invoke(limited(allowLogs)),
      identity(allowAll),
      'lacks session policy',
    ],
    ['a session policy alone grants nothing', invoke(limited(allowAll)), {}, 'lacks identity-based policy'],
    [
      'a session policy can deny',
      invoke(limited(allowAll, denyInvoke)),
      identity(allowAll),
      'denied by session No',
    ],
    [
      'a session policy limits a role that the resource policy names',
      invoke(limited(allowLogs), resource(arn(roleArn))),
      {},
      'lacks session policy',
    ],
    [
      'a session policy does not limit a session that the resource policy names',
      invoke(limited(allowLogs), resource(arn(sessionArn))),
      {},
      'allowed by resource Invoke',
    ],
    [
      'it is enough if one of two session policies allows',
      invoke(session({ sessionPolicies: [policy('one', allowLogs), policy('two', invokeRoute)] })),
      identity(allowAll),
      'allowed by identity #1',
    ],
    [
      'if neither boundary nor session policy allows, the boundary is named',
      invoke(limited(allowLogs)),
      both,
      'lacks permissions boundary',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('service control policies', () => {
  const granted = identity(allowAll);
  const cases: Situation[] = [
    [
      'a request that every level allows is allowed',
      invoke(session()),
      { ...granted, serviceControl: [scp(allowAll), scp(invokeRoute)] },
      'allowed by identity #1',
    ],
    [
      'a request that one level does not allow is denied',
      invoke(session()),
      { ...granted, serviceControl: [scp(allowAll), scp(allowLogs)] },
      'lacks service control policy',
    ],
    [
      'a level without policies allows nothing',
      invoke(session()),
      { ...granted, serviceControl: [scp(allowAll), []] },
      'lacks service control policy',
    ],
    [
      'each level can deny',
      invoke(session()),
      { ...granted, serviceControl: [scp(allowAll, denyInvoke), scp(allowAll)] },
      'denied by scp No',
    ],
    [
      'they grant nothing',
      invoke(session()),
      { serviceControl: [scp(allowAll)] },
      'lacks identity-based policy',
    ],
    [
      'they bind the root user',
      invoke(root()),
      { serviceControl: [scp(allowLogs)] },
      'lacks service control policy',
    ],
    [
      'they bind a session that the resource policy names',
      invoke(session(), resource(arn(sessionArn))),
      { serviceControl: [scp(allowLogs)] },
      'lacks service control policy',
    ],
    [
      'they do not bind service-linked roles',
      invoke(session({ principalArn: `arn:aws:iam::${A}:role/aws-service-role/x.amazonaws.com/invoke` })),
      { ...granted, serviceControl: [scp(denyInvoke)] },
      'allowed by identity #1',
    ],
    [
      'their deny is named before others',
      invoke(session()),
      { ...identity(denyInvoke), serviceControl: [scp(denyInvoke)] },
      'denied by scp No + identity No',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('across accounts', () => {
  const cases: Situation[] = [
    ['without any policy, nothing is allowed', invoke(caller), {}, 'lacks resource-based policy'],
    [
      'an identity policy alone does not allow',
      invoke(caller),
      identity(allowAll),
      'lacks resource-based policy',
    ],
    [
      'a resource policy alone does not allow',
      invoke(caller, resource(arn(callerArn))),
      {},
      'lacks identity-based policy',
    ],
    [
      'a resource policy that names the session does not allow alone',
      invoke(caller, resource(arn(caller.arn))),
      {},
      'lacks identity-based policy',
    ],
    [
      'an identity policy and a resource policy that names the role allow together',
      invoke(caller, resource(arn(callerArn))),
      identity(invokeRoute),
      'allowed by resource Invoke + identity Invoke',
    ],
    [
      'an identity policy and a resource policy that names the account allow together',
      invoke(caller, resource(arn(rootArn(B)))),
      identity(invokeRoute),
      'allowed by resource Invoke + identity Invoke',
    ],
    [
      'a resource policy that names nobody allows nobody',
      invoke(caller, { resourcePolicy: policy('resource', invokeRoute) }),
      identity(invokeRoute),
      'lacks resource-based policy',
    ],
    [
      'a resource policy that names nobody denies nobody',
      invoke(session(), { resourcePolicy: policy('resource', denyInvoke) }),
      identity(invokeRoute),
      'allowed by identity Invoke',
    ],
    [
      'a resource policy that names another account does not allow',
      invoke(caller, resource(arn(rootArn(A)))),
      identity(invokeRoute),
      'lacks resource-based policy',
    ],
    [
      'a boundary limits also a session that the resource policy names',
      invoke(caller, resource(arn(caller.arn))),
      { ...identity(allowAll), ...boundary(allowLogs) },
      'lacks permissions boundary',
    ],
    [
      'the root user of the other account needs only a resource policy',
      invoke(root(B), resource(arn(B))),
      {},
      `allowed by resource Invoke + root user of account ${B} FullAccess`,
    ],
    [
      'the root user of the other account needs a resource policy',
      invoke(root(B)),
      {},
      'lacks resource-based policy',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('a key of KMS', () => {
  const key = `arn:aws:kms:us-east-1:${A}:key/1234`;
  const decrypt = { Sid: 'Decrypt', Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' } as const;
  const use = (...statements: RawStatement[]) =>
    invoke(session(), {
      action: 'kms:Decrypt',
      resource: key,
      ...(statements.length > 0 && { resourcePolicy: policy('key', ...statements) }),
    });
  const cases: Situation[] = [
    [
      'an identity policy alone does not allow the use of a key whose policy names others',
      use({ ...decrypt, Principal: arn(`arn:aws:iam::${A}:role/other`) }),
      identity(decrypt),
      'lacks resource-based policy',
    ],
    [
      'an identity policy allows the use of a key whose policy names the account',
      use({ ...decrypt, Principal: arn(rootArn(A)) }),
      identity(decrypt),
      'allowed by key Decrypt + identity Decrypt',
    ],
    [
      'a key policy that names the account does not allow the use of the key alone',
      use({ ...decrypt, Principal: arn(rootArn(A)) }),
      {},
      'lacks identity-based policy',
    ],
    [
      'a key policy that names the role allows the use of the key alone',
      use({ ...decrypt, Principal: arn(roleArn) }),
      {},
      'allowed by key Decrypt',
    ],
    [
      'the other policies decide on a key whose policy is not given',
      use(),
      identity(decrypt),
      'allowed by identity Decrypt',
    ],
  ];
  test.each(cases)('%s', (_, question, given, result) => {
    expect(summarize(decide(question, policies(given)))).toBe(result);
  });
});

describe('createAuthorizer', () => {
  test('it asks the source again for each decision', async () => {
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

  test('it does not let the request choose the organization of the principal', async () => {
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
    'it compares %s with the account of the resource if the request sends %j',
    async (id, context, allowed) => {
      const authorizer = deployed({ StringEquals: { 'aws:ResourceAccount': id } });
      expect((await authorizer.decide(invoke(session(), { context }))).allowed).toBe(allowed);
    },
  );

  test.each([
    [{ [A]: 'o-mine', [B]: 'o-mine' }, true],
    [{ [B]: 'o-mine' }, false],
    [{ [A]: 'o-theirs', [B]: 'o-mine' }, false],
  ])(
    "it compares aws:ResourceOrgID with the organization of the resource's account in %j",
    async (accounts, allowed) => {
      const authorizer = deployed({ StringEquals: { 'aws:ResourceOrgID': 'o-mine' } }, accounts);
      const question = invoke(caller, resource(arn(callerArn)));
      expect((await authorizer.decide(question)).allowed).toBe(allowed);
    },
  );

  test('it adds the keys of the principal to a question without a request', async () => {
    const authorizer = deployed({ ArnEquals: { 'aws:PrincipalArn': roleArn } });
    expect((await authorizer.decide({ ...invoke(session()), context: {} })).allowed).toBe(true);
  });

  test('it does not ask the source for policies of a root user or of a service', async () => {
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
