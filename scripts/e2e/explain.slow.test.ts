import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { deployPackages } from './packaged-pair.testing.ts';
import { expectRepaired, explain, runPrinted } from './printed-command.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  await deployPackages(bed);
});
afterAll(() => bed?.close());

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
  const { stdout } = await explain(bed);
  expect(stdout).toContain('API_URL is https://gone');
  expect(await runPrinted(bed, stdout)).toContain('npm run repair');
  await expectRepaired(bed);
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
  const { stdout } = await explain(bed);
  expect(stdout).toContain(`There is no role arn:aws:iam::${API_ACCOUNT}:role/${RoleName}`);
  expect(stdout).not.toContain('add to');
  expect(await runPrinted(bed, stdout)).toContain('npm run repair');
  await expectRepaired(bed);
});
