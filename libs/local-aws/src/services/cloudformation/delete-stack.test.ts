import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  ListExportsCommand,
  ListStacksCommand,
  UpdateTerminationProtectionCommand,
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

describe('deleting a stack', () => {
  test('resources are deleted in reverse order, except the retained ones', async () => {
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
    const stack = await describeStack(cloud.client, id);
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
    // Deleting it again succeeds.
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
  });

  test('a deletion fails with the resource and its reason, and can be repeated', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body({ A: thing({ Name: 'a' }), B: thing({ Name: 'b', Text: { Ref: 'A' } }), C: thing() }),
    );
    cloud.stubborn.add('B');
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    const stack = await describeStack(cloud.client);
    expect(stack).toMatchObject({
      StackStatus: 'DELETE_FAILED',
      StackStatusReason: 'The following resource(s) failed to delete: [B]. ',
    });
    expect(await reasonOf(cloud, 'B DELETE_FAILED')).toContain('The thing is not empty');
    expect([...cloud.things.keys()]).toEqual(['a', 'b']);
    cloud.stubborn.clear();
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    expect(cloud.things.size).toBe(0);
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html#troubleshooting-errors-delete-stack-fails
  test('after a deletion that failed, RetainResources leaves the named resources and deletes the stack', async () => {
    const cloud = createCloud();
    const id = await create(
      cloud,
      body({ A: thing({ Name: 'a' }), B: thing({ Name: 'b', Text: { Ref: 'A' } }), C: thing() }),
    );
    const remove = (...RetainResources: string[]) =>
      cloud.client.send(new DeleteStackCommand({ StackName: 'app', RetainResources }));
    await expect(remove('B')).rejects.toMatchObject({
      name: 'ValidationError',
      message: `Invalid operation on stack [${id}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`,
    });
    cloud.stubborn.add('B');
    await remove();
    await cloud.service.idle();
    await expect(remove('B', 'Typo')).rejects.toThrow('stack [app] has no resource Typo');
    await expect(remove('C')).rejects.toThrow(
      'The specified resources to retain must be in a valid state. Do not specify resources that are in the DELETE_COMPLETE state.',
    );
    await remove('B');
    await cloud.service.idle();
    expect((await describeStack(cloud.client, id)).StackStatus).toBe('DELETE_COMPLETE');
    expect([...cloud.things.keys()]).toEqual(['b']);
  });

  // LocalStack's tests recorded it on AWS: test_blocked_stack_deletion in tests/aws/services/cloudformation/api/test_stacks.snapshot.json
  test('a roll-back that cannot delete a resource leaves a stack that can only be deleted, at last without the resource', async () => {
    const cloud = createCloud();
    cloud.stubborn.add('Blocked');
    const Broken = thing({ Fail: 'broken' }, { DependsOn: 'Blocked' });
    const id = await create(cloud, body({ Blocked: thing({ Name: 'blocked' }), Broken }));
    const StackStatusReason = 'The following resource(s) failed to delete: [Blocked]. ';
    expect(await describeStack(cloud.client)).toMatchObject({
      StackStatus: 'ROLLBACK_FAILED',
      StackStatusReason,
      DeletionTime: expect.any(Date),
    });
    const template = body({ Blocked: thing({ Name: 'blocked' }) });
    await expect(update(cloud, template)).rejects.toThrow(
      `Stack:${id} is in ROLLBACK_FAILED state and can not be updated.`,
    );
    const remove = async (...RetainResources: string[]) => {
      await cloud.client.send(new DeleteStackCommand({ StackName: id, RetainResources }));
      await cloud.service.idle();
    };
    await expect(remove('Blocked')).rejects.toThrow('only when the stack is in the DELETE_FAILED state.');
    await remove();
    expect(await describeStack(cloud.client)).toMatchObject({
      StackStatus: 'DELETE_FAILED',
      StackStatusReason,
    });
    await remove('Blocked');
    expect((await describeStack(cloud.client, id)).StackStatus).toBe('DELETE_COMPLETE');
    expect((await happened(cloud, id)).slice(-13)).toEqual([
      'Broken CREATE_FAILED',
      'app ROLLBACK_IN_PROGRESS',
      'Blocked DELETE_IN_PROGRESS',
      'Blocked DELETE_FAILED',
      'Broken DELETE_COMPLETE',
      'app ROLLBACK_FAILED',
      'app DELETE_IN_PROGRESS',
      'Blocked DELETE_IN_PROGRESS',
      'Blocked DELETE_FAILED',
      'app DELETE_FAILED',
      'app DELETE_IN_PROGRESS',
      'Blocked DELETE_SKIPPED',
      'app DELETE_COMPLETE',
    ]);
    expect([...cloud.things.keys()]).toEqual(['blocked']);
  });

  test('DeleteStack stops a creation that is in progress', async () => {
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
    expect((await describeStack(cloud.client, StackId)).StackStatus).toBe('DELETE_COMPLETE');
    expect(cloud.history).toEqual(['create A', 'delete A']);
  });

  test('DeleteStack is refused while termination protection is on', async () => {
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

  test('an export can be imported, and cannot be deleted or changed while it is in use', async () => {
    const cloud = createCloud();
    const id = await create(cloud, exporting('one'));
    await create(cloud, importing, { StackName: 'user' });
    expect(cloud.things.get('b')?.properties.Text).toBe('one');
    const { Exports } = await cloud.client.send(new ListExportsCommand({}));
    expect(Exports).toEqual([{ ExportingStackId: id, Name: 'app-url', Value: 'one' }]);
    await update(cloud, exporting('two'));
    expect(await reasonOf(cloud, 'app UPDATE_ROLLBACK_IN_PROGRESS')).toContain(
      'Export app-url cannot be updated as it is in use by user',
    );
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    const kept = await describeStack(cloud.client);
    expect(kept).toMatchObject({
      StackStatus: 'UPDATE_ROLLBACK_COMPLETE',
      StackStatusReason: 'Delete canceled. Cannot delete export app-url as it is in use by user.',
    });
    expect(kept).not.toHaveProperty('DeletionTime');
    // https://github.com/serverless/serverless/issues/2984, https://github.com/aws/aws-cdk/issues/604
    expect((await happened(cloud)).slice(-2)).toEqual([
      'app DELETE_IN_PROGRESS',
      'app UPDATE_ROLLBACK_COMPLETE',
    ]);
    await cloud.client.send(new DeleteStackCommand({ StackName: 'user' }));
    await cloud.service.idle();
    await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
    await cloud.service.idle();
    expect(cloud.things.size).toBe(0);
  });

  test('an import needs an existing export, and two exports cannot have the same name', async () => {
    const cloud = createCloud();
    // https://github.com/widdix/aws-s3-virusscan/issues/39
    await create(cloud, importing, { StackName: 'early' });
    expect(await happened(cloud, 'early')).toEqual([
      'early CREATE_IN_PROGRESS',
      'early ROLLBACK_IN_PROGRESS',
      'early ROLLBACK_COMPLETE',
    ]);
    expect(await reasonOf(cloud, 'early ROLLBACK_IN_PROGRESS', 'early')).toBe(
      'No export named app-url found. Rollback requested by user.',
    );
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
