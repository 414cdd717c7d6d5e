import { A, allow, B, policy, trust } from '../../identity/identity.testing.ts';
import { invalid, SESSION, setUp } from './sts.testing.ts';

describe('GetCallerIdentity', () => {
  it('needs no permission', async () => {
    const { directory, call, lambda } = setUp();
    directory.roles.putPolicy(B, 'caller', 'assume', policy({ ...allow('*'), Effect: 'Deny' }));
    const { uniqueId } = directory.roles.get(B, 'caller');
    expect(await call(lambda, 'GetCallerIdentity')).toEqual({
      status: 200,
      result: { UserId: `${uniqueId}:fn`, Account: B, Arn: SESSION },
    });
    expect((await call(directory.createRootCredential(A), 'GetCallerIdentity')).result).toEqual({
      UserId: A,
      Account: A,
      Arn: `arn:aws:iam::${A}:root`,
    });
  });

  it('does not know a session whose role is gone', async () => {
    const { directory, call, lambda } = setUp();
    directory.roles.deletePolicy(B, 'caller', 'assume');
    directory.roles.delete(B, 'caller');
    expect(await call(lambda, 'GetCallerIdentity')).toMatchObject({
      status: 403,
      result: { Code: 'InvalidClientTokenId' },
    });
  });
});

describe('GetSessionToken', () => {
  it('is for long-term credentials, which it makes temporary', async () => {
    const { directory, call, lambda, assume } = setUp(trust({ AWS: B }));
    const { Credentials } = (await call(directory.administrator(B), 'GetSessionToken')).result;
    expect(Credentials.Expiration).toBe('2026-01-02T15:04:05Z');
    const session = directory.findCredential(Credentials.AccessKeyId)!;
    expect(session.principal).toMatchObject({
      arn: `arn:aws:iam::${B}:user/administrator`,
      session: { issuedAt: new Date('2026-01-02T03:04:05.000Z') },
    });
    for (const by of [session, lambda]) {
      expect(await call(by, 'GetSessionToken')).toMatchObject({
        status: 403,
        result: { Code: 'AccessDenied', Message: 'Cannot call GetSessionToken with session credentials' },
      });
    }
    expect((await call(session, 'GetCallerIdentity')).result.Account).toBe(B);
    expect((await assume({ DurationSeconds: '7200' }, session)).status).toBe(200);
    const info = await call(session, 'GetAccessKeyInfo', { AccessKeyId: lambda.accessKeyId });
    expect(info).toMatchObject({ status: 403 });
  });

  it('gives a root user one hour', async () => {
    const { directory, call } = setUp();
    const answer = await call(directory.createRootCredential(A), 'GetSessionToken', {
      DurationSeconds: '36000',
    });
    expect(answer.result.Credentials.Expiration).toBe('2026-01-02T04:04:05Z');
  });
});

describe('the other operations', () => {
  it('GetAccessKeyInfo tells the account of a key', async () => {
    const { directory, call, lambda } = setUp();
    const admin = directory.administrator(A);
    expect((await call(admin, 'GetAccessKeyInfo', { AccessKeyId: lambda.accessKeyId })).result).toEqual({
      Account: B,
    });
    expect(await call(admin, 'GetAccessKeyInfo', { AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' })).toMatchObject(
      invalid(expect.any(String)),
    );
    expect(await call(lambda, 'GetAccessKeyInfo', { AccessKeyId: admin.accessKeyId })).toMatchObject({
      status: 403,
      result: { Message: expect.stringContaining('because no identity-based policy allows') },
    });
  });

  it('AssumeRoleWithSAML is not there, and says so', async () => {
    const { call, lambda } = setUp();
    expect(await call(lambda, 'AssumeRoleWithSAML')).toMatchObject({
      status: 501,
      result: { Code: 'NotImplemented', Message: expect.stringContaining('sts:AssumeRoleWithSAML') },
    });
  });
});
