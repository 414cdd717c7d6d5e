import { A, allow, B, client, policy, testDirectory, trust } from '../../identity/identity.testing.ts';
import { createIamService } from './index.ts';

const LAMBDA = { Service: 'lambda.amazonaws.com' };
const TRUST = JSON.stringify(trust(LAMBDA));
const POLICY = `{ "Version": "2012-10-17",\n  "Statement": [{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/(x)*"}] }`;

function setUp() {
  const { directory, clock } = testDirectory();
  const call = client(directory, createIamService(directory).endpoint);
  const admin = directory.administrator(A);
  const asAdmin = (action: string, parameters?: Record<string, string>) => call(admin, action, parameters);
  return { directory, clock, call, admin, asAdmin };
}

describe('roles', () => {
  test('are created and read', async () => {
    const { asAdmin } = setUp();
    const created = await asAdmin('CreateRole', {
      RoleName: 'invoke',
      Path: '/app/',
      AssumeRolePolicyDocument: TRUST,
      Description: 'calls <the> API & more',
      MaxSessionDuration: '7200',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'a b',
    });
    expect(created.status).toBe(200);
    const { result } = await asAdmin('GetRole', { RoleName: 'INVOKE' });
    expect(result.Role).toEqual(created.result.Role);
    expect(result.Role).toMatchObject({
      Path: '/app/',
      RoleName: 'invoke',
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${A}:role/app/invoke`,
      CreateDate: '2026-01-02T03:04:05Z',
      Description: 'calls <the> API & more',
      MaxSessionDuration: '7200',
      Tags: { member: [{ Key: 'team', Value: 'a b' }] },
    });
    expect(JSON.parse(decodeURIComponent(result.Role.AssumeRolePolicyDocument))).toEqual(trust(LAMBDA));
  });

  test('are listed page by page', async () => {
    const { directory, asAdmin } = setUp();
    for (const name of ['c', 'a', 'e', 'b', 'd']) directory.roles.create(A, { name, trustPolicy: TRUST });
    directory.roles.create(B, { name: 'other', trustPolicy: TRUST });
    const names: string[] = [];
    let marker: string | undefined;
    do {
      const { result } = await asAdmin('ListRoles', { MaxItems: '2', ...(marker && { Marker: marker }) });
      names.push(...result.Roles.member.map((role: { RoleName: string }) => role.RoleName));
      expect(result.IsTruncated).toBe(String(result.Marker !== undefined));
      marker = result.Marker;
    } while (marker !== undefined);
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await asAdmin('ListRoles', { Marker: 'x' })).toMatchObject({
      status: 400,
      result: { Code: 'ValidationError' },
    });
  });

  test('can be changed in all their settings', async () => {
    const { directory, asAdmin } = setUp();
    const { arn } = directory.roles.create(A, { name: 'r', trustPolicy: TRUST });
    const r = { RoleName: 'r' };
    await asAdmin('UpdateRole', { ...r, Description: 'new', MaxSessionDuration: '43200' });
    await asAdmin('UpdateAssumeRolePolicy', { ...r, PolicyDocument: JSON.stringify(trust({ AWS: B })) });
    await asAdmin('PutRolePermissionsBoundary', {
      ...r,
      PermissionsBoundary: 'arn:aws:iam::aws:policy/AdministratorAccess',
    });
    await asAdmin('TagRole', { ...r, 'Tags.member.1.Key': 'Team', 'Tags.member.1.Value': '1' });
    await asAdmin('TagRole', { ...r, 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': '2' });
    const { Role } = (await asAdmin('GetRole', r)).result;
    expect(Role).toMatchObject({
      Arn: arn,
      Description: 'new',
      MaxSessionDuration: '43200',
      PermissionsBoundary: { PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      Tags: { member: [{ Key: 'team', Value: '2' }] },
    });
    expect(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument))).toEqual(
      trust({ AWS: `arn:aws:iam::${B}:root` }),
    );
    await asAdmin('UntagRole', { ...r, 'TagKeys.member.1': 'TEAM' });
    await asAdmin('DeleteRolePermissionsBoundary', r);
    expect((await asAdmin('GetRole', r)).result.Role).not.toHaveProperty('Tags');
    expect((await asAdmin('ListRoleTags', r)).result).toEqual({ Tags: '', IsTruncated: 'false' });
    expect(await asAdmin('DeleteRolePermissionsBoundary', r)).toMatchObject({ status: 404 });
  });

  test('have inline policies of any version, as SAM makes them; managed policies need the present one', async () => {
    const { asAdmin, directory } = setUp();
    directory.roles.create(A, { name: 'r', trustPolicy: TRUST });
    const PolicyDocument = JSON.stringify({ Statement: allow('s3:GetObject', '*') });
    const put = await asAdmin('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument });
    expect(put.status).toBe(200);
    expect((await asAdmin('CreatePolicy', { PolicyName: 'p', PolicyDocument })).result).toMatchObject({
      Code: 'MalformedPolicyDocument',
      Message: 'Policy document must be version 2012-10-17 or greater.',
    });
  });

  test('have inline policies, and IAM returns their text unchanged', async () => {
    const { asAdmin, directory } = setUp();
    directory.roles.create(A, { name: 'r', trustPolicy: TRUST });
    const named = { RoleName: 'r', PolicyName: 'p' };
    expect(await asAdmin('PutRolePolicy', { ...named, PolicyDocument: POLICY })).toMatchObject({
      status: 200,
      result: undefined,
    });
    const { PolicyDocument } = (await asAdmin('GetRolePolicy', named)).result;
    expect(PolicyDocument).toContain('%28x%29%2A');
    expect(decodeURIComponent(PolicyDocument)).toBe(POLICY);
    expect((await asAdmin('ListRolePolicies', { RoleName: 'r' })).result.PolicyNames.member).toEqual(['p']);
    expect((await asAdmin('DeleteRole', { RoleName: 'r' })).result).toEqual({
      Type: 'Sender',
      Code: 'DeleteConflict',
      Message: 'Cannot delete entity, must delete policies first.',
    });
    expect((await asAdmin('DeleteRolePolicy', named)).status).toBe(200);
    expect(await asAdmin('GetRolePolicy', named)).toMatchObject({
      status: 404,
      result: { Code: 'NoSuchEntity', Message: 'The role policy with name p cannot be found.' },
    });
    expect((await asAdmin('DeleteRole', { RoleName: 'r' })).status).toBe(200);
  });

  test.each([
    ['GetRole', { RoleName: 'absent' }, 404, 'NoSuchEntity', 'The role with name absent cannot be found.'],
    [
      'GetRole',
      {},
      400,
      'ValidationError',
      "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
    ],
    [
      'GetRole',
      { RoleName: 'a/b' },
      400,
      'ValidationError',
      "1 validation error detected: Value 'a/b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    ],
    [
      'AttachRolePolicy',
      { RoleName: 'R', PolicyArn: 'AmazonS3ReadOnlyAccess' },
      400,
      'ValidationError',
      'Invalid ARN:  Could not be parsed!',
    ],
    [
      'CreateRole',
      { RoleName: 'R', AssumeRolePolicyDocument: TRUST },
      409,
      'EntityAlreadyExists',
      'Role with name R already exists.',
    ],
    [
      'CreateRole',
      { RoleName: 'n', AssumeRolePolicyDocument: '{' },
      400,
      'MalformedPolicyDocument',
      'This policy contains invalid Json',
    ],
    [
      'CreateRole',
      { RoleName: 'n', AssumeRolePolicyDocument: TRUST, MaxSessionDuration: '60' },
      400,
      'ValidationError',
      "1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
    ],
    [
      'CreateRole',
      {
        RoleName: 'n',
        AssumeRolePolicyDocument: TRUST,
        'Tags.member.1.Key': 'k',
        'Tags.member.1.Value': '1',
        'Tags.member.2.Key': 'k',
        'Tags.member.2.Value': '2',
      },
      400,
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ],
    [
      'AttachRolePolicy',
      { RoleName: 'r', PolicyArn: `arn:aws:iam::${B}:policy/p` },
      404,
      'NoSuchEntity',
      `Policy arn:aws:iam::${B}:policy/p does not exist or is not attachable.`,
    ],
    [
      'PutRolePolicy',
      { RoleName: 'r', PolicyName: 'p', PolicyDocument: 'x' },
      400,
      'MalformedPolicyDocument',
      'Syntax errors in policy.',
    ],
    [
      'PutRolePolicy',
      {
        RoleName: 'r',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify(policy(allow('s3:GetObject', `arn:aws:s3:::${'b'.repeat(10_240)}`))),
      },
      409,
      'LimitExceeded',
      'Maximum policy size of 10240 bytes exceeded for role r',
    ],
    [
      'CreateRole',
      { RoleName: 'n', Path: '/aws-service-role/x.amazonaws.com/', AssumeRolePolicyDocument: TRUST },
      400,
      'InvalidInput',
      'Path /aws-service-role/x.amazonaws.com/ is for service-linked roles, which only AWS creates and changes. Choose another path.',
    ],
    [
      'CreateSAMLProvider',
      { Name: 'g' },
      501,
      'NotImplemented',
      expect.stringContaining('iam:CreateSAMLProvider'),
    ],
  ])('%s %j is refused', async (action, parameters, status, Code, Message) => {
    const { directory, asAdmin } = setUp();
    directory.roles.create(A, { name: 'r', trustPolicy: TRUST });
    expect(await asAdmin(action, parameters as Record<string, string>)).toMatchObject({
      status,
      result: { Code, Message },
    });
  });

  test('can have ten managed policies, and the error for an unknown AWS managed policy lists the known ones', async () => {
    const { directory, asAdmin } = setUp();
    directory.roles.create(A, { name: 'r', trustPolicy: TRUST });
    for (let i = 0; i <= 10; i += 1) {
      const { arn } = directory.managedPolicies.create(A, { name: `p${i}`, document: POLICY });
      const answer = await asAdmin('AttachRolePolicy', { RoleName: 'r', PolicyArn: arn });
      if (i < 10) expect(answer.status).toBe(200);
      else expect(answer.result.Message).toBe('Cannot exceed quota for PoliciesPerRole: 10');
    }
    const attached = await asAdmin('ListAttachedRolePolicies', { RoleName: 'r', MaxItems: '3' });
    expect(attached.result.AttachedPolicies.member[0]).toEqual({
      PolicyName: 'p0',
      PolicyArn: `arn:aws:iam::${A}:policy/p0`,
    });
    expect(attached.result.IsTruncated).toBe('true');
    const absent = await asAdmin('AttachRolePolicy', {
      RoleName: 'r',
      PolicyArn: 'arn:aws:iam::aws:policy/PowerUserAccess',
    });
    expect(absent.result.Message).toContain('does not exist or is not attachable.');
    expect(absent.result.Message).toContain('service-role/AWSLambdaBasicExecutionRole');
  });
});

describe('managed policies', () => {
  test('have up to five versions, and never reuse a version number', async () => {
    const { asAdmin } = setUp();
    const created = await asAdmin('CreatePolicy', { PolicyName: 'p', PolicyDocument: POLICY });
    const PolicyArn = created.result.Policy.Arn;
    expect(created.result.Policy).toMatchObject({ DefaultVersionId: 'v1' });
    for (let i = 2; i <= 5; i += 1) {
      await asAdmin('CreatePolicyVersion', { PolicyArn, PolicyDocument: POLICY, SetAsDefault: 'true' });
    }
    const sixth = await asAdmin('CreatePolicyVersion', { PolicyArn, PolicyDocument: POLICY });
    expect(sixth.result.Code).toBe('LimitExceeded');
    await asAdmin('DeletePolicyVersion', { PolicyArn, VersionId: 'v4' });
    const next = await asAdmin('CreatePolicyVersion', { PolicyArn, PolicyDocument: POLICY });
    expect(next.result.PolicyVersion).toMatchObject({ VersionId: 'v6', IsDefaultVersion: 'false' });
    const read = await asAdmin('GetPolicyVersion', { PolicyArn, VersionId: 'v5' });
    expect(decodeURIComponent(read.result.PolicyVersion.Document)).toBe(POLICY);
    expect((await asAdmin('DeletePolicyVersion', { PolicyArn, VersionId: 'v5' })).result).toMatchObject({
      Code: 'DeleteConflict',
      Message: 'Cannot delete the default version of a policy.',
    });
    expect((await asAdmin('DeletePolicy', { PolicyArn })).result.Code).toBe('DeleteConflict');
  });

  test('cannot be deleted while they are attached', async () => {
    const { directory, asAdmin } = setUp();
    const { arn: PolicyArn } = directory.managedPolicies.create(A, { name: 'p', document: POLICY });
    directory.roles.create(A, { name: 'r', trustPolicy: TRUST });
    directory.roles.attachPolicy(A, 'r', PolicyArn);
    expect((await asAdmin('DeletePolicy', { PolicyArn })).result.Message).toBe(
      'Cannot delete a policy attached to entities.',
    );
    await asAdmin('DetachRolePolicy', { RoleName: 'r', PolicyArn });
    expect((await asAdmin('DeletePolicy', { PolicyArn })).status).toBe(200);
    expect((await asAdmin('GetPolicy', { PolicyArn })).result).toMatchObject({
      Code: 'NoSuchEntity',
      Message: `Policy ${PolicyArn} was not found.`,
    });
  });

  test('are listed by scope, and those of AWS cannot be changed', async () => {
    const { directory, asAdmin } = setUp();
    directory.managedPolicies.create(A, { name: 'mine', document: POLICY });
    const local = await asAdmin('ListPolicies', { Scope: 'Local' });
    expect(local.result.Policies.member).toMatchObject([{ PolicyName: 'mine' }]);
    const aws = await asAdmin('ListPolicies', { Scope: 'AWS' });
    const arns = aws.result.Policies.member.map(({ Arn }: { Arn: string }) => Arn);
    expect(arns).toContain('arn:aws:iam::aws:policy/AdministratorAccess');
    expect(arns).not.toContain(local.result.Policies.member[0].Arn);
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    const refused = {
      status: 403,
      result: { Code: 'AccessDenied', Message: 'Policy is outside your own account.' },
    };
    for (const [action, parameters] of [
      ['DeletePolicy', {}],
      ['CreatePolicyVersion', { PolicyDocument: POLICY }],
      ['DeletePolicyVersion', { VersionId: 'v1' }],
    ] as const) {
      expect(await asAdmin(action, { PolicyArn, ...parameters })).toMatchObject(refused);
      // This also applies to AWS managed policies that local AWS does not have.
      const other = { PolicyArn: 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess', ...parameters };
      expect(await asAdmin(action, other)).toMatchObject(refused);
    }
  });
});

describe('users', () => {
  test('have at most two access keys', async () => {
    const { directory, asAdmin } = setUp();
    await asAdmin('CreateUser', { UserName: 'eve' });
    const first = (await asAdmin('CreateAccessKey', { UserName: 'eve' })).result.AccessKey;
    expect(first.SecretAccessKey).toHaveLength(40);
    const second = (await asAdmin('CreateAccessKey', { UserName: 'eve' })).result.AccessKey;
    expect((await asAdmin('CreateAccessKey', { UserName: 'eve' })).result.Code).toBe('LimitExceeded');
    expect(directory.findCredential(first.AccessKeyId)?.principal.arn).toBe(`arn:aws:iam::${A}:user/eve`);
    expect((await asAdmin('DeleteUser', { UserName: 'eve' })).result.Code).toBe('DeleteConflict');
    for (const { AccessKeyId } of [first, second])
      await asAdmin('DeleteAccessKey', { UserName: 'eve', AccessKeyId });
    expect((await asAdmin('DeleteUser', { UserName: 'eve' })).status).toBe(200);
  });

  test('can read themselves without giving a name', async () => {
    const { directory, call, asAdmin } = setUp();
    expect((await asAdmin('GetUser')).result.User.UserName).toBe('administrator');
    const role = directory.roles.create(A, { name: 'r', trustPolicy: TRUST });
    directory.roles.putPolicy(A, 'r', 'all', POLICY);
    const session = directory.beginSession({ role, sessionName: 's', durationSeconds: 900 });
    expect(await call(session, 'GetUser')).toMatchObject({
      status: 400,
      result: { Message: 'Must specify userName when calling with non-User credentials' },
    });
  });

  test('may perform only the actions that their policies allow', async () => {
    const { directory, call } = setUp();
    directory.users.create(A, { name: 'eve' });
    directory.users.createAccessKey(A, 'eve');
    const [{ accessKeyId, secretAccessKey } = { accessKeyId: '', secretAccessKey: '' }] =
      directory.users.accessKeys(A, 'eve');
    const { principal } = directory.findCredential(accessKeyId)!;
    const eve = { accessKeyId, secretAccessKey, principal };
    for (const [name, path] of [
      ['mine', '/eve/'],
      ['yours', '/'],
    ] as const) {
      directory.roles.create(A, { name, path, trustPolicy: TRUST });
    }
    directory.users.putPolicy(A, 'eve', 'p', policy(allow('iam:Get*', `arn:aws:iam::${A}:role/eve/*`)));
    expect((await call(eve, 'GetRole', { RoleName: 'mine' })).status).toBe(200);
    for (const RoleName of ['yours', 'absent']) {
      expect(await call(eve, 'GetRole', { RoleName })).toMatchObject({
        status: 403,
        result: {
          Code: 'AccessDenied',
          Message:
            `User: arn:aws:iam::${A}:user/eve is not authorized to perform: iam:GetRole on resource: role ${RoleName} because no identity-based policy allows the iam:GetRole action`.replace(
              `role ${RoleName}`,
              `arn:aws:iam::${A}:role/${RoleName}`,
            ),
        },
      });
    }
  });
});

// Sources: see `permissionsToCreate`.
test.each<[action: string, tagging: string, parameters: Record<string, string>]>([
  ['iam:CreateRole', 'iam:TagRole', { RoleName: 'new', AssumeRolePolicyDocument: TRUST }],
  ['iam:CreateUser', 'iam:TagUser', { UserName: 'new' }],
  ['iam:CreatePolicy', 'iam:TagPolicy', { PolicyName: 'new', PolicyDocument: POLICY }],
  ['iam:CreateOpenIDConnectProvider', 'iam:TagOpenIDConnectProvider', { Url: 'https://example.com' }],
])('tags of %s need %s, too', async (action, tagging, parameters) => {
  const { directory, call } = setUp();
  directory.users.create(A, { name: 'eve' });
  const eve = directory.findCredential(directory.users.createAccessKey(A, 'eve').accessKeyId)!;
  const create = (more: Record<string, string>) => call(eve, action.slice(4), { ...parameters, ...more });
  const tags = { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'a' };
  directory.users.putPolicy(A, 'eve', 'p', policy(allow(action)));
  expect(await create(tags)).toMatchObject({
    status: 403,
    result: {
      Code: 'AccessDenied',
      Message: expect.stringContaining(`not authorized to perform: ${tagging}`),
    },
  });
  directory.users.putPolicy(A, 'eve', 'p', policy(allow([action, tagging])));
  expect((await create(tags)).status).toBe(200);
});
