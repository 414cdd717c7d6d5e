import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AssumeRoleDenied } from './index.ts';
import { fakeRole } from './testing.ts';

test('a fake role has credentials that are valid, in each of its forms', async () => {
  const role = fakeRole({ accessKeyId: 'ASIAOTHER00000000001' });
  const credentials = await role();
  expect(credentials).toMatchObject({ accessKeyId: 'ASIAOTHER00000000001', sessionToken: 'fake' });
  expect(credentials.expiration.getTime()).toBeGreaterThan(Date.now());
  expect((await role.getCredentials()).accessKeyId).toBe('ASIAOTHER00000000001');
  expect(role.roleArn).toMatch(/^arn:aws:iam::\d{12}:role\//);
});

test('clients of the AWS SDK sign with it', async () => {
  let signedBy: string | undefined;
  const handle = async ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => {
    signedBy = /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1];
    throw new Error('sent');
  };
  const requestHandler = { handle } as never;
  const sts = new STSClient({ region: 'eu-west-1', credentials: fakeRole(), requestHandler, maxAttempts: 1 });
  await expect(sts.send(new GetCallerIdentityCommand())).rejects.toThrow('sent');
  expect(signedBy).toBe('ASIAFAKE000000000001');
});

test('a fake role keeps what was rejected, and can refuse', async () => {
  const role = fakeRole();
  role.invalidate({ accessKeyId: 'a' });
  role.invalidate();
  // `toEqual` takes a list without the last `undefined` for the same.
  expect(role.invalidated).toStrictEqual([{ accessKeyId: 'a' }, undefined]);
  const facts = { roleArn: role.roleArn, caller: undefined, requestId: undefined };
  await expect(fakeRole(new AssumeRoleDenied(facts, true))()).rejects.toBeInstanceOf(AssumeRoleDenied);
});
