import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  RemovePermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { deployPackages } from './packaged-pair.testing.ts';
import { expectRepaired, explain, runPrinted } from './printed-command.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(300_000);

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
  expect(await runPrinted(bed, stdout)).toContain('caller:remove');
  await expectRepaired(bed);
});

test('a permission that was removed is proposed with the name that its stack gives it', async () => {
  const lambda = new LambdaClient(bed.administrator(API_ACCOUNT));
  const FunctionName = 'depot-local-parcels';
  try {
    const stackId = await permissionIdOfStack();
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: stackId }));
    const { stdout } = await explain(bed);
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
