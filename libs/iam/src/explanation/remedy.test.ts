import fc from 'fast-check';
import {
  A,
  allowAll,
  allowLogs,
  apiGateway,
  arn,
  assume,
  B,
  boundary,
  caller,
  callerArn,
  denyInvoke,
  external,
  identity,
  invoke,
  invokeRoute,
  limited,
  mayAssume,
  policies,
  policy,
  type RawStatement,
  resource,
  roleArn,
  rootArn,
  route,
  scp,
  session,
  trust,
  user,
} from '../authorization.testing.ts';
import { decide } from '../decision/authorizer.ts';
import type { AuthorizationRequest, Basis, Decision } from '../decision/decision.ts';
import type { ApplicablePolicies } from '../decision/policy-source.ts';
import type { AssumedRole, NamedPolicy } from '../principal.ts';
import { prove, type Remedy, smallestChange } from './remedy.ts';

type Added = Extract<Remedy, { change: 'add statement' }>;
type Asked = readonly [AuthorizationRequest, ApplicablePolicies];

/** Applies a remedy by hand, without the code under test. */
function follow([question, given]: Asked, remedy: Remedy): Asked {
  if (remedy.change === 'request') {
    return [{ ...question, context: { ...question.context, [remedy.key]: remedy.value } }, given];
  }
  const { kind, statement } = remedy;
  const longer = (existing: NamedPolicy | undefined): NamedPolicy => ({
    name: 'longer',
    document: { Version: '2012-10-17', Statement: [existing?.document.Statement ?? [], statement].flat() },
  });
  switch (kind) {
    case 'identity-based policy':
      return [question, { ...given, identity: [...given.identity, longer(undefined)] }];
    case 'permissions boundary':
      return [question, { ...given, boundary: longer(given.boundary) }];
    case 'session policy': {
      const principal = question.principal as AssumedRole;
      const sessionPolicies = [longer(principal.sessionPolicies[0])];
      return [{ ...question, principal: { ...principal, sessionPolicies } }, given];
    }
    default:
      return [{ ...question, resourcePolicy: longer(question.resourcePolicy) }, given];
  }
}

/** The decision as it is read from a trace. */
const recorded = (decision: Decision & Basis) => JSON.parse(JSON.stringify(decision)) as Decision & Basis;
const condition = (operator: string, key: string, value: unknown): RawStatement => ({
  Condition: { [operator]: { [key]: value } },
});
const asksFor = (externalId: unknown) => condition('StringEquals', 'sts:ExternalId', externalId);
const places = (remedies: readonly Remedy[]) =>
  remedies.map((remedy) =>
    remedy.change === 'request' ? `send ${remedy.key} = ${remedy.value}` : `add to ${remedy.where}`,
  );

const functionArn = `arn:aws:lambda:us-east-1:${A}:function:api`;
const sourceArn = `arn:aws:execute-api:us-east-1:${A}:abc123/prod/GET/hello`;
const invokeFunction = (source: string | undefined, ...statements: RawStatement[]): AuthorizationRequest => ({
  ...invoke(apiGateway, {
    ...(source === undefined ? {} : { context: { 'aws:SourceArn': source } }),
    ...(statements.length === 0 ? {} : { resourcePolicy: policy('function policy', ...statements) }),
  }),
  action: 'lambda:InvokeFunction',
  resource: functionArn,
});
const permission = (source: string): RawStatement => ({
  Effect: 'Allow',
  Principal: { Service: 'apigateway.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: functionArn,
  ...condition('ArnLike', 'AWS:SourceArn', source),
});

const remedied: [
  situation: string,
  question: AuthorizationRequest,
  policies: Partial<ApplicablePolicies>,
  remedies: string[],
][] = [
  ['if nothing allows a request', invoke(session()), {}, [`add to a policy of ${roleArn}`]],
  [
    'if another route is allowed',
    invoke(session()),
    identity({ ...invokeRoute, Resource: `${route}2` }),
    [`add to a policy of ${roleArn}`],
  ],
  [
    'if neither account allows a request',
    assume(caller, [trust({ Service: 'lambda.amazonaws.com' })], { 'sts:ExternalId': 'a' }),
    {},
    [`add to the trust policy of ${roleArn}`, `add to a policy of ${callerArn}`],
  ],
  [
    'if the external ID differs',
    assume(caller, [trust(arn(B), asksFor('ext-1'))], { 'sts:ExternalId': 'ext-2' }),
    identity(mayAssume),
    ['send sts:ExternalId = ext-1'],
  ],
  [
    'if external ID and permission are missing',
    assume(caller, [trust(arn(B), asksFor('ext-1'))]),
    {},
    ['send sts:ExternalId = ext-1', `add to a policy of ${callerArn}`],
  ],
  [
    'if the API belongs to another account',
    invoke(caller),
    identity(allowAll),
    [`add to the resource-based policy of ${route}`],
  ],
  [
    'if a boundary does not allow a request',
    invoke(session()),
    { ...identity(allowAll), ...boundary(allowLogs) },
    ['add to the permissions boundary boundary'],
  ],
  [
    'if a session policy does not allow a request',
    invoke(limited(allowLogs)),
    identity(allowAll),
    [
      'add to the session policy that is given to AssumeRole for arn:aws:sts::111111111111:assumed-role/invoke/test',
    ],
  ],
  [
    'if a function has no permission',
    invokeFunction(sourceArn),
    {},
    [`add to the resource-based policy of ${functionArn}`],
  ],
  [
    'if a function has a permission for another API',
    invokeFunction(sourceArn, permission(`arn:aws:execute-api:us-east-1:${A}:other/*/*`)),
    {},
    ['add to function policy'],
  ],
  [
    'if a role of the account has no permission, and the policy of the function admits a service only',
    {
      ...invoke(session(), { resourcePolicy: policy('function policy', permission(sourceArn)) }),
      action: 'lambda:InvokeFunction',
      resource: functionArn,
    },
    {},
    [`add to a policy of ${roleArn}`],
  ],
];

test.each(remedied)('%s, the remedies allow it', (_, question, some, expected) => {
  const asked: Asked = [question, policies(some)];
  const decision = recorded(decide(...asked));
  expect(decision.allowed).toBe(false);
  const remedies = smallestChange(decision).remedies;
  expect(places(remedies)).toEqual(expected);
  expect(decide(...remedies.reduce(follow, asked)).allowed).toBe(true);
});

test.each<[string, AuthorizationRequest, Partial<ApplicablePolicies>]>([
  ['a Deny', invoke(session()), identity(allowAll, denyInvoke)],
  [
    'a Deny that is meant for this principal',
    invoke(session(), resource(arn(roleArn), { Effect: 'Deny' })),
    identity(allowAll),
  ],
  [
    'a role that does not exist',
    { ...invoke(caller), action: 'sts:AssumeRole', resource: `arn:aws:iam::${A}:role/nobody` },
    identity(allowAll),
  ],
  [
    'a condition on the network',
    invoke(session(), { context: { 'aws:SourceIp': '10.0.0.1' } }),
    identity({ ...invokeRoute, ...condition('IpAddress', 'aws:SourceIp', '10.1.0.0/16') }),
  ],
  [
    'a condition that excludes a value',
    invoke(session(), { context: { 'aws:UserAgent': 'curl' } }),
    identity({ ...invokeRoute, ...condition('StringNotEquals', 'aws:UserAgent', 'curl') }),
  ],
  [
    'an action that a statement leaves out',
    invoke(session()),
    identity({ Effect: 'Allow', NotAction: 'execute-api:*', Resource: '*' }),
  ],
  [
    "a condition on the caller's role",
    assume(session({ accountId: B, roleName: 'other' }), [
      trust(arn(B), condition('ArnEquals', 'aws:PrincipalArn', callerArn)),
    ]),
    identity(allowAll),
  ],
  [
    'an external ID that another account has to send',
    assume(caller, [trust(arn('333333333333'), external)]),
    identity(mayAssume),
  ],
  [
    'a boundary of AWS',
    invoke(session()),
    { ...identity(allowAll), boundary: policy('arn:aws:iam::aws:policy/ReadOnlyAccess', allowLogs) },
  ],
  [
    'a service control policy',
    invoke(session()),
    { ...identity(allowAll), serviceControl: [scp(allowLogs)] },
  ],
  ['a service that does not name its source', invokeFunction(undefined), {}],
  ["another account's API that invokes the function", invokeFunction(sourceArn.replace(A, B)), {}],
  ['an unsigned request', invoke({ type: 'Service', service: 'anonymous' }), {}],
])('no remedy is proposed for a denial because of %s', (_, question, some) => {
  const decision = recorded(decide(question, policies(some)));
  expect(decision.allowed).toBe(false);
  expect(smallestChange(decision).remedies).toEqual([]);
});

describe('a value that the caller must send', () => {
  const asked = (value: unknown, key = 'sts:ExternalId') =>
    smallestChange(
      decide(
        assume(caller, [trust(arn(B), condition('StringEquals', key, value))]),
        policies(identity(mayAssume)),
      ),
    );

  test.each([
    ['sts:ExternalId', 'ext-1 ', /STS takes 2 to 1224 letters.*change the condition/],
    ['sts:ExternalId', 'a', /STS takes 2 to 1224/],
    ['sts:ExternalId', 'ext*', /STS takes 2 to 1224/],
    ['sts:RoleSessionName', 'nightly run', /STS takes 2 to 64 letters/],
    ['sts:SourceIdentity', 'a/b', /STS takes 2 to 64 letters/],
    ['aws:RequestTag/team', 'a?', /STS takes up to 256 letters/],
  ])('of %s is not proposed if STS does not take it: %j', (key, value, reason) => {
    expect(asked(value, key)).toEqual({ remedies: [], reason: expect.stringMatching(reason) });
  });

  test('has its key in the spelling of AWS, however a policy writes it', () => {
    expect(asked('ext-1', 'STS:externalid').remedies).toMatchObject([{ key: 'sts:ExternalId' }]);
    expect(asked('a', 'AWS:requesttag/Team').remedies).toMatchObject([{ key: 'aws:RequestTag/Team' }]);
  });

  test('is the first one of several that STS takes', () => {
    expect(asked(['ext-1 ', 'ext-2']).remedies).toEqual([
      { change: 'request', key: 'sts:ExternalId', value: 'ext-2' },
    ]);
  });
});

test('a statement for a trust policy names the account, the role as a condition, and the external ID', () => {
  const asked = assume(caller, [trust({ Service: 'lambda.amazonaws.com' })], { 'sts:ExternalId': 'a' });
  expect(smallestChange(decide(asked, policies(identity(mayAssume)))).remedies).toMatchObject([
    {
      statement: {
        Effect: 'Allow',
        Principal: { AWS: rootArn(B) },
        Action: 'sts:AssumeRole',
        Condition: { ArnEquals: { 'aws:PrincipalArn': callerArn }, StringEquals: { 'sts:ExternalId': 'a' } },
      },
    },
  ]);
});

describe('a statement for a parameter of AssumeRole allows no other parameter', () => {
  const tagged = (tags: Record<string, string>): AuthorizationRequest => ({
    ...assume(caller, [trust(arn(B))], {
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
      'aws:TagKeys': Object.keys(tags),
    }),
    action: 'sts:TagSession',
  });
  const identified = (name: string): AuthorizationRequest => ({
    ...assume(caller, [trust(arn(B))], { 'sts:SourceIdentity': name }),
    action: 'sts:SetSourceIdentity',
  });

  test.each([
    ['another tag', tagged({ team: 'red' }), tagged({ team: 'red', admin: 'true' })],
    ['another tag in its place', tagged({ team: 'red' }), tagged({ admin: 'true' })],
    ['another value of the tag', tagged({ team: 'red' }), tagged({ team: 'blue' })],
    ['a third tag', tagged({ team: 'red', cost: '1' }), tagged({ team: 'red', cost: '1', admin: 'true' })],
    ['another source identity', identified('alice'), identified('bob')],
  ])('%s', (_what, asked, other) => {
    const { remedies } = smallestChange(decide(asked, policies()));
    const allowed = (question: AuthorizationRequest) =>
      decide(...remedies.reduce<Asked>(follow, [question, policies()])).allowed;
    expect([allowed(asked), allowed(other)]).toEqual([true, false]);
  });
});

test.each(['AWS:SourceAccount', 'aws:SourceArn', 'aws:sourceaccount'])(
  "a permission for a function does not take over another source's %s",
  (key) => {
    const foreign = {
      ...permission(sourceArn),
      ...condition(
        key === 'aws:SourceArn' ? 'ArnLike' : 'StringEquals',
        key,
        key === 'aws:SourceArn' ? sourceArn.replace(A, B) : B,
      ),
    };
    const question = invokeFunction(sourceArn, foreign);
    const own = { ...question, context: { ...question.context, 'aws:SourceAccount': A } };
    const { remedies } = smallestChange(decide(own, policies()));
    expect(remedies).toMatchObject([
      { statement: { Condition: { ArnLike: { 'aws:SourceArn': sourceArn } } } },
    ]);
    expect(decide(...remedies.reduce<Asked>(follow, [own, policies()])).allowed).toBe(true);
  },
);

test('a change that does not allow the request is not proven', () => {
  const decision = decide(invoke(session()), policies());
  const useless: Remedy = {
    change: 'add statement',
    kind: 'identity-based policy',
    where: '',
    statement: { ...invokeRoute, Resource: `${route}2` },
  };
  expect(prove(decision, [useless])).toBe(false);
  expect(prove(decision, [{ ...useless, statement: invokeRoute }])).toBe(true);
  expect(smallestChange(decide(invoke(session()), policies(identity(invokeRoute)))).remedies).toEqual([]);
});

describe('for any policies and any denied request,', () => {
  const values: Record<string, readonly [operator: string, values: readonly string[]][]> = {
    'sts:ExternalId': [
      ['StringEquals', ['ext-a']],
      ['StringLike', ['a*', 'ext-b']],
      ['StringNotEquals', ['ext-c']],
    ],
    'aws:SourceIp': [['IpAddress', ['10.0.0.0/8']]],
    'aws:PrincipalArn': [
      ['ArnEquals', [callerArn, roleArn]],
      ['ArnLike', [`arn:aws:iam::${B}:role/*`]],
    ],
    'aws:SourceArn': [['ArnLike', [sourceArn, `${sourceArn}2`]]],
  };
  const conditions = fc.uniqueArray(
    fc.constantFrom(
      ...Object.entries(values).flatMap(([key, each]) => each.map((pair) => [key, ...pair] as const)),
    ),
    { maxLength: 2, selector: ([key]) => key },
  );
  const element = fc.record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    Action: fc.constantFrom(
      '*',
      'sts:AssumeRole',
      'sts:*',
      'execute-api:Invoke',
      'lambda:InvokeFunction',
      's3:*',
    ),
    conditions,
  });
  const statement = (more: fc.Arbitrary<RawStatement>): fc.Arbitrary<RawStatement> =>
    fc.tuple(element, more).map(([{ conditions: each, ...base }, rest]) => ({
      ...base,
      ...rest,
      ...(each.length === 0
        ? {}
        : {
            Condition: Object.fromEntries(each.map(([key, operator, list]) => [operator, { [key]: list }])),
          }),
    }));
  const onResource = fc.constantFrom(
    { Resource: '*' },
    { Resource: [roleArn, route, functionArn] },
    { Resource: 'arn:aws:s3:::x' },
  );
  const principalNamed = fc.constantFrom(
    { Principal: '*' },
    { Principal: arn(rootArn(A)) },
    { Principal: arn(rootArn(B)) },
    { Principal: arn(callerArn) },
    { Principal: { Service: 'apigateway.amazonaws.com' } },
    { Principal: { Service: 'lambda.amazonaws.com' } },
  );
  const policyOf = (name: string, more: fc.Arbitrary<RawStatement>) =>
    fc.array(statement(more), { minLength: 1, maxLength: 3 }).map((all) => policy(name, ...all));
  const context = fc.record(
    {
      'sts:ExternalId': fc.constantFrom('ext-a', 'ext-b', 'ext-c'),
      'aws:SourceIp': fc.constantFrom('10.0.0.1', '192.168.0.1'),
      'aws:SourceArn': fc.constantFrom(sourceArn, sourceArn.replace(A, B)),
    },
    { requiredKeys: [] },
  );
  const stranger = session({ accountId: B, roleName: 'stranger' });
  const everybody = [
    session(),
    caller,
    stranger,
    user(A),
    user(B),
    apiGateway,
    { type: 'Service', service: 'lambda.amazonaws.com' },
  ] as const;
  const askedFor = fc.record({
    principal: fc.oneof(
      fc.constantFrom(...everybody),
      policyOf('session', onResource).map((one) => session({ sessionPolicies: [one] })),
    ),
    target: fc.constantFrom(
      ['sts:AssumeRole', roleArn],
      ['execute-api:Invoke', route],
      ['lambda:InvokeFunction', functionArn],
    ),
    context,
    resourcePolicy: fc.option(
      policyOf(
        'resource',
        fc.tuple(principalNamed, onResource).map(([a, b]) => ({ ...a, ...b })),
      ),
    ),
    identity: fc.array(policyOf('identity', onResource), { maxLength: 2 }),
    boundary: fc.option(policyOf('boundary', onResource), { freq: 4 }),
    serviceControl: fc.array(fc.array(policyOf('scp', onResource), { minLength: 1, maxLength: 1 }), {
      maxLength: 1,
    }),
  });
  const toAsked = (input: typeof askedFor extends fc.Arbitrary<infer T> ? T : never): Asked => {
    const {
      principal,
      target,
      context: keys,
      resourcePolicy,
      identity: own,
      boundary: limit,
      serviceControl,
    } = input;
    const [action = '', on = ''] = target;
    const question = { ...invoke(principal, { context: keys }), action, resource: on };
    const given = {
      identity: own.map((each, index) => ({ ...each, name: `identity ${index}` })),
      boundary: limit ?? undefined,
      serviceControl,
      resourceControl: [],
    };
    return [resourcePolicy === null ? question : { ...question, resourcePolicy }, given];
  };

  test('every remedy allows the request, keeps every condition, and allows no other principal', () => {
    let proposed = 0;
    fc.assert(
      fc.property(askedFor, (input) => {
        const asked = toAsked(input);
        const decision = decide(...asked);
        if (decision.allowed) return;
        const remedies = smallestChange(recorded(decision)).remedies;
        if (remedies.length === 0) return;
        proposed += 1;
        const changed = remedies.reduce(follow, asked);
        expect(decide(...changed).allowed).toBe(true);

        for (const { statement: added, kind } of remedies.filter(
          (each): each is Added => each.change === 'add statement',
        )) {
          const consulted = decision.consulted.filter((each) => each.kind === kind);
          const demanded = consulted
            .flatMap(({ statements }) => statements)
            .filter(
              ({ effect, mismatches }) =>
                effect === 'Allow' &&
                !mismatches.some(({ element: name }) => name === 'Action' || name === 'Resource'),
            )
            .flatMap(({ source }) => Object.entries((source.Condition ?? {}) as Record<string, object>))
            .flatMap(([operator, keys]) => Object.keys(keys).map((key) => `${operator} ${key}`))
            .filter((name) => !(input.principal.type === 'Service' && name.endsWith('aws:SourceArn')));
          const kept = Object.entries((added.Condition ?? {}) as Record<string, object>).flatMap(
            ([operator, keys]) => Object.keys(keys).map((key) => `${operator} ${key}`),
          );
          expect(kept).toEqual(expect.arrayContaining(demanded));
        }

        for (const other of everybody) {
          if (
            'principalArn' in other &&
            'principalArn' in input.principal &&
            other.principalArn === input.principal.principalArn
          )
            continue;
          if (
            other.type === 'Service' &&
            input.principal.type === 'Service' &&
            other.service === input.principal.service
          )
            continue;
          const by = ([{ resourcePolicy, ...question }]: Asked): Asked => [
            {
              ...invoke(other, { context: input.context }),
              action: question.action,
              resource: question.resource,
              ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
            },
            policies(identity(allowAll)),
          ];
          expect(decide(...by(changed)).allowed).toBe(decide(...by(asked)).allowed);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(proposed).toBeGreaterThan(10);
  });
});

test('no change is proposed for a role of another account that is passed to a service', () => {
  const question = invoke(caller, { action: 'iam:PassRole', resource: roleArn });
  const allowsAll = { identity: [policy('identity', allowAll)] };
  expect(smallestChange(decide(question, allowsAll))).toEqual({
    remedies: [],
    reason: `A role can be passed to a service in its own account only. Give a role of account ${B}.`,
  });
  const own = invoke(session(), { action: 'iam:PassRole', resource: roleArn });
  expect(decide(own, allowsAll).allowed).toBe(true);
  expect(smallestChange(decide(own, { identity: [] })).remedies).toHaveLength(1);
});

test('a policy that admits single sessions of a role gets one more session, and not the role', () => {
  const others = 'arn:aws:sts::222222222222:assumed-role/caller/other';
  const question = assume(caller, [trust(arn(others), external)], { 'sts:ExternalId': 'a' });
  const { remedies } = smallestChange(
    decide(question, policies({ identity: [policy('identity', mayAssume)] })),
  );
  expect(remedies).toMatchObject([
    {
      kind: 'role trust policy',
      statement: { Principal: { AWS: caller.arn }, Condition: { StringEquals: { 'sts:ExternalId': 'a' } } },
    },
  ]);
  expect(JSON.stringify(remedies)).not.toContain(':root');
});

test('no change is proposed for an anonymous request, because it would admit everybody', () => {
  const anonymous = { type: 'Service', service: 'anonymous' } as const;
  const decision = decide(invoke(anonymous, { context: {} }), policies());
  expect(smallestChange(decision)).toMatchObject({
    remedies: [],
    reason: expect.stringContaining('AWS_IAM'),
  });
});
