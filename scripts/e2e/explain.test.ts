import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  RemovePermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { runExplain } from '../../libs/cli/src/explain/test-pair.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(300_000);

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  await deployPackages(bed);
});
afterAll(() => bed?.close());

const explain = () => runExplain(['--stage', 'local'], { LOCAL_AWS_ROOT: bed.localAwsRoot });

/** Runs the command at the end of an explanation, as it is printed, in the project's root. */
async function runPrinted(stdout: string): Promise<string> {
  const command = /^ *(npx sls .+)$/m.exec(stdout)?.[1];
  if (command === undefined) throw new Error(`No command is printed:\n${stdout}`);
  const { root } = bed.project;
  const env = {
    ...process.env,
    LOCAL_AWS_ROOT: bed.localAwsRoot,
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  };
  // npx takes a second to find what is in PATH.
  await promisify(execFile)('sh', ['-c', `npx() { "$@"; }; ${command}`], { cwd: root, env });
  return command;
}

async function expectRepaired(): Promise<void> {
  const { stdout, exitCode } = await explain();
  expect(stdout).toContain('the chain holds');
  expect(exitCode).toBe(0);
  expect((await invokeCaller(bed)).functionError).toBeUndefined();
}

// The tests follow one stage.

test('a caller whose configuration was changed is repaired by the command that is printed', async () => {
  const lambda = new LambdaClient(bed.administrator(CALLER_ACCOUNT));
  const FunctionName = 'shop-local';
  try {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const Variables = {
      ...Environment?.Variables,
      API_URL: 'https://gone.execute-api.us-east-1.amazonaws.com/local',
    };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  } finally {
    lambda.destroy();
  }
  const { stdout } = await explain();
  expect(stdout).toContain('API_URL is https://gone');
  expect(await runPrinted(stdout)).toContain('caller:remove');
  await expectRepaired();
});

test('a role that was deleted is created again by the command that is printed', async () => {
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const RoleName = 'depot-local-invoke';
  try {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'invoke-api' }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
  } finally {
    iam.destroy();
  }
  const { stdout } = await explain();
  expect(stdout).toContain(`There is no role arn:aws:iam::${API_ACCOUNT}:role/${RoleName}`);
  expect(stdout).not.toContain('add to');
  expect(await runPrinted(stdout)).toContain('sls remove');
  await expectRepaired();
});

test('a permission that was removed is proposed with the name that its stack gives it', async () => {
  const lambda = new LambdaClient(bed.administrator(API_ACCOUNT));
  const FunctionName = 'depot-local-parcels';
  try {
    const stackId = await permissionIdOfStack();
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: stackId }));
    const { stdout } = await explain();
    expect(stdout).toContain(`--statement-id ${stackId}`);
  } finally {
    lambda.destroy();
  }
});

async function permissionIdOfStack(): Promise<string> {
  const client = new CloudFormationClient(bed.administrator(API_ACCOUNT));
  try {
    const { StackResources = [] } = await client.send(
      new DescribeStackResourcesCommand({
        StackName: 'depot-local',
        LogicalResourceId: 'ParcelsLambdaPermissionApiGateway',
      }),
    );
    return StackResources[0]?.PhysicalResourceId ?? '';
  } finally {
    client.destroy();
  }
}
