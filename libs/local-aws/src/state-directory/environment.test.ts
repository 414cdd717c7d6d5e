import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { quoteForShell } from '@cross-account-api/command-line/text';
import fc from 'fast-check';
import {
  applyEnvironment,
  formatConfig,
  formatCredentials,
  formatShell,
  pointToLocalAws,
} from './environment.ts';

const run = promisify(execFile);
const odd = '/tmp/it\'s a "path" $HOME `id` \\ #x\né';
const change = pointToLocalAws({
  url: 'http://127.0.0.1:4566',
  region: 'eu-west-1',
  profile: 'local-caller',
  files: { config: `${odd}/config`, credentials: `${odd}/credentials`, ca: `${odd}/ca.pem` },
});
/** Variables of a developer's shell that would send requests past local AWS. */
const real = {
  AWS_ACCESS_KEY_ID: 'AKIAREAL',
  AWS_SECRET_ACCESS_KEY: 'real',
  AWS_SESSION_TOKEN: 'real',
  AWS_PROFILE: 'production',
  AWS_DEFAULT_PROFILE: 'production',
  AWS_ENDPOINT_URL_STS: 'https://sts.amazonaws.com',
  AWS_ENDPOINT_URL_API_GATEWAY: 'https://x',
  AWS_ROLE_ARN: 'arn',
  HTTP_PROXY: 'http://proxy.company.example',
  ALL_PROXY: 'http://proxy.company.example',
  NO_PROXY: 'amazonaws.com',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-aws-env-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the environment', () => {
  test('points at local AWS and nothing else', () => {
    expect(applyEnvironment({ HOME: '/home/me', ...real, EMPTY: undefined }, change)).toEqual({
      HOME: '/home/me',
      ...change.set,
    });
    expect(change.set).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      HTTPS_PROXY: 'http://127.0.0.1:4566',
      NO_PROXY: '127.0.0.1,localhost,::1',
      AWS_PROFILE: 'local-caller',
      NODE_USE_ENV_PROXY: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });

  test.each(['sh', 'bash'])('is the same if %s sources the file, with any paths', async (shell) => {
    const file = join(folder, "env with 'quotes'");
    await writeFile(file, formatShell(change));
    const print = `${JSON.stringify(process.execPath)} -p 'JSON.stringify(process.env)'`;
    const { stdout, stderr } = await run(shell, ['-euc', `. "$0"; ${print}`, file], {
      env: { PATH: process.env.PATH, HOME: folder, ...real },
    });
    // Node warns that the CA file is not there.
    expect(stderr.replace(/^Warning: Ignoring extra certs[\s\S]*$/m, '')).toBe('');
    const { PATH: _, PWD: _1, SHLVL: _2, _: _3, OLDPWD: _4, ...env } = JSON.parse(stdout);
    expect(env).toEqual({ HOME: folder, ...change.set });
  });

  test('may have any text, which is quoted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        fc.pre(!text.includes('\0'));
        const { stdout } = await run('sh', ['-c', `printf %s ${quoteForShell(text)}`]);
        expect(stdout).toBe(text);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the AWS files', () => {
  const profiles = [
    { profile: 'local-api', accountId: '111111111111', accessKeyId: 'AKIA1', secretAccessKey: 'a/b+c=' },
    { profile: 'local-caller', accountId: '222222222222', accessKeyId: 'AKIA2', secretAccessKey: 'd' },
  ];

  test('have the profiles with region and endpoint, and no default profile', () => {
    const config = formatConfig(profiles, 'eu-west-1', 'http://127.0.0.1:1');
    expect(config).toContain(
      '\n[profile local-caller]\nregion = eu-west-1\noutput = json\nendpoint_url = http://127.0.0.1:1\n',
    );
    const credentials = formatCredentials(profiles);
    expect(credentials).toContain(
      '\n[local-api]\naws_access_key_id = AKIA1\naws_secret_access_key = a/b+c=\naws_account_id = 111111111111\n',
    );
    expect(config + credentials).not.toMatch(/^\[default\]|^\[profile default\]/m);
  });

  test.each(['', 'a b', 'a\nb', ']', '#', 'ä'])('do not accept the value %j', (profile) => {
    const bad = [{ ...profiles[0]!, profile }];
    expect(() => formatConfig(bad, 'eu-west-1', 'http://127.0.0.1:1')).toThrow(TypeError);
    expect(() => formatCredentials(bad)).toThrow(TypeError);
  });
});
