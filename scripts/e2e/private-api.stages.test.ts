import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContextEntry, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { verifyStage } from '../../libs/cli/src/commands/verify/verify-stage.ts';
import { callApi, signed } from './call-api.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutputs,
  CALLER_ACCOUNT,
  invokeCaller,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const endpoint = 'vpce-0123456789abcdef0';
const vpc = { subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] };
const privateApi = { vpcEndpointIds: [endpoint, 'vpce-0fedcba9876543210'], ...vpc };

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  jest.spyOn(process, 'cwd').mockReturnValue(bed.project.root);
  await setStage({ privateApi });
  await deployPackages(bed);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await bed?.close();
});

const setStage = (settings: object) =>
  writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: settings }));

test('the caller runs in its VPC and reaches the API through the endpoint', async () => {
  const lambda = new LambdaClient(bed.administrator(CALLER_ACCOUNT));
  const { VpcConfig } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: 'shop-local' }),
  );
  lambda.destroy();
  expect(VpcConfig).toMatchObject({ SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.securityGroupIds });
  expect((await apiOutputs(bed)).ApiUrl).toMatch(
    new RegExp(`^https://[a-z0-9]{10}-${endpoint}\\.execute-api\\.`),
  );
  expect((await invokeCaller(bed)).payload).toMatchObject({ status: 200 });
  const [call] = bed.aws.calls().filter(({ service }) => service === 'execute-api');
  expect(call?.decisions[0]?.context).toMatchObject({ 'aws:SourceVpce': endpoint });
});

test('Lambda may connect the function to the VPC, and the function itself may not touch network interfaces', async () => {
  const { roles } = bed.aws.localAws.directory;
  const { arn, attachedPolicies } = roles.get(CALLER_ACCOUNT, 'shop-local');
  expect([...attachedPolicies]).toEqual([]);
  const iam = new IAMClient(bed.administrator(CALLER_ACCOUNT));
  const decide = async (ContextEntries: ContextEntry[]) => {
    const ActionNames = ['ec2:CreateNetworkInterface'];
    const command = new SimulatePrincipalPolicyCommand({ PolicySourceArn: arn, ActionNames, ContextEntries });
    return (await iam.send(command)).EvaluationResults?.[0]?.EvalDecision;
  };
  expect(await decide([])).toBe('allowed');
  const functionArn = `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:shop-local`;
  const ofFunction = { ContextKeyName: 'lambda:SourceFunctionArn', ContextKeyValues: [functionArn] };
  expect(await decide([{ ...ofFunction, ContextKeyType: 'string' }])).toBe('explicitDeny');
  iam.destroy();
});

test('no other caller gets in: neither from the internet, nor through another endpoint', async () => {
  const { credentials } = bed.administrator(API_ACCOUNT);
  const url = `${(await apiOutputs(bed)).ApiUrl}/sender`;
  expect(await callApi(bed, url, await signed(url, credentials))).toMatchObject({ status: 200 });
  for (const host of ['', '-vpce-00000000000000000']) {
    const other = url.replace(`-${endpoint}`, host);
    expect(await callApi(bed, other, await signed(other, credentials))).toMatchObject({
      status: 403,
      errorType: 'ForbiddenException',
    });
  }
});

test.each(['assume-role', 'resource-policy'])(
  'every probe of npm run verify has the right answer, in access mode %s',
  async (accessMode) => {
    if (accessMode !== 'assume-role') {
      await setStage({ privateApi, accessMode });
      await deployPackages(bed);
    }
    expect((await invokeCaller(bed)).payload).toMatchObject({ status: 200 });
    const { results } = await verifyStage({
      stage: 'local',
      localAwsRoot: bed.localAwsRoot,
      environment: process.env,
    });
    expect(results.filter(({ pass }) => !pass)).toEqual([]);
  },
);
