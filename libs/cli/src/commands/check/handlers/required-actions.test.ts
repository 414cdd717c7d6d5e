import { propertyExceptions, reasonedExceptions } from './exceptions.ts';
import { actionsOfType, handlerPermissions, requiredActions } from './required-actions.ts';

const aFunction = (properties: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Code: { S3Bucket: 'b' }, ...properties },
});

test('a resource needs what its handlers need for the properties that it sets', () => {
  expect(requiredActions(aFunction({}))).toEqual(
    expect.arrayContaining([
      'lambda:CreateFunction',
      's3:GetObject',
      'lambda:TagResource',
      'lambda:ListTags',
    ]),
  );
  expect(requiredActions(aFunction({}))).not.toContain('lambda:PutFunctionConcurrency');
  expect(requiredActions(aFunction({ ReservedConcurrentExecutions: 0 }))).toContain(
    'lambda:PutFunctionConcurrency',
  );
  expect(requiredActions(aFunction({}))).not.toContain('s3:GetObjectVersion');
  expect(requiredActions(aFunction({ Code: { S3ObjectVersion: '1' } }))).toContain('s3:GetObjectVersion');
});

test('an action of two properties is needed if one of them is set', () => {
  const group = (properties: object) =>
    requiredActions({ Type: 'AWS::Logs::LogGroup', Properties: { ...properties } });
  expect(group({ ResourcePolicyDocument: {} })).toContain('logs:PutResourcePolicy');
  expect(group({ DataProtectionPolicy: {} })).toContain('logs:PutResourcePolicy');
  expect(group({})).not.toContain('logs:PutResourcePolicy');
});

test('the permission to pass roles never follows from the table', () => {
  expect(actionsOfType('AWS::Lambda::Function')).toContain('iam:PassRole');
  for (const Type of Object.keys(handlerPermissions.types)) {
    expect(requiredActions({ Type, Properties: {} })).not.toContain('iam:PassRole');
  }
});

test('a type that the table does not have needs no known action', () => {
  expect(requiredActions({ Type: 'AWS::Neptune::DBCluster', Properties: {} })).toEqual([]);
});

test('each exception is about an action of its type’s handlers, and about a property that the type has', () => {
  for (const [type, properties] of Object.entries(propertyExceptions)) {
    for (const [path, actions] of Object.entries(properties)) {
      const [property = ''] = path.split('.');
      expect(handlerPermissions.types[type]?.properties).toContain(property);
      expect(actionsOfType(type)).toEqual(expect.arrayContaining([...actions]));
    }
  }
  for (const { type, actions, reason } of reasonedExceptions) {
    expect(actionsOfType(type)).toEqual(expect.arrayContaining([...actions]));
    expect(reason).toMatch(/\.$/);
  }
});

test('the names that AWS’s list of actions does not have are listed, and in no handler', () => {
  for (const [type, { unknown }] of Object.entries(handlerPermissions.types)) {
    for (const name of unknown) expect(actionsOfType(type)).not.toContain(name);
  }
  expect(handlerPermissions.types['AWS::S3::Bucket']?.unknown).toContain('s3:DeleteBucketTagging');
});
