import {
  CreatePolicyCommand,
  CreateRoleCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolesCommand,
  NoSuchEntityException,
  PutRolePolicyCommand,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { A, allow, policy, trust } from '../../identity/identity.testing.ts';
import { inProcessSdk } from './sdk.testing.ts';

describe('AWS SDK v3', () => {
  test('reads roles, policies and errors of IAM', async () => {
    const { iam } = inProcessSdk();
    const trustPolicy = JSON.stringify(trust({ Service: 'lambda.amazonaws.com' }));
    const document = JSON.stringify(policy(allow('s3:GetObject', 'arn:aws:s3:::b/*')));
    const created = await iam.send(
      new CreateRoleCommand({
        RoleName: 'r',
        AssumeRolePolicyDocument: trustPolicy,
        Tags: [{ Key: 'a', Value: '' }],
      }),
    );
    expect(created.Role).toMatchObject({
      CreateDate: new Date('2026-01-02T03:04:05Z'),
      MaxSessionDuration: 3600,
      Tags: [{ Key: 'a', Value: '' }],
    });
    await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument: document }));
    const read = await iam.send(new GetRolePolicyCommand({ RoleName: 'r', PolicyName: 'p' }));
    expect(decodeURIComponent(read.PolicyDocument ?? '')).toBe(document);
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'r' }));
    expect(attached).toMatchObject({ AttachedPolicies: [], IsTruncated: false });
    await expect(iam.send(new GetRoleCommand({ RoleName: 'absent' }))).rejects.toThrow(NoSuchEntityException);
    expect((await iam.send(new ListRolesCommand({}))).Roles).toHaveLength(1);
  });

  test('reads lists page by page', async () => {
    const { directory, iam } = inProcessSdk();
    for (const name of ['a', 'b', 'c']) {
      directory.roles.create(A, { name, trustPolicy: trust({ Service: 'lambda.amazonaws.com' }) });
    }
    const names: (string | undefined)[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client: iam, pageSize: 2 }, {})) {
      names.push(...Roles.map(({ RoleName }) => RoleName));
    }
    expect(names).toEqual(['a', 'b', 'c']);
  });

  test('reads credentials of STS', async () => {
    const { directory, sts } = inProcessSdk();
    const { arn } = directory.roles.create(A, { name: 'r', trustPolicy: trust({ AWS: A }) });
    const answer = await sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 's1' }));
    expect(answer.Credentials?.Expiration).toEqual(new Date('2026-01-02T04:04:05Z'));
    expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${A}:assumed-role/r/s1`);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(A);
    const tooShort = new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 's1', DurationSeconds: 1 });
    await expect(sts.send(tooShort)).rejects.toThrow('greater than or equal to 900');
  });
});

test('a managed policy is created with its tags, which reads of it show', async () => {
  const { iam } = inProcessSdk();
  const Tags = [{ Key: 'team', Value: 'a' }];
  const PolicyDocument = JSON.stringify(policy(allow('s3:GetObject')));
  const created = await iam.send(new CreatePolicyCommand({ PolicyName: 'tagged', PolicyDocument, Tags }));
  expect(created.Policy).toMatchObject({ PolicyName: 'tagged', Tags });
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: created.Policy?.Arn }));
  expect(Policy).toMatchObject({ Tags });
});
