import {
  ContinueUpdateRollbackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  body,
  type Cloud,
  create,
  createCloud,
  describeStack,
  happened,
  thing,
  update,
} from './cloudformation.testing.ts';

/* https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html */

/** A stack whose update failed at `Broken`, and whose roll-back then failed at `A` and `B`. */
async function stuck(): Promise<Cloud> {
  const cloud = createCloud();
  const template = (Text: string, more: object = {}) =>
    body({ A: thing({ Name: 'a', Text }), B: thing({ Name: 'b', Text }), ...more });
  await create(cloud, template('old'));
  let release = () => {};
  cloud.held.set(
    'Broken',
    new Promise((resolve) => {
      release = resolve;
    }),
  );
  const TemplateBody = template('new', {
    Added: thing({ Name: 'added' }),
    Broken: thing({ Fail: 'broken' }, { DependsOn: ['A', 'B', 'Added'] }),
  });
  await cloud.client.send(new UpdateStackCommand({ StackName: 'app', TemplateBody }));
  while (!cloud.history.includes('create Broken')) await new Promise((resolve) => setTimeout(resolve, 1));
  cloud.denied.add('test:update');
  release();
  await cloud.service.idle();
  expect(await describeStack(cloud.client)).toMatchObject({
    StackStatus: 'UPDATE_ROLLBACK_FAILED',
    StackStatusReason: 'The following resource(s) failed to update: [A, B]. ',
  });
  return cloud;
}

async function proceed(cloud: Cloud, ...ResourcesToSkip: string[]): Promise<void> {
  await cloud.client.send(new ContinueUpdateRollbackCommand({ StackName: 'app', ResourcesToSkip }));
  await cloud.service.idle();
}

const textOf = (cloud: Cloud, name: string) => cloud.things.get(name)?.properties.Text;

test('a failed roll-back is continued once its cause is gone, and the stack can be updated again', async () => {
  const cloud = await stuck();
  await proceed(cloud);
  expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_ROLLBACK_FAILED');
  cloud.denied.clear();
  await proceed(cloud);
  expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect([...cloud.things.keys()].sort()).toEqual(['a', 'b']);
  expect([textOf(cloud, 'a'), textOf(cloud, 'b')]).toEqual(['old', 'old']);
  await update(cloud, body({ A: thing({ Name: 'a', Text: 'next' }) }));
  expect(textOf(cloud, 'a')).toBe('next');
});

test('a resource that is skipped stays as it is, and counts as updated', async () => {
  const cloud = await stuck();
  await proceed(cloud, 'A', 'B');
  expect((await happened(cloud)).slice(-6)).toEqual([
    'A UPDATE_COMPLETE',
    'B UPDATE_COMPLETE',
    'app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'Added DELETE_IN_PROGRESS',
    'Added DELETE_COMPLETE',
    'app UPDATE_ROLLBACK_COMPLETE',
  ]);
  expect([textOf(cloud, 'a'), cloud.things.has('added')]).toEqual(['new', false]);
  cloud.denied.clear();
  await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
  await cloud.service.idle();
  expect(cloud.things.size).toBe(0);
});

test('only a stack whose roll-back failed can be continued, and only what failed can be skipped', async () => {
  const cloud = await stuck();
  await expect(proceed(cloud, 'A', 'Added')).rejects.toThrow(
    'ResourcesToSkip: the rollback of stack [app] did not fail at Added. Name some of A, B.',
  );
  await proceed(cloud, 'A', 'B');
  await expect(proceed(cloud)).rejects.toThrow(
    'is in UPDATE_ROLLBACK_COMPLETE state and can not continue its rollback',
  );
  await expect(cloud.client.send(new ContinueUpdateRollbackCommand({ StackName: 'absent' }))).rejects.toThrow(
    'Stack [absent] does not exist',
  );
});
