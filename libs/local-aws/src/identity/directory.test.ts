import { createAuthorizer } from '@cross-account-api/iam';
import { Directory } from './directory.ts';
import { A, allow, B, policy, TestClock, testDirectory, trust } from './identity.testing.ts';
import { createServiceRoles } from './service-role.ts';

const LAMBDA = { Service: 'lambda.amazonaws.com' };

describe('accounts', () => {
  test('each account has an administrator with keys in the form of AWS', () => {
    const { directory } = testDirectory();
    for (const accountId of [A, B]) {
      const { accessKeyId, secretAccessKey, principal } = directory.administrator(accountId);
      expect(accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
      expect(secretAccessKey).toMatch(/^[A-Za-z0-9/+]{40}$/);
      expect(principal).toMatchObject({ type: 'User', arn: `arn:aws:iam::${accountId}:user/administrator` });
      expect(principal.userId).toMatch(/^AIDA[A-Z2-7]{17}$/);
      expect(directory.findCredential(accessKeyId)).toMatchObject({ accessKeyId, secretAccessKey });
      expect(directory.identityPolicies(principal).map(({ name }) => name)).toEqual([
        'arn:aws:iam::aws:policy/AdministratorAccess',
      ]);
    }
    expect(directory.administrator(A).accessKeyId).not.toBe(directory.administrator(B).accessKeyId);
  });

  test('the error for an account that does not exist names it', () => {
    const { directory } = testDirectory();
    expect(() => directory.administrator('333333333333')).toThrow(`There is no account 333333333333`);
    expect(() => new Directory({ clock: new TestClock(), accountIds: ['12'] })).toThrow('twelve digits');
  });
});

test('a role with an unusual path is found by its ARN, and can be a principal', () => {
  const { directory } = testDirectory();
  const { arn } = directory.roles.create(A, { name: 'odd', path: '/a:b/c*/', trustPolicy: trust(LAMBDA) });
  expect(directory.roles.findByArn(arn)?.name).toBe('odd');
  directory.roles.create(B, { name: 'other', trustPolicy: trust({ AWS: arn }) });
});

describe('trust policies', () => {
  test.each([
    [`arn:aws:iam::${A}:role/absent`],
    [`arn:aws:iam::${A}:user/absent`],
    ['33333333333'],
    [`arn:aws:iam::${B}:role/absent`],
    [`arn:aws:iam::${A}:role/*`],
    ['AROAAAAAAAAAAAAAAAAAA'],
    ['everyone'],
  ])('that name %s are refused', (arn) => {
    const { directory } = testDirectory();
    expect(() => directory.roles.create(A, { name: 'r', trustPolicy: trust({ AWS: arn }) })).toThrow(
      expect.objectContaining({
        code: 'MalformedPolicyDocument',
        message: `Invalid principal in policy: "AWS":"${arn}"`,
      }),
    );
    expect(directory.roles.list(A)).toEqual([]);
  });

  test('that name an impossible service are refused', () => {
    const { directory } = testDirectory();
    const trustPolicy = trust({ Service: 'lambda.amazon.com' });
    expect(() => directory.roles.create(A, { name: 'r', trustPolicy })).toThrow(
      'Invalid principal in policy: "SERVICE":"lambda.amazon.com"',
    );
  });

  test.each([
    [{ AWS: A }, { AWS: `arn:aws:iam::${A}:root` }],
    [{ AWS: [`arn:aws:iam::${B}:root`] }, { AWS: [`arn:aws:iam::${B}:root`] }],
    [{ AWS: '333333333333' }, { AWS: 'arn:aws:iam::333333333333:root' }],
    [{ AWS: '*' }, { AWS: '*' }],
    [LAMBDA, LAMBDA],
    [{ AWS: `arn:aws:sts::${B}:assumed-role/later/s` }, { AWS: `arn:aws:sts::${B}:assumed-role/later/s` }],
  ])('may name %j', (given, shown) => {
    const { directory } = testDirectory();
    const role = directory.roles.create(A, { name: 'r', trustPolicy: trust(given) });
    expect(directory.roles.trustPolicy(role).document).toEqual(trust(shown));
  });

  test('keep naming the same role, even if a new role gets its name', () => {
    const { directory } = testDirectory();
    const caller = directory.roles.create(B, { name: 'caller', trustPolicy: trust(LAMBDA) });
    const invoke = directory.roles.create(A, { name: 'invoke', trustPolicy: trust({ AWS: caller.arn }) });
    const shown = () => directory.roles.trustPolicy(invoke).document;
    expect(shown()).toEqual(trust({ AWS: caller.arn }));

    directory.roles.delete(B, 'caller');
    expect(shown()).toEqual(trust({ AWS: caller.uniqueId }));

    directory.roles.create(B, { name: 'caller', trustPolicy: trust(LAMBDA) });
    expect(shown()).toEqual(trust({ AWS: caller.uniqueId }));

    directory.roles.updateTrustPolicy(A, 'invoke', trust({ AWS: caller.arn }));
    expect(shown()).toEqual(trust({ AWS: caller.arn }));
  });

  test('must be in the policy language', () => {
    const { directory } = testDirectory();
    const create = (trustPolicy: string | object) => directory.roles.create(A, { name: 'r', trustPolicy });
    for (const bad of ['{', '[]', {}, policy(allow('s3:GetObject'))]) {
      expect(() => create(bad)).toThrow(expect.objectContaining({ code: 'MalformedPolicyDocument' }));
    }
  });
});

describe('sessions', () => {
  function withRole() {
    const { directory, clock } = testDirectory();
    const role = directory.roles.create(B, { name: 'caller', trustPolicy: trust(LAMBDA) });
    const services = createServiceRoles(directory, createAuthorizer(directory));
    const assume = () =>
      services.assume({ roleArn: role.arn, service: 'lambda.amazonaws.com', sessionName: 'fn' });
    return { directory, clock, role, services, assume };
  }

  test('have credentials and an identity in the form of AWS', async () => {
    const { directory, role, assume } = withRole();
    const credential = await assume();
    expect(credential.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(credential.sessionToken.length).toBeGreaterThan(300);
    expect(credential.expiresAt.toISOString()).toBe('2026-01-02T04:04:05.000Z');
    expect(directory.findCredential(credential.accessKeyId)).toEqual(credential);
    expect(credential.principal).toMatchObject({
      arn: `arn:aws:sts::${B}:assumed-role/caller/fn`,
      principalArn: role.arn,
      userId: `${role.uniqueId}:fn`,
    });
  });

  test('can begin for a service only if the role trusts it', async () => {
    const { directory, services, role } = withRole();
    const message = 'The role defined for the function cannot be assumed by Lambda.';
    const lambda = { service: 'lambda.amazonaws.com', sessionName: 'fn' };
    await expect(
      services.assume({ ...lambda, roleArn: role.arn, service: 'apigateway.amazonaws.com' }),
    ).rejects.toThrow('The role cannot be assumed by apigateway.amazonaws.com.');
    await expect(services.assume({ ...lambda, roleArn: `${role.arn}x` })).rejects.toThrow(message);
    expect(await services.isTrusting({ ...lambda, roleArn: role.arn })).toBe(true);
    expect(await services.isTrusting({ ...lambda, roleArn: `${role.arn}x` })).toBe(false);
    directory.roles.updateTrustPolicy(B, 'caller', trust({ AWS: B }));
    await expect(services.assume({ ...lambda, roleArn: role.arn })).rejects.toThrow(message);
    expect(await services.isTrusting({ ...lambda, roleArn: role.arn })).toBe(false);
  });

  test('get changes of their role at once', async () => {
    const { directory, assume } = withRole();
    const { accessKeyId } = await assume();
    const principal = () => directory.findCredential(accessKeyId)!.principal;
    const names = () => directory.identityPolicies(principal()).map(({ name }) => name);
    expect(names()).toEqual([]);
    directory.roles.putPolicy(B, 'caller', 'logs', policy(allow('logs:PutLogEvents')));
    directory.roles.attachPolicy(B, 'caller', 'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess');
    expect(names()).toEqual([
      'inline policy logs of role caller',
      'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess',
    ]);
    directory.roles.deletePolicy(B, 'caller', 'logs');
    expect(names()).toEqual(['arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess']);
    directory.roles.tag(B, 'caller', { team: 'a' });
    expect(principal().tags).toEqual({ team: 'a' });
    expect(directory.permissionsBoundary(principal())).toBeUndefined();
    directory.roles.setPermissionsBoundary(B, 'caller', 'arn:aws:iam::aws:policy/AdministratorAccess');
    expect(directory.permissionsBoundary(principal())?.name).toBe(
      'arn:aws:iam::aws:policy/AdministratorAccess',
    );
  });

  test('end when their role is deleted, and stay ended if the role is created again', async () => {
    const { directory, assume } = withRole();
    const { accessKeyId } = await assume();
    directory.roles.delete(B, 'caller');
    expect(directory.findCredential(accessKeyId)).toBeUndefined();
    directory.roles.create(B, { name: 'caller', trustPolicy: trust(LAMBDA) });
    expect(directory.findCredential(accessKeyId)).toBeUndefined();
  });

  test('can be revoked, and can be made to expire early', async () => {
    const { directory, role, assume } = withRole();
    const first = await assume();
    expect(directory.endSessions(role.arn, 'expire')).toBe(1);
    expect(directory.findCredential(first.accessKeyId)?.expiresAt).toEqual(new Date('2026-01-02T03:04:05Z'));
    expect(directory.endSessions(role.arn, 'expire')).toBe(0);
    const second = await assume();
    expect(directory.endSessions(role.arn, 'revoke')).toBe(2);
    expect(directory.findCredential(second.accessKeyId)).toBeUndefined();
    expect(() => directory.endSessions(`${role.arn}x`, 'revoke')).toThrow(`There is no role ${role.arn}x.`);
  });

  test('are known for a day after they have expired', async () => {
    const { directory, clock } = testDirectory();
    const role = directory.roles.create(A, { name: 'r', trustPolicy: trust(LAMBDA) });
    const begin = () => directory.beginSession({ role, sessionName: 's', durationSeconds: 900 });
    const first = begin();
    clock.advance(24 * 3_600);
    begin();
    expect(directory.findCredential(first.accessKeyId)).toBeDefined();
    clock.advance(901);
    begin();
    expect(directory.findCredential(first.accessKeyId)).toBeUndefined();
  });
});
