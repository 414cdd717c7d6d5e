import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromIni } from '@aws-sdk/credential-providers';
import { parseKnownFiles } from '@smithy/core/config';
import { findCredentials, hasCredentials } from './find.ts';
import { useCredentials } from './use.ts';

let folder: string;
const original = { ...process.env };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  process.env = { ...original };
});

/** Writes AWS's files. Each profile has its own name as its access key. */
async function writeFiles(name: string, config = ''): Promise<Readonly<Record<string, string>>> {
  const home = join(folder, name);
  await mkdir(home);
  const keys = ['option', 'of-dev', 'of-shell', 'of-default'];
  await writeFile(
    join(home, 'credentials'),
    keys.map((key) => `[${key}]\naws_access_key_id = ${key}\naws_secret_access_key = x\n`).join('\n'),
  );
  await writeFile(join(home, 'config'), config);
  return {
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: home,
  };
}

const variables = {
  AWS_DEV_PROFILE: { AWS_DEV_PROFILE: 'of-dev' },
  AWS_DEV_ACCESS_KEY_ID: { AWS_DEV_ACCESS_KEY_ID: 'key-of-dev', AWS_DEV_SECRET_ACCESS_KEY: 'x' },
  AWS_PROFILE: { AWS_PROFILE: 'of-shell' },
  AWS_ACCESS_KEY_ID: { AWS_ACCESS_KEY_ID: 'key-of-shell', AWS_SECRET_ACCESS_KEY: 'x' },
  AWS_DEFAULT_PROFILE: { AWS_DEFAULT_PROFILE: 'of-default' },
} as const;

const all = Object.values(variables);

/** Every combination of the variables. */
const shells = Array.from({ length: 2 ** all.length }, (_, bits) =>
  Object.assign({}, ...all.filter((_each, index) => bits & (1 << index))),
) as readonly Readonly<Record<string, string>>[];

interface Command {
  readonly environment: Readonly<Record<string, string>>;
  readonly profile: string | undefined;
  readonly option: string | undefined;
}

/** The judge of the order is the CLI's own function. @returns for each command the access key that osls takes */
function keysOfOsls(commands: readonly Command[]): readonly string[] {
  const script = `
    const { getAwsSdkV3CredentialsProvider } = require('serverless/lib/aws/credentials.js');
    const keyOf = async ({ environment, profile, option }) => {
      process.env = environment;
      const service = { provider: { profile } };
      const provider = { getStage: () => 'dev', options: { 'aws-profile': option }, serverless: { service } };
      return (await getAwsSdkV3CredentialsProvider({ provider })()).accessKeyId;
    };
    (async () => {
      const keys = [];
      for (const command of ${JSON.stringify(commands)}) {
        keys.push(await keyOf(command).catch(() => 'no credentials'));
      }
      console.log(JSON.stringify(keys));
    })();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--eval', script], {
    cwd: __dirname,
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout);
}

test.each([
  ['no profile', undefined, ''],
  ['a profile with keys', 'own', '[profile own]\naws_access_key_id = own\naws_secret_access_key = x\n'],
  [
    'a profile with a credential process',
    'own',
    `[profile own]\ncredential_process = echo '{"Version":1,"AccessKeyId":"own","SecretAccessKey":"x"}'\n`,
  ],
  ['a profile without credentials', 'own', '[profile own]\nregion = eu-central-1\n'],
  ['a profile that does not exist', 'own', ''],
])(
  `for a stage with %s, osls takes the credentials of the decision in each of ${shells.length} shells`,
  async (what, stageProfile, config) => {
    const files = await writeFiles(what.replaceAll(' ', '-'), config);
    process.env = { ...process.env, ...files };
    const profiles = await parseKnownFiles({});
    const cases = shells.flatMap((shell) =>
      [undefined, 'option'].map((optionProfile) => {
        const environment: Record<string, string> = { PATH: String(original.PATH), ...files, ...shell };
        const source = findCredentials({ stage: 'dev', stageProfile, optionProfile, environment, profiles });
        useCredentials(source, 'dev', environment);
        return { shell, source, command: { environment, profile: stageProfile, option: optionProfile } };
      }),
    );
    const keys = keysOfOsls(cases.map(({ command }) => command));
    const hasOwn = /key_id|process/.test(config);
    expect(
      cases.map(({ shell, command }, index) => ({ shell, option: command.option, key: keys[index] })),
    ).toEqual(
      cases.map(({ shell, source: { profile, prefix }, command: { environment, option } }) => ({
        shell,
        option,
        key:
          (profile === 'own' && !hasOwn ? undefined : profile) ??
          environment[`${prefix}_ACCESS_KEY_ID`] ??
          'no credentials',
      })),
    );
    const withoutOption = keys.filter((_, index) => cases[index]?.command.option === undefined);
    // The stage's profile counts in every shell, or in none.
    expect(withoutOption.filter((key) => key === 'own')).toHaveLength(hasOwn ? shells.length : 0);
  },
);

test('a profile without credentials gives way to the shell, and the decision names both', () => {
  const found = findCredentials({
    stage: 'dev',
    stageProfile: 'vault',
    environment: { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    profiles: { vault: { region: 'eu-central-1' } },
  });
  expect(found).toEqual({
    from: 'shell',
    prefix: 'AWS',
    subject: 'The access key in AWS_ACCESS_KEY_ID',
    insteadOf: 'vault',
  });
});

test('only the two variables of a profile are set, and none for credentials of the shell', () => {
  const environment = { AWS_ACCESS_KEY_ID: 'x', PATH: '/bin' };
  useCredentials({ from: 'stage', profile: 'a', subject: '' }, 'pre-prod', environment);
  expect(environment).toEqual({
    AWS_ACCESS_KEY_ID: 'x',
    PATH: '/bin',
    AWS_PROFILE: 'a',
    'AWS_PRE-PROD_PROFILE': 'a',
  });
  const shell = { AWS_PROFILE: 'b' };
  useCredentials({ from: 'shell', profile: 'b', subject: '' }, 'dev', shell);
  expect(shell).toEqual({ AWS_PROFILE: 'b' });
});

// The SDK has this message for a profile from which it cannot even try to get credentials.
const NOTHING_TO_TRY = 'Could not resolve credentials using profile';

test.each([
  ['keys', 'aws_access_key_id = a\naws_secret_access_key = b'],
  ['a process', 'credential_process = false'],
  ['IAM Identity Center', 'sso_session = s\nsso_account_id = 111111111111\nsso_role_name = r'],
  ['IAM Identity Center in its old form', 'sso_start_url = https://s.invalid\nsso_region = us-east-1'],
  ['a sign-in in the console', 'login_session = arn:aws:iam::111111111111:user/a'],
  ['a web identity', 'role_arn = arn:aws:iam::111111111111:role/r\nweb_identity_token_file = /nowhere'],
  ['a role and a credential source', 'role_arn = arn:aws:iam::1:role/r\ncredential_source = Environment'],
  ['a role and a profile without credentials', 'role_arn = arn:aws:iam::1:role/r\nsource_profile = empty'],
  ['a role and a profile that does not exist', 'role_arn = arn:aws:iam::1:role/r\nsource_profile = none'],
  ['a role alone, as with aws-vault', 'role_arn = arn:aws:iam::1:role/r\nmfa_serial = m'],
  ['a region', 'region = eu-central-1'],
])('a profile with %s has credentials exactly if the SDK tries to get them', async (what, section) => {
  process.env = {
    ...process.env,
    ...(await writeFiles(
      `sdk-${what.replaceAll(' ', '-')}`,
      `[profile p]\n${section}\n[profile empty]\nregion = x\n`,
    )),
  };
  const error: unknown = await fromIni({
    profile: 'p',
    clientConfig: { maxAttempts: 1, region: 'us-east-1', endpoint: 'http://127.0.0.1:9' },
  })().then(
    () => undefined,
    (reason) => reason,
  );
  expect(hasCredentials('p', await parseKnownFiles({}))).toBe(!String(error).includes(NOTHING_TO_TRY));
});

test('profiles that name each other as their source have no credentials', () => {
  const role = { role_arn: 'arn:aws:iam::111111111111:role/r' };
  const profiles = { a: { ...role, source_profile: 'b' }, b: { ...role, source_profile: 'a' } };
  expect(hasCredentials('a', profiles)).toBe(false);
  const base = { aws_access_key_id: 'x', aws_secret_access_key: 'x' };
  expect(hasCredentials('a', { ...profiles, b: base })).toBe(true);
});
