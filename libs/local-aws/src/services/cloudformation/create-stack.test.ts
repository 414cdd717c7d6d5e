import {
  CreateStackCommand,
  DeleteStackCommand,
  ValidateTemplateCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  ACCOUNT,
  body,
  create,
  createCloud,
  describeStack,
  happened,
  REGION,
  reasonOf,
  thing,
  update,
} from './cloudformation.testing.ts';

describe('creating a stack', () => {
  test('resources are created in the order of their references, and events and outputs show it', async () => {
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
    const stack = await describeStack(cloud.client, id);
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

  test('CreateStack answers at once, and SDK waiters wait for the end', async () => {
    const cloud = createCloud();
    let release = () => {};
    cloud.held.set(
      'A',
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    await cloud.client.send(new CreateStackCommand({ StackName: 'app', TemplateBody: body({ A: thing() }) }));
    expect((await describeStack(cloud.client)).StackStatus).toBe('CREATE_IN_PROGRESS');
    release();
    await cloud.service.idle();
    const waiting = { client: cloud.client, maxWaitTime: 60 };
    await waitUntilStackCreateComplete(waiting, { StackName: 'app' });
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    await waitUntilStackDeleteComplete(waiting, { StackName: 'app' });
  });

  test('independent resources are created side by side', async () => {
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
    expect((await describeStack(cloud.client)).StackStatus).toBe('CREATE_COMPLETE');
  });

  test('DependsOn orders resources, too', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({ A: thing({}, { DependsOn: 'B' }), B: thing({}, { DependsOn: ['C'] }), C: thing() }),
    );
    expect(cloud.history).toEqual(['create C', 'create B', 'create A']);
  });

  test('a reference in the metadata orders resources, as far as its condition holds', async () => {
    const ifTrue = (name: string) => ({ 'Fn::If': [name, { Ref: 'B' }, { Ref: 'AWS::NoValue' }] });
    for (const [condition, isTrue] of [
      ['Yes', true],
      ['No', false],
    ] as const) {
      const cloud = createCloud();
      const B = thing({}, { Condition: condition });
      await create(
        cloud,
        body(
          { A: thing({}, { Metadata: { Snapshot: [ifTrue(condition)] } }), B },
          { Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Equals': ['a', 'b'] } } },
        ),
      );
      expect(cloud.history).toEqual(isTrue ? ['create B', 'create A'] : ['create A']);
    }
  });

  test('scalars are converted as in CloudFormation: text to numbers and booleans, and back', async () => {
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

  test('a generated name is made of stack, logical ID and a random part', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing() }));
    expect([...cloud.things.keys()]).toEqual([expect.stringMatching(/^app-A-[A-Za-z0-9]{12}$/)]);
  });

  test.each([
    [
      { A: { Type: 'AWS::Cognito::UserPool' } },
      'local AWS has no user pools: AWS::Cognito::UserPool (A). Leave them out of the local stage',
    ],
    [
      { A: { Type: 'Custom::Thing', Version: '1.0', Properties: { ServiceToken: 'arn' } } },
      'local AWS has no custom resources and macros: Custom::Thing (A). Do what they do before the deployment',
    ],
    [
      { A: { Type: 'AWS::CloudFormation::CustomResource', Version: '1.0' } },
      'local AWS has no custom resources and macros: AWS::CloudFormation::CustomResource (A). ',
    ],
    [
      {
        A: thing({ Foo: 1, Environment: { 'Fn::If': ['Yes', { Bar: 1 }, { Variables: {} }] } }),
        B: { Type: 'AWS::Lambda::LayerVersion' },
        D: { Type: 'AWS::Lambda::LayerVersionPermission' },
        E: { Type: 'AWS::Neptune::DBCluster' },
        C: thing({ Tags: [{ Key: 'a', Value: 'b', Baz: { Ref: 'AWS::Region' } }] }),
      },
      "local AWS has no layers: AWS::Lambda::LayerVersion (B), AWS::Lambda::LayerVersionPermission (D). Bundle the layer's code with the function. " +
        'local AWS has no resources of these types: AWS::Neptune::DBCluster (E). Leave them out of the local stage, for example by a condition of the template. ' +
        'local AWS has no property Foo of AWS::Test::Thing (A). ' +
        'local AWS has no property Environment.Bar of AWS::Test::Thing (A). local AWS has no property Tags.0.Baz of AWS::Test::Thing (C). ' +
        '`node_modules/.bin/local-aws types` lists the types and properties that local AWS has.',
    ],
    [
      { A: thing({ Kind: 'video', Engine: 'steam' }) },
      'Kind of AWS::Test::Thing (A): local AWS has no video things: use another kind. ' +
        'local AWS has no property Engine of AWS::Test::Thing (A). Use Mode.',
    ],
    [
      { A: { ...thing(), Version: '1.0' } },
      "Template format error: [/Resources/A] Invalid template resource property 'Version'",
    ],
    [
      { A: thing(), 'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: 's3://a/b' } } },
      'local AWS has no function Fn::Transform (Resources). Deploy the template with its macros already expanded.',
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
      '[/Resources/A/CreationPolicy] local AWS does not support CreationPolicy: remove it.',
    ],
    [{ A: thing({}, { Foo: 1 }) }, "[/Resources/A/Foo] Invalid template resource property 'Foo'"],
    [
      { A: thing({ Text: null }) },
      "[/Resources/A/Properties/Text] 'null' values are not allowed in templates",
    ],
    [{}, 'Template format error: At least one Resources member must be defined.'],
  ])('a template with the resources %j is refused', async (resources, message) => {
    const cloud = createCloud();
    await expect(create(cloud, body(resources as object))).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(message),
    });
    await expect(describeStack(cloud.client)).rejects.toMatchObject({
      message: 'Stack with id app does not exist',
    });
  });

  test('a resource that a condition leaves out may be of any type, also if a parameter decides', async () => {
    const cloud = createCloud();
    const template = body(
      { A: thing(), Users: { Type: 'AWS::Cognito::UserPool', Condition: 'OnAws', Properties: { Any: 1 } } },
      {
        Parameters: { Stage: { Type: 'String' } },
        Conditions: { OnAws: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Stage' }, 'local'] }] } },
        Outputs: { Users: { Value: { Ref: 'Users' }, Condition: 'OnAws' } },
      },
    );
    const inStage = (ParameterValue: string) => ({
      Parameters: [{ ParameterKey: 'Stage', ParameterValue }],
    });
    await expect(create(cloud, template, inStage('dev'))).rejects.toMatchObject({
      message: expect.stringContaining('local AWS has no user pools: AWS::Cognito::UserPool (Users)'),
    });
    await cloud.client.send(new ValidateTemplateCommand({ TemplateBody: template }));
    await create(cloud, template, inStage('local'));
    expect((await describeStack(cloud.client)).StackStatus).toBe('CREATE_COMPLETE');
  });

  test('a stack name that is in use is refused', async () => {
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

  test('accounts and regions have separate stacks', async () => {
    const cloud = createCloud();
    const id = await create(cloud, body({ A: thing() }));
    for (const other of [cloud.clientFor('222222222222'), cloud.clientFor(ACCOUNT, 'us-east-1')]) {
      await expect(describeStack(other)).rejects.toMatchObject({
        message: 'Stack with id app does not exist',
      });
      await expect(describeStack(other, id)).rejects.toMatchObject({ name: 'ValidationError' });
    }
  });

  test('IAM resources require a capability', async () => {
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
    expect((await describeStack(cloud.client)).StackStatus).toBe('CREATE_COMPLETE');
  });
});

describe('a creation that fails', () => {
  const failing = body({
    Good: thing({ Name: 'good' }),
    Bad: thing({ Fail: 'No such thing', Text: { Ref: 'Good' } }),
    After: thing({ Text: { Ref: 'Bad' } }),
  });

  test('a failed creation rolls back, with the reason in the events', async () => {
    const cloud = createCloud();
    const id = await create(cloud, failing);
    expect(await reasonOf(cloud, 'Bad CREATE_FAILED')).toMatch(
      /^Resource handler returned message: "No such thing \(Service: Test, Status Code: 400, Request ID: .*\)" \(RequestToken: .*, HandlerErrorCode: InvalidRequest\)$/,
    );
    expect(await reasonOf(cloud, 'app ROLLBACK_IN_PROGRESS')).toBe(
      'The following resource(s) failed to create: [Bad]. Rollback requested by user.',
    );
    expect((await describeStack(cloud.client, id)).StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(cloud.things.size).toBe(0);
    expect(cloud.history).not.toContain('create After');
    await expect(update(cloud, body({ A: thing() }))).rejects.toMatchObject({
      message: `Stack:${id} is in ROLLBACK_COMPLETE state and can not be updated.`,
    });
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    await expect(describeStack(cloud.client)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('OnFailure DELETE deletes the stack, and DO_NOTHING keeps it with its resources', async () => {
    const cloud = createCloud();
    const id = await create(cloud, failing, { OnFailure: 'DELETE' });
    expect((await describeStack(cloud.client, id)).StackStatus).toBe('DELETE_COMPLETE');
    await create(cloud, failing, { OnFailure: 'DO_NOTHING' });
    expect((await describeStack(cloud.client)).StackStatus).toBe('CREATE_FAILED');
    expect(cloud.things.has('good')).toBe(true);
    // https://github.com/code-dot-org/code-dot-org/pull/68524
    await expect(update(cloud, body({ A: thing() }))).rejects.toMatchObject({
      message:
        'This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.',
    });
  });

  test.each([
    ['DisableRollback', { DisableRollback: true }],
    ['DeploymentConfig', { DeploymentConfig: { DisableRollback: true } }],
  ])(
    '%s keeps a stack that failed with its resources, and an update adds the missing one',
    async (_name, input) => {
      const cloud = createCloud();
      await create(cloud, failing, input);
      expect((await describeStack(cloud.client)).StackStatus).toBe('CREATE_FAILED');
      expect(cloud.things.has('good')).toBe(true);
      await update(cloud, body({ Good: thing({ Name: 'good' }), Bad: thing({ Text: { Ref: 'Good' } }) }));
      expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_COMPLETE');
      expect(cloud.things.size).toBe(2);
    },
  );

  test('if a resource fails, the resources in creation are cancelled and deleted', async () => {
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

  test.each([
    [{ Tags: [{ Key: 'a' }] }, '#/Tags/0: required key [Value] not found'],
    [{ Size: 'big' }, '#/Size: expected type: number, found: string'],
  ])('the reason names the property in %j', async (properties, message) => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing(properties) }));
    expect(await reasonOf(cloud, 'A CREATE_FAILED')).toBe(
      `Properties validation failed for resource A with message:\n${message}`,
    );
  });

  test('an attribute that a resource does not have fails the creation', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing(), B: thing({ Text: { 'Fn::GetAtt': 'A.Nope' } }) }));
    expect(await reasonOf(cloud, 'B CREATE_FAILED')).toBe(
      'Template error: resource A does not support attribute type Nope in Fn::GetAtt. Supported: Arn, Nested.Text, Text',
    );
  });

  test('a roll-back keeps resources with DeletionPolicy Retain, but not those with RetainExceptOnCreate', async () => {
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

  test('a template of 600 bytes whose text would fill the memory is refused, and others are deployed', async () => {
    const cloud = createCloud();
    let text: object = { 'Fn::Sub': 'x' };
    for (let level = 0; level < 25; level += 1) text = { 'Fn::Sub': [`\${A}\${A}\${A}`, { A: text }] };
    await expect(create(cloud, body({ Bomb: thing({ Text: text }) }))).rejects.toThrow(
      'the functions of a value make more than 4194304 characters',
    );
    await create(cloud, body({ First: thing({ Name: 'first' }) }));
  });
});
