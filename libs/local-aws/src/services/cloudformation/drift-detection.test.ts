import {
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  type DescribeStackResourceDriftsCommandInput,
  DescribeStackResourcesCommand,
  DetectStackDriftCommand,
} from '@aws-sdk/client-cloudformation';
import {
  body,
  type Cloud,
  create,
  createCloud,
  describeStack,
  thing,
  update,
} from './cloudformation.testing.ts';
import { changeByHand, createQueueType } from './drift.testing.ts';

/* https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html */

async function detect(cloud: Cloud, ids?: string[]) {
  const { StackDriftDetectionId } = await cloud.client.send(
    new DetectStackDriftCommand({ StackName: 'app', LogicalResourceIds: ids }),
  );
  return cloud.client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }));
}

async function drifts(cloud: Cloud, rest: Partial<DescribeStackResourceDriftsCommandInput> = {}) {
  const { StackResourceDrifts = [] } = await cloud.client.send(
    new DescribeStackResourceDriftsCommand({ StackName: 'app', ...rest }),
  );
  return StackResourceDrifts;
}

const template = body(
  {
    Kept: thing({ Name: 'kept', Size: 1, Links: ['a', 'b'], Policy: { 'a/b': 1, c: { d: 2 } } }),
    Other: thing({ Name: 'other', Text: { Ref: 'Password' } }),
    Role: { Type: 'AWS::IAM::Role' },
  },
  { Parameters: { Password: { Type: 'String', NoEcho: true } } },
);
const given = {
  Capabilities: ['CAPABILITY_IAM' as const],
  Parameters: [{ ParameterKey: 'Password', ParameterValue: 'hunter2' }],
};

test('before a detection, nothing was checked', async () => {
  const cloud = createCloud();
  await create(cloud, template, given);
  expect(await describeStack(cloud.client)).toMatchObject({
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  });
  expect(await drifts(cloud)).toEqual([]);
});

test('resources that nobody changed are in sync, and those of a type that is not compared are left out', async () => {
  const cloud = createCloud();
  const StackId = await create(cloud, template, given);
  expect(await detect(cloud)).toMatchObject({
    StackId,
    StackDriftStatus: 'IN_SYNC',
    DetectionStatus: 'DETECTION_COMPLETE',
    DriftedStackResourceCount: 0,
    Timestamp: expect.any(Date),
  });
  expect(await drifts(cloud)).toMatchObject([
    {
      LogicalResourceId: 'Kept',
      PhysicalResourceId: 'kept',
      ResourceType: 'AWS::Test::Thing',
      StackResourceDriftStatus: 'IN_SYNC',
      ExpectedProperties: expect.stringContaining('"Size":1'),
      ActualProperties: expect.stringContaining('"Size":1'),
      PropertyDifferences: [],
    },
    { LogicalResourceId: 'Other', StackResourceDriftStatus: 'IN_SYNC' },
  ]);
});

test('each property that somebody changed has its path, both values and the type of the difference', async () => {
  const cloud = createCloud();
  await create(cloud, template, given);
  changeByHand(cloud, 'kept', { Size: 7, Links: ['b', 'c', 'd'], Policy: { 'a/b': 1, c: {} } });
  expect(await detect(cloud)).toMatchObject({ StackDriftStatus: 'DRIFTED', DriftedStackResourceCount: 1 });
  const [kept, ...others] = await drifts(cloud, { StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'] });
  expect(others).toEqual([]);
  expect(kept).toMatchObject({ StackResourceDriftStatus: 'MODIFIED' });
  expect(kept?.PropertyDifferences).toEqual([
    { PropertyPath: '/Size', ExpectedValue: '1', ActualValue: '7', DifferenceType: 'NOT_EQUAL' },
    { PropertyPath: '/Links/0', ExpectedValue: 'a', ActualValue: 'null', DifferenceType: 'REMOVE' },
    { PropertyPath: '/Links/1', ExpectedValue: 'null', ActualValue: 'c', DifferenceType: 'ADD' },
    { PropertyPath: '/Links/2', ExpectedValue: 'null', ActualValue: 'd', DifferenceType: 'ADD' },
    { PropertyPath: '/Policy/c/d', ExpectedValue: '2', ActualValue: 'null', DifferenceType: 'REMOVE' },
  ]);
});

test('a resource that somebody deleted has no properties, and the views of the stack say so', async () => {
  const cloud = createCloud();
  await create(cloud, template, given);
  cloud.things.delete('kept');
  await detect(cloud);
  const [kept] = await drifts(cloud, { MaxResults: 1 });
  expect(kept).toMatchObject({ StackResourceDriftStatus: 'DELETED', PropertyDifferences: [] });
  expect(kept?.ExpectedProperties).toBeUndefined();
  const checked = { LastCheckTimestamp: expect.any(Date) };
  expect(await describeStack(cloud.client)).toMatchObject({
    DriftInformation: { StackDriftStatus: 'DRIFTED', ...checked },
  });
  const { StackResources } = await cloud.client.send(new DescribeStackResourcesCommand({ StackName: 'app' }));
  expect(StackResources?.map(({ DriftInformation }) => DriftInformation)).toEqual([
    { StackResourceDriftStatus: 'DELETED', ...checked },
    { StackResourceDriftStatus: 'IN_SYNC', ...checked },
    { StackResourceDriftStatus: 'NOT_CHECKED' },
  ]);
});

test('the value of a parameter with NoEcho is masked', async () => {
  const cloud = createCloud();
  await create(cloud, template, given);
  changeByHand(cloud, 'other', { Text: 'x-hunter2' });
  await detect(cloud);
  const found = await drifts(cloud, { StackResourceDriftStatusFilters: ['MODIFIED'] });
  expect(found[0]?.PropertyDifferences).toEqual([
    { PropertyPath: '/Text', ExpectedValue: '****', ActualValue: 'x-****', DifferenceType: 'NOT_EQUAL' },
  ]);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

test('a detection of single resources leaves the results of the others as they were', async () => {
  const cloud = createCloud();
  await create(cloud, template, given);
  changeByHand(cloud, 'kept', { Size: 7 });
  changeByHand(cloud, 'other', { Text: 'y' });
  expect(await detect(cloud, ['Other'])).toMatchObject({ DriftedStackResourceCount: 1 });
  expect(await detect(cloud, ['Kept'])).toMatchObject({ DriftedStackResourceCount: 2 });
  await expect(detect(cloud, ['None'])).rejects.toThrow('Resource None does not exist for stack app');
});

test('both permissions of a detection are asked for, on the stack; its status is that of no stack', async () => {
  const cloud = createCloud();
  const stack = await create(cloud, template, given);
  cloud.questions.length = 0;
  await detect(cloud);
  expect(cloud.questions.map(({ action, resource }) => [action, resource])).toEqual([
    ['cloudformation:DetectStackDrift', stack],
    ['cloudformation:DetectStackResourceDrift', stack],
    ['cloudformation:DescribeStackDriftDetectionStatus', '*'],
  ]);
});

test('what may not be read fails the detection, with the refusal, and the others have their results', async () => {
  const cloud = createCloud(undefined, [createQueueType()]);
  await create(cloud, body({ Kept: thing({ Name: 'kept', Size: 1 }), Queue: { Type: 'AWS::SQS::Queue' } }));
  cloud.denied.add('sqs:ListQueueTags');
  const { DetectionStatusReason = '', ...status } = await detect(cloud);
  expect(status).toMatchObject({ DetectionStatus: 'DETECTION_FAILED', StackDriftStatus: 'UNKNOWN' });
  const refusal = expect.stringContaining('is not authorized to perform: sqs:ListQueueTags');
  // https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/801
  expect(JSON.parse(DetectionStatusReason)).toEqual({
    Summary: 'Failed to detect drift on resources [Queue]',
    Failures: [{ Resource: 'Queue', FailureReason: refusal }],
  });
  expect(await drifts(cloud)).toMatchObject([
    { LogicalResourceId: 'Kept', StackResourceDriftStatus: 'IN_SYNC' },
    { LogicalResourceId: 'Queue', StackResourceDriftStatus: 'UNKNOWN', DriftStatusReason: refusal },
  ]);
  changeByHand(cloud, 'kept', { Size: 2 });
  expect(await detect(cloud)).toMatchObject({
    DetectionStatus: 'DETECTION_FAILED',
    StackDriftStatus: 'DRIFTED',
  });
});

test('a service role reads in place of the caller', async () => {
  const cloud = createCloud(undefined, [createQueueType()]);
  const RoleARN = 'arn:aws:iam::111111111111:role/deployer';
  await create(cloud, body({ Queue: { Type: 'AWS::SQS::Queue' } }), { RoleARN });
  cloud.asked.length = 0;
  await detect(cloud);
  expect(cloud.asked).toMatchObject([
    { action: 'sqs:GetQueueAttributes', principal: { arn: RoleARN } },
    { action: 'sqs:ListQueueTags', principal: { arn: RoleARN } },
  ]);
});

test('a stack that does not stand is not looked at, nor is an unknown detection', async () => {
  const cloud = createCloud();
  await create(cloud, body({ A: thing({ Fail: 'no' }) }));
  await expect(detect(cloud)).rejects.toThrow('cannot be detected in ROLLBACK_COMPLETE state');
  const unknown = new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId: 'x' });
  await expect(cloud.client.send(unknown)).rejects.toThrow('Drift detection [x] does not exist');
});

test('after an update by CloudFormation, the next detection compares with what was deployed then', async () => {
  const cloud = createCloud();
  await create(cloud, body({ Kept: thing({ Name: 'kept', Size: 1 }) }));
  await update(cloud, body({ Kept: thing({ Name: 'kept', Size: 2 }) }));
  expect(await detect(cloud)).toMatchObject({ StackDriftStatus: 'IN_SYNC' });
});
