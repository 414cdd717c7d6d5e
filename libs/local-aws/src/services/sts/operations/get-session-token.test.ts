import { A, allow, client, policy, testDirectory } from '../../../identity/identity.testing.ts';
import { createIamService } from '../../iam/index.ts';
import { createStsService } from '../index.ts';
import { setUp as setUpRoles } from '../sts.testing.ts';

function setUp() {
  const { directory, clock } = testDirectory();
  const sts = client(directory, createStsService(directory).endpoint);
  const iam = client(directory, createIamService(directory).endpoint);
  directory.users.create(A, { name: 'bob' });
  const { accessKeyId } = directory.users.createAccessKey(A, 'bob');
  const bob = directory.findCredential(accessKeyId);
  if (bob === undefined) throw new Error('The key that was created is not known.');
  const begin = async (parameters: Record<string, string> = {}) => {
    const { result } = await sts(bob, 'GetSessionToken', parameters);
    const session = directory.findCredential(result.Credentials.AccessKeyId);
    if (session === undefined) throw new Error('The session that was begun is not known.');
    return { session, credentials: result.Credentials };
  };
  return { directory, clock, sts, iam, bob, begin };
}

test('a user without any permission gets temporary credentials of itself, for twelve hours', async () => {
  const { sts, begin, bob } = setUp();
  const { session, credentials } = await begin();
  expect(credentials).toEqual({
    AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
    SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9/+]{40}$/),
    SessionToken: expect.stringMatching(/^[A-Za-z0-9/+=]{300,}$/),
    Expiration: '2026-01-02T15:04:05Z',
  });
  expect((await sts(session, 'GetCallerIdentity')).result).toEqual({
    UserId: bob.principal.userId,
    Account: A,
    Arn: `arn:aws:iam::${A}:user/bob`,
  });
  expect((await begin({ DurationSeconds: '900' })).credentials.Expiration).toBe('2026-01-02T03:19:05Z');
});

test('the session has the present policies of its user, and the keys of temporary credentials', async () => {
  const { directory, sts, begin } = setUp();
  const { session } = await begin();
  const role = directory.roles.create(A, {
    name: 'own',
    trustPolicy: policy({
      ...{ Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole' },
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' }, Null: { 'aws:TokenIssueTime': 'false' } },
    }),
  });
  const assume = (by: typeof session) =>
    sts(by, 'AssumeRole', { RoleArn: role.arn, RoleSessionName: 'test' });
  expect((await assume(session)).status).toBe(403);
  directory.users.putPolicy(A, 'bob', 'own', policy(allow('sts:AssumeRole')));
  expect((await assume(session)).status).toBe(200);
  // An access key has neither key.
  const { accessKeyId } = directory.users.createAccessKey(A, 'bob');
  expect((await assume({ ...session, accessKeyId })).status).toBe(403);
});

test('the session ends with its time, and with its user', async () => {
  const { directory, clock, begin } = setUp();
  const { session } = await begin({ DurationSeconds: '900' });
  expect(session.expiresAt).toEqual(new Date('2026-01-02T03:19:05Z'));
  for (const { accessKeyId } of directory.users.accessKeys(A, 'bob')) {
    directory.users.deleteAccessKey(A, 'bob', accessKeyId);
  }
  clock.advance(60);
  directory.users.delete(A, 'bob');
  expect(directory.findCredential(session.accessKeyId)).toBeUndefined();
});

// https://github.com/aws/aws-sdk-js/issues/460
test('without MFA, the session cannot call IAM, whatever its policies say', async () => {
  const { directory, iam, begin, bob } = setUp();
  directory.users.attachPolicy(A, 'bob', 'arn:aws:iam::aws:policy/AdministratorAccess');
  expect((await iam(bob, 'ListRoles')).status).toBe(200);
  expect(await iam((await begin()).session, 'ListRoles')).toMatchObject({
    status: 403,
    result: {
      Code: 'InvalidClientTokenId',
      Message: expect.stringMatching(/^The security token included in the request is invalid\..* access key/),
    },
  });
});

// https://github.com/aws/aws-sdk-php/issues/1876
test('temporary credentials, of a user or a role, get no further ones', async () => {
  const { sts, begin } = setUp();
  const refused = {
    status: 403,
    result: { Code: 'AccessDenied', Message: 'Cannot call GetSessionToken with session credentials' },
  };
  expect(await sts((await begin()).session, 'GetSessionToken')).toMatchObject(refused);
  const { call, lambda } = setUpRoles();
  expect(await call(lambda, 'GetSessionToken')).toMatchObject(refused);
});
