import {
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  type ExecuteChangeSetCommandInput,
  GetTemplateCommand,
  UpdateStackCommand,
  ValidateTemplateCommand,
  waitUntilChangeSetCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { body, type Cloud, createCloud, thing } from './cloudformation.testing.ts';

const named = { StackName: 'app', ChangeSetName: 'changes' };

async function createChangeSet(
  cloud: Cloud,
  TemplateBody: string,
  rest: Partial<CreateChangeSetCommandInput> = {},
) {
  await cloud.client.send(new CreateChangeSetCommand({ ...named, TemplateBody, ...rest }));
  return cloud.client.send(new DescribeChangeSetCommand(named));
}

async function execute(cloud: Cloud, input: Partial<ExecuteChangeSetCommandInput> = {}) {
  await cloud.client.send(new ExecuteChangeSetCommand({ ...named, ...input }));
  await cloud.service.idle();
}

async function statusOf(cloud: Cloud) {
  const { Stacks = [] } = await cloud.client.send(new DescribeStacksCommand({ StackName: 'app' }));
  return Stacks[0]?.StackStatus;
}

describe('a change set for a new stack', () => {
  test('a change set creates the stack when it is executed, as the Serverless CLI does', async () => {
    const cloud = createCloud();
    const created = await createChangeSet(cloud, body({ A: thing({ Name: 'a' }) }), {
      ChangeSetType: 'CREATE',
      // The CLI sends empty lists.
      Parameters: [],
      NotificationARNs: [],
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
      Tags: [{ Key: 'STAGE', Value: 'local' }],
    });
    expect(created).toMatchObject({
      Status: 'CREATE_COMPLETE',
      ExecutionStatus: 'AVAILABLE',
      ChangeSetName: 'changes',
      Changes: [
        {
          Type: 'Resource',
          ResourceChange: { Action: 'Add', LogicalResourceId: 'A', ResourceType: 'AWS::Test::Thing' },
        },
      ],
    });
    expect(await statusOf(cloud)).toBe('REVIEW_IN_PROGRESS');
    expect(cloud.things.size).toBe(0);
    await waitUntilChangeSetCreateComplete({ client: cloud.client, maxWaitTime: 60 }, named);
    await execute(cloud);
    expect(await statusOf(cloud)).toBe('CREATE_COMPLETE');
    expect(cloud.things.get('a')?.tags).toEqual({ STAGE: 'local' });
    const { StackEvents = [] } = await cloud.client.send(
      new DescribeStackEventsCommand({ StackName: created.StackId! }),
    );
    expect(
      StackEvents.filter((event) => event.ResourceType === 'AWS::CloudFormation::Stack').map(
        (event) => event.ResourceStatus,
      ),
    ).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS', 'REVIEW_IN_PROGRESS']);
    const executed = await cloud.client.send(new DescribeChangeSetCommand(named));
    expect(executed.ExecutionStatus).toBe('EXECUTE_COMPLETE');
  });

  test('type CREATE is refused if the stack exists, and type UPDATE if it does not', async () => {
    const cloud = createCloud();
    await expect(createChangeSet(cloud, body({ A: thing() }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack [app] does not exist',
    });
    await cloud.client.send(new CreateStackCommand({ StackName: 'app', TemplateBody: body({ A: thing() }) }));
    await cloud.service.idle();
    await expect(
      createChangeSet(cloud, body({ A: thing() }), { ChangeSetType: 'CREATE' }),
    ).rejects.toMatchObject({
      message: 'Stack [app] already exists and cannot be created again with the changeSet [changes].',
    });
  });

  test('a change set needs a valid stack name, and may reuse the name of an executed one', async () => {
    const cloud = createCloud();
    const invalid = {
      ...named,
      StackName: 'no_way',
      ChangeSetType: 'CREATE',
      TemplateBody: body({ A: thing() }),
    } as const;
    await expect(cloud.client.send(new CreateChangeSetCommand(invalid))).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("Value 'no_way' at 'stackName' failed to satisfy constraint"),
    });
    await createChangeSet(cloud, body({ A: thing() }), { ChangeSetType: 'CREATE' });
    await execute(cloud);
    expect(await createChangeSet(cloud, body({ B: thing() }))).toMatchObject({
      ExecutionStatus: 'AVAILABLE',
    });
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html, OnStackFailure
  test.each<[string, Partial<CreateChangeSetCommandInput>, Partial<ExecuteChangeSetCommandInput>, string]>([
    ['nothing', {}, {}, 'ROLLBACK_COMPLETE'],
    ['OnStackFailure ROLLBACK', { OnStackFailure: 'ROLLBACK' }, {}, 'ROLLBACK_COMPLETE'],
    ['OnStackFailure DO_NOTHING', { OnStackFailure: 'DO_NOTHING' }, {}, 'CREATE_FAILED'],
    ['OnStackFailure DELETE', { OnStackFailure: 'DELETE' }, {}, 'DELETE_COMPLETE'],
    ['DeploymentConfig', { DeploymentConfig: { DisableRollback: true } }, {}, 'CREATE_FAILED'],
    ['DisableRollback at its execution', {}, { DisableRollback: true }, 'CREATE_FAILED'],
    [
      'DisableRollback at its execution, against its DeploymentConfig',
      { DeploymentConfig: { DisableRollback: true } },
      { DisableRollback: false },
      'ROLLBACK_COMPLETE',
    ],
  ])('%s decides what happens if the stack fails: %j %j %s', async (_name, creation, execution, status) => {
    const cloud = createCloud();
    const template = body({ Bad: thing({ Fail: 'no' }) });
    const { StackId, ...described } = await createChangeSet(cloud, template, {
      ChangeSetType: 'CREATE',
      ...creation,
    });
    expect(described).toMatchObject(creation);
    await execute(cloud, execution);
    const { Stacks = [] } = await cloud.client.send(new DescribeStacksCommand({ StackName: StackId }));
    expect(Stacks[0]?.StackStatus).toBe(status);
  });

  test('OnStackFailure excludes DisableRollback, and DELETE is only for new stacks', async () => {
    const cloud = createCloud();
    await createChangeSet(cloud, body({ A: thing() }), { ChangeSetType: 'CREATE', OnStackFailure: 'DELETE' });
    await expect(execute(cloud, { DisableRollback: true })).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(
        'Either DisableRollback or OnStackFailure can be specified, but not both.',
      ),
    });
    await execute(cloud);
    const update = createChangeSet(cloud, body({ B: thing() }), { OnStackFailure: 'DELETE' });
    await expect(update).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('a change set that was never executed can be deleted with its stack', async () => {
    const cloud = createCloud();
    const { ChangeSetId } = await createChangeSet(cloud, body({ A: thing() }), { ChangeSetType: 'CREATE' });
    await expect(
      createChangeSet(cloud, body({ A: thing() }), { ChangeSetType: 'CREATE' }),
    ).rejects.toMatchObject({
      name: 'AlreadyExistsException',
    });
    expect(
      (await cloud.client.send(new DescribeChangeSetCommand({ ChangeSetName: ChangeSetId }))).ChangeSetName,
    ).toBe('changes');
    await cloud.client.send(new DeleteChangeSetCommand(named));
    await expect(cloud.client.send(new DescribeChangeSetCommand(named))).rejects.toMatchObject({
      name: 'ChangeSetNotFoundException',
      message: 'ChangeSet [changes] does not exist',
    });
    // Deleting it again succeeds: the Serverless CLI deletes a change set before it creates one of the same name.
    await cloud.client.send(new DeleteChangeSetCommand(named));
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    await expect(statusOf(cloud)).rejects.toMatchObject({ message: 'Stack with id app does not exist' });
  });

  test('a change set that cannot be executed fails with the reason', async () => {
    const cloud = createCloud();
    const failed = await createChangeSet(
      cloud,
      body({ A: thing({ Text: { 'Fn::Select': [1, { 'Fn::Split': [',', 'only'] }] } }) }),
      { ChangeSetType: 'CREATE' },
    );
    expect(failed).toMatchObject({
      Status: 'FAILED',
      StatusReason: 'Template error: Fn::Select cannot select nonexistent value at index 1',
      ExecutionStatus: 'UNAVAILABLE',
    });
    await expect(execute(cloud)).rejects.toMatchObject({
      name: 'InvalidChangeSetStatusException',
      message: expect.stringContaining('cannot be executed in its current status of [FAILED]'),
    });
  });
});

describe('a change set for an existing stack', () => {
  const before = body(
    {
      Same: thing({ Name: 'same' }),
      Sized: thing({ Size: { Ref: 'Size' } }),
      Moved: thing({ Kind: 'a' }),
      Follower: thing({ Kind: { Ref: 'Moved' } }),
      Reader: thing({ Text: { 'Fn::GetAtt': 'Sized.Arn' } }),
      Gone: thing(),
    },
    { Parameters: { Size: { Type: 'Number', Default: 1 } } },
  );

  async function deployed() {
    const cloud = createCloud();
    await cloud.client.send(new CreateStackCommand({ StackName: 'app', TemplateBody: before }));
    await cloud.service.idle();
    return cloud;
  }

  test('a change set lists certain and possible changes', async () => {
    const cloud = await deployed();
    const { Gone: _, ...rest } = JSON.parse(before).Resources;
    const after = body(
      { ...rest, Moved: thing({ Kind: 'b' }), New: thing() },
      { Parameters: JSON.parse(before).Parameters },
    );
    const { Changes = [] } = await createChangeSet(cloud, after, {
      Parameters: [{ ParameterKey: 'Size', ParameterValue: '2' }],
    });
    const changes = new Map(Changes.map(({ ResourceChange: change }) => [change?.LogicalResourceId, change]));
    expect([...changes.keys()].sort()).toEqual(['Follower', 'Gone', 'Moved', 'New', 'Reader', 'Sized']);
    expect(changes.get('Sized')).toMatchObject({
      Action: 'Modify',
      Replacement: 'False',
      Scope: ['Properties'],
    });
    expect(changes.get('Moved')).toMatchObject({ Replacement: 'True' });
    expect(changes.get('Follower')).toMatchObject({ Replacement: 'Conditional' });
    expect(changes.get('Reader')).toMatchObject({ Replacement: 'False' });
    expect(changes.get('Gone')).toMatchObject({ Action: 'Remove', PolicyAction: 'Delete' });
    cloud.history.length = 0;
    await execute(cloud);
    expect(await statusOf(cloud)).toBe('UPDATE_COMPLETE');
    expect(cloud.history.sort()).toEqual([
      'create Follower',
      'create Moved',
      'create New',
      'delete Follower',
      'delete Gone',
      'delete Moved',
      'update Sized',
    ]);
  });

  test('a change set without changes fails in the words that the Serverless and AWS CLIs look for', async () => {
    const cloud = await deployed();
    expect(await createChangeSet(cloud, before)).toMatchObject({
      Status: 'FAILED',
      StatusReason: expect.stringContaining("The submitted information didn't contain changes."),
    });
    await cloud.client.send(new DeleteChangeSetCommand(named));
    expect(await createChangeSet(cloud, `${before}\n`)).toMatchObject({
      Status: 'FAILED',
      StatusReason: 'No updates are to be performed.',
    });
  });

  test('a change set is deleted when another update changes the stack', async () => {
    const cloud = await deployed();
    const changed = before.replace('"a"', '"b"');
    await createChangeSet(cloud, changed);
    await cloud.client.send(new UpdateStackCommand({ StackName: 'app', TemplateBody: changed }));
    await cloud.service.idle();
    await expect(execute(cloud)).rejects.toMatchObject({ message: 'ChangeSet [changes] does not exist' });
  });

  test('a change set can change only outputs', async () => {
    const cloud = await deployed();
    const changed = JSON.stringify({ ...JSON.parse(before), Outputs: { O: { Value: 'o' } } });
    expect(await createChangeSet(cloud, changed)).toMatchObject({ Status: 'CREATE_COMPLETE', Changes: [] });
    await execute(cloud);
    const { Stacks = [] } = await cloud.client.send(new DescribeStacksCommand({ StackName: 'app' }));
    expect(Stacks[0]?.Outputs).toMatchObject([{ OutputKey: 'O', OutputValue: 'o' }]);
  });
});

describe('templates', () => {
  const template = JSON.stringify({
    Description: 'A role',
    Parameters: { Stage: { Type: 'String', Default: 'dev', AllowedValues: ['dev', 'prod'] } },
    Resources: { R: { Type: 'AWS::IAM::Role', Properties: { RoleName: { Ref: 'Stage' } } } },
  });

  test.each([
    'https://s3.amazonaws.com/bucket/dir/template.json',
    'https://s3.eu-central-1.amazonaws.com/bucket/dir/template.json',
    'https://bucket.s3.amazonaws.com/dir/template.json',
    'https://bucket.s3.eu-central-1.amazonaws.com/dir%2Ftemplate.json',
    'https://bucket.s3.dualstack.eu-central-1.amazonaws.com/dir/template.json',
    'http://127.0.0.1:4566/bucket/dir/template.json',
  ])('a template is read from %s', async (TemplateURL) => {
    const cloud = createCloud(new Map([['bucket/dir/template.json', template]]));
    expect(await cloud.client.send(new ValidateTemplateCommand({ TemplateURL }))).toMatchObject({
      Description: 'A role',
      Parameters: [{ ParameterKey: 'Stage', DefaultValue: 'dev', NoEcho: false }],
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::Role]',
    });
  });

  test.each([
    ['https://example.com/bucket/template.json', 'TemplateURL must be a supported URL.'],
    ['file:///etc/passwd', 'TemplateURL must be a supported URL.'],
    ['https://s3.amazonaws.com.example.com/bucket/template.json', 'TemplateURL must be a supported URL.'],
    ['https://s3.amazonaws.com/bucket/none.json', 'S3 error: The specified key does not exist.'],
  ])('a template is not read from %s', async (TemplateURL, message) => {
    const cloud = createCloud();
    await expect(cloud.client.send(new ValidateTemplateCommand({ TemplateURL }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(message),
    });
  });

  test('GetTemplate returns a template as it was sent', async () => {
    const cloud = createCloud();
    const created = await createChangeSet(cloud, template, {
      ChangeSetType: 'CREATE',
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    });
    await execute(cloud);
    const { TemplateBody, StagesAvailable } = await cloud.client.send(
      new GetTemplateCommand({ StackName: created.StackId }),
    );
    expect([TemplateBody, StagesAvailable]).toEqual([template, ['Original', 'Processed']]);
  });
});
