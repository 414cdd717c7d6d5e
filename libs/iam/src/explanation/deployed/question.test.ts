import { whyNoChange } from '../no-change.ts';
import {
  A,
  apiArn,
  B,
  callerRoleArn,
  circumstances,
  functionArn,
  invokeRoleArn,
  policy,
  readerOf,
  region,
  sound,
} from './deployment.testing.ts';
import { answerQuestion } from './question.ts';

const ask = (
  principal: string,
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
  deployment = sound,
) =>
  answerQuestion({ principal, action, resource, region }, readerOf(deployment), {
    ...circumstances,
    context,
  });

const externalId = { 'sts:ExternalId': 'secretless' };
const session = `arn:aws:sts::${A}:assumed-role/invoke/caller`;

test.each([
  ['a role', callerRoleArn, 'sts:AssumeRole', invokeRoleArn, externalId],
  ['a session', session, 'execute-api:Invoke', `${apiArn}/dev/POST/parcels`, {}],
  ['a root user', `arn:aws:iam::${B}:root`, 's3:GetObject', 'arn:aws:s3:::bucket/key', {}],
  [
    'a service',
    'apigateway.amazonaws.com',
    'lambda:InvokeFunction',
    functionArn,
    { 'aws:SourceArn': `${apiArn}/dev/POST/parcels` },
  ],
  ['a service that a role trusts', 'lambda.amazonaws.com', 'sts:AssumeRole', callerRoleArn, {}],
])('%s may do what the policies allow', async (_who, principal, action, resource, context) => {
  const { decision, remedies } = await ask(principal, action, resource, context);
  expect(decision).toMatchObject({ allowed: true, resource });
  expect(remedies).toEqual([]);
});

test('a key that is given wins over the one that is read, such as that of the organization', async () => {
  const organizationId = 'o-1234567890';
  const membership = { organizationId, serviceControl: [], resourceControl: [] };
  const inOrganization = { ...sound, organizations: { [A]: membership, [B]: membership } };
  const asked = async (context: Readonly<Record<string, string>>) => {
    const { decision } = await ask(session, 's3:GetObject', 'arn:aws:s3:::b/k', context, inOrganization);
    return decision.context;
  };
  expect(await asked({})).toMatchObject({ 'aws:PrincipalOrgID': organizationId });
  expect(await asked({ 'aws:PrincipalOrgID': 'o-other' })).toMatchObject({
    'aws:PrincipalOrgID': 'o-other',
    'aws:ResourceOrgID': organizationId,
  });
});

test('a role with any legal path is a principal, and a resource', async () => {
  const odd = `arn:aws:iam::${B}:role/a:b/c*/odd`;
  const reader = readerOf(sound);
  const caller = await reader.role(callerRoleArn);
  const found = { ...caller!, arn: odd };
  const withOdd = { ...reader, role: async (arn: string) => (arn === odd ? found : reader.role(arn)) };
  const ask = (principal: string, action: string, resource: string) =>
    answerQuestion({ principal, action, resource, region }, withOdd, {
      ...circumstances,
      context: externalId,
    });
  expect((await ask(odd, 'sts:AssumeRole', invokeRoleArn)).decision).toMatchObject({
    principalArn: `arn:aws:sts::${B}:assumed-role/odd/explain`,
    context: { 'aws:PrincipalArn': odd },
  });
  expect((await ask('lambda.amazonaws.com', 'sts:AssumeRole', odd)).decision.allowed).toBe(true);
});

test.each([
  ['without the external ID', callerRoleArn, 'sts:AssumeRole', invokeRoleArn, {}, 'role trust policy'],
  [
    'with no policy at all',
    `arn:aws:iam::${B}:user/alice`,
    's3:GetObject',
    'arn:aws:s3:::b/k',
    {},
    'identity-based policy',
  ],
  [
    'on another route',
    session,
    'execute-api:Invoke',
    `${apiArn}/dev/DELETE/parcels`,
    {},
    'identity-based policy',
  ],
  [
    'for another API',
    'apigateway.amazonaws.com',
    'lambda:InvokeFunction',
    functionArn,
    { 'aws:SourceArn': `arn:aws:execute-api:${region}:${A}:other/dev/POST/parcels` },
    'resource-based policy',
  ],
])(
  'a request %s is denied, and remedies are proposed',
  async (_what, principal, action, resource, context, missing) => {
    const { decision, remedies } = await ask(principal, action, resource, context);
    expect(decision).toMatchObject({ allowed: false, missing });
    expect(remedies).not.toEqual([]);
  },
);

test('the remedy for a missing external ID is the external ID, not another trust policy', async () => {
  const { remedies } = await ask(callerRoleArn, 'sts:AssumeRole', invokeRoleArn);
  expect(remedies).toEqual([{ change: 'request', key: 'sts:ExternalId', value: 'secretless' }]);
});

test('a statement that is added is no wider than the request', async () => {
  const context = { 'aws:SourceArn': `${apiArn}/dev/POST/parcels` };
  const { remedies } = await ask('apigateway.amazonaws.com', 'lambda:InvokeFunction', functionArn, context, {
    ...sound,
    functionPolicy: undefined,
  });
  expect(remedies).toMatchObject([
    {
      statement: {
        Effect: 'Allow',
        Principal: { Service: 'apigateway.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: functionArn,
        Condition: { ArnLike: { 'aws:SourceArn': `${apiArn}/dev/POST/parcels` } },
      },
    },
  ]);
});

test('the region of a request is that of its resource; of one without a region, that of the profile', async () => {
  const regionOf = async (resource: string) =>
    (await ask(callerRoleArn, 'lambda:InvokeFunction', resource)).decision.context['aws:RequestedRegion'];
  expect(await regionOf(`arn:aws:lambda:sa-east-1:${B}:function:orders`)).toBe('sa-east-1');
  expect(await regionOf('arn:aws:s3:::bucket/key')).toBe(region);
});

test('condition keys that the user gives override the assumed ones', async () => {
  const { decision } = await ask(callerRoleArn, 'sts:AssumeRole', invokeRoleArn, {
    ...externalId,
    'aws:SecureTransport': 'false',
  });
  expect(decision.context).toMatchObject({ 'aws:SecureTransport': 'false', 'sts:ExternalId': 'secretless' });
});

test('the policy of the API and the tags of a role count', async () => {
  const denied = await ask(
    session,
    'execute-api:Invoke',
    `${apiArn}/dev/POST/parcels`,
    {},
    {
      ...sound,
      api: {
        ...sound.api,
        policy: policy('resource policy', {
          Effect: 'Deny',
          Principal: '*',
          Action: 'execute-api:Invoke',
          Resource: `${apiArn}/*`,
        }),
      },
    },
  );
  expect(denied.decision).toMatchObject({ allowed: false, denial: 'explicit' });
  const roles = sound.roles.map((role) => ({ ...role, tags: { team: 'a' } }));
  const tagged = await ask(callerRoleArn, 'sts:AssumeRole', invokeRoleArn, {}, { ...sound, roles });
  expect(tagged.decision.context).toMatchObject({
    'aws:ResourceTag/team': 'a',
    'aws:PrincipalTag/team': 'a',
  });
});

test('a resource policy is proposed for a REST API, and not for an HTTP API, which cannot have one', async () => {
  const proposed = async (protocol: 'HTTP' | undefined) => {
    const deployment = { ...sound, api: { ...sound.api, protocol } };
    const asked = await ask(
      callerRoleArn,
      'execute-api:Invoke',
      `${apiArn}/dev/POST/parcels`,
      {},
      deployment,
    );
    const { decision, remedies } = asked;
    if (decision.allowed) throw new Error('It is allowed.');
    return { remedies: remedies.length, why: whyNoChange(decision) };
  };
  expect(await proposed(undefined)).toMatchObject({ remedies: 2 });
  expect(await proposed('HTTP')).toMatchObject({
    remedies: 0,
    why: expect.stringContaining(`Assume a role of account ${A} that may do this.`),
  });
});

test('notes name the policies that were not read', async () => {
  const { notes } = await ask(callerRoleArn, 's3:GetObject', 'arn:aws:s3:::bucket/key');
  expect(notes).toEqual([
    expect.stringContaining('Resource policies of s3'),
    expect.stringContaining(`principal's own (${B})`),
  ]);
  const absent = await ask(callerRoleArn, 'sts:AssumeRole', `arn:aws:iam::${A}:role/nobody`);
  expect(absent.decision).toMatchObject({ allowed: false, missing: 'role trust policy' });
  expect(absent.notes[0]).toContain('There is no role');
  expect(absent.remedies).toEqual([]);
});

test.each([
  ['a role', callerRoleArn, 'sts:AssumeRole', `arn:aws:iam::${A}:role/nobody`],
  ['a function', 'apigateway.amazonaws.com', 'lambda:InvokeFunction', `${functionArn}2`],
  ['an API', session, 'execute-api:Invoke', `arn:aws:execute-api:${region}:${A}:gone/dev/GET/x`],
])('no policy is proposed for %s that does not exist', async (_what, principal, action, resource) => {
  const context = { 'aws:SourceArn': `${apiArn}/dev/POST/parcels` };
  const deployment = { ...sound, functionPolicy: undefined };
  const { notes, remedies } = await ask(principal, action, resource, context, deployment);
  expect(notes[0]).toContain('There is no');
  expect(remedies).toEqual([]);
});

test('nothing is proposed for a resource policy that was not read', async () => {
  const bucket = 'arn:aws:s3:us-east-1:333333333333:accesspoint/x';
  const { decision, remedies } = await ask(callerRoleArn, 's3:GetObject', bucket);
  expect(decision).toMatchObject({ missing: 'resource-based policy' });
  expect(remedies).toEqual([]);
});

test.each(['lambda.amazonaws.com', 'ec2.amazonaws.com.cn', 'ec2.c2s.ic.gov'])(
  '%s is a service, in its partition',
  async (service) => {
    const { decision } = await ask(service, 'lambda:InvokeFunction', functionArn);
    expect(decision).toMatchObject({ request: { principal: { type: 'Service', service } } });
  },
);

test.each([
  ['lambda.example.com', /is not a principal/],
  ['amazonaws.com', /is not a principal/],
  ['caller', /is not a principal/],
  [`arn:aws:iam::${B}:role/nobody`, /There is no role/],
  [`arn:aws:iam::${B}:role/path/caller`, /There is no role/],
  [`arn:aws:iam::${B}:user/bob`, /There is no user/],
  [`arn:aws:sts::${B}:assumed-role/nobody/session`, /There is no role/],
  [`arn:aws:sts::${B}:assumed-role/caller`, /is not a principal/],
  [`arn:aws:iam::${B}:role/caller\n`, /is not a principal/],
])('%j is not a known principal', async (principal, message) => {
  await expect(ask(principal, 'sts:AssumeRole', invokeRoleArn)).rejects.toThrow(message);
});
