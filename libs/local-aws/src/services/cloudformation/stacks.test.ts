import {
  CancelUpdateStackCommand,
  type CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetStackPolicyCommand,
  GetTemplateCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
  SetStackPolicyCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { ACCOUNT, createCloud, REGION } from './fixtures.ts';

type Cloud = ReturnType<typeof createCloud>;
type Resources = Record<string, object>;

const thing = (Properties: object = {}, rest: object = {}) => ({
  Type: 'AWS::Test::Thing',
  Properties,
  ...rest,
});
const body = (Resources: Resources, rest: object = {}) => JSON.stringify({ Resources, ...rest });

async function create(cloud: Cloud, TemplateBody: string, rest: Partial<CreateStackCommandInput> = {}) {
  const { StackId } = await cloud.client.send(
    new CreateStackCommand({ StackName: 'app', TemplateBody, ...rest }),
  );
  await cloud.service.idle();
  return StackId!;
}

async function update(cloud: Cloud, TemplateBody: string, rest: object = {}) {
  await cloud.client.send(new UpdateStackCommand({ StackName: 'app', TemplateBody, ...rest }));
  await cloud.service.idle();
}

async function describe1(client: CloudFormationClient, StackName = 'app') {
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  return Stacks[0]!;
}

/** Events from oldest to newest, as `logical ID STATUS`. */
async function happened(cloud: Cloud, StackName = 'app') {
  const { StackEvents = [] } = await cloud.client.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.reverse().map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`);
}

async function reasonOf(cloud: Cloud, event: string, StackName = 'app') {
  const { StackEvents = [] } = await cloud.client.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.find((one) => `${one.LogicalResourceId} ${one.ResourceStatus}` === event)
    ?.ResourceStatusReason;
}

describe('creating a stack', () => {
  it('creates resources in the order of their references, and tells it in events and outputs', async () => {
    const cloud = createCloud();
    const id = await create(
      cloud,
      body(
        {
          Last: thing({ Text: { 'Fn::Sub': `\${Middle.Arn}!` } }),
          Middle: thing({ Text: { Ref: 'First' } }),
          First: thing({ Name: 'first' }),
        },
        {
          Description: 'Three things',
          Outputs: { Arn: { Value: { 'Fn::GetAtt': ['First', 'Arn'] }, Description: 'its ARN' } },
        },
      ),
      { Tags: [{ Key: 'stage', Value: 'test' }] },
    );
    expect(cloud.history).toEqual(['create First', 'create Middle', 'create Last']);
    expect(id).toMatch(new RegExp(`^arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/app/[0-9a-f-]{36}$`));
    const stack = await describe1(cloud.client, id);
    expect(stack).toMatchObject({
      StackStatus: 'CREATE_COMPLETE',
      Description: 'Three things',
      Outputs: [{ OutputKey: 'Arn', OutputValue: 'arn:aws:test:::thing/first', Description: 'its ARN' }],
      Tags: [{ Key: 'stage', Value: 'test' }],
      EnableTerminationProtection: false,
    });
    expect(stack.CreationTime).toBeInstanceOf(Date);
    expect(cloud.things.get('first')?.tags).toEqual({ stage: 'test' });
    const events = await happened(cloud);
    expect(events.slice(0, 4)).toEqual([
      'app CREATE_IN_PROGRESS',
      'First CREATE_IN_PROGRESS',
      'First CREATE_IN_PROGRESS',
      'First CREATE_COMPLETE',
    ]);
    expect(events.at(-1)).toBe('app CREATE_COMPLETE');
  });

  it('answers at once, and SDK waiters see it through', async () => {
    const cloud = createCloud();
    let release = () => {};
    cloud.held.set(
      'A',
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    await cloud.client.send(new CreateStackCommand({ StackName: 'app', TemplateBody: body({ A: thing() }) }));
    expect((await describe1(cloud.client)).StackStatus).toBe('CREATE_IN_PROGRESS');
    release();
    await cloud.service.idle();
    const waiting = { client: cloud.client, maxWaitTime: 60 };
    await waitUntilStackCreateComplete(waiting, { StackName: 'app' });
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    await waitUntilStackDeleteComplete(waiting, { StackName: 'app' });
  });

  it('creates independent resources side by side', async () => {
    const cloud = createCloud();
    let release = () => {};
    cloud.held.set(
      'A',
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    await cloud.client.send(
      new CreateStackCommand({
        StackName: 'app',
        TemplateBody: body({ A: thing(), B: thing({ Name: 'b' }) }),
      }),
    );
    while (!cloud.things.has('b')) await new Promise((resolve) => setImmediate(resolve));
    expect(cloud.history).toContain('create A');
    release();
    await cloud.service.idle();
    expect((await describe1(cloud.client)).StackStatus).toBe('CREATE_COMPLETE');
  });

  it('orders by DependsOn too', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({ A: thing({}, { DependsOn: 'B' }), B: thing({}, { DependsOn: ['C'] }), C: thing() }),
    );
    expect(cloud.history).toEqual(['create C', 'create B', 'create A']);
  });

  it('takes scalars as CloudFormation does: text for numbers and booleans, and the other way round', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({
        A: thing({
          Name: 'a',
          Size: '5',
          Enabled: 'true',
          Text: 7,
          Environment: { Variables: { N: 1, B: true } },
          Policy: { Max: 3 },
        }),
      }),
    );
    expect(cloud.things.get('a')?.properties).toEqual({
      Name: 'a',
      Size: 5,
      Enabled: true,
      Text: '7',
      Environment: { Variables: { N: '1', B: 'true' } },
      Policy: { Max: 3 },
    });
  });

  it('makes names of stack, logical ID and a random part', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing() }));
    expect([...cloud.things.keys()]).toEqual([expect.stringMatching(/^app-A-[A-Z0-9]{12}$/)]);
  });

  it.each([
    [
      { A: { Type: 'AWS::SQS::Queue' } },
      'Template format error: Unrecognized resource types: [AWS::SQS::Queue]. local AWS supports: AWS::IAM::Role, AWS::Test::Thing',
    ],
    [
      { A: thing({ Text: { Ref: 'B' } }) },
      'Template format error: Unresolved resource dependencies [B] in the Resources block of the template',
    ],
    [
      { A: thing({ Text: { 'Fn::GetAtt': ['B', 'Arn'] } }) },
      'Template error: instance of Fn::GetAtt references undefined resource B',
    ],
    [
      { A: thing({ Text: { 'Fn::Nope': 1 } }) },
      'Template error: Encountered unsupported function: Fn::Nope Supported functions are: [Ref, Fn::GetAtt',
    ],
    [
      {
        A: thing({ Text: { Ref: 'B' } }),
        B: thing({ Text: { Ref: 'A' } }),
        C: thing({ Text: { Ref: 'A' } }),
      },
      'Circular dependency between resources: [A, B]',
    ],
    [
      { A: thing({}, { CreationPolicy: {} }) },
      'local AWS does not support the attribute CreationPolicy of resource A',
    ],
    [{ A: thing({}, { Foo: 1 }) }, "Invalid template resource property 'Foo'"],
    [
      { A: thing({ Text: null }) },
      "[/Resources/A/Properties/Text] 'null' values are not allowed in templates",
    ],
    [{}, 'Template format error: At least one Resources member must be defined.'],
  ])('refuses %j', async (resources, message) => {
    const cloud = createCloud();
    await expect(create(cloud, body(resources as Resources))).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(message),
    });
    await expect(describe1(cloud.client)).rejects.toMatchObject({
      message: 'Stack with id app does not exist',
    });
  });

  it('refuses a name that is taken', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing() }));
    await expect(create(cloud, body({ A: thing() }))).rejects.toMatchObject({
      name: 'AlreadyExistsException',
      message: 'Stack [app] already exists',
    });
    await expect(create(cloud, body({ A: thing() }), { StackName: 'no_way' })).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  it('keeps accounts and regions apart', async () => {
    const cloud = createCloud();
    const id = await create(cloud, body({ A: thing() }));
    for (const other of [cloud.clientFor('222222222222'), cloud.clientFor(ACCOUNT, 'us-east-1')]) {
      await expect(describe1(other)).rejects.toMatchObject({ message: 'Stack with id app does not exist' });
      await expect(describe1(other, id)).rejects.toMatchObject({ name: 'ValidationError' });
    }
  });

  it('asks for the capability that IAM resources need', async () => {
    const cloud = createCloud();
    const role = (RoleName?: string) => body({ R: { Type: 'AWS::IAM::Role', Properties: { RoleName } } });
    await expect(create(cloud, role())).rejects.toMatchObject({
      name: 'InsufficientCapabilitiesException',
      message: 'Requires capabilities : [CAPABILITY_IAM]',
    });
    await expect(create(cloud, role('mine'), { Capabilities: ['CAPABILITY_IAM'] })).rejects.toMatchObject({
      message: 'Requires capabilities : [CAPABILITY_NAMED_IAM]',
    });
    await create(cloud, role('mine'), { Capabilities: ['CAPABILITY_NAMED_IAM'] });
    expect((await describe1(cloud.client)).StackStatus).toBe('CREATE_COMPLETE');
  });
});

describe('a creation that fails', () => {
  const failing = body({
    Good: thing({ Name: 'good' }),
    Bad: thing({ Fail: 'No such thing', Text: { Ref: 'Good' } }),
    After: thing({ Text: { Ref: 'Bad' } }),
  });

  it('rolls back, with the reason in the events', async () => {
    const cloud = createCloud();
    const id = await create(cloud, failing);
    expect(await reasonOf(cloud, 'Bad CREATE_FAILED')).toMatch(
      /^Resource handler returned message: "No such thing \(Service: Test, Status Code: 400, Request ID: .*\)" \(RequestToken: .*, HandlerErrorCode: InvalidRequest\)$/,
    );
    expect(await reasonOf(cloud, 'app ROLLBACK_IN_PROGRESS')).toBe(
      'The following resource(s) failed to create: [Bad]. Rollback requested by user.',
    );
    expect((await describe1(cloud.client, id)).StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(cloud.things.size).toBe(0);
    expect(cloud.history).not.toContain('create After');
    await expect(update(cloud, body({ A: thing() }))).rejects.toMatchObject({
      message: `Stack:${id} is in ROLLBACK_COMPLETE state and can not be updated.`,
    });
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    await expect(describe1(cloud.client)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('deletes the stack with OnFailure DELETE, and leaves all with DO_NOTHING', async () => {
    const cloud = createCloud();
    const id = await create(cloud, failing, { OnFailure: 'DELETE' });
    expect((await describe1(cloud.client, id)).StackStatus).toBe('DELETE_COMPLETE');
    await create(cloud, failing, { OnFailure: 'DO_NOTHING' });
    expect((await describe1(cloud.client)).StackStatus).toBe('CREATE_FAILED');
    expect(cloud.things.has('good')).toBe(true);
    // What is missing can be added by an update.
    await update(cloud, body({ Good: thing({ Name: 'good' }), Bad: thing({ Text: { Ref: 'Good' } }) }));
    expect((await describe1(cloud.client)).StackStatus).toBe('UPDATE_COMPLETE');
    expect(cloud.things.size).toBe(2);
  });

  it('cancels what runs meanwhile, and takes it back', async () => {
    const cloud = createCloud();
    let release = () => {};
    cloud.held.set(
      'Slow',
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    await cloud.client.send(
      new CreateStackCommand({
        StackName: 'app',
        TemplateBody: body({ Slow: thing(), Bad: thing({ Fail: 'no' }) }),
      }),
    );
    while (!(await happened(cloud)).includes('Bad CREATE_FAILED'))
      await new Promise((resolve) => setImmediate(resolve));
    release();
    await cloud.service.idle();
    expect(await reasonOf(cloud, 'Slow CREATE_FAILED')).toBe('Resource creation cancelled');
    expect(cloud.things.size).toBe(0);
  });

  it.each([
    [
      { Foo: 1 },
      '#: extraneous key [Foo] is not permitted (Properties.Foo is not supported by local AWS; supported: Enabled, Environment, Fail, Kind, Links, Mode, Name, Policy, Size, Tags, Text)',
    ],
    [
      { Environment: { Foo: 1 } },
      '#/Environment: extraneous key [Foo] is not permitted (Properties.Environment.Foo is not supported by local AWS; supported: Variables)',
    ],
    [{ Tags: [{ Key: 'a' }] }, '#/Tags/0: required key [Value] not found'],
    [{ Size: 'big' }, '#/Size: expected type: number, found: string (Properties.Size)'],
  ])('names the property in %j', async (properties, message) => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing(properties) }));
    expect(await reasonOf(cloud, 'A CREATE_FAILED')).toBe(
      `Properties validation failed for resource A with message:\n${message}`,
    );
  });

  it('fails on an attribute that a resource has not', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing(), B: thing({ Text: { 'Fn::GetAtt': 'A.Nope' } }) }));
    expect(await reasonOf(cloud, 'B CREATE_FAILED')).toBe(
      'Template error: resource A does not support attribute type Nope in Fn::GetAtt. Supported: Arn, Nested.Text, Text',
    );
  });

  it('keeps resources with DeletionPolicy Retain, not those with RetainExceptOnCreate', async () => {
    const cloud = createCloud();
    const kept = (policy: string, Name: string) => thing({ Name }, { DeletionPolicy: policy });
    await create(
      cloud,
      body({
        A: kept('Retain', 'a'),
        B: kept('RetainExceptOnCreate', 'b'),
        C: thing({ Fail: 'no', Text: { 'Fn::Sub': `\${A}\${B}` } }),
      }),
    );
    expect([...cloud.things.keys()]).toEqual(['a']);
  });
});

describe('updating a stack', () => {
  it('adds, changes in place, replaces and removes', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({
        Same: thing({ Name: 'same' }),
        Changed: thing({ Name: 'changed', Text: 'old' }),
        Moved: thing({ Kind: 'a' }),
        User: thing({ Name: 'user', Text: { Ref: 'Moved' } }),
        Gone: thing({ Name: 'gone' }),
      }),
    );
    const [moved] = [...cloud.things.values()].filter(({ logicalId }) => logicalId === 'Moved');
    cloud.history.length = 0;
    await update(
      cloud,
      body({
        Same: thing({ Name: 'same' }),
        Changed: thing({ Name: 'changed', Text: 'new' }),
        Moved: thing({ Kind: 'b' }),
        User: thing({ Name: 'user', Text: { Ref: 'Moved' } }),
        New: thing({ Name: 'new' }),
      }),
    );
    expect((await describe1(cloud.client)).StackStatus).toBe('UPDATE_COMPLETE');
    expect(cloud.history.sort()).toEqual([
      'create Moved',
      'create New',
      'delete Gone',
      'delete Moved',
      'update Changed',
      'update User',
    ]);
    const [replacement] = [...cloud.things.values()].filter(({ logicalId }) => logicalId === 'Moved');
    expect(replacement?.physicalId).not.toBe(moved?.physicalId);
    expect(cloud.things.get('user')?.properties.Text).toBe(replacement?.physicalId);
    expect(cloud.things.get('changed')?.properties.Text).toBe('new');
    const { StackResources = [] } = await cloud.client.send(
      new DescribeStackResourcesCommand({ StackName: 'app' }),
    );
    expect(StackResources.map((one) => `${one.LogicalResourceId} ${one.ResourceStatus}`).sort()).toEqual([
      'Changed UPDATE_COMPLETE',
      'Moved UPDATE_COMPLETE',
      'New CREATE_COMPLETE',
      'Same CREATE_COMPLETE',
      'User UPDATE_COMPLETE',
    ]);
    expect(await happened(cloud)).toContain('app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  });

  it('does not touch what turns out to be the same', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({ A: thing({ Text: 'x', Size: 1 }), B: thing({ Text: { 'Fn::GetAtt': 'A.Arn' } }) }),
    );
    cloud.history.length = 0;
    await update(
      cloud,
      body({ A: thing({ Text: 'x', Size: 2 }), B: thing({ Text: { 'Fn::GetAtt': 'A.Arn' } }) }),
    );
    expect(cloud.history).toEqual(['update A']);
  });

  it('refuses an update that changes nothing', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing({ Size: 1 }) }));
    for (const same of [{ A: thing({ Size: 1 }) }, { A: thing({ Size: '1' }) }]) {
      await expect(update(cloud, body(same))).rejects.toMatchObject({
        name: 'ValidationError',
        message: 'No updates are to be performed.',
      });
    }
    await update(cloud, body({ A: thing({ Size: 1 }) }, { Outputs: { X: { Value: 'y' } } }));
    expect((await describe1(cloud.client)).Outputs).toMatchObject([{ OutputValue: 'y' }]);
    await update(cloud, body({ A: thing({ Size: 1 }) }, { Outputs: { X: { Value: 'y' } } }), {
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect([...cloud.things.values()][0]?.tags).toEqual({ a: 'b' });
  });

  it('rolls back to what was, when a resource fails', async () => {
    const cloud = createCloud();
    const before = body(
      { A: thing({ Name: 'a', Text: 'old' }), Moved: thing({ Kind: 'old' }), Kept: thing({ Name: 'kept' }) },
      { Outputs: { O: { Value: 'old' } } },
    );
    await create(cloud, before);
    const things = new Map(cloud.things);
    await update(
      cloud,
      body(
        {
          A: thing({ Name: 'a', Text: 'new' }),
          Moved: thing({ Kind: 'new' }),
          New: thing({ Name: 'new' }),
          Bad: thing({ Fail: 'Nope' }, { DependsOn: ['A', 'Moved', 'New'] }),
        },
        { Outputs: { O: { Value: 'new' } } },
      ),
    );
    const stack = await describe1(cloud.client);
    expect(stack.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(stack.Outputs).toMatchObject([{ OutputValue: 'old' }]);
    expect(await reasonOf(cloud, 'app UPDATE_ROLLBACK_IN_PROGRESS')).toBe(
      'The following resource(s) failed to create: [Bad]. ',
    );
    expect(cloud.things).toEqual(things);
    const { TemplateBody } = await cloud.client.send(new GetTemplateCommand({ StackName: 'app' }));
    expect(TemplateBody).toBe(before);
    await expect(update(cloud, before)).rejects.toMatchObject({ message: 'No updates are to be performed.' });
  });

  it('does not roll back with DisableRollback, and goes on from there', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing({ Kind: 'a' }) }));
    await update(cloud, body({ A: thing({ Kind: 'b' }), B: thing({ Fail: 'no', Text: { Ref: 'A' } }) }), {
      DisableRollback: true,
    });
    expect((await describe1(cloud.client)).StackStatus).toBe('UPDATE_FAILED');
    expect(cloud.things.size).toBe(2);
    await update(cloud, body({ A: thing({ Kind: 'b' }), B: thing() }));
    expect((await describe1(cloud.client)).StackStatus).toBe('UPDATE_COMPLETE');
    expect([...cloud.things.values()].map(({ logicalId }) => logicalId).sort()).toEqual(['A', 'B']);
  });

  it('cannot replace a resource that has a name of its own', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing({ Name: 'mine', Kind: 'a' }) }));
    await update(cloud, body({ A: thing({ Name: 'mine', Kind: 'b' }) }));
    expect(await reasonOf(cloud, 'A UPDATE_FAILED')).toBe(
      'CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename mine and update the stack again.',
    );
    expect((await describe1(cloud.client)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(cloud.things.get('mine')?.properties.Kind).toBe('a');
  });

  it('keeps old resources with UpdateReplacePolicy and DeletionPolicy Retain', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({ A: thing({ Name: 'a1' }), B: thing({ Name: 'b' }, { DeletionPolicy: 'Retain' }) }),
    );
    await update(cloud, body({ A: thing({ Name: 'a2' }, { UpdateReplacePolicy: 'Retain' }) }));
    expect([...cloud.things.keys()].sort()).toEqual(['a1', 'a2', 'b']);
    expect(await happened(cloud)).toEqual(expect.arrayContaining(['A DELETE_SKIPPED', 'B DELETE_SKIPPED']));
  });

  it('can be cancelled', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing({ Name: 'a', Text: 'old' }) }));
    await expect(cloud.client.send(new CancelUpdateStackCommand({ StackName: 'app' }))).rejects.toMatchObject(
      {
        message: 'CancelUpdateStack cannot be called from current stack status',
      },
    );
    let release = () => {};
    cloud.held.set(
      'A',
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    await cloud.client.send(
      new UpdateStackCommand({
        StackName: 'app',
        TemplateBody: body({ A: thing({ Name: 'a', Text: 'new' }) }),
      }),
    );
    await expect(update(cloud, body({ A: thing() }))).rejects.toMatchObject({
      message: expect.stringContaining('is in UPDATE_IN_PROGRESS state and can not be updated.'),
    });
    await cloud.client.send(new CancelUpdateStackCommand({ StackName: 'app' }));
    release();
    await cloud.service.idle();
    expect((await describe1(cloud.client)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(cloud.things.get('a')?.properties.Text).toBe('old');
  });

  it('changes no resource type', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing() }));
    await expect(
      update(cloud, body({ A: { Type: 'AWS::IAM::Role' } }), { Capabilities: ['CAPABILITY_IAM'] }),
    ).rejects.toMatchObject({
      message:
        'Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]',
    });
  });

  it('obeys the stack policy', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing({ Name: 'a', Text: 'old' }), B: thing({ Name: 'b' }) }));
    const policy = JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' },
        { Effect: 'Deny', Principal: '*', Action: 'Update:Modify', Resource: 'LogicalResourceId/A' },
        { Effect: 'Deny', Principal: '*', Action: 'Update:Delete', Resource: 'LogicalResourceId/B' },
      ],
    });
    await cloud.client.send(new SetStackPolicyCommand({ StackName: 'app', StackPolicyBody: policy }));
    expect((await cloud.client.send(new GetStackPolicyCommand({ StackName: 'app' }))).StackPolicyBody).toBe(
      policy,
    );
    await update(cloud, body({ A: thing({ Name: 'a', Text: 'new' }), B: thing({ Name: 'b' }) }));
    expect(await reasonOf(cloud, 'A UPDATE_FAILED')).toBe(
      'Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource [A]',
    );
    await update(cloud, body({ A: thing({ Name: 'a', Text: 'old' }) }));
    expect((await describe1(cloud.client)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(cloud.things.has('b')).toBe(true);
    expect(cloud.things.get('a')?.properties.Text).toBe('old');
  });
});

describe('deleting a stack', () => {
  it('deletes in reverse order, and leaves what shall be retained', async () => {
    const cloud = createCloud();
    const id = await create(
      cloud,
      body({
        A: thing({ Name: 'a' }),
        B: thing({ Text: { Ref: 'A' } }),
        C: thing({ Text: { Ref: 'B' } }),
        D: thing({ Name: 'd' }, { DeletionPolicy: 'Retain' }),
      }),
    );
    cloud.history.length = 0;
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    expect(cloud.history).toEqual(['delete C', 'delete B', 'delete A']);
    expect([...cloud.things.keys()]).toEqual(['d']);
    const stack = await describe1(cloud.client, id);
    expect(stack.StackStatus).toBe('DELETE_COMPLETE');
    expect(stack.DeletionTime).toBeInstanceOf(Date);
    await expect(
      cloud.client.send(new DescribeStackEventsCommand({ StackName: 'app' })),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack [app] does not exist',
    });
    const { StackSummaries = [] } = await cloud.client.send(
      new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }),
    );
    expect(StackSummaries.map((one) => one.StackId)).toEqual([id]);
    // Gone already: no error.
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
  });

  it('fails with the resource and its reason, and can be tried again without it', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({ A: thing({ Name: 'a' }), B: thing({ Name: 'b', Text: { Ref: 'A' } }), C: thing() }),
    );
    cloud.stubborn.add('B');
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    const stack = await describe1(cloud.client);
    expect(stack).toMatchObject({
      StackStatus: 'DELETE_FAILED',
      StackStatusReason: 'The following resource(s) failed to delete: [B]. ',
    });
    expect(await reasonOf(cloud, 'B DELETE_FAILED')).toContain('The thing is not empty');
    expect([...cloud.things.keys()]).toEqual(['a', 'b']);
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app', RetainResources: ['B'] }));
    await cloud.service.idle();
    expect([...cloud.things.keys()]).toEqual(['b']);
  });

  it('can be forced after it failed', async () => {
    const cloud = createCloud();
    const id = await create(
      cloud,
      body({ A: thing({ Name: 'a' }), B: thing({ Name: 'b', Text: { Ref: 'A' } }) }),
    );
    cloud.stubborn.add('B');
    const force = new DeleteStackCommand({ StackName: 'app', DeletionMode: 'FORCE_DELETE_STACK' });
    await expect(cloud.client.send(force)).rejects.toMatchObject({ name: 'ValidationError' });
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    await cloud.client.send(force);
    await cloud.service.idle();
    expect((await describe1(cloud.client, id)).StackStatus).toBe('DELETE_COMPLETE');
    expect([...cloud.things.keys()]).toEqual(['b']);
  });

  it('stops a creation that is under way', async () => {
    const cloud = createCloud();
    let release = () => {};
    cloud.held.set(
      'A',
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    const { StackId } = await cloud.client.send(
      new CreateStackCommand({
        StackName: 'app',
        TemplateBody: body({ A: thing(), B: thing({ Text: { Ref: 'A' } }) }),
      }),
    );
    while (!cloud.history.includes('create A')) await new Promise((resolve) => setImmediate(resolve));
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    release();
    await cloud.service.idle();
    expect((await describe1(cloud.client, StackId)).StackStatus).toBe('DELETE_COMPLETE');
    expect(cloud.history).toEqual(['create A', 'delete A']);
  });

  it('is refused while termination protection is on', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing() }), { EnableTerminationProtection: true });
    await expect(cloud.client.send(new DeleteStackCommand({ StackName: 'app' }))).rejects.toMatchObject({
      message: 'Stack [app] cannot be deleted while TerminationProtection is enabled',
    });
    await cloud.client.send(
      new UpdateTerminationProtectionCommand({ StackName: 'app', EnableTerminationProtection: false }),
    );
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
  });
});

describe('exports', () => {
  const exporting = (value: string) =>
    body(
      { A: thing({ Name: 'a' }) },
      { Outputs: { O: { Value: value, Export: { Name: { 'Fn::Sub': `\${AWS::StackName}-url` } } } } },
    );
  const importing = body({ B: thing({ Name: 'b', Text: { 'Fn::ImportValue': 'app-url' } }) });

  it('can be imported, and neither deleted nor changed while they are', async () => {
    const cloud = createCloud();
    const id = await create(cloud, exporting('one'));
    await create(cloud, importing, { StackName: 'user' });
    expect(cloud.things.get('b')?.properties.Text).toBe('one');
    const { Exports } = await cloud.client.send(new ListExportsCommand({}));
    expect(Exports).toEqual([{ ExportingStackId: id, Name: 'app-url', Value: 'one' }]);
    expect((await cloud.client.send(new ListImportsCommand({ ExportName: 'app-url' }))).Imports).toEqual([
      'user',
    ]);
    await update(cloud, exporting('two'));
    expect(await reasonOf(cloud, 'app UPDATE_ROLLBACK_IN_PROGRESS')).toContain(
      'Export app-url cannot be updated as it is in use by user',
    );
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    expect(await describe1(cloud.client)).toMatchObject({
      StackStatus: 'DELETE_FAILED',
      StackStatusReason: 'Delete canceled. Cannot delete export app-url as it is in use by user.',
    });
    await cloud.client.send(new DeleteStackCommand({ StackName: 'user' }));
    await cloud.service.idle();
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    expect(cloud.things.size).toBe(0);
  });

  it('must exist to be imported, and have a name of their own', async () => {
    const cloud = createCloud();
    await expect(create(cloud, importing)).rejects.toMatchObject({
      message: 'No export named app-url found',
    });
    await create(cloud, exporting('one'));
    await create(
      cloud,
      body({ C: thing() }, { Outputs: { O: { Value: 'x', Export: { Name: 'app-url' } } } }),
      { StackName: 'other' },
    );
    expect(await reasonOf(cloud, 'other ROLLBACK_IN_PROGRESS', 'other')).toContain(
      'Export with name app-url is already exported by stack app',
    );
  });
});

describe('describing', () => {
  it('pages events from the newest, with increasing times', async () => {
    const cloud = createCloud();
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`T${index}`, thing()]));
    await create(cloud, body(many));
    const times: number[] = [];
    let NextToken: string | undefined;
    let pages = 0;
    do {
      const page = await cloud.client.send(new DescribeStackEventsCommand({ StackName: 'app', NextToken }));
      times.push(...(page.StackEvents ?? []).map((event) => event.Timestamp!.getTime()));
      NextToken = page.NextToken;
      pages += 1;
    } while (NextToken !== undefined);
    expect(pages).toBe(2);
    expect(times.length).toBe(2 + 3 * 60);
    expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
    const { StackResourceSummaries = [] } = await cloud.client.send(
      new ListStackResourcesCommand({ StackName: 'app' }),
    );
    expect(StackResourceSummaries.length).toBe(60);
  });

  it('words what is missing so that clients know it', async () => {
    const cloud = createCloud();
    const resource = (StackName: string) =>
      cloud.client.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'X' }));
    await expect(resource('app')).rejects.toMatchObject({
      name: 'ValidationError',
      message: "Stack 'app' does not exist",
    });
    await create(cloud, body({ A: thing({ Name: 'a' }, { Metadata: { m: 1 } }) }));
    await expect(resource('app')).rejects.toMatchObject({
      message: 'Resource X does not exist for stack app',
    });
    const { StackResourceDetail } = await cloud.client.send(
      new DescribeStackResourceCommand({ StackName: 'app', LogicalResourceId: 'A' }),
    );
    expect(StackResourceDetail).toMatchObject({
      PhysicalResourceId: 'a',
      Metadata: '{"m":1}',
      ResourceStatus: 'CREATE_COMPLETE',
    });
  });

  it('hides the values of NoEcho parameters', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body(
        { A: thing({ Text: { Ref: 'Secret' } }) },
        { Parameters: { Secret: { Type: 'String', NoEcho: true } } },
      ),
      { Parameters: [{ ParameterKey: 'Secret', ParameterValue: 'hunter2' }] },
    );
    expect((await describe1(cloud.client)).Parameters).toEqual([
      { ParameterKey: 'Secret', ParameterValue: '****' },
    ]);
    const { StackEvents } = await cloud.client.send(new DescribeStackEventsCommand({ StackName: 'app' }));
    expect(JSON.stringify(StackEvents)).not.toContain('hunter2');
  });

  it('asks to be allowed, about the stack where it exists', async () => {
    const cloud = createCloud();
    const id = await create(cloud, body({ A: thing() }));
    await describe1(cloud.client);
    await cloud.client.send(new ListExportsCommand({}));
    expect(cloud.questions.map(({ action, resource }) => [action, resource])).toEqual([
      ['cloudformation:CreateStack', `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/app/*`],
      ['cloudformation:DescribeStacks', id],
      ['cloudformation:ListExports', '*'],
    ]);
  });
});
