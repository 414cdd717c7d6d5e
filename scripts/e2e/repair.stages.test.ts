import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { APIGatewayClient, DeleteRestApiCommand, UpdateStageCommand } from '@aws-sdk/client-api-gateway';
import {
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { slsFailure } from '../../libs/cli/src/project/sls.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import {
  changePermissions,
  changeTrust,
  removePolicy,
} from '../../libs/cli/src/stage/break-deployment.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  CALLER_ACCOUNT,
  invokeCaller,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

/* What somebody changed by hand: the call fails, `repair` shows it, puts it back, and the call succeeds. */

let bed: TestBed;
let iam: Readonly<Record<string, IAMClient>>;
let lambda: LambdaClient;
let callerLambda: LambdaClient;
let gateway: APIGatewayClient;
let names: ReturnType<typeof stageNames>;
beforeAll(async () => {
  bed = await startTestBed();
  await deployPackages(bed);
  names = stageNames('local', bed.project.root);
  const [api, caller] = [bed.administrator(API_ACCOUNT), bed.administrator(CALLER_ACCOUNT)];
  iam = { api: new IAMClient(api), caller: new IAMClient(caller) };
  lambda = new LambdaClient(api);
  callerLambda = new LambdaClient(caller);
  gateway = new APIGatewayClient(api);
});
afterAll(() => bed?.close());

const repair = (...options: readonly string[]) =>
  runInProcess(['repair', '--stage', 'local', ...options], bed.project.root, {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });

let starts = 0;

/** Calls the API in a new environment, which has no session and no connection yet. @returns whether the call succeeded */
async function calls(): Promise<boolean> {
  // No template has a description, so it is no drift.
  starts += 1;
  const Description = `start ${starts}`;
  const maxWaitTime = 30;
  await waitUntilFunctionUpdatedV2({ client: callerLambda, maxWaitTime }, { FunctionName: names.caller });
  await callerLambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: names.caller, Description }),
  );
  return (await invokeCaller(bed)).functionError === undefined;
}

/** The operations of CloudFormation that were called so far. */
const requests = () => bed.aws.calls({ service: 'cloudformation' }).map(({ operation }) => operation);

/** The change sets of the runs so far that nobody has deleted or executed. */
function leftBehind(): number {
  const count = (operation: string) => requests().filter((each) => each === operation).length;
  return count('CreateChangeSet') - count('DeleteChangeSet') - count('ExecuteChangeSet');
}

test('on a stage that nobody changed, nothing differs, and no change set is left behind', async () => {
  const before = leftBehind();
  for (const options of [[], ['--yes']]) {
    const { exitCode, stdout, stderr } = await repair(...options);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Stage local: nothing differs.');
  }
  expect(leftBehind()).toBe(before);
});

const kinds: readonly [name: string, change: () => Promise<unknown>, resource: RegExp, breaks: boolean][] = [
  [
    "a role's policy",
    () => removePolicy(iam.caller as IAMClient, names.caller),
    /AWS::IAM::Role .*\n +Policies/,
    true,
  ],
  [
    'a trust policy',
    () =>
      changeTrust(iam.api as IAMClient, `${names.api}-invoke`, (statement) => ({
        ...statement,
        Condition: { StringEquals: { 'sts:ExternalId': 'somebody-else' } },
      })),
    /AWS::IAM::Role .*\n +AssumeRolePolicyDocument\.Statement/,
    true,
  ],
  [
    'a permission of a function that somebody took away',
    () => changePermissions(lambda, `${names.api}-parcels`),
    /AWS::Lambda::Permission .*: somebody has deleted it/,
    true,
  ],
  [
    'a permission of a function that somebody narrowed',
    () => changePermissions(lambda, `${names.api}-parcels`, 'nothing/*'),
    /AWS::Lambda::Permission .*: it is made anew\n +SourceArn/,
    true,
  ],
  [
    'the settings of a function',
    () =>
      callerLambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: names.caller,
          Environment: { Variables: {} },
        }),
      ),
    /AWS::Lambda::Function .*\n +Environment/,
    true,
  ],
  [
    'the settings of a stage',
    async () => {
      const [restApiId] = new URL(await apiOutput(bed, 'ApiUrl')).hostname.split('.');
      const throttling = { op: 'replace', path: '/*/*/throttling/rateLimit', value: '0' } as const;
      return gateway.send(
        new UpdateStageCommand({ restApiId, stageName: 'local', patchOperations: [throttling] }),
      );
    },
    /AWS::ApiGateway::Stage .*\n +MethodSettings\[0\]\.ThrottlingRateLimit\n +live +0\n/,
    false,
  ],
];

test.each(kinds)(
  '%s is shown, put back, and the call succeeds again',
  async (_, change, resource, breaks) => {
    expect(await calls()).toBe(true);
    await change();
    if (breaks) expect(await calls()).toBe(false);
    const before = leftBehind();
    const shown = await repair();
    expect(shown.stdout).toMatch(resource);
    expect(shown.stdout).toContain('npm run repair -- --stage local --yes');
    expect(shown.exitCode).toBe(1);
    if (breaks) expect(await calls()).toBe(false);
    const { exitCode, stdout } = await repair('--yes', '--json');
    const { stacks } = JSON.parse(stdout);
    expect(stacks.map(({ state }: { state: string }) => state).sort()).toEqual(['repaired', 'same']);
    expect(exitCode).toBe(0);
    expect(leftBehind()).toBe(before);
    expect(await calls()).toBe(true);
    expect((await repair()).exitCode).toBe(0);
  },
);

test('explain proposes to repair a stage in which somebody deleted a function, and that works', async () => {
  expect(await calls()).toBe(true);
  await lambda.send(new DeleteFunctionCommand({ FunctionName: `${names.api}-parcels` }));
  expect(await calls()).toBe(false);
  const explained = await runInProcess(['explain', '--stage', 'local', '--json'], bed.project.root, {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });
  const [command = ''] = JSON.parse(explained.stdout).repair.slice(-1);
  expect(command.trim()).toBe('npm run repair -- --stage local --yes');
  expect((await repair('--yes')).exitCode).toBe(0);
  expect(await calls()).toBe(true);
});

const run = (...args: readonly string[]) =>
  runInProcess(args, bed.project.root, { LOCAL_AWS_ROOT: bed.localAwsRoot });
const changeInvokeTrust = (change: Parameters<typeof changeTrust>[2]) =>
  changeTrust(iam.api as IAMClient, `${names.api}-invoke`, change);
const NOTE = 'Somebody changed this past CloudFormation';

/** Types the command of a note, and then the same with `--yes`, as the note says. */
async function follow(note: string): Promise<void> {
  const [, command = ''] = /npm run (repair -- --stage \w+) shows/.exec(note) ?? [];
  const args = command.split(' ').filter((part) => part !== '--');
  expect((await run(...args)).exitCode).toBe(1);
  expect((await run(...args, '--yes')).exitCode).toBe(0);
}

test('verify names what somebody changed, if the call is refused; what it says puts it back, and all probes pass', async () => {
  await changeInvokeTrust((statement) => ({
    ...statement,
    Condition: { StringEquals: { 'sts:ExternalId': 'somebody-else' } },
  }));
  const failed = await run('verify');
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout.replaceAll(/\s+/g, ' ')).toContain(
    `${NOTE}, so no deployment puts it back: InvokeRole of ${names.api} (AWS::IAM::Role, changed). npm run repair -- --stage local shows`,
  );
  const { pass, drift, notes } = JSON.parse((await run('verify', '--json')).stdout);
  expect(pass).toBe(false);
  expect(drift).toMatchObject({
    changed: [{ stack: names.api, accountId: API_ACCOUNT, logicalId: 'InvokeRole', state: 'changed' }],
    unread: [],
  });
  expect(notes).toContain(drift.note);
  await follow(drift.note);
  const { stdout, exitCode } = await run('verify', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).drift).toBeUndefined();
});

test('review names a door that somebody opened in the trust policy; what it says closes it, and nothing is weak', async () => {
  await changeInvokeTrust(({ Condition: _, ...statement }) => ({ ...statement, Principal: { AWS: '*' } }));
  const shown = await run('review', '--stage', 'local');
  expect(shown.stdout.replaceAll(/\s+/g, ' ')).toContain(NOTE);
  const { findings, drift } = JSON.parse((await run('review', '--stage', 'local', '--json')).stdout);
  expect(findings).not.toEqual([]);
  await follow(drift.note);
  const after = await run('review', '--stage', 'local', '--strict', '--json');
  expect(after.exitCode).toBe(0);
  expect(JSON.parse(after.stdout)).toMatchObject({ findings: [] });
});

test('if somebody deleted the function that calls, verify and explain name the command that makes it again', async () => {
  await callerLambda.send(new DeleteFunctionCommand({ FunctionName: names.caller }));
  for (const args of [['verify'], ['explain', '--stage', 'local']]) {
    const { exitCode, stderr } = await run(...args);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('somebody has deleted it');
    expect(stderr).toContain('npm run repair -- --stage local --yes');
  }
  expect((await repair('--yes')).exitCode).toBe(0);
  expect((await run('verify')).exitCode).toBe(0);
});

test('what no template has is no drift, so neither verify nor review says that somebody changed a resource', async () => {
  const added = { RoleName: `${names.api}-invoke`, PolicyName: 'added' };
  const Statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.api?.send(new PutRolePolicyCommand({ ...added, PolicyDocument }));
  for (const args of [['verify'], ['review', '--stage', 'local']]) {
    const { stdout } = await run(...args, '--json');
    expect(JSON.parse(stdout).drift).toEqual({ changed: [], unread: [] });
  }
  await iam.api?.send(new DeleteRolePolicyCommand(added));
});

test('if a later stack may not be compared, what was put back before is said, too', async () => {
  await changeInvokeTrust((statement) => ({ ...statement, Condition: {} }));
  const denied = { UserName: 'administrator', PolicyName: 'denied' };
  const Statement = { Effect: 'Deny', Action: 'cloudformation:CreateChangeSet', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.caller?.send(new PutUserPolicyCommand({ ...denied, PolicyDocument }));
  const { exitCode, stdout } = await repair('--yes');
  await iam.caller?.send(new DeleteUserPolicyCommand(denied));
  expect(exitCode).toBe(1);
  expect(stdout).toContain('1 resource is as the template says again');
  expect(stdout).toContain('cloudformation:CreateChangeSet');
  expect((await repair()).exitCode).toBe(0);
});

test('if somebody deleted the API, check, verify, explain and repair say so, and the steps that they name lead out', async () => {
  const [restApiId = ''] = new URL(await apiOutput(bed, 'ApiUrl')).hostname.split('.');
  await gateway.send(new DeleteRestApiCommand({ restApiId }));
  expect(await calls()).toBe(false);
  // CloudFormation keeps the ID.
  const deployed = await bed.sls(['deploy', '--force'], { service: 'api' });
  expect(deployed.exitCode).not.toBe(0);
  expect(slsFailure(deployed)).toContain('Invalid API identifier specified');
  const commands = [
    ['check', '--service', 'api'],
    ['verify'],
    ['explain', '--stage', 'local'],
    ['repair', '--yes'],
  ];
  const steps = 'npx sls api:remove --stage local && npx sls deploy --stage local';
  for (const args of commands) {
    const { exitCode, stdout, stderr } = await run(...args);
    const text = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');
    expect([args, exitCode]).toEqual([args, 1]);
    expect(text).toContain(`names an API that no longer exists: ${restApiId}`);
    expect(text).toContain(steps);
  }
  expect((await bed.sls(['remove'], { service: 'api' })).exitCode).toBe(0);
  await bed.deploy();
  expect(await calls()).toBe(true);
  expect((await run('verify')).exitCode).toBe(0);
  expect((await repair()).exitCode).toBe(0);
});

test('with a profile of another account, nothing is made', async () => {
  const stages = join(bed.project.root, 'services/stages.yml');
  await writeFile(stages, JSON.stringify({ local: { callerProfile: 'local-api' } }));
  const before = requests().length;
  const { exitCode, stderr } = await repair('--yes');
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain(API_ACCOUNT);
  expect(requests()).toHaveLength(before);
});
