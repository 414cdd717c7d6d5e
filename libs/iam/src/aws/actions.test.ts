import { actionsAbout, resourcesOfAction } from './actions.ts';

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
