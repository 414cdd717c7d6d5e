import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { readManifest } from '../lib/packages.ts';
import { nodeFlags, projectRoot } from '../lib/project.ts';
import type { Keys } from './call-api.testing.ts';
import { createCallerRole } from './caller-role.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { hasBoto3 } from './python.testing.ts';
import {
  API_ACCOUNT,
  apiOutputs,
  CALLER_ACCOUNT,
  edit,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const OWN_SCOPE = '@cross-account-api';

/** The account of the team of `billing`: neither that of the API nor that of the stage's caller. */
const BILLING_ACCOUNT = '444444444444';

const callers = {
  billing: {
    accountId: BILLING_ACCOUNT,
    roleName: 'team/billing',
    externalId: 'billing-id',
    routes: ['GET /sender'],
  },
  audit: {
    accountId: CALLER_ACCOUNT,
    roleName: 'audit',
    externalId: 'audit-id',
    routes: ['POST /parcels'],
  },
};

let bed: TestBed;
/** The folder of the team of the caller `billing`. It holds only the handed-over folder. */
let team: string;
beforeAll(async () => {
  bed = await startTestBed({ accounts: [BILLING_ACCOUNT] });
  // services/README.md, "Callers who write CloudFormation or CDK".
  const reader = (await readmeBlock('OutputReader')).replace(/^#.*\n/, '');
  const ofBilling = reader.replaceAll('333333333333', BILLING_ACCOUNT);
  await edit(bed.project, 'services/api/serverless.yml', /^resources:\n/m, `resources:\n${ofBilling}`);
  await setCallers(callers);
  team = await mkdtemp(join(tmpdir(), 'handover-'));
});
afterAll(async () => {
  await bed?.close();
  await rm(team, { recursive: true, force: true });
});

const setCallers = (settings: object, ofStage: object = {}) =>
  writeFile(
    join(bed.project.root, 'services/stages.yml'),
    JSON.stringify({ local: { ...ofStage, callers: settings } }),
  );

/** The YAML in services/README.md that has a word. */
async function readmeBlock(word: string): Promise<string> {
  const readme = await readFile(join(projectRoot, 'services/README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.includes(word));
  if (found === undefined) throw new Error(`services/README.md has no YAML with ${word}.`);
  return found;
}

const handOver = (...args: string[]) =>
  runInProcess(['handover', ...args], bed.project.root, { LOCAL_AWS_ROOT: bed.localAwsRoot });

// The tests follow one stage.

test('a caller that is not deployed yet is not handed over', async () => {
  const { exitCode, stderr } = await handOver('--stage', 'local', '--caller', 'billing');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('The stack depot-local in account 111111111111');
  expect(stderr).toContain('is not deployed');
});

test('the folder says what to do with each file, and only this user can read it', async () => {
  await deployPackages(bed);
  const { exitCode, stdout, stderr } = await handOver('--stage', 'local', '--caller', 'billing');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(`arn:aws:iam::${BILLING_ACCOUNT}:role/team/billing`);
  expect(stdout).toContain('holds the external ID');
  expect(stdout).not.toContain('billing-id');

  const folder = join(bed.project.root, 'handover/local-billing');
  const files = await readdir(folder);
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  for (const file of files.filter((name) => name !== 'README.md')) expect(readme).toContain(`\`${file}\``);
  const modes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).mode & 0o777));
  expect(new Set(modes)).toEqual(new Set([0o600]));
  await cp(folder, team, { recursive: true });
});

test('the policy allows only to assume the invoke role of the caller', async () => {
  expect(JSON.parse(await readFile(join(team, 'policy.json'), 'utf8')).Statement).toEqual([
    {
      Sid: 'AssumeInvokeRole',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: [`arn:aws:iam::${API_ACCOUNT}:role/depot-local-invoke.billing`],
    },
  ]);
});

test("the template of another account reads the API's URL, with the role of README only", async () => {
  const block = (await readmeBlock('Fn::GetStackOutput'))
    .replace(/cross-account-api-dev/g, 'depot-local')
    .replace('eu-central-1', 'us-east-1')
    .replace('111111111111', API_ACCOUNT);
  const { Environment } = parse(block);
  const template = {
    Resources: {
      Url: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: '/url', Type: 'String', Value: Environment.Variables.API_URL },
      },
    },
    Outputs: { Url: { Value: { 'Fn::GetAtt': ['Url', 'Value'] } } },
  };
  const assume = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Resource: `arn:aws:iam::${API_ACCOUNT}:role/depot-local-outputs`,
  };
  const all = { Effect: 'Allow', Action: ['cloudformation:*', 'ssm:*'], Resource: '*' };
  const policy = { Version: '2012-10-17', Statement: [all, assume] };
  const deploy = (as: Keys, name: string) => bed.aws.deploy(template, { account: BILLING_ACCOUNT, name, as });
  const { outputs } = await deploy(
    await createCallerRole(bed, 'deploy', policy, BILLING_ACCOUNT),
    'reads-url',
  );
  expect(outputs.Url).toBe((await apiOutputs(bed)).ApiUrl);
  await expect(
    deploy(await createCallerRole(bed, 'other', policy, BILLING_ACCOUNT), 'refused'),
  ).rejects.toThrow('not authorized to perform: sts:AssumeRole on resource');
});

test("the OpenAPI document has the caller's routes only, at the API's address", async () => {
  const { paths, servers, components } = JSON.parse(await readFile(join(team, 'openapi.json'), 'utf8'));
  expect(Object.keys(paths)).toEqual(['/sender']);
  expect(servers).toEqual([{ url: (await apiOutputs(bed)).ApiUrl }]);
  expect(Object.keys(components.schemas)).toEqual(['Caller', 'Problem']);
});

interface Run {
  readonly failed: boolean;
  readonly output: string;
}

/** Runs a program in the team's folder, with the keys of its role. @returns its output */
function runAs(keys: Keys, program: string, args: readonly string[]): Promise<Run> {
  const { AWS_PROFILE: _, ...environment } = bed.aws.environment();
  const env = {
    PATH: process.env.PATH,
    ...environment,
    NO_COLOR: '1',
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
  };
  return new Promise((resolve) => {
    execFile(program, args, { cwd: team, env }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    );
  });
}

/** Runs a file as the README says, without a build of the packages. */
const run = (keys: Keys, file: string) =>
  runAs(keys, process.execPath, [...nodeFlags, '--env-file=caller.env', file]);

/** Runs the README's command for Python, if this machine has boto3. */
async function expectPythonToCall(keys: Keys, roleName: string): Promise<void> {
  const [command = ''] = /\(set -a.*\)/.exec(await readFile(join(team, 'README.md'), 'utf8')) ?? [];
  expect(command).toContain('python3 caller.py GET /sender');
  if (!hasBoto3) return;
  const { failed, output } = await runAs(keys, 'sh', ['-c', command]);
  expect({ failed, output }).toEqual({
    failed: false,
    output: expect.stringContaining(`"roleName": "${roleName}"`),
  });
}

test('with these files, the caller calls its route, and is refused at that of another', async () => {
  // The code imports the packages in the scope that package.json names, which an owner may change.
  await mkdir(join(team, 'node_modules'));
  const { config: { scope = OWN_SCOPE } = {} } = readManifest();
  const installed = (name: string) => join(projectRoot, 'node_modules', name);
  await symlink(installed(OWN_SCOPE), join(team, 'node_modules', scope));
  await symlink(installed('@aws-sdk'), join(team, 'node_modules/@aws-sdk'));
  expect(await readFile(join(team, 'README.md'), 'utf8')).toContain('node --env-file=caller.env caller.ts');
  const policy = JSON.parse(await readFile(join(team, 'policy.json'), 'utf8'));
  const keys = await createCallerRole(bed, 'team/billing', policy, BILLING_ACCOUNT);

  const own = await run(keys, 'caller.ts');
  expect(own).toMatchObject({ failed: false });
  expect(own.output).toContain("roleName: 'depot-local-invoke.billing'");
  expect(own.output).toContain("sessionName: 'local-billing'");
  await expectPythonToCall(keys, 'depot-local-invoke.billing');
  await expectOtherRouteRefused(keys);
});

async function expectOtherRouteRefused(keys: Keys): Promise<void> {
  const code = await readFile(join(team, 'caller.ts'), 'utf8');
  await writeFile(
    join(team, 'other.ts'),
    code.replace("'/sender', { method: 'GET'", "'/parcels', { method: 'POST'"),
  );
  const other = await run(keys, 'other.ts');
  expect(other).toMatchObject({ failed: true });
  expect(other.output).toContain('AccessDenied');
  if (!hasBoto3) return;
  const command = "set -a; . ./caller.env; python3 caller.py POST /parcels '{}'";
  const inPython = await runAs(keys, 'sh', ['-c', command]);
  expect(inPython.failed).toBe(true);
  expect(inPython.output).toMatch(
    /^POST \/parcels: 403 AccessDeniedException: User: arn:aws:.* is not authorized .*\nRequest ID: [\w-]+\n$/,
  );
}

test('it overwrites an earlier folder, and --json lists the files without the external ID', async () => {
  const { stdout } = await handOver('--stage', 'local', '--caller', 'audit', '--json', '--out', team);
  expect(stdout).not.toContain('audit-id');
  expect(JSON.parse(stdout)).toMatchObject({
    caller: 'audit',
    roleArn: `arn:aws:iam::${CALLER_ACCOUNT}:role/audit`,
    routes: ['POST /parcels'],
    folder: team,
    files: expect.arrayContaining(['README.md', 'policy.json']),
  });
  expect(await readFile(join(team, 'caller.env'), 'utf8')).toContain('EXTERNAL_ID=audit-id\n');
  expect(await readFile(join(team, 'caller.ts'), 'utf8')).toContain('idempotencyKey: true');
});

test.each([
  ['an unknown caller', ['--stage', 'local', '--caller', 'biling'], 1, 'It has billing, audit'],
  [
    'an unknown stage',
    ['--stage', 'dev', '--caller', 'billing'],
    1,
    'services/stages.yml has no stage "dev"',
  ],
  [
    'no caller',
    ['--stage', 'local'],
    2,
    'Give a caller of stage local: npm run handover -- --stage local --caller NAME',
  ],
])('%s is an error with its remedy', async (_what, args, code, message) => {
  const { exitCode, stderr, stdout } = await handOver(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('    at ');
});

test('settings that are not deployed yet are not handed over', async () => {
  await setCallers({
    billing: { ...callers.billing, externalId: 'another-id', routes: ['GET /sender', 'POST /parcels'] },
    fresh: callers.audit,
  });
  const { exitCode, stderr } = await handOver('--stage', 'local', '--caller', 'billing');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('role billing assumes role depot-local-invoke.billing');
  expect(stderr).toContain('depot-local-invoke.billing calls postParcel (POST /parcels)');
  expect(stderr).toContain('npx sls api:deploy --stage local');
  const fresh = await handOver('--stage', 'local', '--caller', 'fresh');
  expect(fresh.stderr).toContain('The invoke role of the caller "fresh" is not deployed');
});

test('a caller that calls as itself gets a policy for its routes, and code that assumes no role', async () => {
  await setCallers(callers, { accessMode: 'resource-policy' });
  await deployPackages(bed);
  const { exitCode, stdout } = await handOver('--stage', 'local', '--caller', 'billing', '--out', team);
  expect(exitCode).toBe(0);
  expect(stdout).not.toContain('external ID');

  const policy = JSON.parse(await readFile(join(team, 'policy.json'), 'utf8'));
  const apiId = /^API_URL=https:\/\/(\w+)\./.exec(await readFile(join(team, 'caller.env'), 'utf8'))?.[1];
  expect(policy.Statement).toEqual([
    {
      Sid: 'InvokeRoutes',
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: [`arn:aws:execute-api:us-east-1:${API_ACCOUNT}:${apiId}/local/GET/sender`],
    },
  ]);
  const texts = await Promise.all(
    ['README.md', 'caller.env', 'caller.ts'].map((file) => readFile(join(team, file), 'utf8')),
  );
  expect(texts.join('')).not.toMatch(/EXTERNAL_ID|INVOKE_ROLE_ARN|AssumeRole/);

  const keys = await createCallerRole(bed, 'team/billing', policy, BILLING_ACCOUNT);
  const own = await run(keys, 'caller.ts');
  expect(own).toMatchObject({ failed: false });
  expect(own.output).toContain("roleName: 'billing'");
  await expectPythonToCall(keys, 'billing');
  await expectOtherRouteRefused(keys);
});
