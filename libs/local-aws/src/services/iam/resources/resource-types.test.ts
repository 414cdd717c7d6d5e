import * as v from 'valibot';
import { A, allow, policy, testDirectory, trust } from '../../../identity/identity.testing.ts';
import type { ResourceContext, ResourceType } from '../../resource-type.ts';
import { createIamService } from '../index.ts';

const LAMBDA = { Service: ['lambda.amazonaws.com'] };
const XRAY = 'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess';
const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';

function setUp() {
  const { directory } = testDirectory();
  let names = 0;
  const context: ResourceContext = {
    accountId: A,
    region: 'eu-central-1',
    logicalId: 'X',
    tags: { stack: 's' },
    stackName: 's',
    stackId: `arn:aws:cloudformation:eu-central-1:${A}:stack/s/1`,
    generateName: () => `s-X-${++names}`,
  };
  const types = createIamService(directory).resourceTypes;
  const type = (name: string): ResourceType => types.find(({ typeName }) => typeName === name)!;
  return { directory, context, type };
}

const parse = (type: ResourceType, properties: object) => v.parse(type.properties, properties);

describe('AWS::IAM::Role', () => {
  const full = {
    RoleName: 'caller-dev',
    Path: '/',
    AssumeRolePolicyDocument: trust(LAMBDA),
    Policies: [
      { PolicyName: 'logs', PolicyDocument: policy(allow('logs:PutLogEvents')) },
      { PolicyName: 'assume', PolicyDocument: policy(allow('sts:AssumeRole')) },
    ],
    ManagedPolicyArns: [XRAY],
    Tags: [{ Key: 'team', Value: 'a' }],
  };

  test('is created with the properties of the template', async () => {
    const { directory, context, type } = setUp();
    const role = type('AWS::IAM::Role');
    const state = await role.create(parse(role, full), context);
    const { uniqueId, inlinePolicies, attachedPolicies, tags } = directory.roles.get(A, 'caller-dev');
    expect(state).toEqual({
      physicalId: 'caller-dev',
      attributes: { Arn: `arn:aws:iam::${A}:role/caller-dev`, RoleId: uniqueId },
    });
    expect([...inlinePolicies.keys()]).toEqual(['logs', 'assume']);
    expect([...attachedPolicies]).toEqual([XRAY]);
    expect(Object.fromEntries(tags)).toEqual({ stack: 's', team: 'a' });
  });

  test('is updated in place, and keeps policies that were added by hand', async () => {
    const { directory, context, type } = setUp();
    const role = type('AWS::IAM::Role');
    const previous = parse(role, full);
    const created = await role.create(previous, context);
    directory.roles.putPolicy(A, 'caller-dev', 'by-hand', policy(allow('s3:GetObject')));
    const next = parse(role, {
      RoleName: 'caller-dev',
      AssumeRolePolicyDocument: JSON.stringify(trust({ AWS: A })),
      Policies: [{ PolicyName: 'logs', PolicyDocument: policy(allow('logs:CreateLogStream')) }],
      ManagedPolicyArns: [BASIC],
      PermissionsBoundary: XRAY,
      MaxSessionDuration: 7200,
    });
    const updated = await role.update(created, next, previous, { ...context, tags: {} });
    expect(updated).toEqual(created);
    const after = directory.roles.get(A, 'caller-dev');
    expect([...after.inlinePolicies.keys()].sort()).toEqual(['by-hand', 'logs']);
    expect(after.inlinePolicies.get('logs')?.text).toContain('CreateLogStream');
    expect([...after.attachedPolicies]).toEqual([BASIC]);
    expect(after).toMatchObject({ permissionsBoundary: XRAY, maxSessionDuration: 7200 });
    expect(Object.fromEntries(after.tags)).toEqual({});
    await role.update(updated, previous, next, context);
    expect(directory.roles.get(A, 'caller-dev')).toMatchObject({
      permissionsBoundary: undefined,
      maxSessionDuration: 3600,
    });
  });

  test('is deleted with its policies, and a second deletion is not an error', async () => {
    const { directory, context, type } = setUp();
    const role = type('AWS::IAM::Role');
    const properties = parse(role, full);
    const state = await role.create(properties, context);
    await role.delete(state, properties, context);
    expect(directory.roles.find(A, 'caller-dev')).toBeUndefined();
    await role.delete(state, properties, context);
  });

  test('is not created if one of its parts fails', async () => {
    const { directory, context, type } = setUp();
    const role = type('AWS::IAM::Role');
    const properties = parse(role, { ...full, ManagedPolicyArns: [BASIC, `${XRAY}2`] });
    await expect(role.create(properties, context)).rejects.toThrow('does not exist or is not attachable');
    expect(directory.roles.list(A)).toEqual([]);
  });

  test('gets a name if the template has none, and refuses unknown properties', async () => {
    const { context, type } = setUp();
    const role = type('AWS::IAM::Role');
    const { RoleName: _, ...unnamed } = full;
    expect((await role.create(parse(role, unnamed), context)).physicalId).toBe('s-X-1');
    expect(() => parse(role, { ...full, Colour: 'red' })).toThrow('Colour');
    expect(role.replacedBy).toEqual(['Path', 'RoleName']);
  });
});

describe('AWS::IAM::ManagedPolicy', () => {
  test('is attached, updated as new versions, and deleted', async () => {
    const { directory, context, type } = setUp();
    const managed = type('AWS::IAM::ManagedPolicy');
    for (const name of ['a', 'b']) directory.roles.create(A, { name, trustPolicy: trust(LAMBDA) });
    const attached = (name: string) => directory.roles.get(A, name).attachedPolicies.size;
    let previous = parse(managed, { PolicyDocument: policy(allow('s3:GetObject')), Roles: ['a'] });
    let state = await managed.create(previous, context);
    expect(state.physicalId).toBe(`arn:aws:iam::${A}:policy/s-X-1`);
    expect([attached('a'), attached('b')]).toEqual([1, 0]);
    for (let i = 2; i < 9; i += 1) {
      const next = parse(managed, { PolicyDocument: policy(allow(`s3:Get${i}*`)), Roles: ['b'] });
      state = await managed.update(state, next, previous, context);
      expect(state.attributes.DefaultVersionId).toBe(`v${i}`);
      previous = next;
    }
    expect([attached('a'), attached('b')]).toEqual([0, 1]);
    await managed.delete(state, previous, context);
    expect(directory.managedPolicies.find(A, state.physicalId)).toBeUndefined();
    await managed.delete(state, previous, context);
  });
});

describe('AWS::IAM::Policy', () => {
  test('becomes an inline policy of each of its roles', async () => {
    const { directory, context, type } = setUp();
    const inline = type('AWS::IAM::Policy');
    for (const name of ['a', 'b']) directory.roles.create(A, { name, trustPolicy: trust(LAMBDA) });
    const names = (name: string) => [...directory.roles.get(A, name).inlinePolicies.keys()];
    const document = policy(allow('s3:GetObject'));
    const first = parse(inline, { PolicyName: 'p', PolicyDocument: document, Roles: ['a', 'b'] });
    const state = await inline.create(first, context);
    expect([names('a'), names('b')]).toEqual([['p'], ['p']]);
    const second = parse(inline, { PolicyName: 'q', PolicyDocument: document, Roles: ['b'] });
    await inline.update(state, second, first, context);
    expect([names('a'), names('b')]).toEqual([[], ['q']]);
    await inline.delete(state, second, context);
    expect(names('b')).toEqual([]);
    expect(() => parse(inline, { PolicyName: 'p', PolicyDocument: document })).toThrow('must be non-empty');
    const absent = parse(inline, { PolicyName: 'p', PolicyDocument: document, Roles: ['a', 'absent'] });
    await expect(inline.create(absent, context)).rejects.toThrow(
      'The role with name absent cannot be found.',
    );
    expect(names('a')).toEqual([]);
  });
});
