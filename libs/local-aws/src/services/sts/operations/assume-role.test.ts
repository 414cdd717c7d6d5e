import { A, allow, B, policy, trust } from '../../../identity/identity.testing.ts';
import {
  ALL_STS,
  CALLER,
  constraint,
  denied,
  INVOKE,
  invalid,
  SESSION,
  setUp,
  TRUST_ALL,
  tags,
  trustCaller,
} from '../sts.testing.ts';

describe('AssumeRole', () => {
  test('returns credentials of the role', async () => {
    const { directory, assume, lambda } = setUp();
    const { status, result } = await assume();
    const role = directory.roles.get(A, 'invoke');
    expect(status).toBe(200);
    expect(result).toEqual({
      AssumedRoleUser: {
        AssumedRoleId: `${role.uniqueId}:s1`,
        Arn: `arn:aws:sts::${A}:assumed-role/invoke/s1`,
      },
      Credentials: {
        AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
        SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9/+]{40}$/),
        SessionToken: expect.stringMatching(/^[A-Za-z0-9/+=]{300,}$/),
        Expiration: '2026-01-02T04:04:05Z',
      },
    });
    expect(directory.findCredential(result.Credentials.AccessKeyId)).toMatchObject({
      secretAccessKey: result.Credentials.SecretAccessKey,
      sessionToken: result.Credentials.SessionToken,
      principal: { type: 'AssumedRole', principalArn: INVOKE, issuedTo: lambda.accessKeyId },
    });
  });

  test('denies without a reason if a permission or the role is missing', async () => {
    const { directory, assume } = setUp();
    for (const RoleArn of [
      `arn:aws:iam::${A}:role/absent`,
      `arn:aws:iam::${A}:role/path/invoke`,
      'arn:aws:iam::333333333333:role/invoke',
      `arn:aws:iam::${B}:role/absent`,
    ]) {
      expect(await assume({ RoleArn })).toEqual(denied(SESSION, 'sts:AssumeRole', RoleArn));
    }
    directory.roles.putPolicy(B, 'caller', 'assume', policy(allow('sts:AssumeRole', `${INVOKE}2`)));
    expect(await assume()).toEqual(denied(SESSION));
    directory.roles.putPolicy(B, 'caller', 'assume', ALL_STS);
    expect((await assume()).status).toBe(200);
    directory.roles.updateTrustPolicy(A, 'invoke', trust({ AWS: A }));
    expect(await assume()).toEqual(denied(SESSION));
    expect(await assume({}, directory.administrator(B))).toEqual(
      denied(`arn:aws:iam::${B}:user/administrator`),
    );
  });

  test('needs the external ID that the trust policy names', async () => {
    const { assume } = setUp(trustCaller({ 'sts:ExternalId': 'secret-1' }));
    expect(await assume()).toEqual(denied(SESSION));
    expect(await assume({ ExternalId: 'secret-2' })).toEqual(denied(SESSION));
    expect((await assume({ ExternalId: 'secret-1' })).status).toBe(200);
  });

  test('is denied for a trusted role that was deleted and created again', async () => {
    const { directory, call } = setUp();
    directory.roles.updateTrustPolicy(A, 'invoke', trust({ AWS: CALLER }));
    const begin = () =>
      directory.beginSession({
        role: directory.roles.get(B, 'caller'),
        sessionName: 'fn',
        durationSeconds: 900,
      });
    const parameters = { RoleArn: INVOKE, RoleSessionName: 's1' };
    expect((await call(begin(), 'AssumeRole', parameters)).status).toBe(200);
    directory.roles.deletePolicy(B, 'caller', 'assume');
    directory.roles.delete(B, 'caller');
    directory.roles.create(B, { name: 'caller', trustPolicy: trust({ Service: 'lambda.amazonaws.com' }) });
    directory.roles.putPolicy(B, 'caller', 'assume', ALL_STS);
    expect(await call(begin(), 'AssumeRole', parameters)).toEqual(denied(SESSION));
  });

  test.each([
    [
      { DurationSeconds: '899' },
      constraint('899', 'durationSeconds', 'have value greater than or equal to 900'),
    ],
    [
      { DurationSeconds: '43201' },
      constraint('43201', 'durationSeconds', 'have value less than or equal to 43200'),
    ],
    [
      { DurationSeconds: '3601' },
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    ],
    [{ RoleSessionName: 'a' }, constraint('a', 'roleSessionName', 'have length greater than or equal to 2')],
    [
      { RoleSessionName: 'a'.repeat(65) },
      constraint('a'.repeat(65), 'roleSessionName', 'have length less than or equal to 64'),
    ],
    [
      { RoleSessionName: 'a b' },
      constraint('a b', 'roleSessionName', 'satisfy regular expression pattern: [\\w+=,.@-]*'),
    ],
    [{ RoleSessionName: '' }, constraint('', 'roleSessionName', 'have length greater than or equal to 2')],
    [{ ExternalId: 'a' }, constraint('a', 'externalId', 'have length greater than or equal to 2')],
    [
      { SourceIdentity: 'a/b' },
      constraint('a/b', 'sourceIdentity', 'satisfy regular expression pattern: [\\w+=,.@-]*'),
    ],
    [
      { 'Tags.member.1.Key': 'k!', 'Tags.member.1.Value': 'v' },
      constraint(
        'k!',
        'tags.1.member.key',
        'satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+',
      ),
    ],
    [
      Object.fromEntries(
        Array.from({ length: 11 }, (_, index) => [
          `PolicyArns.member.${index + 1}.arn`,
          `arn:aws:iam::aws:policy/p${index}`,
        ]),
      ),
      expect.stringMatching(
        /^1 validation error detected: Value '\[\{arn=arn:aws:iam::aws:policy\/p0}, \{arn=arn:aws:iam::aws:policy\/p1}, .*\]' at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10$/,
      ),
    ],
    [{ RoleArn: 'arn:aws:iam::1:role/x' }, 'Request ARN is invalid'],
    [{ RoleArn: `arn:aws:iam::${A}:user/invoke` }, 'Request ARN is invalid'],
    [{ RoleArn: 'just-the-name-of-a-role' }, 'just-the-name-of-a-role is invalid'],
    [{ RoleArn: 'arn::b:::something/test-role' }, 'arn::b:::something/test-role is invalid'],
    [{ RoleArn: 'arn:a::::something/test-role' }, 'arn:a::::something/test-role is invalid'],
    [{ RoleArn: 'arn:a:::something/test-role' }, 'arn:a:::something/test-role is invalid'],
    [{ RoleArn: 'arn:a:a::aaaaaaaaaa:' }, 'arn:a:a::aaaaaaaaaa: is invalid'],
  ])('refuses %j', async (parameters, message) => {
    const { assume } = setUp();
    expect(await assume(parameters as unknown as Record<string, string>)).toMatchObject(invalid(message));
  });

  test('names each missing parameter', async () => {
    const { call, lambda } = setUp();
    expect(await call(lambda, 'AssumeRole')).toMatchObject(
      invalid(
        "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  test('refuses a session that is longer than the role allows', async () => {
    const { directory, assume } = setUp(trust({ AWS: B }));
    const admin = directory.administrator(B);
    expect((await assume({ DurationSeconds: '7200' }, admin)).result.Credentials.Expiration).toBe(
      '2026-01-02T05:04:05Z',
    );
    expect(await assume({ DurationSeconds: '7201' }, admin)).toMatchObject(
      invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'),
    );
  });

  test('refuses MFA codes and context providers', async () => {
    const { assume } = setUp();
    const mfa = await assume({ SerialNumber: `arn:aws:iam::${B}:mfa/x`, TokenCode: '123456' });
    expect(mfa).toMatchObject({ status: 501, result: { Code: 'NotImplemented' } });
    expect(JSON.stringify(mfa)).not.toContain('123456');
    const provided = await assume({ 'ProvidedContexts.member.1.ProviderArn': 'x' });
    expect(provided).toMatchObject({ status: 501, result: { Code: 'NotImplemented' } });
  });
});

describe('session tags', () => {
  test('need sts:TagSession on both sides', async () => {
    const { directory, assume } = setUp();
    const request = tags({ team: 'a' });
    expect(await assume(request)).toEqual(denied(SESSION, 'sts:TagSession'));
    directory.roles.updateTrustPolicy(A, 'invoke', TRUST_ALL);
    expect((await assume(request)).status).toBe(200);
    directory.roles.putPolicy(B, 'caller', 'assume', policy(allow('sts:AssumeRole')));
    expect(await assume(request)).toEqual(denied(SESSION, 'sts:TagSession'));
  });

  test('can be required by the trust policy', async () => {
    const demand = {
      Effect: 'Allow',
      Principal: { AWS: B },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition: {
        StringEquals: { 'aws:RequestTag/team': 'a' },
        'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': 'team' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
      },
    };
    const { assume } = setUp(policy(demand));
    expect(await assume(tags({ team: 'a', more: 'b' }, ['team']))).toEqual(denied(SESSION));
    expect(await assume(tags({ team: 'b' }, ['team']))).toEqual(denied(SESSION));
    expect(await assume(tags({ team: 'a' }))).toEqual(denied(SESSION));
    expect((await assume(tags({ team: 'a' }, ['team']))).status).toBe(200);
  });

  test("override the role's tags, even if the case of the keys differs", async () => {
    const { directory, session } = setUp(TRUST_ALL);
    directory.roles.tag(A, 'invoke', { Team: 'role', stage: 'dev' });
    const { principal } = await session(tags({ team: 'session' }));
    expect(principal.tags).toEqual({ stage: 'dev', team: 'session' });
  });

  test.each([
    [tags({ a: '1', A: '2' }), 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'],
    [tags({ 'AWS:team': 'a' }), 'aws: prefixed tag key names are not allowed for external use.'],
    [tags({ a: '1' }, ['b']), 'The specified transitive tag key must be included in the requested tags.'],
  ])('of %j are refused', async (parameters, message) => {
    const { assume } = setUp(TRUST_ALL);
    expect(await assume(parameters)).toMatchObject(invalid(message, 'InvalidParameterValue'));
  });

  test('are inherited if they are transitive, and then cannot be overridden', async () => {
    const { directory, assume, session } = setUp(TRUST_ALL);
    const open = policy({
      Effect: 'Allow',
      Principal: { AWS: A },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    });
    directory.roles.create(A, { name: 'next', trustPolicy: open, tags: { TEAM: 'role' } });
    directory.roles.putPolicy(A, 'invoke', 'assume', ALL_STS);
    const next = { RoleArn: `arn:aws:iam::${A}:role/next` };
    const first = await session(tags({ team: 'a', other: 'x' }, ['TEAM']));
    const second = await session({ ...next, ...tags({ more: 'y' }) }, first);
    expect(second.principal).toMatchObject({
      tags: { team: 'a', more: 'y' },
      transitiveTagKeys: ['team'],
    });
    expect(second.principal.tags).not.toHaveProperty('TEAM');
    const conflict = await assume({ ...next, ...tags({ Team: 'b' }) }, first);
    expect(conflict).toMatchObject(
      invalid(expect.stringContaining('conflicts with a transitive tag key'), 'InvalidParameterValue'),
    );
    directory.roles.updateTrustPolicy(A, 'next', trust({ AWS: A }));
    expect(await assume(next, first)).toEqual(
      denied(`arn:aws:sts::${A}:assumed-role/invoke/s1`, 'sts:TagSession', next.RoleArn),
    );
  });
});

describe('source identity', () => {
  test('needs sts:SetSourceIdentity and stays the same in further sessions', async () => {
    const { directory, assume, session } = setUp(trustCaller({}, ['sts:AssumeRole', 'sts:TagSession']));
    expect(await assume({ SourceIdentity: 'alice' })).toEqual(denied(SESSION, 'sts:SetSourceIdentity'));
    directory.roles.updateTrustPolicy(A, 'invoke', TRUST_ALL);
    expect((await assume({ SourceIdentity: 'alice' })).result.SourceIdentity).toBe('alice');

    const first = await session({ SourceIdentity: 'alice' });
    directory.roles.putPolicy(A, 'invoke', 'assume', ALL_STS);
    const next = { RoleArn: `arn:aws:iam::${A}:role/next` };
    directory.roles.create(A, { name: 'next', trustPolicy: trust({ AWS: A }) });
    const by = `arn:aws:sts::${A}:assumed-role/invoke/s1`;
    expect(await assume(next, first)).toEqual(denied(by, 'sts:SetSourceIdentity', next.RoleArn));
    directory.roles.updateTrustPolicy(
      A,
      'next',
      policy({
        Effect: 'Allow',
        Principal: { AWS: A },
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
      }),
    );
    const second = await session(next, first);
    expect(second.principal).toMatchObject({ sourceIdentity: 'alice' });
    expect((await session({ ...next, SourceIdentity: 'alice' }, first)).principal).toMatchObject({
      sourceIdentity: 'alice',
    });
    expect(await assume({ ...next, SourceIdentity: 'bob' }, first)).toEqual(
      denied(by, 'sts:SetSourceIdentity', next.RoleArn),
    );
  });
});

describe('session policies', () => {
  test('limit the session, whether inline or managed', async () => {
    const { directory, session } = setUp();
    const { arn } = directory.managedPolicies.create(A, { name: 'p', document: policy(allow('s3:*')) });
    const inline = policy(allow('execute-api:Invoke'));
    const parameters = { Policy: JSON.stringify(inline), 'PolicyArns.member.1.arn': arn };
    const { principal } = await session(parameters);
    expect(principal).toMatchObject({
      sessionPolicies: [
        { name: 'session policy', document: inline },
        { name: arn, document: policy(allow('s3:*')) },
      ],
    });
  });

  test('stay the same if the managed policy is changed later', async () => {
    const { directory, session } = setUp();
    const { arn } = directory.managedPolicies.create(A, { name: 'p', document: policy(allow('s3:Get*')) });
    const { accessKeyId } = await session({ 'PolicyArns.member.1.arn': arn });
    directory.managedPolicies.delete(A, arn);
    expect(directory.findCredential(accessKeyId)?.principal).toMatchObject({
      sessionPolicies: [{ name: arn, document: policy(allow('s3:Get*')) }],
    });
  });

  test.each([
    [{ Policy: '{' }, invalid(expect.any(String), 'MalformedPolicyDocument')],
    [
      { Policy: JSON.stringify(policy({ ...allow('s3:*'), Principal: '*' })) },
      invalid('Policy document should not specify a principal.', 'MalformedPolicyDocument'),
    ],
    [
      { 'PolicyArns.member.1.arn': `arn:aws:iam::${B}:policy/p` },
      invalid(expect.stringContaining(`arn:aws:iam::${B}:policy/p`), 'MalformedPolicyDocument'),
    ],
    [
      { Policy: JSON.stringify(policy(allow('s3:Get*', `arn:aws:s3:::${'b'.repeat(2_048)}`))) },
      invalid(expect.stringContaining('less than or equal to 2048')),
    ],
  ])('of %j are refused', async (parameters, answer) => {
    const { assume } = setUp(TRUST_ALL);
    expect(await assume(parameters as Record<string, string>)).toMatchObject(answer);
  });
});
