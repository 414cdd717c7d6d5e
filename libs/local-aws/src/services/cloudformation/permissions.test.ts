import { CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  ACCOUNT,
  body,
  type Cloud,
  create,
  createCloud,
  describeStack,
  reasonOf,
  thing,
  update,
} from './cloudformation.testing.ts';

let cloud: Cloud;
beforeEach(() => {
  cloud = createCloud();
});

const root = `arn:aws:iam::${ACCOUNT}:root`;
const deployer = `arn:aws:iam::${ACCOUNT}:role/deployer`;

test('A resource that the caller may not create fails in AWS’s words, and the stack is rolled back.', async () => {
  cloud.denied.add('test:create');
  await create(cloud, body({ A: thing() }));
  expect(await describeStack(cloud.client)).toMatchObject({ StackStatus: 'ROLLBACK_COMPLETE' });
  expect(await reasonOf(cloud, 'A CREATE_FAILED')).toMatch(
    /^Resource handler returned message: "User: arn:aws:iam::\d+:root is not authorized to perform: test:create on resource: arn:aws:test:::thing\/A with an explicit deny in a service control policy \(Service: Test, Status Code: 403, .*HandlerErrorCode: AccessDenied\)$/,
  );
  expect(cloud.history).toEqual([]);
});

test('An update without permission does not change the resource.', async () => {
  await create(cloud, body({ A: thing({ Text: 'old' }) }));
  cloud.denied.add('test:update');
  await update(cloud, body({ A: thing({ Text: 'new' }) }));
  expect(await describeStack(cloud.client)).toMatchObject({ StackStatus: 'UPDATE_ROLLBACK_COMPLETE' });
  expect([...cloud.things.values()]).toMatchObject([{ properties: { Text: 'old' } }]);
});

test('A stack is not deleted if the caller may not delete one of its resources.', async () => {
  await create(cloud, body({ A: thing() }));
  cloud.denied.add('test:delete');
  await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
  await cloud.service.idle();
  expect(await describeStack(cloud.client)).toMatchObject({ StackStatus: 'DELETE_FAILED' });
  expect(cloud.things.size).toBe(1);
});

test('A refusal is traced as a request of the caller, made through CloudFormation.', async () => {
  cloud.denied.add('test:create');
  await create(cloud, body({ A: thing() }));
  expect(cloud.refused).toMatchObject([
    {
      principal: root,
      service: 'test',
      operation: 'create',
      status: 403,
      parentRequestId: 'request-1',
      decisions: [
        { context: { 'aws:CalledVia': ['cloudformation.amazonaws.com'], 'aws:ViaAWSService': 'true' } },
      ],
    },
  ]);
});

test('A stack with a service role is changed with the rights of that role, which the caller must be allowed to pass.', async () => {
  await create(cloud, body({ A: thing() }), { RoleARN: deployer });
  await update(cloud, body({ A: thing({ Text: 'new' }) }));
  expect(cloud.asked.map(({ action, principal }) => [action, principal])).toMatchObject([
    ['test:create', { arn: deployer }],
    ['test:update', { arn: deployer }],
  ]);
  expect(cloud.questions).toContainEqual(
    expect.objectContaining({
      action: 'iam:PassRole',
      resource: deployer,
      context: { 'iam:PassedToService': 'cloudformation.amazonaws.com' },
    }),
  );
});

test('A service role that does not trust CloudFormation is refused at once.', async () => {
  const RoleARN = `arn:aws:iam::${ACCOUNT}:role/other`;
  await expect(
    cloud.client.send(
      new CreateStackCommand({ StackName: 'app', TemplateBody: body({ A: thing() }), RoleARN }),
    ),
  ).rejects.toThrow(`Role ${RoleARN} is invalid or cannot be assumed`);
});
