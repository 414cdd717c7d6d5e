import { allow, B, policy } from '../../identity/identity.testing.ts';
import { SESSION, setUp } from './sts.testing.ts';

describe('GetCallerIdentity', () => {
  test('needs no permission', async () => {
    const { directory, call, lambda } = setUp();
    directory.roles.putPolicy(B, 'caller', 'assume', policy({ ...allow('*'), Effect: 'Deny' }));
    const { uniqueId } = directory.roles.get(B, 'caller');
    expect(await call(lambda, 'GetCallerIdentity')).toEqual({
      status: 200,
      result: { UserId: `${uniqueId}:fn`, Account: B, Arn: SESSION },
    });
  });

  test('refuses a session of a deleted role', async () => {
    const { directory, call, lambda } = setUp();
    directory.roles.deletePolicy(B, 'caller', 'assume');
    directory.roles.delete(B, 'caller');
    expect(await call(lambda, 'GetCallerIdentity')).toMatchObject({
      status: 403,
      result: { Code: 'InvalidClientTokenId' },
    });
  });
});

describe('an unsupported operation', () => {
  test('is an error that names it', async () => {
    const { call, lambda } = setUp();
    expect(await call(lambda, 'AssumeRoleWithSAML')).toMatchObject({
      status: 501,
      result: { Code: 'NotImplemented', Message: expect.stringContaining('sts:AssumeRoleWithSAML') },
    });
  });
});
