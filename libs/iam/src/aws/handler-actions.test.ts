import { actionsOfChange, actionsOfLife, actionsOfType, handlerActions } from './handler-actions.ts';
import { resourcesOfAction } from './index.ts';

const namesOf = (needed: readonly { readonly action: string }[]) => needed.map(({ action }) => action);
const life = (type: string, properties = {}) => namesOf(actionsOfLife(type, properties));
const FUNCTION = 'AWS::Lambda::Function';
const GROUP = 'AWS::Logs::LogGroup';

/** Each row of the table. */
const rows = Object.entries(handlerActions.types).flatMap(([type, { properties, handlers }]) =>
  Object.entries(handlers).flatMap(([handler, actions]) =>
    Object.entries(actions).map(([action, row]) => ({ type, own: properties, handler, action, row })),
  ),
);

test('a resource needs what its handlers take for the properties that it sets', () => {
  expect(life(FUNCTION)).toEqual(
    expect.arrayContaining(['lambda:CreateFunction', 'lambda:DeleteFunction', 'lambda:ListTags']),
  );
  expect(life(FUNCTION)).not.toContain('lambda:PutFunctionConcurrency');
  expect(life(FUNCTION, { ReservedConcurrentExecutions: 0 })).toContain('lambda:PutFunctionConcurrency');
  expect(life(FUNCTION, { Code: { S3Bucket: 'b' } })).not.toContain('s3:GetObjectVersion');
  expect(life(FUNCTION, { Code: { S3ObjectVersion: '1' } })).toContain('s3:GetObjectVersion');
  // An empty list is no value.
  expect(life(FUNCTION, { Layers: [] })).not.toContain('lambda:GetLayerVersion');
});

test('an action of two properties is needed if one of them is set', () => {
  expect(life(GROUP, { ResourcePolicyDocument: {} })).not.toContain('logs:PutResourcePolicy');
  expect(life(GROUP, { ResourcePolicyDocument: { a: 1 } })).toContain('logs:PutResourcePolicy');
  expect(life(GROUP, { DataProtectionPolicy: { a: 1 } })).toContain('logs:PutResourcePolicy');
});

test('an update takes what gives a property its value, or what takes it away, and nothing for the others', () => {
  const update = (properties: object, previous: object, tags = {}, previousTags = {}) =>
    namesOf(
      actionsOfChange(GROUP, {
        handler: 'update',
        properties: { ...properties },
        previous: { ...previous },
        tags,
        previousTags,
      }),
    );
  expect(update({ RetentionInDays: 7 }, { RetentionInDays: 14 })).toContain('logs:PutRetentionPolicy');
  expect(update({ RetentionInDays: 7 }, { RetentionInDays: 14 })).not.toContain('logs:DeleteRetentionPolicy');
  expect(update({}, { RetentionInDays: 14 })).toContain('logs:DeleteRetentionPolicy');
  expect(update({}, { RetentionInDays: 14 })).not.toContain('logs:PutRetentionPolicy');
  expect(update({}, {}).join()).not.toMatch(/Retention|Kms|agResource/);
  expect(update({}, {}, { a: 'b' }, { a: 'b' })).not.toContain('logs:TagResource');
  expect(update({}, {}, { a: 'c' }, { a: 'b' })).toContain('logs:TagResource');
  expect(update({}, {}, { a: 'c' }, { a: 'b' })).not.toContain('logs:UntagResource');
  expect(update({}, {}, {}, { a: 'b' })).toContain('logs:UntagResource');
});

test('a policy of a role that keeps its name is put, and not deleted', () => {
  const policies = (text: string) => ({ Policies: [{ PolicyName: 'a', PolicyDocument: { text } }] });
  const update = (properties: object, previous: object) =>
    namesOf(
      actionsOfChange('AWS::IAM::Role', {
        handler: 'update',
        properties: { ...properties },
        previous: { ...previous },
        tags: {},
      }),
    );
  expect(update(policies('new'), policies('old'))).toContain('iam:PutRolePolicy');
  expect(update(policies('new'), policies('old'))).not.toContain('iam:DeleteRolePolicy');
  expect(update({}, policies('old'))).toContain('iam:DeleteRolePolicy');
});

test('a creation reads what it has created, takes nothing away, and a deletion deletes', () => {
  const change = { properties: { RetentionInDays: 7 }, tags: { a: 'b' } };
  const created = namesOf(actionsOfChange(GROUP, { ...change, handler: 'create' }));
  expect(created).toEqual(
    expect.arrayContaining(['logs:CreateLogGroup', 'logs:DescribeLogGroups', 'logs:PutRetentionPolicy']),
  );
  expect(created.join()).not.toMatch(/:Delete|Untag/);
  expect(namesOf(actionsOfChange(GROUP, { ...change, handler: 'delete' }))).toEqual([
    'logs:DeleteLogGroup',
    'logs:DescribeLogGroups',
  ]);
});

test('the hardest verdict counts, and its reason says where it comes from', () => {
  const ofTopic = (action: string) =>
    actionsOfLife('AWS::SNS::Topic', {}).find((needed) => needed.action === action);
  expect(ofTopic('sns:ListSubscriptionsByTopic')?.verdict).toBe('hard');
  expect(ofTopic('sns:ListTagsForResource')).toMatchObject({
    verdict: 'soft',
    reason: expect.stringMatching(/^AWS's handler goes on if it is refused\. \(https:\/\/github\.com\/.*\)$/),
  });
});

test('what the deployment roles leave out on purpose is not asked for', () => {
  expect(life('AWS::IAM::Role', { PermissionsBoundary: 'a' })).not.toContain(
    'iam:DeleteRolePermissionsBoundary',
  );
  expect(life('AWS::DynamoDB::Table')).not.toContain('dynamodb:Scan');
});

test('a type that the table does not have needs no known action', () => {
  expect(life('AWS::Neptune::DBCluster')).toEqual([]);
  expect(actionsOfType('AWS::Neptune::DBCluster')).toEqual([]);
});

test('the permission to pass roles never follows from the table', () => {
  expect(rows.filter(({ action }) => action === 'iam:PassRole')).toEqual([]);
});

test('each action is one of AWS, and each property is one of its type', () => {
  for (const { type, own, action, row } of rows) {
    expect([action, resourcesOfAction(action) !== undefined]).toEqual([action, true]);
    if (row.isOnAll) expect([action, resourcesOfAction(action)]).toEqual([action, []]);
    for (const path of row.properties ?? [])
      expect([type, own]).toEqual([type, expect.arrayContaining([path.split('.')[0]])]);
  }
});

test('each verdict has a source with an address and a date, and only evidence makes an action soft', () => {
  for (const { row } of rows) expect(Object.keys(handlerActions.sources)).toContain(row.source);
  for (const { address, says, date } of Object.values(handlerActions.sources)) {
    expect(address).toMatch(/^https:\/\/(?:github\.com|docs\.aws\.amazon\.com)\/./);
    expect(says).toMatch(/^[A-Z].*\.$/);
    expect(date).toMatch(/^20\d\d-\d\d(?:-\d\d)?$/);
  }
  const notHard = rows.filter(({ row }) => row.verdict !== 'hard' && row.withheld === undefined);
  expect(notHard.map(({ type, handler, action }) => `${type} ${handler} ${action}`)).toEqual([
    'AWS::Logs::LogGroup read logs:ListTagsForResource',
    'AWS::Logs::LogGroup delete logs:DescribeLogGroups',
    ...['GetDataProtectionPolicy', 'ListSubscriptionsByTopic', 'ListTagsForResource'].map(
      (name) => `AWS::SNS::Topic read sns:${name}`,
    ),
    'AWS::SNS::Topic update sns:GetDataProtectionPolicy',
    'AWS::SNS::Topic update sns:ListTagsForResource',
  ]);
  for (const { row } of notHard) expect(['schema', 'property', 'tags']).not.toContain(row.source);
});

test('the names that AWS’s list of actions does not have are listed, and in no handler', () => {
  for (const [type, { unlisted }] of Object.entries(handlerActions.types)) {
    for (const name of unlisted) expect(actionsOfType(type)).not.toContain(name);
  }
  expect(handlerActions.types['AWS::S3::Bucket']?.unlisted).toContain('s3:DeleteBucketTagging');
});
