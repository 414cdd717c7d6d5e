import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountOfApi } from '../credentials/account.ts';
import { deploymentWith } from '../deployment.testing.ts';
import { frameworkWithAws } from '../framework.testing.ts';
import { ownAccount } from './own-account.ts';

const [A, B] = ['111111111111', '222222222222'] as const;
const original = { ...process.env };
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'own-account-'));
  await writeFile(
    join(home, 'config'),
    '[profile a]\ncredential_process = x\n[profile vault]\nregion = eu-central-1\n',
  );
});
afterAll(() => rm(home, { recursive: true }));
afterEach(() => {
  process.env = { ...original };
});

/** @returns the notices of a command whose credentials are of an account, as osls finds them */
async function check(of: {
  readonly command: string;
  readonly account: string;
  readonly apiProfile?: string;
  readonly optionProfile?: string;
  readonly shell?: Readonly<Record<string, string>>;
}): Promise<readonly string[]> {
  process.env = { HOME: home, AWS_CONFIG_FILE: join(home, 'config'), ...of.shell };
  const { stage, settings } = deploymentWith({
    apiAccountId: A,
    ...(of.apiProfile && { apiProfile: of.apiProfile }),
  });
  const notices: string[] = [];
  const account = ownAccount(frameworkWithAws(of), { stage }, accountOfApi(settings), {
    log: { notice: (text) => notices.push(text), warning: () => {} },
    progress: { get: () => ({ notice: () => {} }) },
  });
  await account.use();
  await account.check();
  return notices;
}

const keys = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };

test.each(['deploy', 'deploy function', 'info', 'remove', 'rollback', 'rollback function'])(
  'sls %s is refused in another account than the stage demands',
  async (command) => {
    await expect(check({ command, account: B })).rejects.toThrow(
      /^services\/stages.yml: dev.apiAccountId is 111111111111, but the default profile or the role of this machine belongs to account 222222222222\. .* Nothing has been changed\.$/,
    );
    expect(await check({ command, account: A })).toEqual([]);
  },
);

test('commands that only read or only package are not delayed by a question to STS', async () => {
  for (const command of ['package', 'print', 'logs', 'invoke']) {
    await expect(check({ command, account: B })).resolves.toEqual([]);
  }
});

describe('the refusal', () => {
  test.each([
    [
      'the stage’s profile',
      { apiProfile: 'a', shell: keys },
      'but the profile "a" belongs to account 222222222222. Set dev.apiProfile to a profile of account 111111111111, or correct apiAccountId.',
    ],
    [
      '--aws-profile',
      { apiProfile: 'a', optionProfile: 'other', shell: keys },
      'but the profile "other" of --aws-profile belongs to account 222222222222. Leave out --aws-profile: then the profile "a" of dev.apiProfile counts. Or correct apiAccountId.',
    ],
    [
      '--aws-profile, without a profile of the stage',
      { optionProfile: 'other' },
      'Name a profile of account 111111111111 with --aws-profile, or correct apiAccountId.',
    ],
    [
      'keys of the shell',
      { shell: keys },
      'but the access key in AWS_ACCESS_KEY_ID belongs to account 222222222222. Set dev.apiProfile to a profile of account 111111111111: it comes before the shell. Or correct apiAccountId.',
    ],
    [
      'a variable of the stage',
      { shell: { AWS_DEV_PROFILE: 'other' } },
      'but the profile "other" of AWS_DEV_PROFILE belongs',
    ],
    [
      'keys of the shell in place of a profile without credentials',
      { apiProfile: 'vault', shell: keys },
      'AWS\'s files have no credentials for dev.apiProfile, "vault", so the shell\'s were taken. Set that profile up (aws configure --profile vault), or run the command in a shell with credentials of account 111111111111.',
    ],
  ])('names what led to the account, and the remedy: %s', async (_what, of, message) => {
    await expect(check({ command: 'deploy', account: B, ...of })).rejects.toThrow(message);
  });
});

test('the shell’s credentials in place of a profile without any are checked for every command that calls AWS, with a notice', async () => {
  const of = { command: 'logs', apiProfile: 'vault', shell: keys };
  expect(await check({ ...of, account: A })).toEqual([
    'AWS\'s files have no credentials for dev.apiProfile, "vault". The access key in AWS_ACCESS_KEY_ID is used: it belongs to account 111111111111, as the stage demands.',
  ]);
  await expect(check({ ...of, account: B })).rejects.toThrow('dev.apiAccountId is 111111111111');
  await expect(check({ ...of, account: B, command: 'package' })).resolves.toEqual([]);
});

test('the error of a command that is not checked is explained, if it is about credentials', async () => {
  process.env = { HOME: home, AWS_CONFIG_FILE: join(home, 'config') };
  const { stage, settings } = deploymentWith({ apiAccountId: A, apiProfile: 'a' });
  const framework = frameworkWithAws({ command: 'logs', account: A });
  const account = ownAccount(framework, { stage }, accountOfApi(settings), {
    log: { notice: () => {}, warning: () => {} },
    progress: { get: () => ({ notice: () => {} }) },
  });
  await account.use();
  // As the AWS SDK throws it.
  const failed = new Error('Command failed: x\nvault is sealed\n');
  failed.name = 'CredentialsProviderError';
  await account.explain(failed);
  expect(failed).toMatchObject({
    decoratedMessage: expect.stringMatching(
      /^The credential_process of the profile "a", x, failed: vault is sealed\./,
    ),
  });
  const other = new Error('The log group does not exist.');
  await account.explain(other);
  expect(other).not.toHaveProperty('decoratedMessage');
});

test.each([
  // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the framework
  ['a variable that osls asks AWS for', 'description: ${ssm:/shop/limit}', true],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the framework
  ['other variables', 'description: ${self:service}', false],
])('a profile that AWS’s files do not have, and %s', async (_what, text, isRefused) => {
  process.env = { HOME: home, AWS_CONFIG_FILE: join(home, 'config') };
  await writeFile(join(home, 'serverless.yml'), text);
  const use = (apiProfile: string) => {
    const { stage, settings } = deploymentWith({ apiAccountId: A, apiProfile });
    const framework = { ...frameworkWithAws({ account: A, command: 'deploy' }), serviceDir: home };
    const log = { notice: () => {}, warning: () => {} };
    const progress = { get: () => log };
    return ownAccount(framework, { stage }, accountOfApi(settings), { log, progress }).use();
  };
  const remedy =
    'AWS\'s files have no profile "nobody". Set it up: aws configure --profile nobody, or aws configure sso --profile nobody.';
  // Without it, osls says only which variable it cannot resolve.
  const used = use('nobody').then(
    () => undefined,
    (error: Error) => error.message,
  );
  expect(await used).toBe(isRefused ? remedy : undefined);
  await use('a');
});
