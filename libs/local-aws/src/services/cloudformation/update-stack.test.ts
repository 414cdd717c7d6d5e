import {
  DescribeStackResourcesCommand,
  GetTemplateCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  body,
  create,
  createCloud,
  describeStack,
  happened,
  reasonOf,
  thing,
  update,
} from './cloudformation.testing.ts';

describe('updating a stack', () => {
  test('an update adds, changes, replaces and removes resources', async () => {
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
    expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_COMPLETE');
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

  test('a resource is not updated if its references resolve to the same values', async () => {
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

  test('an update that changes nothing is refused', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing({ Size: 1 }) }));
    for (const same of [{ A: thing({ Size: 1 }) }, { A: thing({ Size: '1' }) }]) {
      await expect(update(cloud, body(same))).rejects.toMatchObject({
        name: 'ValidationError',
        message: 'No updates are to be performed.',
      });
    }
    await update(cloud, body({ A: thing({ Size: 1 }) }, { Outputs: { X: { Value: 'y' } } }));
    expect((await describeStack(cloud.client)).Outputs).toMatchObject([{ OutputValue: 'y' }]);
    await update(cloud, body({ A: thing({ Size: 1 }) }, { Outputs: { X: { Value: 'y' } } }), {
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect([...cloud.things.values()][0]?.tags).toEqual({ a: 'b' });
  });

  test('an update rolls back to the previous state if a resource fails', async () => {
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
    const stack = await describeStack(cloud.client);
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

  test.each([{ DisableRollback: true }, { DeploymentConfig: { DisableRollback: true } }])(
    'an update with %j does not roll back, and the next one continues from there',
    async (input) => {
      const cloud = createCloud();
      await create(cloud, body({ A: thing({ Kind: 'a' }) }));
      const failing = body({ A: thing({ Kind: 'b' }), B: thing({ Fail: 'no', Text: { Ref: 'A' } }) });
      await update(cloud, failing, input);
      expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_FAILED');
      expect(cloud.things.size).toBe(2);
      await update(cloud, body({ A: thing({ Kind: 'b' }), B: thing() }));
      expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_COMPLETE');
      expect([...cloud.things.values()].map(({ logicalId }) => logicalId).sort()).toEqual(['A', 'B']);
    },
  );

  test('a resource with a custom name cannot be replaced', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing({ Name: 'mine', Kind: 'a' }) }));
    await update(cloud, body({ A: thing({ Name: 'mine', Kind: 'b' }) }));
    expect(await reasonOf(cloud, 'A UPDATE_FAILED')).toBe(
      'CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename mine and update the stack again.',
    );
    expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(cloud.things.get('mine')?.properties.Kind).toBe('a');
  });

  test('old resources with UpdateReplacePolicy or DeletionPolicy Retain are kept', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({ A: thing({ Name: 'a1' }), B: thing({ Name: 'b' }, { DeletionPolicy: 'Retain' }) }),
    );
    await update(cloud, body({ A: thing({ Name: 'a2' }, { UpdateReplacePolicy: 'Retain' }) }));
    expect([...cloud.things.keys()].sort()).toEqual(['a1', 'a2', 'b']);
    expect(await happened(cloud)).toEqual(expect.arrayContaining(['A DELETE_SKIPPED', 'B DELETE_SKIPPED']));
  });

  test('an update is refused while another one is in progress', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing({ Name: 'a', Text: 'old' }) }));
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
    release();
    await cloud.service.idle();
    expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_COMPLETE');
  });

  test('an update that changes the type of a resource is refused', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing() }));
    await expect(
      update(cloud, body({ A: { Type: 'AWS::IAM::Role' } }), { Capabilities: ['CAPABILITY_IAM'] }),
    ).rejects.toMatchObject({
      message:
        'Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]',
    });
  });
});
