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

describe('AWS::IAM::User and AWS::IAM::AccessKey', () => {
  const full = {
    UserName: 'caller',
    Path: '/team/',
    Policies: [{ PolicyName: 'root', PolicyDocument: policy(allow('execute-api:Invoke')) }],
    ManagedPolicyArns: [XRAY],
    PermissionsBoundary: BASIC,
    Tags: [{ Key: 'team', Value: 'a' }],
  };

  async function created() {
    const { directory, context, type } = setUp();
    const user = type('AWS::IAM::User');
    const properties = parse(user, full);
    return { directory, context, type, user, properties, state: await user.create(properties, context) };
  }

  test('a user gets policies, boundary, path and tags, and its key signs for it', async () => {
    const { directory, context, type, state } = await created();
    const arn = `arn:aws:iam::${A}:user/team/caller`;
    expect(state).toEqual({ physicalId: 'caller', attributes: { Arn: arn } });
    const { inlinePolicies, attachedPolicies, permissionsBoundary, tags, uniqueId } = directory.users.get(
      A,
      'caller',
    );
    expect([...inlinePolicies.keys(), ...attachedPolicies]).toEqual(['root', XRAY]);
    expect([permissionsBoundary, Object.fromEntries(tags)]).toEqual([BASIC, { stack: 's', team: 'a' }]);
    const accessKey = type('AWS::IAM::AccessKey');
    const keyProperties = parse(accessKey, { UserName: 'caller', Status: 'Active' });
    const key = await accessKey.create(keyProperties, context);
    expect(directory.users.findAccessKey(key.physicalId)).toMatchObject({
      userId: uniqueId,
      secretAccessKey: key.attributes.SecretAccessKey,
    });
    await accessKey.delete(key, keyProperties, context);
    await accessKey.delete(key, keyProperties, context);
    expect(directory.users.findAccessKey(key.physicalId)).toBeUndefined();
    expect(() => parse(accessKey, { UserName: 'caller', Status: 'Inactive' })).toThrow();
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-accesskey.html
  test('a new Serial makes a new key', () => {
    expect(setUp().type('AWS::IAM::AccessKey').replacedBy).toContain('Serial');
  });

  test('an update keeps what others added, and a new path is refused by name', async () => {
    const { directory, context, user, properties, state } = await created();
    directory.users.putPolicy(A, 'caller', 'by-hand', policy(allow('s3:GetObject')));
    const next = parse(user, { UserName: 'caller', Path: '/team/', ManagedPolicyArns: [BASIC] });
    expect(await user.update(state, next, properties, { ...context, tags: {} })).toEqual(state);
    const { inlinePolicies, attachedPolicies, permissionsBoundary, tags } = directory.users.get(A, 'caller');
    expect([...inlinePolicies.keys(), ...attachedPolicies]).toEqual(['by-hand', BASIC]);
    expect([permissionsBoundary, tags.size]).toEqual([undefined, 0]);
    const moved = parse(user, { ...full, Path: '/other/' });
    await expect(user.update(state, moved, next, context)).rejects.toThrow('a new Path for the user caller');
  });

  test('delete removes the user with its policies, and may repeat; a failed create leaves nothing', async () => {
    const { directory, context, user, properties, state } = await created();
    await user.delete(state, properties, context);
    await user.delete(state, properties, context);
    const wrong = parse(user, { ...full, ManagedPolicyArns: [BASIC, `${XRAY}2`] });
    await expect(user.create(wrong, context)).rejects.toThrow('does not exist or is not attachable');
    expect(directory.users.find(A, 'caller')).toBeUndefined();
  });

  test('a deployment needs the permissions that the operations of IAM need', async () => {
    const { context, type, user, properties, state } = await created();
    const actions = (change: object) =>
      user.requires({ ...context, properties, ...change } as never).map(({ action }) => action);
    expect(actions({ handler: 'create' })).toEqual([
      ...['iam:CreateUser', 'iam:TagUser', 'iam:PutUserPolicy', 'iam:AttachUserPolicy'],
    ]);
    const bare = parse(user, { UserName: 'caller', Path: '/team/' });
    expect(actions({ handler: 'update', current: state, properties: bare, previous: properties })).toEqual([
      ...['iam:TagUser', 'iam:DeleteUserPermissionsBoundary', 'iam:DeleteUserPolicy', 'iam:DetachUserPolicy'],
    ]);
    expect(actions({ handler: 'delete', current: state })).toEqual([
      ...['iam:DeleteUserPolicy', 'iam:DetachUserPolicy', 'iam:DeleteUser'],
    ]);
    const key = { ...context, handler: 'create', properties: { UserName: 'caller' } };
    expect(type('AWS::IAM::AccessKey').requires(key as never)).toMatchObject([
      { action: 'iam:CreateAccessKey', resource: `arn:aws:iam::${A}:user/team/caller` },
    ]);
  });
});
