import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import { openAccount } from './account.ts';
import { credentialsOfProfile } from './credentials.ts';
import { ReadError } from './read-error.ts';

/*
 * Each kind of profile, read by the AWS SDK. STS is local AWS, or a server that answers as AWS does where local AWS has no such operation:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 */

const ROLE = 'arn:aws:iam::111111111111:role/team/deploy';
const DEVICE = 'arn:aws:iam::111111111111:mfa/phone';

let folder: string;
let aws: LocalAws;
let sts: { readonly server: Server; readonly url: string };
const original = { ...process.env };
const { stdin } = process;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profiles-'));
  aws = await startLocalAws({ root: folder, port: 0 });
  sts = await startSts();
  const { accessKeyId, secretAccessKey } = aws.directory.administrator('111111111111');
  const config = `
[profile keys]
aws_access_key_id = ${accessKeyId}
aws_secret_access_key = ${secretAccessKey}
[profile old-keys]
aws_access_key_id = AKIAOLDKEYSEXAMPLE00
aws_secret_access_key = x
[profile old-session]
aws_access_key_id = ASIAOLDKEYSEXAMPLE00
aws_secret_access_key = x
aws_session_token = a-token-that-nobody-may-see
[profile process]
credential_process = ${join(folder, 'broken process')} --password hunter2
[profile silent]
credential_process = false --password hunter2
[profile long]
credential_process = false --file ${'x'.repeat(400)} --password hunter2
[profile chatty]
credential_process = echo no JSON
[profile sso]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = deploy
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.awsapps.com/start
[profile old-sso]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111111111111
sso_role_name = deploy
[profile half-sso]
sso_start_url = https://half.awsapps.com/start
[profile role]
role_arn = ${ROLE}
source_profile = keys
external_id = id/1
[profile role-of-sso]
role_arn = ${ROLE}
source_profile = sso
[profile role-of-old-keys]
role_arn = ${ROLE}
source_profile = old-keys
[profile role-of-nobody]
role_arn = ${ROLE}
source_profile = nobody
[profile role-of-role]
role_arn = arn:aws:iam::111111111111:role/outer
source_profile = role
[profile mfa]
role_arn = ${ROLE}
source_profile = keys
mfa_serial = ${DEVICE}
[profile mfa-of-sso]
role_arn = ${ROLE}
source_profile = sso
mfa_serial = ${DEVICE}
[profile environment]
role_arn = ${ROLE}
credential_source = Environment
[profile web]
role_arn = ${ROLE}
web_identity_token_file = ${join(folder, 'no token')}
[profile old-web]
role_arn = ${ROLE}
web_identity_token_file = ${join(folder, 'token')}
[profile console]
login_session = arn:aws:iam::111111111111:user/a
[profile region]
region = eu-central-1
`;
  await writeFile(join(folder, 'config'), config);
  await writeFile(join(folder, 'token'), 'header.claims.signature');
  Object.assign(process.env, {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: folder,
    AWS_ENDPOINT_URL: aws.url,
  });
  for (const name of ['AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name];
});
afterAll(async () => {
  process.env = original;
  await aws?.close();
  sts?.server.close();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  process.env.AWS_ENDPOINT_URL = aws.url;
  Object.defineProperty(process, 'stdin', { value: stdin });
});

/** The codes that STS got. */
const codes: (string | null)[] = [];

/** An STS that knows MFA devices, and no token of a web identity. */
async function startSts() {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const parameters = new URLSearchParams(text);
    const refuse = (code: string, message: string) =>
      response
        .writeHead(400, { 'content-type': 'text/xml' })
        .end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
        );
    switch (parameters.get('Action')) {
      case 'AssumeRoleWithWebIdentity':
        return refuse(
          'ExpiredTokenException',
          'Token expired: current date/time 1 must be before the expiration',
        );
      case 'AssumeRole': {
        codes.push(parameters.get('TokenCode'));
        if (parameters.get('TokenCode') !== '123456') {
          return refuse(
            'AccessDenied',
            'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
          );
        }
        const expiration = new Date(Date.now() + 3_600_000).toISOString();
        return response
          .writeHead(200, { 'content-type': 'text/xml' })
          .end(
            `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAOFTHEROLEEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
          );
      }
      default:
        return response
          .writeHead(200, { 'content-type': 'text/xml' })
          .end(
            '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
          );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const open = (profile: string) =>
  openAccount({ source: credentialsOfProfile(profile), region: 'us-east-1', command: 'explain' });

async function failureOf(profile: string): Promise<string> {
  const error: unknown = await open(profile).then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof ReadError)) throw new Error(`Not a ReadError: ${error}`);
  expect(error.code).toBe('NO_CREDENTIALS');
  expect(error.message).toContain(`rofile "${profile}"`);
  return error.message;
}

test('a profile with keys opens its account', async () => {
  const account = await open('keys');
  expect(account.accountId).toBe('111111111111');
  account.close();
});

test.each(['lambda', 'apiGateway', 'apiGatewayV2'] as const)(
  'an account of which two regions are read asks %s of each region, over one connection each',
  async (service) => {
    const account = await open('keys');
    const clients = ['eu-west-1', 'us-east-1', 'eu-west-1'].map((region) => account[service](region));
    expect(await Promise.all(clients.map(({ config }) => config.region()))).toEqual([
      'eu-west-1',
      'us-east-1',
      'eu-west-1',
    ]);
    expect(clients[2]).toBe(clients[0]);
    account.close();
  },
);

test.each<[profile: string, what: readonly string[], command: string]>([
  ['nobody', ['AWS\'s files have no profile "nobody"'], 'aws configure --profile nobody'],
  ['region', ['The profile "region" gives no credentials'], 'aws configure --profile region'],
  ['old-keys', ['AKIAOLDKEYSEXAMPLE00', 'InvalidClientTokenId'], 'aws configure --profile old-keys'],
  ['old-session', ['ASIAOLDKEYSEXAMPLE00', 'session'], 'aws configure list --profile old-session'],
  [
    'process',
    [`process of the profile "process", `, 'not found'],
    'aws configure get credential_process --profile process',
  ],
  [
    'silent',
    ['The credential_process of the profile "silent", false, failed.'],
    'credential_process --profile silent',
  ],
  ['long', ['The credential_process of the profile "long", false, failed.'], '--profile long'],
  ['chatty', ['invalid JSON'], 'credential_process --profile chatty'],
  ['sso', ['The session "corp" of IAM Identity Center'], 'aws sso login --profile sso'],
  ['old-sso', ['The session "https://old.awsapps.com/start"'], 'aws sso login --profile old-sso'],
  ['half-sso', ['Required parameters'], 'aws configure sso --profile half-sso'],
  [
    'role',
    [`assume the role ${ROLE}`, 'of the profile "keys"', 'AccessDenied'],
    '--external-id id/1 --profile keys',
  ],
  ['role-of-sso', ['The session "corp"', 'the profile "sso"'], 'aws sso login --profile sso'],
  [
    'role-of-old-keys',
    ['AKIAOLDKEYSEXAMPLE00', 'of the profile "old-keys"'],
    'aws configure --profile old-keys',
  ],
  ['role-of-nobody', ['source_profile "nobody", which'], 'aws configure --profile nobody'],
  ['role-of-role', [`the profile "role" assume the role ${ROLE}`], '--profile keys'],
  ['mfa', [DEVICE, 'no terminal'], 'Run the command in a terminal'],
  ['mfa-of-sso', ['The session "corp"'], 'aws sso login --profile sso'],
  [
    'environment',
    ['The credential_source Environment'],
    'aws configure set source_profile PROFILE --profile environment',
  ],
  ['web', ['The web identity of the profile "web"', 'ENOENT'], `ls -l '`],
  ['console', ['as arn:aws:iam::111111111111:user/a'], 'aws login --profile console'],
])(
  'a failure of the profile %s names what failed, and a command that helps',
  async (profile, what, command) => {
    const message = await failureOf(profile);
    for (const each of what) expect(message).toContain(each);
    expect(message).toContain(command);
    expect(message).not.toMatch(/hunter2|nobody-may-see/);
  },
);

test('a web identity that STS refuses is named with its role and its file', async () => {
  process.env.AWS_ENDPOINT_URL = sts.url;
  const message = await failureOf('old-web');
  expect(message).toContain(`for the role ${ROLE}`);
  expect(message).toContain('ExpiredTokenException');
  expect(message).toContain(`--web-identity-token file://${join(folder, 'token')}`);
  expect(message).not.toContain('header.claims');
});

test.each([
  ['nobody listens', false, /ECONNREFUSED/],
  ['a proxy closes the connection', true, /hang up|ECONNRESET/],
])('if %s, AWS cannot be reached, whatever the profile asks STS for', async (_what, listens, reason) => {
  const server = createNetServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (!listens) await new Promise((resolve) => server.close(resolve));
  try {
    for (const profile of ['keys', 'role', 'old-web']) {
      const opening = open(profile);
      await expect(opening).rejects.toMatchObject({ code: 'CANNOT_READ' });
      await expect(opening).rejects.toThrow(reason);
    }
  } finally {
    server.close();
  }
});

test('the process runs as the message says', async () => {
  const [, command = ''] = /Run it to see why: (.*)\.$/.exec(await failureOf('silent')) ?? [];
  // `aws configure get` prints the value: https://docs.aws.amazon.com/cli/latest/reference/configure/get.html
  await writeFile(
    join(folder, 'aws'),
    '#!/bin/sh\n[ "$3 $5" = "credential_process silent" ] && echo "exit 7"\n',
    {
      mode: 0o755,
    },
  );
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  await expect(promisify(execFile)('sh', ['-c', command], { env })).rejects.toMatchObject({ code: 7 });
});

describe('on a terminal, the code of an MFA device', () => {
  /** A terminal at which somebody types. @returns what is shown */
  function typing(...answers: readonly string[]) {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    Object.defineProperty(process, 'stdin', { value: input });
    const left = [...answers];
    return jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      const isQuestion = String(text).includes('Enter MFA code');
      if (isQuestion)
        setImmediate(() => (left.length === 0 ? input.end() : input.write(`${left.shift()}\n`)));
      return true;
    });
  }
  beforeEach(() => {
    codes.length = 0;
    process.env.AWS_ENDPOINT_URL = sts.url;
  });
  afterEach(() => jest.restoreAllMocks());

  test('is refused with a message about codes, asked for again by the next run, and then once for all clients', async () => {
    const shown = typing('000000', '123456');
    const message = await failureOf('mfa');
    expect(message).toContain('A code can be used once');
    expect(message).toContain('aws iam list-mfa-devices --profile keys');
    const [first, second] = await Promise.all([open('mfa'), open('mfa')]);
    for (const account of [first, second]) {
      expect(account.accountId).toBe('111111111111');
      account.close();
    }
    expect(codes).toEqual(['000000', '123456']);
    expect(shown.mock.calls.map(([text]) => String(text)).join('')).toContain(
      `Enter MFA code for ${DEVICE}: `,
    );
  });
});
