import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameworkFor } from '../framework.testing.ts';
import { accountId } from './account-id.ts';

const keys = { from: 'shell', prefix: 'AWS', subject: 'The access key in AWS_ACCESS_KEY_ID' } as const;

const refusing = (error: Error) =>
  frameworkFor({
    sdk: {
      region: 'eu-central-9',
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
      maxAttempts: 1,
      requestHandler: { handle: () => Promise.reject(error) },
    },
  });

test('a region that AWS does not have is named before anything is deployed', async () => {
  const unknownHost = Object.assign(new Error('getaddrinfo ENOTFOUND sts.eu-central-9.amazonaws.com'), {
    code: 'ENOTFOUND',
  });
  await expect(accountId(refusing(unknownHost), keys)).rejects.toThrow(
    'STS has no address in the region "eu-central-9" (getaddrinfo ENOTFOUND sts.eu-central-9.amazonaws.com). If AWS has no such region, correct it in services/stages.yml, in STAGE_REGION or in --region; otherwise check this machine\'s network.',
  );
});

test('if STS cannot be reached, the message does not ask anybody to sign in', async () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4566'), { code: 'ECONNREFUSED' });
  const source = { from: 'stage', profile: 'local-api', subject: 'The profile "local-api"' } as const;
  await expect(accountId(refusing(refused), source)).rejects.toThrow(
    "STS did not answer: connect ECONNREFUSED 127.0.0.1:4566. Check this machine's network, and for stage local whether local AWS still runs.",
  );
});

test.each([
  // Node tried several addresses: https://nodejs.org/api/net.html#socketconnectoptions-connectlistener
  [Object.assign(new AggregateError([]), { code: 'ETIMEDOUT' }), 'ETIMEDOUT'],
  // A proxy that reads TLS.
  [
    Object.assign(new Error('self-signed certificate in certificate chain'), {
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
    }),
    'self-signed certificate in certificate chain',
  ],
])('nobody is asked to sign in because of the network, whose error is named: %s', async (error, reason) => {
  const source = { from: 'stage', profile: 'local-api', subject: 'The profile "local-api"' } as const;
  await expect(accountId(refusing(error), source)).rejects.toThrow(`STS did not answer: ${reason}. Check`);
});

test('keys of the shell that are not valid are named by their variable', async () => {
  const refused = new Error('The security token included in the request is invalid.');
  await expect(accountId(refusing(refused), keys)).rejects.toThrow(
    'The access key in AWS_ACCESS_KEY_ID has no valid credentials: The security token included in the request is invalid. Sign in again, or name another profile.',
  );
});

describe('a profile that gives no credentials', () => {
  const original = { ...process.env };
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'home-'));
    await writeFile(
      join(home, 'config'),
      `[default]
credential_process = vault --password hunter2
[profile process]
credential_process = vault --password hunter2
[profile sso]
sso_session = corp
[profile mfa]
role_arn = arn:aws:iam::111111111111:role/deploy
source_profile = keys
mfa_serial = arn:aws:iam::111111111111:mfa/phone
[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = x
`,
    );
    process.env = { ...original, HOME: home, AWS_CONFIG_FILE: join(home, 'config') };
  });
  afterAll(async () => {
    process.env = original;
    await rm(home, { recursive: true });
  });

  // The errors of osls 4.3.1, lib/aws/credentials.js and sso-login.js, and of the AWS SDK.
  test.each<[string, string, Error, RegExp]>([
    [
      'a credential_process, without its command line',
      'process',
      new Error('Command failed: vault --password hunter2\nvault is sealed\n'),
      /^The credential_process of the profile "process", vault, failed: vault is sealed\. Run it to see why: sh -c /,
    ],
    [
      'a session of IAM Identity Center',
      'sso',
      Object.assign(
        new Error('AWS SSO login requires an interactive terminal.', {
          cause: new Error('The SSO session has expired.'),
        }),
        { code: 'AWS_SSO_LOGIN_UNAVAILABLE' },
      ),
      /^The session "corp" .* gives no credentials: The SSO session has expired\. Sign in: aws sso login --profile sso/,
    ],
    [
      'an MFA device',
      'mfa',
      Object.assign(new Error('MFA code required'), { code: 'MFA_CODE_UNAVAILABLE' }),
      /needs a code of the MFA device .*phone, and there is no terminal to ask for it\. Run the command in a terminal/,
    ],
    [
      'keys',
      'keys',
      Object.assign(new Error('The security token is invalid.'), {
        name: 'InvalidClientTokenId',
        $metadata: {},
      }),
      /^AWS does not accept the access key AKIAEXAMPLE of the profile "keys": .* aws configure --profile keys\.$/,
    ],
  ])('is explained by its kind: %s', async (_, profile, error, expected) => {
    const of = { from: 'stage', profile, subject: `The profile "${profile}"` } as const;
    const message: string = await accountId(refusing(error), of).then(String, ({ message }) => message);
    expect(message).toMatch(expected);
    expect(message).not.toContain('hunter2');
  });

  test('is explained without a command line, too, if it is the default profile', async () => {
    const of = { from: 'shell', subject: 'The default profile or the role of this machine' } as const;
    const error = new Error('Command failed: vault --password hunter2\nvault is sealed\n');
    const message: string = await accountId(refusing(error), of).then(String, ({ message }) => message);
    expect(message).toMatch(
      /^The default profile or the role of this machine: The credential_process of the profile "default", vault, failed: vault is sealed\. /,
    );
    expect(message).not.toContain('hunter2');
  });

  test('is named with what chose it, unless that is the stage', async () => {
    const of = { from: 'shell', profile: 'keys', subject: 'The profile "keys" of AWS_PROFILE' } as const;
    const error = Object.assign(new Error('gone'), { name: 'ExpiredToken', $metadata: {} });
    await expect(accountId(refusing(error), of)).rejects.toThrow(
      /^The profile "keys" of AWS_PROFILE: AWS does not accept the access key/,
    );
  });
});
