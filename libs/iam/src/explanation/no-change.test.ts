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
  mayAssume,
  policies,
  policy,
  resource,
  roleArn,
  root,
  rootArn,
  scp,
  session,
  trust,
} from '../authorization.testing.ts';
import { decide } from '../decision/authorizer.ts';
import type { AuthorizationRequest } from '../decision/decision.ts';
import type { ApplicablePolicies } from '../decision/policy-source.ts';
import { whyNoChange } from './no-change.ts';
import { smallestChange } from './remedy.ts';

const BYPASS = /bypass|decides/;
const BYPASS_IT = /bypass/;
const when = (principal: string) => ({ Condition: { ArnEquals: { 'aws:PrincipalArn': principal } } });

/** A policy that denies everybody but some principals. */
const exempting = (NotPrincipal: object) =>
  resource(undefined, { Sid: 'Others', Effect: 'Deny', Principal: undefined, NotPrincipal });

const viaUrl = (principal: AuthorizationRequest['principal']): AuthorizationRequest => ({
  ...invoke(principal),
  resource: `arn:aws:lambda:us-east-1:${A}:function:api`,
  action: 'lambda:InvokeFunction',
  context: { ...invoke(principal).context, 'lambda:InvokedViaFunctionUrl': 'true' },
});

test("the statement for a call of a function's URL does not allow other invocations of the function", () => {
  const decision = decide(viaUrl(session()), policies());
  if (decision.allowed) throw new Error('It is allowed.');
  expect(smallestChange(decision).remedies).toMatchObject([
    {
      statement: {
        Action: 'lambda:InvokeFunction',
        Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
      },
    },
  ]);
});

test.each<[string, AuthorizationRequest, Partial<ApplicablePolicies>, RegExp, RegExp]>([
  [
    'a root user that assumes a role',
    assume(root(B), [trust(arn(B))]),
    {},
    /^A root user cannot assume a role, whatever policies say\. Use the credentials of a role or a user\.$/,
    BYPASS,
  ],
  [
    'an Allow with NotAction',
    invoke(session()),
    identity({ Sid: 'Rest', Effect: 'Allow', NotAction: 'execute-api:*', Resource: '*' }),
    /^Statement Rest of identity excludes the request: NotAction: expected other than .* bypass the NotAction/,
    /condition/,
  ],
  [
    'a condition that lacks the path of the role',
    assume(
      session({ accountId: B, roleName: 'caller', principalArn: `arn:aws:iam::${B}:role/team/caller` }),
      [trust(arn(B), when(callerArn))],
    ),
    identity(mayAssume),
    /differ in the path of the role or user only: correct the ARN/,
    BYPASS,
  ],
  [
    'a condition on another role',
    assume(caller, [trust(arn(B), when(`arn:aws:iam::${B}:role/other`))]),
    identity(mayAssume),
    /aws:PrincipalArn: expected .*other.* Meet the condition/,
    /path/,
  ],
  [
    'a condition of a statement about another account',
    assume(caller, [
      trust(arn('333333333333'), { Condition: { StringEquals: { 'sts:ExternalId': 'ext-1' } } }),
    ]),
    identity(mayAssume),
    /excludes the request.* is about another principal or resource, too/,
    /Meet/,
  ],
  [
    'a pattern for the external ID',
    assume(caller, [trust(arn(B), { Condition: { StringLike: { 'sts:ExternalId': 'ext-*' } } })]),
    identity(mayAssume),
    /expected "ext-\*", it is absent\. .*Meet the condition/,
    /STS takes/,
  ],
  ...(
    [
      ['Bool', 'aws:MultiFactorAuthPresent', 'true', /A function has no device/],
      ['StringEquals', 'aws:SourceAccount', B, /only if a service acts .* For a role or user/],
      [
        'DateLessThan',
        'aws:CurrentTime',
        '2020-01-01T00:00:00Z',
        /The time until which it allows has passed/,
      ],
      [
        'StringEquals',
        'aws:PrincipalTag/team',
        'billing',
        new RegExp(`Neither ${callerArn} nor its session has the tag team`),
      ],
      ['StringEquals', 'aws:PrincipalOrgID', 'o-1', new RegExp(`Account ${B} is in no AWS organization`)],
      ['StringEquals', 'aws:RequestedRegion', 'eu-west-3', /ask STS of another region/],
    ] as const
  ).map(
    ([operator, key, value, reason]) =>
      [
        `a condition on ${key}`,
        assume(caller, [trust(arn(B), { Condition: { [operator]: { [key]: value } } })], {
          'aws:CurrentTime': '2026-01-01T00:00:00Z',
          'aws:RequestedRegion': 'us-east-1',
        }),
        identity(mayAssume),
        reason,
        /Meet/,
      ] as [string, AuthorizationRequest, Partial<ApplicablePolicies>, RegExp, RegExp],
  ),
  [
    'a condition on a VPC endpoint, in the policy of an API that is called without one',
    invoke(caller, resource(arn(B), { Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } })),
    identity(allowAll),
    /does not come through a VPC endpoint\. Only a private API/,
    /Meet/,
  ],
  [
    'a Deny whose NotPrincipal lists the role, but not its session',
    invoke(
      session(),
      resource(undefined, {
        Sid: 'Others',
        Effect: 'Deny',
        Principal: undefined,
        NotPrincipal: arn(roleArn),
      }),
    ),
    identity(allowAll),
    /^Statement Others of resource denies .* lists the role .*, but not the account and the session arn:aws:sts::.*ArnNotEquals on aws:PrincipalArn/,
    BYPASS,
  ],
  [
    'a Deny whose NotPrincipal lists the account alone',
    invoke(session(), exempting({ AWS: A })),
    identity(allowAll),
    /lists the account, but not the role arn:.* and the session arn:.*: AWS compares each/,
    BYPASS,
  ],
  [
    'a Deny whose NotPrincipal lists role and session, but not the account',
    invoke(session(), exempting({ AWS: [roleArn, session().arn] })),
    identity(allowAll),
    /and the session arn:[^,]*, but not the account: AWS compares each/,
    BYPASS,
  ],
  [
    'a Deny with NotPrincipal, and a boundary of the role that it lists',
    invoke(session(), exempting({ AWS: [rootArn(A), roleArn, session().arn] })),
    { ...identity(allowAll), ...boundary(allowAll) },
    /It lists the principal, which has a permissions boundary: AWS exempts nobody who has one/,
    BYPASS,
  ],
  [
    'a Deny whose NotPrincipal lists others',
    invoke(session(), exempting({ AWS: rootArn(B) })),
    identity(allowAll),
    /^The statement denies on purpose\. Its author/,
    /lists/,
  ],
  [
    'a Deny under a condition, which is named with what the request has',
    invoke(
      session(),
      resource(
        { AWS: '*' },
        { Effect: 'Deny', Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } },
      ),
    ),
    identity(allowAll),
    /denies on purpose, and its conditions are met: StringNotEquals aws:SourceVpce "vpce-1" \(it is absent\)\. Its author/,
    BYPASS_IT,
  ],
  [
    'a key that the request must not have',
    assume(caller, [trust(arn(B), { Condition: { Null: { 'STS:externalID': 'true' } } })], {
      'sts:ExternalId': 'ext-1',
    }),
    identity(mayAssume),
    /Send the request without sts:ExternalId\.$/,
    BYPASS_IT,
  ],
  [
    'the nearest of two statements, with all of its conditions',
    assume(caller, [
      trust(arn(B), {
        Sid: 'Person',
        Condition: {
          StringEquals: { 'sts:ExternalId': 'ext-1' },
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        },
      }),
      trust(arn(B), { Sid: 'Old', ...when(`arn:aws:iam::${B}:role/old`) }),
    ]),
    identity(mayAssume),
    /^Statement Old of .* aws:PrincipalArn/,
    /Person/,
  ],
  [
    'every condition of a statement that the request does not meet',
    assume(caller, [
      trust(arn(B), {
        Condition: {
          StringLike: { 'sts:ExternalId': 'ext-*' },
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        },
      }),
    ]),
    identity(mayAssume),
    /sts:ExternalId: expected "ext-\*", it is absent; condition Bool aws:MultiFactorAuthPresent: .*Meet the condition.*no device/,
    /#2/,
  ],
  [
    'a service control policy',
    invoke(session()),
    { ...identity(allowAll), serviceControl: [scp(allowLogs)] },
    /missing in a service control policy of the organization/,
    BYPASS,
  ],
  [
    'a boundary of AWS',
    invoke(session()),
    { ...identity(allowAll), boundary: policy('arn:aws:iam::aws:policy/ReadOnlyAccess', allowLogs) },
    /ReadOnlyAccess is a policy of AWS, which nobody can change/,
    BYPASS,
  ],
  [
    'a service that does not say for which resource it acts',
    {
      ...invoke({ type: 'Service', service: 'apigateway.amazonaws.com' }),
      resource: `arn:aws:lambda:us-east-1:${A}:function:api`,
      action: 'lambda:InvokeFunction',
    },
    {},
    /let apigateway.amazonaws.com act for any of its customers/,
    /condition, /,
  ],
  [
    "a role that is to be in another account's function policy",
    {
      ...invoke(caller),
      resource: `arn:aws:lambda:us-east-1:${A}:function:api`,
      action: 'lambda:InvokeFunction',
    },
    identity(allowAll),
    new RegExp(
      `aws lambda add-permission --function-name <name> --statement-id <ID> --action lambda:\\w+ --principal ${callerArn}$`,
    ),
    /another principal/,
  ],
  [
    "a role that is to call another account's function by its URL",
    viaUrl(caller),
    identity(allowAll),
    /--action lambda:InvokeFunction --principal \S+ --invoked-via-function-url$/,
    /another principal/,
  ],
  [
    'a function URL for everybody',
    viaUrl({ type: 'Service', service: 'anonymous' }),
    {},
    /Set the AuthType to AWS_IAM.* needs two statements with Principal "\*"/,
    /route/,
  ],
  [
    'a Deny',
    invoke(session()),
    identity(allowAll, { ...invokeRoute, Effect: 'Deny' }),
    /denies on purpose/,
    /session/,
  ],
])('the reason for no change is %s, and nothing else', (_what, question, some, reason, other) => {
  const decision = decide(question, policies(some));
  if (decision.allowed) throw new Error('It is allowed.');
  expect(smallestChange(decision).remedies).toEqual([]);
  expect(whyNoChange(decision)).toMatch(reason);
  expect(whyNoChange(decision)).not.toMatch(other);
});
