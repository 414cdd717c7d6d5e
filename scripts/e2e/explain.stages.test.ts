import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { deployPackages } from './packaged-pair.testing.ts';
import { explain } from './printed-command.testing.ts';
import { API_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

// explain.slow.test.ts runs the commands that deploy a part again.

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  await deployPackages(bed);
});
afterAll(() => bed?.close());

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
