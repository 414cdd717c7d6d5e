import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteItemCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startCommand } from './command.testing.ts';
import { type DeployedResources, deployedResources } from './deployed-resources.testing.ts';
import {
  asDeploymentRole,
  createCi,
  createDeploymentRoles,
  limitToApi,
  SUBJECT,
  useDeploymentRoles,
} from './deployment-roles.testing.ts';
import { API_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(120_000);

// One name is the prefix of the other, and both services are in one account.
const API = 'orders-local';
const CALLER = 'orders-billing-local';
const accounts = { api: API_ACCOUNT, caller: API_ACCOUNT };

const ci = createCi();
const token = ci.token({
  sub: SUBJECT,
  aud: 'sts.amazonaws.com',
  exp: Math.floor(Date.now() / 1000) + 3_600,
});

let bed: TestBed;
let deployed: DeployedResources;
beforeAll(async () => {
  bed = await startTestBed({ tokenIssuers: ci.tokenIssuers });
  const { project } = bed;
  await edit(project, 'services/api/serverless.yml', /^service: .*/m, 'service: orders');
  await edit(project, 'services/caller/serverless.yml', /^service: .*/m, 'service: orders-billing');
  const local = {
    callerAccountId: API_ACCOUNT,
    permissionsBoundary: '<service>-local-boundary',
    alarms: true,
  };
  await writeFile(join(project.root, 'services/stages.yml'), JSON.stringify({ local }));
  await createDeploymentRoles(bed, {}, accounts);
  await useDeploymentRoles(bed, token, accounts);
  await bed.deploy();
  await limitToApi(bed, accounts);
  deployed = await deployedResources(bed.administrator(API_ACCOUNT));
});
afterAll(() => bed?.close());

test('both services are deployed under their own names, and none has the name of the sample', async () => {
  const lambda = new LambdaClient(bed.administrator(API_ACCOUNT));
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: CALLER, Payload: '{}' }),
  );
  lambda.destroy();
  expect(FunctionError).toBeUndefined();
  expect(JSON.parse(String(Payload?.transformToString()))).toMatchObject({ status: 200 });
  expect(JSON.stringify(deployed)).not.toContain('cross-account');
  expect(deployed.roles).toEqual(expect.arrayContaining([`${API}-invoke`, CALLER]));
  expect(bed.reports).toEqual([]);
});

test.each(['verify', 'explain'])('npm run %s finds them under these names', async (name) => {
  const command = startCommand(bed.project, name, name === 'explain' ? ['--stage', 'local'] : ['--json'], {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });
  const exitCode = await command.ended;
  expect({ exitCode, ...command.output() }).toMatchObject({ exitCode: 0 });
});

/** Whether a name belongs to the API or to the caller. */
const isOf = (service: 'api' | 'caller', name: string) =>
  name.includes('orders-billing-local') === (service === 'caller') && !name.startsWith('deploy-');

describe.each(['api', 'caller'] as const)('an attacker who deploys the %s', (service) => {
  test('cannot touch anything of the other service', async () => {
    const settings = await asDeploymentRole(bed, service, API_ACCOUNT, token);
    const clients = {
      cloudFormation: new CloudFormationClient(settings),
      dynamoDb: new DynamoDBClient(settings),
      iam: new IAMClient(settings),
      lambda: new LambdaClient(settings),
      logs: new CloudWatchLogsClient(settings),
      s3: new S3Client({ ...settings, forcePathStyle: true }),
    };
    const { cloudFormation, dynamoDb, iam, lambda, logs, s3 } = clients;
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
    });
    const attacks: Readonly<Record<string, (name: string) => readonly (() => Promise<unknown>)[]>> = {
      stacks: (StackName) => [() => cloudFormation.send(new DeleteStackCommand({ StackName }))],
      functions: (FunctionName) => [
        () => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 1 })),
        () => lambda.send(new DeleteFunctionCommand({ FunctionName })),
        () => lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' })),
      ],
      roles: (RoleName) => [
        () => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument })),
        () => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
        () => iam.send(new DeleteRoleCommand({ RoleName })),
      ],
      logGroups: (logGroupName) => [() => logs.send(new DeleteLogGroupCommand({ logGroupName }))],
      buckets: (Bucket) => [
        () => s3.send(new ListObjectsV2Command({ Bucket })),
        () => s3.send(new PutObjectCommand({ Bucket, Key: 'evil.zip', Body: 'evil' })),
      ],
      tables: (TableName) => [
        () => dynamoDb.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'any' } } })),
        () => dynamoDb.send(new DeleteTableCommand({ TableName })),
      ],
    };
    const succeeded: string[] = [];
    let count = 0;
    for (const [kind, attacksOn] of Object.entries(attacks)) {
      for (const name of (deployed[kind] ?? []).filter((each) => each !== undefined)) {
        if (isOf(service, name) || name.startsWith('deploy-') || !name.includes('orders')) continue;
        for (const [index, attack] of attacksOn(name).entries()) {
          count += 1;
          const error = await attack().then(
            () => undefined,
            (thrown: Error) => thrown,
          );
          if (!/^AccessDenied/.test(error?.name ?? '')) succeeded.push(`${kind} ${name} ${index} ${error}`);
        }
      }
    }
    for (const client of Object.values(clients)) client.destroy();
    expect(succeeded).toEqual([]);
    // Each kind of resource that the other service has.
    expect(count).toBeGreaterThanOrEqual(service === 'api' ? 9 : 20);
  });
});
