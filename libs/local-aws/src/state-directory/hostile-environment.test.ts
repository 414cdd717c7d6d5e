import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-providers';
import LocalStagePlugin from '../framework-plugin/index.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import {
  applyEnvironment,
  pointFunctionToLocalAws,
  pointSdkToLocalAws,
  pointToLocalAws,
} from './environment.ts';
import { ROOT_VARIABLE, type StateFiles, stateFiles } from './state-files.ts';

/** Variables of a company's shell, each of which could send requests elsewhere, as somebody else, or in another form. */
const hostile: Readonly<Record<string, string>> = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
  AWS_AUTH_SCHEME_PREFERENCE: 'sigv4a',
  AWS_SIGV4A_SIGNING_REGION_SET: '*',
  AWS_ACCESS_KEY_ID: 'AKIAREAL',
  AWS_SECRET_ACCESS_KEY: 'real',
  AWS_SESSION_TOKEN: 'real',
  AWS_SECURITY_TOKEN: 'real',
  AWS_CREDENTIAL_EXPIRATION: '2000-01-01T00:00:00Z',
  AWS_PROFILE: 'production',
  AWS_DEFAULT_PROFILE: 'production',
  AWS_CONFIG_FILE: '/nowhere/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
  AWS_REGION: 'mars-1',
  AWS_DEFAULT_REGION: 'mars-1',
  AWS_ROLE_ARN: 'arn:aws:iam::999999999999:role/real',
  AWS_ROLE_SESSION_NAME: 'real',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere/token',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/nowhere',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9',
  AWS_CONTAINER_AUTHORIZATION_TOKEN: 'real',
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/nowhere/token',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  ALL_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: 'amazonaws.com',
  NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem',
  AWS_CA_BUNDLE: '/nowhere/ca.pem',
};

const before = { ...process.env };
let root: string;
let aws: LocalAws;
let files: StateFiles;
let target: Parameters<typeof pointToLocalAws>[0];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hostile-environment-'));
  aws = await startLocalAws({ root, port: 0, report: () => {} });
  files = stateFiles(root);
  target = { url: aws.url, region: 'us-east-1', profile: 'local-caller', files };
});
afterEach(() => use(before));
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

/** Makes this the environment of the process. */
function use(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
}

async function whoAmI(client = new STSClient()): Promise<string | undefined> {
  try {
    return (await client.send(new GetCallerIdentityCommand())).Arn;
  } finally {
    client.destroy();
  }
}

/** Each way in which somebody gets to local AWS from a shell, by the identity that it gives. */
const ways: Readonly<Record<string, (shell: NodeJS.ProcessEnv) => Promise<string | undefined>>> = {
  'a program with the environment of local AWS': async (shell) => {
    use(applyEnvironment(shell, pointToLocalAws(target)));
    return whoAmI();
  },
  'the AWS SDK in a command, such as check and verify': async (shell) => {
    use(shell);
    pointSdkToLocalAws(process.env, target);
    return whoAmI(new STSClient({ credentials: fromIni({ profile: 'local-caller' }) }));
  },
  'the Serverless Framework with the plugin': async (shell) => {
    use({ ...shell, [ROOT_VARIABLE]: root });
    class FrameworkError extends Error {}
    const framework = {
      serviceDir: root,
      processedInput: { commands: ['deploy'] },
      classes: { Error: FrameworkError },
      pluginManager: { plugins: [] },
      service: { provider: {} },
      getProvider: () => ({
        getStage: () => 'local',
        getRegion: () => 'us-east-1',
        getAwsSdkV3Config: async () => ({}),
      }),
    };
    const plugin = new LocalStagePlugin(framework, {}, { log: { notice: () => {} } });
    await plugin.asyncInit();
    return whoAmI();
  },
  'the code of a function': async (shell) => {
    const { accessKeyId, secretAccessKey } = aws.directory.administrator('222222222222');
    // Lambda sets these after what the function is configured with.
    const own = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'us-east-1',
    };
    const { AWS_SESSION_TOKEN: _, AWS_PROFILE: _1, ...configured } = shell;
    use({ ...applyEnvironment(configured, pointFunctionToLocalAws(aws.url, files.ca, accessKeyId)), ...own });
    return whoAmI();
  },
};

const identity = 'arn:aws:iam::222222222222:user/administrator';

describe.each(Object.entries(ways))('%s reaches local AWS as itself,', (_way, enter) => {
  test.each(Object.entries(hostile))('whatever %s=%s says', async (name, value) => {
    expect(await enter({ ...before, [name]: value })).toBe(identity);
  });

  test('whatever all of them say', async () => {
    expect(await enter({ ...before, ...hostile })).toBe(identity);
  });
});

test('a shell that sources the file has none of these values', async () => {
  const print = `${JSON.stringify(process.execPath)} --no-warnings -p 'JSON.stringify(process.env)'`;
  const { stdout } = await promisify(execFile)('sh', ['-euc', `. "$0"; ${print}`, files.env], {
    env: { PATH: process.env.PATH, ...hostile },
  });
  const environment = JSON.parse(stdout) as Record<string, string>;
  for (const [name, value] of Object.entries(hostile))
    expect([name, environment[name]]).not.toEqual([name, value]);
});
