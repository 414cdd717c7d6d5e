import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('each action of each service in the list of AWS is an action of AWS, those of the first and the last one too', () => {
  const rows = readFileSync(join(__dirname, 'actions.jsonl'), 'utf8').trimEnd().split('\n');
  const unknown = rows.flatMap((row) => {
    const [service, names] = JSON.parse(row) as [string, Readonly<Record<string, string>>];
    const actions = Object.values(names).flatMap((each) => each.split(' '));
    return [actions.at(0), actions.at(-1)]
      .map((name) => `${service}:${name}`)
      .filter((action) => resourcesOfAction(action) === undefined);
  });
  expect(unknown).toEqual([]);
  expect(rows.length).toBeGreaterThan(400);
});

test('the actions about a function are those that name it, alone or with other kinds of resources', () => {
  const actions = actionsAbout('lambda', 'function');
  expect(actions).toEqual(
    expect.arrayContaining(['lambda:InvokeFunction', 'lambda:PutResourcePolicy', 'lambda:TagResource']),
  );
  expect(actions).not.toContain('lambda:ListFunctions');
  expect(actionsAbout('nothing', 'function')).toEqual([]);
});
