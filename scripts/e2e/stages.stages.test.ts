import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import { openDoors, routeEventsOf, type Template } from '@cross-account-api/serverless-plugin';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { type SlsOptions, type SlsResult, sls } from '../../libs/cli/src/project/sls.ts';
import { projectRoot } from '../lib/project.ts';
import { deployedResources, noResources } from './deployed-resources.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, edit } from './test-bed.testing.ts';
import { warmSls } from './warm-sls.testing.ts';
import { startWrongEndpoint, type WrongEndpoint, wrongEnvironment } from './wrong-endpoint.testing.ts';

let project: ProjectCopy;
let folder: string;
let wrongEndpoint: WrongEndpoint;
let environment: Readonly<Record<string, string>>;
beforeAll(async () => {
  project = await copyPairProject();
  folder = await mkdtemp(join(tmpdir(), 'stages-'));
  wrongEndpoint = await startWrongEndpoint();
  environment = wrongEnvironment(wrongEndpoint.url, folder);
});
afterEach(() => {
  expect(wrongEndpoint.received).toEqual([]);
});
afterAll(async () => {
  await project?.remove();
  await wrongEndpoint?.close();
  await rm(folder, { recursive: true, force: true });
});

const inService = (service: string) => join(project.root, 'services', service);
const output = ({ stdout, stderr }: SlsResult) => `${stdout}\n${stderr}`;

test('each mistake in serverless.yml is an error that names its place', async () => {
  const file = 'services/api/serverless.yml';
  const mistakes = [
    ['timeout: 5\n', 'timeout: soon\n    memroySize: 128\n'],
    ['http: { method: GET, path: /sender', 'htp: { method: GET, path: /sender'],
    ['method: POST, path: /parcels, authorizer', 'method: POST, path: /parcels, authorizr'],
    ['memorySize: 256\n', 'memorySize: lots\n  regoin: us-east-1\n'],
  ] as const;
  for (const [text, mistake] of mistakes) await edit(project, file, text, mistake);
  const result = await warmSls(['print', '--stage', 'local'], { cwd: inService('api') });
  for (const [text, mistake] of mistakes) await edit(project, file, mistake, text);
  expect(result.exitCode).toBe(1);
  for (const mistake of [
    "at 'functions.parcels': unrecognized property 'memroySize'",
    "at 'functions.parcels.timeout': must be integer",
    "at 'functions.parcels.events.0.http': unrecognized property 'authorizr'",
    "at 'functions.sender.events.0': unsupported function event",
    "at 'provider': unrecognized property 'regoin'",
    "at 'provider.memorySize': must be integer",
  ]) {
    expect(output(result)).toContain(mistake);
  }
});

test('a route without an authorizer is not packaged, unless its event says open: true', async () => {
  const file = 'services/api/serverless.yml';
  const sender = 'path: /sender, authorizer: aws_iam }';
  const parcels = '{ method: POST, path: /parcels, authorizer: aws_iam }';
  const packageApi = () => warmSls(['package', '--stage', 'local'], { cwd: inService('api') });
  await edit(project, file, sender, 'path: /sender, open: true }');
  await edit(project, file, parcels, 'POST /parcels');
  const refused = await packageApi();
  await edit(project, file, 'http: POST /parcels', `http: ${parcels}`);
  const packaged = await packageApi();
  await edit(project, file, 'path: /sender, open: true }', sender);

  expect(refused.exitCode).toBe(1);
  expect(output(refused)).toContain(
    `serverless.yml cannot be deployed:\n  POST /parcels of the function "parcels" has no authorizer, so anybody could call it. Write its event as "http: { method: 'POST', path: '/parcels', authorizer: aws_iam }".\nNothing has been packaged.`,
  );
  expect(output(packaged)).not.toContain('Error');
  const compiled = join(inService('api'), '.serverless/cloudformation-template-update-stack.json');
  const { Resources }: Pick<Template, 'Resources'> = JSON.parse(await readFile(compiled, 'utf8'));
  const methods = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ApiGateway::Method');
  expect(methods.map(({ Properties }) => Properties.AuthorizationType).sort()).toEqual([
    'AWS_IAM',
    'AWS_IAM',
    'NONE',
  ]);
  // Each method in turn, without IAM: the compiled template is checked as well.
  const declared = routeEventsOf({
    sender: { events: [{ http: { method: 'GET', path: '/sender', open: true } }] },
  });
  expect(openDoors({ Resources }, declared)).toEqual([]);
  for (const method of methods) {
    const { AuthorizationType } = method.Properties;
    method.Properties.AuthorizationType = 'NONE';
    expect(openDoors({ Resources }, declared)).toHaveLength(AuthorizationType === 'NONE' ? 0 : 1);
    method.Properties.AuthorizationType = AuthorizationType;
  }
});

test.each([
  [
    'api',
    'services/api/resources/alarms.yml',
    'Expression: "FILL(refused, 0) / signed"',
    'Expression: FILL(refused, 0) / signed',
    'ClientErrorAlarm.Metrics.2 has "0) / signed" without a value',
  ],
  [
    'caller',
    'services/caller/alarms.yml',
    'Name: FunctionName,',
    'Name: FunctionName, or another one,',
    'ErrorAlarm.Dimensions.0 has "or another one" without a value',
  ],
  [
    'caller',
    'services/caller/serverless.yml',
    'versionFunctions: false',
    'versionFunctions: false\n  tags: { purpose: Orders, also returns }',
    'provider.tags has "also returns" without a value',
  ],
])('a text of %s that a comma cuts is not packaged: %s', async (service, file, text, mistake, problem) => {
  const result = await packageWithAlarms(service, file, text, mistake);
  expect(result.exitCode).toBe(1);
  expect(output(result)).toContain(`${problem}: a text before it has a comma, and needs quotation marks.`);
});

test.each([
  ['api', 'services/api/resources/alarms.yml', 'SignedRefusals', 'ClientErrorAlarm'],
  ['caller', 'services/caller/alarms.yml', 'CredentialFailures', 'CredentialAlarm'],
])(
  'a warning of %s names an alarm on a metric that no filter writes',
  async (service, file, metric, alarm) => {
    const result = await packageWithAlarms(service, file, `MetricName: ${metric},`, 'MetricName: Misspelt,');
    expect(result.exitCode).toBe(0);
    expect(output(result)).toMatch(new RegExp(`${alarm} reads \\S+/${metric}, without dimensions\n(?! )`));
  },
);

/** Packages a service with alarms, while a text of a file is another one. */
async function packageWithAlarms(service: string, file: string, text: string, mistake: string) {
  const stages = join(project.root, 'services/stages.yml');
  await writeFile(stages, '{ local: { alarms: true } }');
  await edit(project, file, text, mistake);
  const params = ['--param', 'apiUrl=https://a', '--param', 'invokeRoleArn=arn:a'];
  const result = await warmSls(['package', '--stage', 'local', ...params], { cwd: inService(service) });
  await edit(project, file, mistake, text);
  await rm(stages);
  return result;
}

test('stage local without a running local AWS says to start one, and calls no endpoint of the shell', async () => {
  const root = await mkdtemp(join(folder, 'ended-'));
  const aws = await startLocalAws({ port: 0, root });
  const endpoint = await readFile(join(root, '.local-aws/endpoint.json'));
  await aws.close();
  await writeFile(join(root, '.local-aws/endpoint.json'), endpoint, { mode: 0o600 });
  const result = await warmSls(['deploy', '--stage', 'local'], {
    cwd: inService('api'),
    localAwsRoot: root,
    environment,
  });
  expect(result.exitCode).toBe(1);
  expect(output(result)).toMatch(
    /Stage "local" needs a running local AWS\..*has ended.*Start local AWS with `npm start`\./s,
  );
});

describe('other stages', () => {
  async function writeStages(text: string): Promise<void> {
    await writeFile(join(project.root, 'services/stages.yml'), text);
  }

  test('refuse a shell that points at local AWS', async () => {
    const example = await readFile(join(projectRoot, 'services/stages.example.yml'), 'utf8');
    await writeStages(example.replace('externalId: ""', 'externalId: "0123456789abcdef"'));
    const root = await mkdtemp(join(folder, 'running-'));
    const aws = await startLocalAws({ port: 0, root });
    try {
      const shell = { ...aws.environment(), LOCAL_AWS_ROOT: root };
      const result = await warmSls(['deploy', '--stage', 'dev'], {
        cwd: inService('api'),
        environment: shell,
      });
      expect(result.exitCode).toBe(1);
      expect(output(result)).toContain(`AWS_ENDPOINT_URL points at local AWS (${aws.url})`);
      expect(output(result)).toContain('stage "dev" is not local');
      expect(aws.trace.events()).toEqual([]);
    } finally {
      await aws.close();
    }
  });

  test('name each value that is missing or wrong, with its rule, and no other', async () => {
    await writeStages(
      'dev:\n  region: moon\n  callerAccountId: 1\n  externalId: ""\n  regoin: x\n  throttlingRateLimit: 0\n',
    );
    const result = await warmSls(['deploy', '--stage', 'dev'], { cwd: inService('api'), environment });
    expect(result.exitCode).toBe(1);
    expect(output(result)).toContain(
      [
        'Error:',
        'services/stages.yml cannot be used:',
        '  dev.region is "moon". It must be a region of AWS, such as eu-central-1.',
        '  dev.apiAccountId is missing. It must be the 12 digits of account A, in quotes.',
        '  dev.callerAccountId is 1. It must be the 12 digits of account B, in quotes.',
        '  dev.externalId is "". It must be a value of your own, in quotes: `openssl rand -hex 16` makes one.',
        '  dev.throttlingRateLimit is 0. It must be a number from 1.',
        '  dev.regoin is an unknown setting. Correct its name, or remove it.',
        'services/stages.example.yml explains each setting.',
        '',
      ].join('\n'),
    );
    expect(output(result)).not.toMatch(/variable|rejection| at .*:\d/i);
  });

  test('explain their commands even if the file is not valid', async () => {
    await writeStages('dev:\n');
    const result = await warmSls(['deploy', '--help', '--stage', 'dev'], { cwd: inService('api') });
    expect(result.exitCode).toBe(0);
    expect(output(result)).toContain('Forces a deployment to take place');
  });
});

describe('the accounts of a stage', () => {
  let aws: LocalAws;
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(folder, 'accounts-'));
    aws = await startLocalAws({ port: 0, root });
  });
  afterAll(() => aws?.close());

  /** A shell that takes local AWS for the real one: its proxy answers in the place of every AWS host. */
  function shell(accountId?: string): Readonly<Record<string, string | undefined>> {
    const network = Object.entries(aws.environment()).filter(([name]) => !name.startsWith('AWS_'));
    const { AWS_SHARED_CREDENTIALS_FILE } = aws.environment();
    const keys = accountId === undefined ? undefined : aws.directory.administrator(accountId);
    return {
      ...Object.fromEntries(network),
      HOME: folder,
      AWS_ENDPOINT_URL: undefined,
      AWS_PROFILE: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE,
      AWS_ACCESS_KEY_ID: keys?.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys?.secretAccessKey,
      // The framework waits for 5 s before it looks at a stack again.
      SLS_AWS_MONITORING_FREQUENCY: '50',
    };
  }
  const settings = (text: string) =>
    writeFile(
      join(project.root, 'services/stages.yml'),
      `dev:\n  region: eu-central-1\n  externalId: 0123456789abcdef\n  apiAccountId: "111111111111"\n  callerAccountId: "222222222222"\n${text}`,
    );
  const profiles = '  apiProfile: local-api\n  callerProfile: local-caller\n';
  const deploy = (service: string, accountId?: string) =>
    warmSls(['deploy', '--stage', 'dev'], { cwd: inService(service), environment: shell(accountId) });
  const administrator = (accountId: string) => ({
    endpoint: aws.url,
    region: 'eu-central-1',
    credentials: aws.directory.administrator(accountId),
    maxAttempts: 1,
  });
  const changes = () =>
    aws.trace.events().filter(({ operation }) => /^(Create|Update|Execute|Put)/.test(operation ?? ''));

  test('a callerProfile of another account is refused before anything is deployed, with both IDs', async () => {
    await settings('  apiProfile: local-api\n  callerProfile: local-api\n');
    const result = await deploy('api');
    expect(result.exitCode).toBe(1);
    expect(output(result)).toContain(
      'services/stages.yml: dev.callerAccountId is 222222222222, but the profile "local-api" belongs to account 111111111111.',
    );
    expect(output(result)).not.toMatch(/ at .*:\d/);
    expect(changes()).toEqual([]);
  });

  // The tests from here follow one stage: each one continues the one before it.

  test('without profiles, each service is deployed with the credentials of the shell', async () => {
    await settings('');
    expect(await deploy('api', API_ACCOUNT)).toMatchObject({ exitCode: 0 });
    expect(await deploy('caller', CALLER_ACCOUNT)).toMatchObject({ exitCode: 0 });
    const lambda = new LambdaClient(administrator(CALLER_ACCOUNT));
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'shop-dev', Payload: '{}' }));
    lambda.destroy();
    expect(JSON.parse(String(Payload?.transformToString()))).toMatchObject({ status: 200 });
  });

  test('an explicit --aws-profile of another account is refused, and the stack stays', async () => {
    await settings(profiles);
    const left = await deployedResources(administrator(API_ACCOUNT));
    const result = await warmSls(['remove', '--stage', 'dev', '--aws-profile', 'local-caller'], {
      cwd: inService('api'),
      environment: shell(API_ACCOUNT),
    });
    expect(result.exitCode).toBe(1);
    expect(output(result)).toContain(
      'services/stages.yml: dev.apiAccountId is 111111111111, but the profile "local-caller" of --aws-profile belongs to account 222222222222. Leave out --aws-profile: then the profile "local-api" of dev.apiProfile counts. Or correct apiAccountId. Nothing has been changed.',
    );
    expect(await deployedResources(administrator(API_ACCOUNT))).toEqual(left);
  });

  test('the services can be removed in any order and again, from a fresh clone, and leave nothing behind', async () => {
    for (const folder of ['.serverless', 'api/.serverless', 'caller/.serverless']) {
      await rm(join(project.root, 'services', folder), { recursive: true });
    }
    const left = (accountId: string) => deployedResources(administrator(accountId));
    await settings(profiles);
    // Whatever the shell exports for other work, each service is removed from its own account.
    const keysOfB = shell(CALLER_ACCOUNT);
    const remove = (cwd: string, environment: SlsOptions['environment'] = keysOfB) =>
      (cwd === project.root ? sls : warmSls)(['remove', '--stage', 'dev'], { cwd, environment });

    expect(await remove(inService('api'))).toMatchObject({ exitCode: 0 });
    expect(await left(API_ACCOUNT)).toEqual(noResources);
    expect(await left(CALLER_ACCOUNT)).not.toEqual(noResources);
    const again = await remove(project.root, {
      ...keysOfB,
      AWS_PROFILE: 'local-api',
      AWS_DEV_PROFILE: 'local-caller',
    });
    expect(again.exitCode).toBe(0);
    expect(output(again)).toContain(
      'Account 111111111111 has no stack depot-dev in eu-central-1: nothing has to be removed.',
    );
    expect(await left(CALLER_ACCOUNT)).toEqual(noResources);
  });

  test('then another role path can be set, as the earlier refusal says', async () => {
    await settings('  rolePath: /company/\n');
    expect(await deploy('api', API_ACCOUNT)).toMatchObject({ exitCode: 0 });
  });
});
