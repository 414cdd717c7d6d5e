import {
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DescribeChangeSetCommand,
  DescribeStackResourcesCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { body, type Cloud, create, createCloud, happened, thing, update } from './cloudformation.testing.ts';
import { changeByHand, createQueueType } from './drift.testing.ts';

/* https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html */

const named = { StackName: 'app', ChangeSetName: 'revert' };

/** Makes a drift-aware change set of the present template. */
async function plan(cloud: Cloud, rest: Partial<CreateChangeSetCommandInput> = {}) {
  await cloud.client.send(
    new CreateChangeSetCommand({
      ...named,
      UsePreviousTemplate: true,
      DeploymentMode: 'REVERT_DRIFT',
      ...rest,
    }),
  );
  return cloud.client.send(new DescribeChangeSetCommand(named));
}

async function execute(cloud: Cloud) {
  await cloud.client.send(new ExecuteChangeSetCommand(named));
  await cloud.service.idle();
}

const template = body({
  Kept: thing({ Name: 'kept', Size: 1, Policy: { a: 1 } }),
  Other: thing({ Name: 'other', Text: 'x' }),
});

test('a resource that nobody changed is no drift, and there is nothing to execute', async () => {
  const cloud = createCloud();
  await create(cloud, template);
  expect(await plan(cloud)).toMatchObject({
    Status: 'FAILED',
    StatusReason: expect.stringContaining("didn't contain changes"),
    ExecutionStatus: 'UNAVAILABLE',
    StackDriftStatus: 'IN_SYNC',
  });
});

test('a change past CloudFormation is shown with its live value, and put back', async () => {
  const cloud = createCloud();
  await create(cloud, template);
  changeByHand(cloud, 'kept', { Size: 7, Policy: { a: 2 } });
  const { StackDriftStatus, Changes = [] } = await plan(cloud);
  expect(StackDriftStatus).toBe('DRIFTED');
  expect(Changes.map(({ ResourceChange }) => ResourceChange)).toMatchObject([
    {
      Action: 'Modify',
      LogicalResourceId: 'Kept',
      ResourceDriftStatus: 'MODIFIED',
      Replacement: 'False',
      BeforeContext: JSON.stringify({ Properties: { Name: 'kept', Size: 7, Policy: { a: 2 } } }),
      PreviousDeploymentContext: JSON.stringify({ Properties: { Name: 'kept', Size: 1, Policy: { a: 1 } } }),
      Details: [
        {
          Target: {
            Name: 'Size',
            BeforeValue: '7',
            AfterValue: '1',
            BeforeValueFrom: 'ACTUAL_STATE',
            AfterValueFrom: 'TEMPLATE',
            Drift: { PreviousValue: '1', ActualValue: '7', DriftDetectionTimestamp: expect.any(Date) },
          },
        },
        { Target: { Name: 'Policy', BeforeValue: '{"a":2}', AfterValue: '{"a":1}' } },
      ],
    },
  ]);
  cloud.history.length = 0;
  await execute(cloud);
  expect(cloud.history).toEqual(['update Kept']);
  expect(cloud.things.get('kept')?.properties).toMatchObject({ Size: 1, Policy: { a: 1 } });
  expect((await plan(cloud)).StackDriftStatus).toBe('IN_SYNC');
});

test('of a nested value, only the part that changed differs', async () => {
  const cloud = createCloud();
  const before = { Policy: { a: 1, list: [{ x: 1 }] } };
  await create(cloud, body({ Kept: thing({ Name: 'kept', ...before }) }));
  changeByHand(cloud, 'kept', { Policy: { a: 1, list: [{ x: 2 }] } });
  const { Changes = [] } = await plan(cloud);
  expect(Changes[0]?.ResourceChange?.Details).toMatchObject([
    { Target: { BeforeValue: '{"a":1,"list":[{"x":2}]}', AfterValue: '{"a":1,"list":[{"x":1}]}' } },
  ]);
});

test('a resource that somebody deleted is created again, also with a name of its own', async () => {
  const cloud = createCloud();
  await create(cloud, template);
  cloud.things.delete('kept');
  const { Changes = [] } = await plan(cloud);
  expect(Changes).toMatchObject([
    { ResourceChange: { Action: 'Add', LogicalResourceId: 'Kept', ResourceDriftStatus: 'DELETED' } },
  ]);
  await execute(cloud);
  expect(cloud.things.get('kept')?.properties).toMatchObject({ Size: 1 });
  expect((await happened(cloud)).at(-1)).toBe('app UPDATE_COMPLETE');
});

test('without the mode, a change set and an update see no drift', async () => {
  const cloud = createCloud();
  await create(cloud, template);
  changeByHand(cloud, 'kept', { Size: 7 });
  expect(await plan(cloud, { DeploymentMode: undefined })).toMatchObject({ Status: 'FAILED' });
  await update(cloud, body({ Kept: thing({ Name: 'kept', Size: 1, Policy: { a: 1 } }) }));
  expect(cloud.things.get('kept')?.properties).toMatchObject({ Size: 7 });
});

test('changes of the template are in the set, too, and are told apart from drift', async () => {
  const cloud = createCloud();
  await create(cloud, template);
  changeByHand(cloud, 'kept', { Size: 7 });
  const { Changes = [] } = await plan(cloud, {
    UsePreviousTemplate: false,
    TemplateBody: template.replace('"x"', '"y"'),
  });
  expect(
    Changes.map(({ ResourceChange: one }) => [one?.LogicalResourceId, one?.ResourceDriftStatus]),
  ).toEqual([
    ['Kept', 'MODIFIED'],
    ['Other', 'IN_SYNC'],
  ]);
  expect(Changes[1]?.ResourceChange?.Details?.[0]?.Target).toMatchObject({
    BeforeValueFrom: 'PREVIOUS_DEPLOYMENT_STATE',
  });
});

test('a resource of a type that cannot be read is not compared', async () => {
  const cloud = createCloud();
  const withRole = body({ Role: { Type: 'AWS::IAM::Role' }, Kept: thing({ Name: 'kept', Size: 1 }) });
  await create(cloud, withRole, { Capabilities: ['CAPABILITY_IAM'] });
  changeByHand(cloud, 'kept', { Size: 7 });
  const { Changes } = await plan(cloud, { Capabilities: ['CAPABILITY_IAM'] });
  expect(Changes).toHaveLength(1);
});

test('a resource that may not be read fails the set, which says why: it was not compared', async () => {
  const cloud = createCloud(undefined, [createQueueType()]);
  await create(cloud, body({ Kept: thing({ Name: 'kept', Size: 1 }), Queue: { Type: 'AWS::SQS::Queue' } }));
  cloud.denied.add('sqs:ListQueueTags');
  expect(await plan(cloud)).toMatchObject({
    Status: 'FAILED',
    StackDriftStatus: 'UNKNOWN',
    StatusReason: expect.stringMatching(/\[Queue\].*is not authorized to perform: sqs:ListQueueTags/),
  });
  expect(cloud.refused).toMatchObject([{ service: 'sqs', operation: 'ListQueueTags' }]);
});

test('without the mode, no resource is read, so no permission to read is needed', async () => {
  const cloud = createCloud(undefined, [createQueueType()]);
  await create(cloud, body({ Queue: { Type: 'AWS::SQS::Queue' } }));
  cloud.asked.length = 0;
  await plan(cloud, { DeploymentMode: undefined });
  expect(cloud.asked).toEqual([]);
});

test('what fails on the way is rolled back, and the stack keeps its resources', async () => {
  const cloud = createCloud();
  await create(cloud, template);
  changeByHand(cloud, 'kept', { Size: 7 });
  await plan(cloud);
  cloud.denied.add('test:update');
  await execute(cloud);
  expect((await happened(cloud)).at(-1)).toMatch(/^app UPDATE_ROLLBACK_(COMPLETE|FAILED)$/);
  const { StackResources } = await cloud.client.send(new DescribeStackResourcesCommand({ StackName: 'app' }));
  expect(StackResources).toHaveLength(2);
});

test('the mode is only for a stack that exists', async () => {
  const cloud = createCloud();
  const made = cloud.client.send(
    new CreateChangeSetCommand({
      ...named,
      TemplateBody: template,
      ChangeSetType: 'CREATE',
      DeploymentMode: 'REVERT_DRIFT',
    }),
  );
  await expect(made).rejects.toThrow('REVERT_DRIFT is only valid for a change set of type UPDATE');
});
