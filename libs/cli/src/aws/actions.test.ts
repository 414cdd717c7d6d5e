import { readFileSync } from 'node:fs';
import { actionsOfAws } from './action-data.testing.ts';
import { ACTION_DATA, actionsAbout, resourcesOfAction } from './actions.ts';

test('the table has all actions of AWS that iam-data has', async () => {
  const rows = readFileSync(ACTION_DATA, 'utf8').trim().split('\n');
  expect(rows).toEqual((await actionsOfAws()).map((row) => JSON.stringify(row)));
});

test.each([
  ['STS:assumerole', ['arn:<Partition>:iam::<Account>:role/<RoleNameWithPath>']],
  ['sts:GetCallerIdentity', []],
  ['lambda:InvokeFunction', ['arn:<Partition>:lambda:<Region>:<Account>:function:<FunctionName>']],
])('the action %s is about resources with the ARNs %j', (action, arns) => {
  expect(resourcesOfAction(action)).toEqual(arns);
});

test.each(['execute-api:Invok', 'nothing:Invoke', 'sts', '', 's3:GetObject:x', '",[:a'])(
  'AWS has no action %j',
  (action) => expect(resourcesOfAction(action)).toBeUndefined(),
);

test('the actions about a function are those that name it, alone or with other kinds of resources', () => {
  const actions = actionsAbout('lambda', 'function');
  expect(actions).toEqual(
    expect.arrayContaining(['lambda:InvokeFunction', 'lambda:PutResourcePolicy', 'lambda:TagResource']),
  );
  expect(actions).not.toContain('lambda:ListFunctions');
  expect(actionsAbout('nothing', 'function')).toEqual([]);
});
