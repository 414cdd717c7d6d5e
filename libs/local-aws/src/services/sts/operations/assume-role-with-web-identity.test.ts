import { A, allow, client, policy, testDirectory } from '../../../identity/identity.testing.ts';
import { createTokenIssuer } from '../../../tokens.testing.ts';
import { createStsService } from '../index.ts';

const HOST = 'token.actions.githubusercontent.com';
const SUBJECT = 'repo:company/app:environment:dev';
const issuer = createTokenIssuer(`https://${HOST}`);
const stranger = createTokenIssuer(`https://${HOST}`);

function setUp() {
  const { directory, clock } = testDirectory();
  const provider = directory.oidcProviders.create(A, `https://${HOST}`, { clientIds: ['sts.amazonaws.com'] });
  directory.roles.create(A, {
    name: 'deploy',
    trustPolicy: policy({
      Effect: 'Allow',
      Principal: { Federated: provider.arn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [`${HOST}:aud`]: 'sts.amazonaws.com', [`${HOST}:sub`]: SUBJECT },
      },
    }),
  });
  directory.roles.putPolicy(A, 'deploy', 'all', policy(allow('s3:*')));
  const tokenIssuers = { [`https://${HOST}`]: [issuer.publicKey] };
  const send = client(directory, createStsService(directory, { tokenIssuers, clock }).endpoint);
  const claims = { sub: SUBJECT, aud: 'sts.amazonaws.com' };
  const assume = (token: string, parameters: Record<string, string> = {}) =>
    send(directory.administrator(A), 'AssumeRoleWithWebIdentity', {
      RoleArn: `arn:aws:iam::${A}:role/deploy`,
      RoleSessionName: 'run-1',
      WebIdentityToken: token,
      ...parameters,
    });
  return { directory, provider, clock, claims, assume };
}

test('A client with the right token gets a session of the role.', async () => {
  const { directory, provider, clock, claims, assume } = setUp();
  const { status, result } = await assume(issuer.token(claims, clock.now()));
  expect({ status, result }).toMatchObject({
    status: 200,
    result: {
      AssumedRoleUser: { Arn: `arn:aws:sts::${A}:assumed-role/deploy/run-1` },
      Audience: 'sts.amazonaws.com',
      Provider: provider.arn,
      SubjectFromWebIdentityToken: SUBJECT,
    },
  });
  expect(directory.findCredential(result.Credentials.AccessKeyId)?.principal).toMatchObject({
    type: 'AssumedRole',
    roleName: 'deploy',
  });
});

test.each([
  ['another branch', { sub: 'repo:company/app:ref:refs/heads/other' }],
  ['another repository', { sub: 'repo:stranger/app:environment:dev' }],
  ['a subject with the same beginning', { sub: `${SUBJECT}2` }],
])('A token of %s is refused by the trust policy.', async (_, other) => {
  const { clock, claims, assume } = setUp();
  expect(await assume(issuer.token({ ...claims, ...other }, clock.now()))).toMatchObject({
    status: 403,
    result: { Code: 'AccessDenied', Message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' },
  });
});

test('The answer for a missing role is the same as for a role that does not trust the provider.', async () => {
  const { clock, claims, assume } = setUp();
  const RoleArn = `arn:aws:iam::${A}:role/missing`;
  expect(await assume(issuer.token(claims, clock.now()), { RoleArn })).toMatchObject({
    status: 403,
    result: { Code: 'AccessDenied' },
  });
});

test('A token is invalid if it was changed, another issuer signed it, or it is for another audience.', async () => {
  const { clock, claims, assume } = setUp();
  const [head, , signature] = issuer.token({ ...claims, sub: 'repo:stranger/app' }, clock.now()).split('.');
  const [, body] = issuer.token(claims, clock.now()).split('.');
  const tokens = [
    stranger.token(claims, clock.now()),
    `${head}.${body}.${signature}`,
    issuer.token({ ...claims, aud: 'https://github.com/company' }, clock.now()),
    issuer.token({ ...claims, iss: 'https://other.example' }, clock.now()),
    'no token',
  ];
  for (const token of tokens) {
    expect(await assume(token)).toMatchObject({ status: 400, result: { Code: 'InvalidIdentityToken' } });
  }
});

test('A token without a signature is invalid with any algorithm.', async () => {
  const { clock, claims, assume } = setUp();
  const [, body] = issuer.token(claims, clock.now()).split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  expect(await assume(`${none}.${body}.`)).toMatchObject({ result: { Code: 'InvalidIdentityToken' } });
});

test('A token is refused if it has expired or the account does not have the provider.', async () => {
  const { directory, provider, clock, claims, assume } = setUp();
  const token = issuer.token(claims, clock.now());
  clock.advance(301);
  expect(await assume(token)).toMatchObject({ result: { Code: 'ExpiredTokenException' } });
  directory.oidcProviders.delete(provider.arn);
  expect(await assume(issuer.token(claims, clock.now()))).toMatchObject({
    result: { Message: `No OpenIDConnect provider found in your account for https://${HOST}` },
  });
});
