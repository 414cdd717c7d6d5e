import {
  A,
  allowAll,
  allowLogs,
  arn,
  assume,
  B,
  boundary,
  caller,
  callerArn,
  identity,
  invoke,
  invokeRoute,
  limited,
  mayAssume,
  policies,
  policy,
  resource,
  roleArn,
  scp,
  session,
  trust,
} from '../authorization.testing.ts';
import { decide } from '../decision/authorizer.ts';
import type { AuthorizationRequest } from '../decision/decision.ts';
import type { ApplicablePolicies } from '../decision/policy-source.ts';
import { neededChanges, smallestChange } from './remedy.ts';

const needed = (question: AuthorizationRequest, some: Partial<ApplicablePolicies>) => {
  const decision = decide(question, policies(some));
  const { remedies, obstacles } = neededChanges(decision);
  return {
    obstacles: obstacles.map(({ kinds }) => kinds.join()),
    remedies: remedies.map((each) => (each.change === 'request' ? each.key : each.kind)),
    smallest: smallestChange(decision).remedies.length,
  };
};
const never = { Sid: 'Never', Effect: 'Deny', Action: '*', Resource: '*' };
const trustsA = trust(arn(`arn:aws:iam::${A}:root`));
const rcp = policy('rcp', { ...never, Principal: '*', Action: 'sts:*' });
const bound = trust(arn(B), {
  Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/other` } },
});

test.each<[string, AuthorizationRequest, Partial<ApplicablePolicies>, string[], string[]]>([
  [
    'a service control policy that denies, in front of two missing permissions',
    assume(caller, [trustsA]),
    { serviceControl: [scp(allowAll, never)] },
    ['service control policy'],
    ['role trust policy', 'identity-based policy'],
  ],
  [
    'a level of service control policies without an allow',
    assume(caller, [trust(arn(B))]),
    { serviceControl: [scp(allowAll), scp(allowLogs)] },
    ['service control policy'],
    ['identity-based policy'],
  ],
  [
    'a resource control policy that denies, in front of a boundary',
    assume(caller, [trust(arn(B))]),
    { ...identity(mayAssume), ...boundary(allowLogs), resourceControl: [rcp] },
    ['resource control policy'],
    ['permissions boundary'],
  ],
  [
    'two policies of the organization that deny at once',
    assume(caller, [trustsA]),
    { ...identity(mayAssume), serviceControl: [scp(allowAll, never)], resourceControl: [rcp] },
    ['resource control policy,service control policy'],
    ['role trust policy'],
  ],
  [
    'a Deny, in front of a condition that the role does not meet',
    assume(caller, [bound]),
    identity(mayAssume, never),
    ['identity-based policy', 'role trust policy'],
    [],
  ],
  [
    'a condition that the role does not meet, in front of a missing permission',
    assume(caller, [bound]),
    {},
    ['role trust policy'],
    ['identity-based policy'],
  ],
  [
    'a session policy that denies, in front of a missing permission',
    invoke(limited(allowAll, never)),
    {},
    ['session policy'],
    ['identity-based policy'],
  ],
  [
    'a boundary of AWS, in front of a session policy',
    invoke(limited(allowLogs)),
    { ...identity(allowAll), boundary: policy('arn:aws:iam::aws:policy/ReadOnlyAccess', allowLogs) },
    ['permissions boundary'],
    ['session policy'],
  ],
  [
    "a VPC endpoint's Deny, in front of a missing permission",
    invoke(session()),
    { vpcEndpoint: policy('endpoint', { ...never, Principal: '*' }, { ...allowAll, Principal: '*' }) },
    ['VPC endpoint policy'],
    ['identity-based policy'],
  ],
])('behind an obstacle, what else is needed: %s', (_what, question, some, obstacles, remedies) => {
  // With an obstacle, no change is enough.
  expect(needed(question, some)).toEqual({ obstacles, remedies, smallest: 0 });
});

test('a document keeps the Deny behind which its change is needed', () => {
  const question = assume(caller, [trustsA, trust(arn(B), { Sid: 'Never', Effect: 'Deny' })]);
  const [first] = neededChanges(decide(question, policies(identity(mayAssume)))).remedies;
  expect(first).toMatchObject({
    kind: 'role trust policy',
    document: { Statement: [trustsA, { Sid: 'Never', Effect: 'Deny' }, { Effect: 'Allow' }] },
  });
});

describe('nothing is proposed that AWS would not store', () => {
  const reason = (question: AuthorizationRequest, some: Partial<ApplicablePolicies>) =>
    smallestChange(decide(question, policies(some))).reason;
  const long = (length: number) => ({
    ...allowLogs,
    Resource: `arn:aws:logs:eu-west-1:${A}:${'x'.repeat(length)}`,
  });

  test('a boundary that is full', () => {
    const full = { ...identity(allowAll), boundary: policy(`arn:aws:iam::${A}:policy/full`, long(6_000)) };
    expect(reason(invoke(session()), full)).toMatch(
      /^The permissions boundary arn:aws:iam::111111111111:policy\/full has no room .* at most 6144 /,
    );
  });

  test('a role and a user whose inline policies are full', () => {
    const inline = { ...policy('inline policy main of role invoke', long(10_200)) };
    expect(reason(invoke(session()), { identity: [inline] })).toMatch(/at most 10240 .*a managed policy/);
    expect(
      reason(invoke(session()), { identity: [{ ...inline, name: `arn:aws:iam::${A}:policy/p` }] }),
    ).toBeUndefined();
  });

  test('a trust policy above the most that AWS raises the quota to; below it, the quota is named', () => {
    const padded = (length: number) =>
      assume(caller, [{ ...trustsA, Condition: undefined, Sid: 'x'.repeat(length) }]);
    expect(reason(padded(8_100), identity(mayAssume))).toMatch(/has no room .* at most 8192 /);
    const { remedies } = smallestChange(decide(padded(2_100), policies(identity(mayAssume))));
    expect(remedies).toMatchObject([
      { quota: expect.stringMatching(/above 2048.*"Role trust policy length"/) },
    ]);
  });

  test('a permission for a function whose policy is full', () => {
    const functionArn = `arn:aws:lambda:us-east-1:${A}:function:api`;
    const permission = (index: number) => ({
      Sid: `permission-${index}`,
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: functionArn,
      Condition: { ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:us-east-1:${A}:other${index}/*` } },
    });
    const question = (permissions: number): AuthorizationRequest => ({
      ...invoke({ type: 'Service', service: 'apigateway.amazonaws.com' }),
      action: 'lambda:InvokeFunction',
      resource: functionArn,
      context: { 'aws:SourceArn': `arn:aws:execute-api:us-east-1:${A}:abc123/prod/GET/hello` },
      resourcePolicy: policy(
        'function policy',
        ...Array.from({ length: permissions }, (_, i) => permission(i)),
      ),
    });
    expect(reason(question(60), {})).toBeUndefined();
    expect(reason(question(80), {})).toMatch(
      /^Function policy has no room .* at most 20480 \(Function resource-based policy\)/,
    );
  });

  test('a statement for a resource that IAM does not have', () => {
    const question = { ...invoke(session()), action: 'iam:GetRole', resource: `arn:aws:iam::${A}:roles/x` };
    expect(reason(question, {})).toMatch(
      /^AWS refuses a statement that allows it: IAM resource path must .* start with user\//,
    );
  });

  test.each([
    [
      'aws-service-role/x.amazonaws.com/AWSServiceRoleForX',
      /is a service-linked role, .* a role of your own\.$/,
    ],
    [
      'aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Dev_0123456789abcdef',
      /is a role of IAM Identity Center, and IAM refuses to change its trust policy\./,
    ],
    // Everybody may name a role like that.
    ['x/AWSReservedSSO_Dev_0123456789abcdef', undefined],
  ])('the trust policy of %s', (role, expected) => {
    const question = { ...assume(caller, [trustsA]), resource: `arn:aws:iam::${B}:role/${role}` };
    const found = reason(question, identity({ ...mayAssume, Resource: '*' }));
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(expected);
  });

  test('the policies of a service-linked role, but not those of a permission set', () => {
    const as = (name: string) =>
      reason(invoke(session({ principalArn: `arn:aws:iam::${A}:role/${name}` })), {});
    expect(as('aws-service-role/x.amazonaws.com/X')).toMatch(/is a service-linked role/);
    expect(as('aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef')).toBeUndefined();
  });

  test('a policy whose NotPrincipal names a role that was deleted', () => {
    const gone = 'AROAABCDEFGHIJKLMNOPQ';
    const others = (NotPrincipal: object) => ({
      Sid: 'Others',
      Effect: 'Deny',
      NotPrincipal,
      Action: 'execute-api:Invoke',
      Resource: '*',
    });
    const statements = (NotPrincipal: object) => {
      const { remedies } = neededChanges(
        decide(
          invoke(caller, { resourcePolicy: policy('api', others(NotPrincipal)) }),
          policies(identity(allowAll)),
        ),
      );
      return remedies.map((remedy) => (remedy.change === 'request' ? undefined : remedy.document?.Statement));
    };
    const kept = [callerArn, caller.arn, `arn:aws:iam::${B}:root`];
    expect(statements({ AWS: [gone, ...kept] })).toMatchObject([[{ NotPrincipal: { AWS: kept } }, {}]]);
    // Nobody is excepted: that is everybody.
    const [[first] = []] = statements({ AWS: gone }) as object[][];
    expect(first).toEqual({
      Sid: 'Others',
      Effect: 'Deny',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: '*',
    });
  });

  test('a trust policy with a role that was deleted, which the document leaves out', () => {
    const gone = 'AROAABCDEFGHIJKLMNOPQ';
    const others = [`arn:aws:iam::${B}:role/kept`, gone];
    const question = assume(caller, [
      trust(arn(gone)),
      trust({ AWS: others, Service: 'lambda.amazonaws.com' }),
    ]);
    const { remedies } = smallestChange(decide(question, policies(identity(mayAssume))));
    expect(remedies).toMatchObject([
      {
        deletedPrincipals: [gone],
        document: {
          Statement: [
            { Principal: { AWS: others[0], Service: 'lambda.amazonaws.com' } },
            { Principal: { AWS: `arn:aws:iam::${B}:root` } },
          ],
        },
      },
    ]);
  });
});

describe('a condition that the request does not meet stands in the way of a change', () => {
  const ofNetwork = { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } };
  const inNetwork = { ...invokeRoute, ...ofNetwork };
  const proposed = (question: AuthorizationRequest, some: Partial<ApplicablePolicies>) =>
    smallestChange(decide(question, policies(some))).remedies.flatMap((each) =>
      each.change === 'request' ? [each.key] : [each.kind],
    );

  test('in the policy that lacks the permission', () => {
    expect(proposed(invoke(session()), identity(inNetwork))).not.toContain('identity-based policy');
  });

  test('in the policy of the resource, which an identity policy of the same account would bypass', () => {
    const question = invoke(session(), resource(arn(roleArn), ofNetwork));
    expect(proposed(question, {})).not.toContain('identity-based policy');
  });

  test('but not in a policy that allows the request by another statement', () => {
    const some = { serviceControl: [scp(allowAll, inNetwork)], ...boundary(allowAll, inNetwork) };
    expect(proposed(invoke(session()), some)).toEqual(['identity-based policy']);
  });
});
