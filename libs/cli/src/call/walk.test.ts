import { type ApiFacts, DEFAULT_ROUTE, type RoleFacts } from '@cross-account-api/iam/explanation';
import fc from 'fast-check';
import {
  A,
  apiArn,
  B,
  callerRoleArn,
  circumstances,
  type Deployment,
  functionArn,
  invokeRoleArn,
  mayAssume,
  mayInvoke,
  permitsGateway,
  policy,
  role,
  routes,
  type Statement,
  sound,
  trustsCaller,
  trustsLambda,
  withRole,
} from '../../../iam/src/explanation/deployed/deployment.testing.ts';
import { ReadError } from '../aws/read-error.ts';
import type { KnownByProject } from './call.ts';
import type { Chain } from './link.ts';
import { chainReaderOf, pairOf } from './pair.testing.ts';
import type { CallingPrincipal, Pair } from './pair.ts';
import { walkChain } from './walk.ts';

const walk = (
  deployment: Deployment,
  pair: Partial<Pair<CallingPrincipal>> = {},
  given = {},
): Promise<Chain> =>
  walkChain({ ...pairOf(deployment), ...pair }, chainReaderOf(deployment), { ...circumstances, ...given });

const broken = ({ links }: Chain): string[] =>
  links.filter(({ state }) => state !== 'holds').map(({ title }) => title);

const assumes = 'caller assumes role invoke';
const calls = ['role invoke calls GET /items/{id}', 'role invoke calls POST /parcels'];
const invokes = [
  'API Gateway invokes parcels for GET /items/{id}',
  'API Gateway invokes parcels for POST /parcels',
];

test('a chain that holds names each link and the statements that allow it', async () => {
  const chain = await walk(sound);
  expect(chain.state).toBe('holds');
  expect(chain.links.map(({ title }) => title)).toEqual([
    'Lambda accepts invocations of caller',
    'Lambda runs caller as role caller',
    assumes,
    ...calls,
    ...invokes,
    'Lambda accepts invocations of parcels',
    'Lambda runs parcels as role parcels',
  ]);
  const statements = chain.links[2]?.decision;
  expect(statements).toMatchObject({
    allowed: true,
    decidedBy: [{ statement: 'Caller' }, { statement: 'Assume' }],
  });
});

describe('a function that Lambda does not run', () => {
  const withState = (name: string, reason?: string): Deployment => ({
    ...sound,
    functions: sound.functions.map((each) =>
      each.arn === functionArn ? { ...each, state: { name, reason } } : each,
    ),
  });
  const stateOf = ({ links }: Chain, name = 'parcels') =>
    links.find(({ title }) => title === `Lambda accepts invocations of ${name}`);

  test.each([
    [
      'Pending',
      'The function is being created.',
      /state Pending \(The function is being created\)\. .*Wait, and ask again/,
    ],
    [
      'Inactive',
      'The function has been idle.',
      /state Inactive .*The next invocation fails, and lets Lambda restore it/,
    ],
    ['Failed', 'The image was deleted.', /state Failed \(The image was deleted\)\. .*deploy it anew/],
    ['Deactivated', undefined, /state Deactivated\. Lambda invokes a function in the state Active only/],
  ])('as it is %s breaks the chain', async (name, reason, problem) => {
    const chain = await walk(withState(name, reason));
    expect(broken(chain)).toEqual(['Lambda accepts invocations of parcels']);
    expect(stateOf(chain)?.problem).toMatch(problem);
    expect(stateOf(chain)?.problem).toContain('API Gateway answers the call 500 Internal Server Error.');
  });

  test.each([
    ['is switched off with a reserved concurrency of 0', 0, 'breaks', undefined],
    ['may run three times at once', 3, 'holds', '3 at once'],
    ['shares the concurrency of its account', undefined, 'holds', undefined],
  ])('or that %s is told apart', async (_what, reserved, state, note) => {
    const deployment = withState('Active');
    const chain = await walkChain(pairOf(deployment), chainReaderOf(deployment, reserved), circumstances);
    expect([chain.state, stateOf(chain)?.state, stateOf(chain, 'caller')?.state]).toEqual([
      state,
      state,
      state,
    ]);
    expect(stateOf(chain)?.note).toBe(note);
  });

  test('without permission to read its concurrency is unread, and the permission is named', async () => {
    const permission = `lambda:GetFunctionConcurrency on ${functionArn}`;
    const reader = {
      ...chainReaderOf(sound),
      async functionConcurrency(arn: string) {
        if (arn === functionArn) throw new ReadError('MAY_NOT_READ', 'no', { permission });
        return {};
      },
    };
    const chain = await walkChain(pairOf(sound), reader, circumstances);
    expect(chain.state).toBe('unread');
    expect(stateOf(chain)).toMatchObject({ state: 'unread', unread: [{ accountId: A, permission }] });
    expect(broken(chain)).toEqual(['Lambda accepts invocations of parcels']);
  });

  test('of a version is that version, and the concurrency is that of the function', async () => {
    const alias = `${functionArn}:live`;
    const read: string[] = [];
    const reader = {
      ...chainReaderOf(sound),
      function: async (arn: string) => {
        const facts = sound.functions.find((each) => each.arn === arn.replace(':live', ''));
        return facts && { ...facts, state: { name: arn === alias ? 'Inactive' : 'Active' } };
      },
      async functionConcurrency(arn: string) {
        read.push(arn);
        return {};
      },
    };
    const api = { ...sound.api, routes: routes.map((each) => ({ ...each, functionArn: alias })) };
    const chain = await walkChain({ ...pairOf(sound), api }, reader, circumstances);
    expect(stateOf(chain, 'parcels:live')?.state).toBe('breaks');
    const active = {
      ...reader,
      function: async (arn: string) => sound.functions.find((each) => arn.startsWith(each.arn)),
    };
    await walkChain({ ...pairOf(sound), api }, active, circumstances);
    expect(read).toContain(functionArn);
    expect(read).not.toContain(alias);
  });

  test('as the alias of the integration does not exist breaks the chain', async () => {
    const functionGone = `${functionArn}:gone`;
    const api = { ...sound.api, routes: [{ ...routes[0]!, functionArn: functionGone }] };
    const { links } = await walk(sound, { api });
    expect(links.filter(({ state }) => state === 'breaks')).toMatchObject([
      { kind: 'invoke function', missing: functionGone, problem: `There is no function ${functionGone}.` },
    ]);
  });
});

test('the key of an environment is named, since whether the role may decrypt with it is not judged', async () => {
  const keyArn = `arn:aws:kms:eu-west-1:${A}:key/1`;
  const functions = sound.functions.map((each) => (each.arn === functionArn ? { ...each, keyArn } : each));
  const { state, links } = await walk({ ...sound, functions });
  expect(state).toBe('holds');
  expect(links.filter(({ note }) => note !== undefined)).toMatchObject([
    {
      kind: 'function role',
      note: expect.stringMatching(/key\/1\. Whether role parcels may decrypt .* was not judged/),
    },
  ]);
});

describe('an HTTP API', () => {
  const stageArn = `${apiArn}/$default`;
  const api: ApiFacts = {
    ...sound.api,
    protocol: 'HTTP',
    routes: [
      { method: 'GET', path: '/items/{id}', authorizationType: 'AWS_IAM', functionArn },
      { method: 'ANY', path: DEFAULT_ROUTE, authorizationType: 'AWS_IAM', functionArn },
    ],
  };
  const mayInvokeAll = { ...mayInvoke, Resource: `${stageArn}/*` };
  const permits = (source: string) =>
    policy('resource policy of function messages', {
      ...permitsGateway,
      Condition: { ArnLike: { 'aws:SourceArn': `${apiArn}/${source}` } },
    });
  const deployed: Deployment = {
    ...withRole(sound, role(invokeRoleArn, [trustsCaller], mayInvokeAll)),
    api,
    functionPolicy: permits('*'),
  };
  const stage = { stage: '$default' };

  test('has a chain, too, in which $default is the route of all other requests', async () => {
    const chain = await walk(deployed, stage);
    expect(chain.links.map(({ title, state }) => [title, state])).toEqual([
      ['Lambda accepts invocations of caller', 'holds'],
      ['Lambda runs caller as role caller', 'holds'],
      [assumes, 'holds'],
      ['role invoke calls GET /items/{id}', 'holds'],
      ['role invoke calls $default', 'holds'],
      ['API Gateway invokes parcels for GET /items/{id}', 'holds'],
      ['API Gateway invokes parcels for $default', 'holds'],
      ['Lambda accepts invocations of parcels', 'holds'],
      ['Lambda runs parcels as role parcels', 'holds'],
    ]);
    expect(chain.links[4]?.decision?.resource).toBe(`${stageArn}/*/*`);
  });

  test('needs a permission for $default, and the one of the stack is proposed', async () => {
    const chain = await walk({ ...deployed, functionPolicy: permits('*/*/items/*') }, stage);
    expect(broken(chain)).toEqual(['API Gateway invokes parcels for $default']);
    expect(chain.links.find(({ state }) => state !== 'holds')?.remedies).toMatchObject([
      { statement: { Condition: { ArnLike: { 'aws:SourceArn': `${apiArn}/*` } } } },
    ]);
  });

  test('admits no caller of another account as itself, and no resource policy is proposed', async () => {
    const roles = withRole(deployed, role(callerRoleArn, [trustsLambda], mayInvokeAll)).roles;
    const chain = await walk({ ...deployed, roles }, { ...stage, invokeRoleArn: undefined });
    expect(broken(chain)).toEqual(['role caller calls GET /items/{id}', 'role caller calls $default']);
    expect(chain.links.flatMap(({ remedies }) => remedies)).toEqual([]);
  });
});

describe('a caller that calls as itself', () => {
  const admitsCaller = {
    Sid: 'Caller',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${B}:root` },
    Action: 'execute-api:Invoke',
    Resource: [`${apiArn}/dev/POST/parcels`, `${apiArn}/dev/GET/items/*`],
    Condition: { ArnEquals: { 'aws:PrincipalArn': callerRoleArn } },
  };
  const itself = { invokeRoleArn: undefined, externalId: undefined };
  const named = policy('resource policy of API api (api1)', admitsCaller);
  const admitting: Deployment = {
    ...withRole(sound, role(callerRoleArn, [trustsLambda], mayInvoke)),
    api: { ...sound.api, policy: named },
  };
  const ownCalls = calls.map((title) => title.replace('invoke', 'caller'));

  test('assumes no role: both accounts allow each call', async () => {
    const chain = await walk(admitting, itself);
    expect(chain.state).toBe('holds');
    expect(chain.links.map(({ title }) => title)).toEqual([
      'Lambda accepts invocations of caller',
      'Lambda runs caller as role caller',
      ...ownCalls,
      ...invokes,
      'Lambda accepts invocations of parcels',
      'Lambda runs parcels as role parcels',
    ]);
    expect(chain.links[2]?.decision).toMatchObject({
      allowed: true,
      decidedBy: [{ statement: 'Caller' }, { statement: 'Invoke' }],
    });
  });

  test.each([
    [
      'its own account does not let call',
      withRole(admitting, role(callerRoleArn, [trustsLambda])),
      'identity-based policy',
    ],
    ['the API does not admit', { ...admitting, api: sound.api }, 'resource-based policy'],
    [
      'the API admits under another name',
      {
        ...admitting,
        api: {
          ...sound.api,
          policy: policy(named.name, {
            ...admitsCaller,
            Condition: { ArnEquals: { 'aws:PrincipalArn': `${callerRoleArn}-2` } },
          }),
        },
      },
      'resource-based policy',
    ],
  ])('is refused if %s', async (_what, deployment, missing) => {
    const chain = await walk(deployment, itself);
    expect(broken(chain)).toEqual(ownCalls);
    for (const link of chain.links.filter(({ state }) => state !== 'holds')) {
      expect(link.decision).toMatchObject({ allowed: false, missing });
    }
  });

  test('and has forgotten to assume the role that it may assume is told that role, and what to send', async () => {
    const { links } = await walk(sound, itself);
    const refused = links.filter(({ kind, state }) => kind === 'invoke route' && state === 'breaks');
    expect(refused).toHaveLength(calls.length);
    for (const { problem } of refused) {
      expect(problem).toContain(`let it assume ${invokeRoleArn}`);
      expect(problem).toContain('It has to send sts:ExternalId');
    }
  });

  test('is told no role that may not call the route', async () => {
    const deployment = withRole(sound, role(invokeRoleArn, [trustsCaller]));
    const { links } = await walk(deployment, itself);
    const [refused] = links.filter(({ kind, state }) => kind === 'invoke route' && state === 'breaks');
    expect(refused?.problem).toContain(`and not as a role of account ${A}`);
    expect(refused?.problem).not.toContain(invokeRoleArn);
  });

  test('is identified by its function in the conditions of its own policy', async () => {
    const Condition = { ArnEquals: { 'lambda:SourceFunctionArn': pairOf(sound).caller.arn } };
    const own = role(callerRoleArn, [trustsLambda], { ...mayInvoke, Condition });
    expect(await walk(withRole(admitting, own), itself)).toMatchObject({ state: 'holds' });
  });

  test('that does not exist is named', async () => {
    const roles = admitting.roles.filter(({ arn }) => arn !== callerRoleArn);
    const { links } = await walk({ ...admitting, roles }, itself);
    expect(links[2]).toMatchObject({ state: 'breaks', missing: callerRoleArn });
  });
});

describe('only the links that need it break without', () => {
  const boundary = policy('boundary', { Effect: 'Allow', Action: 'logs:*', Resource: '*' });
  const cases: [what: string, deployment: Deployment, pair: object, links: string[], missing: string][] = [
    [
      "Lambda's trust",
      withRole(sound, role(callerRoleArn, [], mayAssume)),
      {},
      ['Lambda runs caller as role caller'],
      'role trust policy',
    ],
    [
      "the caller's sts:AssumeRole",
      withRole(sound, role(callerRoleArn, [trustsLambda])),
      {},
      [assumes],
      'identity-based policy',
    ],
    ['the trust', withRole(sound, role(invokeRoleArn, [], mayInvoke)), {}, [assumes], 'role trust policy'],
    ['the external ID', sound, { externalId: 'another' }, [assumes], 'role trust policy'],
    [
      'execute-api:Invoke',
      withRole(sound, role(invokeRoleArn, [trustsCaller])),
      {},
      calls,
      'identity-based policy',
    ],
    [
      'one route',
      withRole(
        sound,
        role(invokeRoleArn, [trustsCaller], { ...mayInvoke, Resource: `${apiArn}/dev/GET/items/*` }),
      ),
      {},
      calls.slice(1),
      'identity-based policy',
    ],
    [
      'all values of a path parameter but one',
      withRole(
        sound,
        role(invokeRoleArn, [trustsCaller], {
          ...mayInvoke,
          Resource: [`${apiArn}/dev/POST/*`, `${apiArn}/dev/GET/items/5`],
        }),
      ),
      {},
      calls.slice(0, 1),
      'identity-based policy',
    ],
    ['the stage', sound, { stage: 'prod' }, calls, 'identity-based policy'],
    [
      'what the boundary leaves out',
      withRole(sound, { ...role(invokeRoleArn, [trustsCaller], mayInvoke), boundary }),
      {},
      calls,
      'permissions boundary',
    ],
    [
      'the function permission',
      { ...sound, functionPolicy: undefined },
      {},
      invokes,
      'resource-based policy',
    ],
    [
      'the permission of this API',
      {
        ...sound,
        functionPolicy: policy('resource policy of function messages', {
          ...permitsGateway,
          Condition: { ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:eu-west-1:${A}:other/*/*/*` } },
        }),
      },
      {},
      invokes,
      'resource-based policy',
    ],
  ];

  test.each(cases)('%s', async (_what, deployment, pair, links, missing) => {
    const chain = await walk(deployment, pair);
    expect(chain.state).toBe('breaks');
    expect(broken(chain)).toEqual(links);
    for (const link of chain.links.filter(({ state }) => state !== 'holds')) {
      expect(link.decision).toMatchObject({ allowed: false, missing });
      expect(link.remedies.length).toBeGreaterThan(0);
    }
  });
});

test('a caller of which only the role is known is decided by its role, and no function is mentioned', async () => {
  const caller = {
    kind: 'role',
    name: 'role caller',
    roleArn: callerRoleArn,
    sessionName: undefined,
  } as const;
  const { state, links } = await walkChain({ ...pairOf(sound), caller }, chainReaderOf(sound), circumstances);
  expect(state).toBe('holds');
  expect(links.map(({ kind }) => kind).slice(0, 2)).toEqual(['assume role', 'invoke route']);
  expect(links[0]).toMatchObject({ title: 'role caller assumes role invoke', decision: { allowed: true } });
  expect(links[0]?.decision?.context).not.toHaveProperty('lambda:SourceFunctionArn');

  const gone = { ...sound, roles: sound.roles.filter(({ arn }) => arn !== callerRoleArn) };
  const broken = await walkChain({ ...pairOf(sound), caller }, chainReaderOf(gone), circumstances);
  expect(broken.links[0]).toMatchObject({ state: 'breaks', problem: `There is no role ${callerRoleArn}.` });
});

test("the permission of the API's own account is enough, and that of another is not", async () => {
  const ofAccount = (id: string) =>
    policy('resource policy of function messages', {
      ...permitsGateway,
      Condition: { StringEquals: { 'AWS:SourceAccount': id } },
    });
  expect(broken(await walk({ ...sound, functionPolicy: ofAccount(A) }))).toEqual([]);
  expect(broken(await walk({ ...sound, functionPolicy: ofAccount(B) }))).toEqual(invokes);
});

test.each(['aws', 'iam'])("the invoke role's tags count as %s:ResourceTag", async (prefix) => {
  const mayAssumeTagged = {
    ...mayAssume,
    Resource: '*',
    Condition: { StringEquals: { [`${prefix}:ResourceTag/purpose`]: 'invoke' } },
  };
  const tagged = (purpose: string) =>
    withRole(withRole(sound, role(callerRoleArn, [trustsLambda], mayAssumeTagged)), {
      ...role(invokeRoleArn, [trustsCaller], mayInvoke),
      tags: { purpose },
    });
  expect(broken(await walk(tagged('invoke')))).toEqual([]);
  expect(broken(await walk(tagged('other')))).toEqual([assumes]);
});

test('a session policy narrows what the invoke role may call', async () => {
  const sessionPolicies = [
    policy('session policy', { Effect: 'Allow', Action: '*', Resource: `${apiArn}/dev/POST/*` }),
  ];
  const chain = await walk(sound, {}, { sessionPolicies });
  expect(broken(chain)).toEqual(calls.slice(0, 1));
  expect(chain.links.find(({ state }) => state !== 'holds')?.decision).toMatchObject({
    missing: 'session policy',
  });
});

describe('a caller that sends a session tag or a source identity', () => {
  const sending = (context: Record<string, string>, deployment = sound) => walk(deployment, {}, { context });
  const tagged = { 'aws:RequestTag/team': 'a', 'aws:RequestTag/env': 'b' };

  test('needs a further permission of both sides, which allows only what it sends', async () => {
    const chain = await sending(tagged);
    expect(broken(chain)).toEqual(['caller tags its session of role invoke']);
    const [link] = chain.links.filter(({ state }) => state === 'breaks');
    const Condition = {
      StringEquals: tagged,
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'env'] },
    };
    expect(link).toMatchObject({
      kind: 'assume role',
      remedies: [
        { kind: 'role trust policy', statement: { Action: 'sts:TagSession', Condition } },
        { kind: 'identity-based policy', statement: { Action: 'sts:TagSession', Condition } },
      ],
    });
    // AWS knows this key for AssumeRole alone, so a statement with it would not allow the other action.
    const statements = link?.remedies.map((change) => 'statement' in change && change.statement);
    expect(JSON.stringify(statements)).not.toContain('sts:ExternalId');
    const identified = await sending({ 'sts:SourceIdentity': 'nightly' });
    expect(broken(identified)).toEqual(['caller sets the source identity of its session of role invoke']);
    expect(identified.links[3]?.remedies).toMatchObject([
      { statement: { Condition: { StringEquals: { 'sts:SourceIdentity': 'nightly' } } } },
      { statement: { Condition: { StringEquals: { 'sts:SourceIdentity': 'nightly' } } } },
    ]);
  });

  test('has the tag in its session in place of the tag of the role, and no tag in its calls', async () => {
    const asked = (key: string) => ({
      ...mayInvoke,
      Condition: { StringEquals: { [key]: 'a' } },
    });
    const calledBy = async (statement: Statement) => {
      const roles = withRole(sound, {
        ...role(invokeRoleArn, [trustsCaller], statement),
        tags: { Team: 'old' },
      });
      return broken(await sending(tagged, roles)).filter((title) => calls.includes(title));
    };
    expect(await calledBy(asked('aws:PrincipalTag/team'))).toEqual([]);
    expect(await calledBy(asked('aws:RequestTag/team'))).toEqual(calls);
  });

  test('sends what a link wants it to send, too, in the links behind it', async () => {
    const asks = { ...trustsCaller, Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } } };
    const chain = await walk(withRole(sound, role(invokeRoleArn, [asks], mayInvoke)));
    expect(broken(chain)).toEqual([assumes, 'caller tags its session of role invoke']);
    expect(chain.links[2]?.remedies).toMatchObject([{ key: 'aws:RequestTag/team', value: 'a' }]);
  });

  test('sends all that a link wants it to send', async () => {
    const wanted = {
      'sts:ExternalId': 'other-id',
      'aws:RequestTag/team': 'a',
      'sts:SourceIdentity': 'nightly',
    };
    const asks = { ...trustsCaller, Condition: { StringEquals: wanted } };
    const chain = await walk(withRole(sound, role(invokeRoleArn, [asks], mayInvoke)));
    expect(broken(chain)).toEqual([
      assumes,
      'caller tags its session of role invoke',
      'caller sets the source identity of its session of role invoke',
    ]);
  });
});

test('a deny in the API policy breaks every route, and no change is proposed', async () => {
  const deny = { Sid: 'Nobody', Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' };
  const chain = await walk({
    ...sound,
    api: { ...sound.api, policy: policy('resource policy of API', deny) },
  });
  expect(broken(chain)).toEqual(calls);
  expect(chain.links[3]).toMatchObject({ remedies: [], decision: { decidedBy: [{ statement: 'Nobody' }] } });
});

test('a role that does not exist is named, and no policy is proposed for it', async () => {
  const chain = await walk({ ...sound, roles: sound.roles.filter(({ arn }) => arn !== invokeRoleArn) });
  expect(broken(chain)).toEqual([assumes, ...calls]);
  expect(chain.links[2]).toMatchObject({
    problem: expect.stringContaining(`There is no role ${invokeRoleArn}`),
    missing: invokeRoleArn,
    remedies: [],
  });
  // One cause, one broken link: the permissions of the role are unknown.
  expect(chain.links.filter(({ state }) => state === 'breaks')).toHaveLength(1);
});

test('a deleted permission is proposed as the stack had it', async () => {
  const { links } = await walk({ ...sound, functionPolicy: undefined });
  expect(links.find(({ kind }) => kind === 'invoke function')?.remedies).toMatchObject([
    {
      kind: 'resource-based policy',
      statement: {
        Sid: 'stack-ParcelsLambdaPermissionApiGateway-1',
        Principal: { Service: 'apigateway.amazonaws.com' },
        Condition: { ArnLike: { 'aws:SourceArn': `${apiArn}/*/*` } },
      },
    },
  ]);
});

test('a role with another path is another role', async () => {
  const chain = await walk(sound, { invokeRoleArn: `arn:aws:iam::${A}:role/app/invoke` });
  expect(broken(chain)).toEqual([assumes, ...calls]);
});

test('a note says that IAM does not protect a route', async () => {
  const authorizationTypes = ['NONE', 'COGNITO_USER_POOLS'];
  const api = {
    ...sound.api,
    routes: routes.map((route, index) => ({ ...route, authorizationType: authorizationTypes[index] ?? '' })),
  };
  const chain = await walk({ ...sound, api }, { project: undefined });
  expect(chain.links[3]).toMatchObject({ state: 'holds', note: expect.stringContaining('no authorization') });
  // Nobody said that the caller calls it.
  expect(chain.links[4]).toMatchObject({
    state: 'holds',
    note: expect.stringMatching(
      /^Another authorizer \(COGNITO_USER_POOLS\) admits the callers of .+, and IAM does not/,
    ),
  });
});

describe('a route with an authorizer', () => {
  const [first] = routes;
  const withAuthorizer = (authorizationType: string, more = {}): Deployment => ({
    ...sound,
    api: { ...sound.api, routes: [{ ...first!, authorizationType }], ...more },
  });

  test.each(['CUSTOM', 'COGNITO_USER_POOLS', 'JWT'])(
    '%s takes no signature: no policy is proposed, and what to do is named',
    async (type) => {
      const { links } = await walk(withAuthorizer(type));
      const link = links.find(({ kind }) => kind === 'invoke route');
      expect(link).toMatchObject({ state: 'breaks', remedies: [] });
      expect(link?.decision).toBeUndefined();
      expect(link?.problem).toMatch(
        new RegExp(`^Another authorizer \\(${type}\\) admits the callers of .* AWS_IAM and deploy\\.$`),
      );
    },
  );

  test('takes a request without a signature, if the policy of the API admits it', async () => {
    const anonymous = { caller: { kind: 'unsigned', name: 'a caller without a signature' } as const };
    const unsigned = { ...anonymous, invokeRoleArn: undefined };
    const called = async (deployment: Deployment) =>
      (await walk(deployment, unsigned)).links.find(({ kind }) => kind === 'invoke route');
    expect(await called(withAuthorizer('CUSTOM'))).toMatchObject({
      state: 'holds',
      note: 'The route has authorization CUSTOM: its authorizer must admit the request, too.',
    });
    const onlyRoles = policy('resource policy of API', {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${B}:root` },
      Action: 'execute-api:Invoke',
      Resource: `${apiArn}/*`,
    });
    expect(await called(withAuthorizer('CUSTOM', { policy: onlyRoles }))).toMatchObject({
      state: 'breaks',
      obstacles: [{ reason: expect.stringMatching(/^The request is anonymous/) }],
    });
    expect(await called(sound)).toMatchObject({
      state: 'breaks',
      problem: expect.stringContaining('takes signed requests only (AWS_IAM)'),
    });
  });
});

test('the authorization that the stage serves counts, and not the one that is configured since its deployment', async () => {
  const [first] = routes;
  const judged = async (servedAs: string, configuredAs: string) => {
    const api = { ...sound.api, routes: [{ ...first!, authorizationType: configuredAs }] };
    const route = { ...first!, authorizationType: servedAs, apiKeyRequired: false };
    const served = { name: 'dev', routes: [route], throttles: new Map(), variables: {} };
    const { links } = await walk(
      { ...sound, api },
      { reading: { known: 'API and stage', served }, project: undefined },
    );
    return links.find(({ kind }) => kind === 'invoke route')?.title;
  };
  const name = `${first?.method} ${first?.path}`;
  expect(await judged('NONE', 'AWS_IAM')).toBe(`${name} is open to anybody`);
  expect(await judged('AWS_IAM', 'NONE')).toBe(`role invoke calls ${name}`);
});

describe('a private API', () => {
  const all = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
  const deployment: Deployment = {
    ...sound,
    api: { ...sound.api, privateTo: ['vpce-1'], policy: policy('resource policy of API', all) },
  };
  const endpoint = (statement: Statement) => ({
    vpcEndpoint: {
      id: 'vpce-1',
      policy: { facts: { ...policy('policy of VPC endpoint vpce-1', statement), accountId: '333333333333' } },
    },
  });
  const vpcLinks = async (pair: object) =>
    (await walk(deployment, pair)).links.filter(({ kind }) => kind === 'VPC endpoint');

  test('is not reached by a function outside of any VPC', async () => {
    const outside = { ...pairOf(sound).caller, inVpc: false };
    expect(await vpcLinks({ ...endpoint(all), caller: outside })).toMatchObject([
      { state: 'breaks', problem: expect.stringContaining('is not connected to a VPC'), remedies: [] },
      { state: 'holds' },
      { state: 'holds' },
    ]);
  });

  test("is behind the endpoint's policy, which is changed in the account of the VPC", async () => {
    const [first] = await vpcLinks(endpoint({ ...all, Action: 's3:*' }));
    expect(first).toMatchObject({
      state: 'breaks',
      remedies: [{ kind: 'VPC endpoint policy', accountId: '333333333333' }],
    });
  });

  test('lets a request without a signature pass if the endpoint lets everybody pass', async () => {
    const unsigned = { caller: { kind: 'unsigned', name: 'x' } as const, invokeRoleArn: undefined };
    const states = async (statement: Statement) =>
      (await vpcLinks({ ...endpoint(statement), ...unsigned })).map(({ state }) => state);
    expect(await states(all)).toEqual(['holds', 'holds']);
    const onlyRoles = { ...all, Condition: { ArnLike: { 'aws:PrincipalArn': '*' } } };
    expect(await states(onlyRoles)).toEqual(['breaks', 'breaks']);
    const invoked = async (api: Deployment['api']) => {
      const { links } = await walk({ ...sound, api }, { ...endpoint(all), ...unsigned });
      return links.filter(({ kind }) => kind === 'invoke route').map(({ state }) => state);
    };
    const open = deployment.api.routes.map((route) => ({ ...route, authorizationType: 'NONE' }));
    expect(await invoked({ ...deployment.api, routes: open })).toEqual(['holds', 'holds']);
    // Unlike a public API, a private one without a policy admits nobody.
    expect(await invoked({ ...deployment.api, routes: open, policy: undefined })).toEqual([
      'breaks',
      'breaks',
    ]);
    expect(await invoked({ ...sound.api, routes: open, policy: undefined })).toEqual(['holds', 'holds']);
    const [ofOtherService] = await vpcLinks({ ...endpoint({ ...all, Action: 's3:*' }), ...unsigned });
    expect(ofOtherService).toMatchObject({
      state: 'breaks',
      remedies: [],
      obstacles: [
        { kinds: ['VPC endpoint policy'], reason: expect.stringMatching(/^The request is anonymous/) },
      ],
    });
  });
});

test('in a project, an open route breaks the chain unless its event declares it, and the line to add is named', async () => {
  const [first] = routes;
  const open = { ...first!, authorizationType: 'NONE' };
  const api = { ...sound.api, routes: [open] };
  const name = `${open.method} ${open.path}`;
  const inProject = (more: Partial<KnownByProject>) => ({
    project: { declaredOpen: [], permissionIds: new Map(), links: [], ...more },
  });
  const chain = await walk({ ...sound, api }, inProject({}));
  expect(broken(chain)).toEqual([`IAM decides who calls ${name}`]);
  expect(chain.links.find(({ state }) => state === 'breaks')?.problem).toContain(
    `In services/api/serverless.yml, add "authorizer: aws_iam" to the event of ${name}, and deploy`,
  );
  const declared = await walk({ ...sound, api }, inProject({ declaredOpen: [name] }));
  expect(broken(declared)).toEqual([]);
  expect(declared.links[3]).toMatchObject({ title: `${name} is open to anybody` });
  // Without a function, as the answer to a browser's preflight.
  // In the contract it has a name. The event declares the route.
  const nameOfRoute = () => `postParcel (${name})`;
  const named = await walk({ ...sound, api }, inProject({ declaredOpen: [name], nameOfRoute }));
  expect(broken(named)).toEqual([]);
  expect(named.links[3]).toMatchObject({ title: `postParcel (${name}) is open to anybody` });
  const { functionArn: _, ...preflight } = open;
  const answered = { ...sound.api, routes: [{ ...preflight, method: 'OPTIONS' }] };
  expect(broken(await walk({ ...sound, api: answered }, inProject({})))).toEqual([]);
});

test('an open route still obeys the API policy', async () => {
  const api = {
    ...sound.api,
    policy: policy('resource policy of API', {
      Effect: 'Allow',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: `${apiArn}/*`,
      Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
    }),
    routes: routes.slice(1).map((route) => ({ ...route, authorizationType: 'NONE' })),
  };
  expect(broken(await walk({ ...sound, api }, { project: undefined }))).toEqual([
    'POST /parcels is open to anybody',
  ]);
  const context = { 'aws:SourceIp': '10.1.2.3' };
  expect(broken(await walk({ ...sound, api }, { project: undefined }, { context }))).toEqual([]);
});

test('a deleted function breaks the chain', async () => {
  const gone = { ...routes[0]!, functionArn: `arn:aws:lambda:eu-west-1:${A}:function:gone` };
  const chain = await walk({ ...sound, api: { ...sound.api, routes: [gone] } });
  expect(broken(chain)).toEqual(['API Gateway invokes gone for GET /items/{id}']);
});

describe('a function that API Gateway invokes with the credentials of a role', () => {
  const integrationRoleArn = `arn:aws:iam::${A}:role/integration`;
  const trustsGateway = { ...trustsLambda, Principal: { Service: 'apigateway.amazonaws.com' } };
  const mayInvokeFunction = {
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Resource: `arn:aws:lambda:eu-west-1:${A}:function:*`,
  };
  const invokes = 'API Gateway invokes parcels for POST /parcels';
  const deployed = (credentials: string, ...roles: RoleFacts[]): Deployment => ({
    ...sound,
    roles: [...roles, ...sound.roles],
    functionPolicy: undefined,
    api: { ...sound.api, routes: [{ ...routes[1]!, credentials }] },
  });

  test('needs no permission for API Gateway, but one of the role, which must trust it', async () => {
    const as = (trust: Statement[], ...statements: Statement[]) =>
      walk(deployed(integrationRoleArn, role(integrationRoleArn, trust, ...statements)));
    const chain = await as([trustsGateway], mayInvokeFunction);
    expect(broken(chain)).toEqual([]);
    expect(chain.links.find(({ title }) => title === invokes)?.note).toContain('role/integration');
    expect(broken(await as([trustsLambda], mayInvokeFunction))).toEqual([invokes]);
    expect(broken(await as([trustsGateway]))).toEqual([invokes]);
    expect(broken(await walk(deployed(integrationRoleArn)))).toEqual([invokes]);
  });

  test.each(['caller', 'arn:aws:iam::*:user/*'])(
    'needs the permission of the caller: %s',
    async (credentials) => {
      const chain = await walk(deployed(credentials));
      expect(broken(chain)).toEqual([invokes]);
      expect(chain.links.find(({ title }) => title === invokes)?.remedies).toMatchObject([
        { statement: { Action: 'lambda:InvokeFunction' } },
      ]);
      const may = role(invokeRoleArn, [trustsCaller], mayInvoke, mayInvokeFunction);
      expect(broken(await walk(withRole(deployed(credentials), may)))).toEqual([]);
    },
  );
});

test('remedies are found for every combination of what is missing', async () => {
  const present = fc.record({
    lambdaTrust: fc.boolean(),
    trust: fc.constantFrom(undefined, trustsCaller, { ...trustsCaller, Condition: {} }),
    assume: fc.boolean(),
    invoke: fc.boolean(),
    permission: fc.boolean(),
    boundary: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(present, async (has) => {
      let deployment = withRole(
        sound,
        role(callerRoleArn, has.lambdaTrust ? [trustsLambda] : [], ...(has.assume ? [mayAssume] : [])),
      );
      deployment = withRole(deployment, {
        ...role(
          invokeRoleArn,
          has.trust === undefined ? [] : [trustsCaller],
          ...(has.invoke ? [mayInvoke] : []),
        ),
        ...(has.boundary
          ? { boundary: policy('boundary', { Effect: 'Allow', Action: 's3:*', Resource: '*' }) }
          : {}),
      });
      if (!has.permission) deployment = { ...deployment, functionPolicy: undefined };
      const { links } = await walk(deployment);
      for (const { state, decision, remedies } of links.filter(({ kind }) => kind !== 'function state')) {
        expect(state).toBe(decision?.allowed ? 'holds' : 'breaks');
        expect(remedies.length > 0).toBe(state === 'breaks');
      }
    }),
    { numRuns: 60 },
  );
});
