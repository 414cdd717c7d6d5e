import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
} from '@aws-sdk/client-iam';
import { stateFiles } from '@cross-account-api/local-aws/state-directory';
import type { CheckResult } from '../../libs/cli/src/commands/check/check-result.ts';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { callsOfAwsCli, carryOut } from './aws-cli.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';
import { warmSls } from './warm-sls.testing.ts';

// npm run check starts the CLI for each service.
jest.mock('../../libs/cli/src/project/sls.ts', () => ({
  ...jest.requireActual('../../libs/cli/src/project/sls.ts'),
  sls: (...run: Parameters<typeof warmSls>) => warmSls(...run),
}));

let bed: TestBed;
let project: ProjectCopy;
beforeAll(async () => {
  bed = await startTestBed({ freshAccounts: true, accounts: ['333333333333'] });
  project = await copyPairProject();
});
afterAll(async () => {
  await project?.remove();
  await bed?.close();
});

/** Runs the command for stage `local`. @returns its exit code and the findings that did not pass */
async function check(): Promise<{ readonly exitCode: number; readonly problems: readonly CheckResult[] }> {
  const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
  const { exitCode, stdout, stderr } = await runInProcess(['check', '--json'], project.root, environment);
  expect(stderr).toBe('');
  const { findings }: { readonly findings: readonly CheckResult[] } = JSON.parse(stdout);
  return { exitCode, problems: findings.filter(({ status }) => status !== 'pass') };
}

/** Changes the settings of stage `local`. */
const setStage = (settings: object) =>
  writeFile(join(project.root, 'services/stages.yml'), JSON.stringify({ local: settings }));

/** Gives a user of account B a profile. */
async function addProfile(name: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = bed.aws.localAws.directory.users.createAccessKey(
    CALLER_ACCOUNT,
    name,
  );
  const { config, credentials } = stateFiles(bed.localAwsRoot);
  await appendFile(config, `\n[profile ${name}]\nregion = us-east-1\n`);
  await appendFile(
    credentials,
    `\n[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
}

test('what would fail a first deployment fails the check, and passes once the printed remedies are applied; further callers that could not be looked at stay as warnings', async () => {
  const { roles, users } = bed.aws.localAws.directory;
  const trustPolicy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: API_ACCOUNT }, Action: 'sts:AssumeRole' }],
  };
  roles.create(API_ACCOUNT, {
    name: 'depot-local-invoke',
    trustPolicy: JSON.stringify(trustPolicy),
  });
  users.create(CALLER_ACCOUNT, { name: 'deployer' });
  const nearlyAll = { Effect: 'Allow', NotAction: 'lambda:CreateFunction', Resource: '*' };
  const putPolicy = (name: string, statement: object) =>
    users.putPolicy(CALLER_ACCOUNT, 'deployer', name, { Version: '2012-10-17', Statement: [statement] });
  putPolicy('nearly-all', nearlyAll);
  await addProfile('deployer');
  roles.create(CALLER_ACCOUNT, { name: 'billing', path: '/team/', trustPolicy: JSON.stringify(trustPolicy) });
  const further = { externalId: 'external-id', routes: ['GET /sender'] };
  await setStage({
    callerProfile: 'deployer',
    callers: {
      billing: { ...further, accountId: CALLER_ACCOUNT, roleName: 'team/billing' },
      audit: { ...further, accountId: API_ACCOUNT, roleName: 'audit' },
      partner: { ...further, accountId: '333333333333', roleName: 'orders' },
    },
  });
  const ofCallers = [
    {
      check: 'callers',
      status: 'warn',
      message: expect.stringContaining(`no role arn:aws:iam::${API_ACCOUNT}:role/audit yet`),
    },
    { check: 'callers', status: 'warn', message: expect.stringContaining('partner (account 333333333333)') },
  ];

  const before = await check();
  expect(before).toMatchObject({
    exitCode: 1,
    problems: [
      { check: 'access log role', status: 'fail' },
      {
        check: 'permissions',
        status: 'fail',
        message: `No identity-based policy allows arn:aws:iam::${CALLER_ACCOUNT}:user/deployer lambda:CreateFunction, which a deployment of caller needs.`,
      },
      {
        check: 'names',
        status: 'fail',
        message: expect.stringContaining('The role depot-local-invoke exists'),
      },
      ...ofCallers,
    ],
  });

  const [accessLogRole, permissions, names] = before.problems.map(({ remedy = '' }) => remedy);
  for (const call of await callsOfAwsCli(commandsOf(accessLogRole), project.root)) {
    expect(call.profile).toBe('local-api');
    await carryOut(call, bed.administrator(API_ACCOUNT));
  }
  for (const statement of commandsOf(permissions).split('\n')) putPolicy('remedy', JSON.parse(statement));
  expect(names).toContain('Delete it');
  roles.delete(API_ACCOUNT, 'depot-local-invoke');

  expect(await check()).toMatchObject({ exitCode: 0, problems: ofCallers });
});

test('a stack whose first deployment could not be undone is deleted without the resource that stays, as the check says', async () => {
  await setStage({});
  const { roles } = bed.aws.localAws.directory;
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 'cloudformation.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const { arn: RoleARN } = roles.create(API_ACCOUNT, {
    name: 'keeps-buckets',
    trustPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  const allButDeletion = { Effect: 'Allow', NotAction: 's3:DeleteBucket', Resource: '*' };
  roles.putPolicy(API_ACCOUNT, 'keeps-buckets', 'own', {
    Version: '2012-10-17',
    Statement: [allButDeletion],
  });
  const Kept = { Type: 'AWS::S3::Bucket' };
  const Properties = { FunctionName: 'absent', Action: 'lambda:InvokeFunction', Principal: API_ACCOUNT };
  // CloudFormation deletes it itself: nobody else has.
  const Api = { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'deleted' } };
  const Broken = { Type: 'AWS::Lambda::Permission', DependsOn: ['Kept', 'Api'], Properties };
  const TemplateBody = JSON.stringify({ Resources: { Kept, Api, Broken } });

  const StackName = 'depot-local';
  const client = new CloudFormationClient(bed.administrator(API_ACCOUNT));
  const settings = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  const ofStacks = async () =>
    (await check()).problems.filter(({ check: name, status }) => name === 'stacks' && status === 'fail');
  try {
    await client.send(new CreateStackCommand({ StackName, TemplateBody, RoleARN }));
    await expect(waitUntilStackCreateComplete(settings, { StackName })).rejects.toThrow('ROLLBACK_FAILED');
    const solve = 'Solve what holds them, then remove the service, and deploy again:';
    const could = 'CloudFormation can only delete it, and could not delete Kept (';
    expect(await ofStacks()).toMatchObject([
      {
        message: expect.stringMatching(
          /^depot-local is ROLLBACK_FAILED: .*could not delete Kept \(.*s3:DeleteBucket.*\)\.$/,
        ),
        remedy: `${solve}\n  npx sls api:remove --stage local`,
      },
    ]);
    await client.send(new DeleteStackCommand({ StackName }));
    await expect(waitUntilStackDeleteComplete(settings, { StackName })).rejects.toThrow('DELETE_FAILED');
    const [failed] = await ofStacks();
    expect(failed?.message).toContain(`${StackName} is DELETE_FAILED: ${could}`);
    for (const args of [['verify'], ['explain', '--stage', 'local'], ['repair']]) {
      const { exitCode, stdout, stderr } = await runInProcess(args, project.root, {
        LOCAL_AWS_ROOT: bed.localAwsRoot,
      });
      const text = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');
      expect([args, exitCode]).toEqual([args, 1]);
      expect(text).toContain(`${StackName} is DELETE_FAILED: ${could}`);
      expect(text).toContain('npm run check -- --stage local');
    }
    const [removing = '', keeping = ''] = commandsOf(failed?.remedy).split('\n');
    expect(removing).toBe('npx sls api:remove --stage local');
    const [keep, ...others] = await callsOfAwsCli(keeping, project.root);
    expect([keep?.profile, others]).toEqual(['local-api', []]);
    await carryOut(keep!, bed.administrator(API_ACCOUNT));
    await waitUntilStackDeleteComplete(settings, { StackName });
    expect(await ofStacks()).toEqual([]);
  } finally {
    client.destroy();
  }
});

test('an account that is not the one of the stage is named, and nothing in it is read', async () => {
  await setStage({ callerProfile: 'local-api' });
  const before = bed.aws.localAws.trace.events().length;
  const { exitCode, problems } = await check();
  expect(exitCode).toBe(1);
  expect(problems).toContainEqual(
    expect.objectContaining({
      check: 'accounts',
      status: 'fail',
      message: expect.stringContaining(`local.callerAccountId is ${CALLER_ACCOUNT}`),
      remedy: expect.stringContaining('Nothing else was checked in this account.'),
    }),
  );
  const asked = bed.aws.localAws.trace
    .events()
    .slice(before)
    .map(({ service, operation }) => `${service} ${operation}`);
  // Once for the API, in its own account.
  expect(asked.filter((each) => each === 'cloudformation DescribeStacks')).toHaveLength(1);
  expect(asked.filter((each) => each === 'sts GetCallerIdentity')).toHaveLength(2);
  await setStage({});
});

test('a role that an administrator made before, outside of the demanded boundary, is named, and the printed command puts it inside', async () => {
  await setStage({ permissionsBoundary: 'company/boundary' });
  const iam = new IAMClient(bed.administrator(CALLER_ACCOUNT));
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  });
  try {
    for (const { accountId, client } of [
      { accountId: API_ACCOUNT, client: new IAMClient(bed.administrator(API_ACCOUNT)) },
      { accountId: CALLER_ACCOUNT, client: iam },
    ]) {
      await client.send(
        new CreatePolicyCommand({
          PolicyName: 'boundary',
          Path: '/company/',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
          }),
        }),
      );
      if (accountId === API_ACCOUNT) client.destroy();
    }
    for (const RoleName of ['shop-local-admin', 'shop-localhost', 'other']) {
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    }
    const ofRoles = async () =>
      (await check()).problems.filter(({ check: name }) => name === 'roles within the boundary');
    const [finding, ...further] = await ofRoles();
    expect(further).toEqual([]);
    expect(finding?.message).toContain('shop-local-admin (none).');
    for (const call of await callsOfAwsCli(commandsOf(finding?.remedy), project.root)) {
      expect(call).toMatchObject({ operation: 'iam put-role-permissions-boundary', profile: 'local-caller' });
      await iam.send(
        new PutRolePermissionsBoundaryCommand({
          RoleName: call.option('role-name'),
          PermissionsBoundary: call.option('permissions-boundary'),
        }),
      );
    }
    expect(await ofRoles()).toEqual([]);
  } finally {
    iam.destroy();
  }
});

/** The indented lines of a remedy. */
function commandsOf(remedy = ''): string {
  return remedy
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim())
    .join('\n');
}
