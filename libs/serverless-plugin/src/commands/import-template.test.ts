import { importTemplate } from './import-template.ts';

const DeletionPolicy = 'RetainExceptOnCreate';
const key = {
  id: 'Key',
  resource: {
    Type: 'AWS::KMS::Key',
    DeletionPolicy,
    Properties: { Description: 'orders', KeyPolicy: { Principal: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  },
  identifier: { KeyId: '1234' },
};
const table = (properties: object = {}, more: object = {}) => ({
  id: 'Orders',
  resource: {
    Type: 'AWS::DynamoDB::Table',
    DeletionPolicy,
    UpdateReplacePolicy: 'Retain',
    ...more,
    Properties: {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      SSESpecification: { SSEEnabled: true, KMSMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
      ...properties,
    },
  },
  identifier: { TableName: 'depot-Orders-1' },
});

test('a property that refers to a resource outside of the import is left out, and one within it stays', () => {
  const stream = { KinesisStreamSpecification: { StreamArn: { 'Fn::GetAtt': ['Stream', 'Arn'] } } };
  const more = { DependsOn: ['Role', 'Key'], Condition: 'IsProduction', Metadata: { a: { Ref: 'Role' } } };
  const { KeySchema, SSESpecification } = table().resource.Properties;
  expect(importTemplate([table(stream, more), key])).toEqual({
    Resources: {
      Orders: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy,
        UpdateReplacePolicy: 'Retain',
        DependsOn: ['Key'],
        Properties: { KeySchema, SSESpecification },
      },
      Key: { Type: 'AWS::KMS::Key', DeletionPolicy, Properties: { Description: 'orders' } },
    },
  });
});

test('without its key, a table is imported without the property, which the update sets', () => {
  expect(importTemplate([table()])).toMatchObject({
    Resources: { Orders: { Properties: { KeySchema: expect.anything() } } },
  });
  expect(JSON.stringify(importTemplate([table()]))).not.toContain('SSESpecification');
});

test('a name that refers to something is the name that was found', () => {
  const group = {
    id: 'Logs',
    resource: {
      Type: 'AWS::Logs::LogGroup',
      DeletionPolicy,
      Properties: {
        LogGroupName: { 'Fn::Sub': `/aws/lambda/\${Function}` },
        KmsKeyId: { 'Fn::Sub': `arn:\${AWS::Partition}:kms` },
      },
    },
    identifier: { LogGroupName: '/aws/lambda/f' },
  };
  expect(importTemplate([group])).toMatchObject({
    Resources: {
      Logs: { Properties: { LogGroupName: '/aws/lambda/f', KmsKeyId: { 'Fn::Sub': expect.any(String) } } },
    },
  });
});

test('a property that only a creation sets stops the deployment: an update would make a new, empty table', () => {
  const from = { ImportSourceSpecification: { S3BucketSource: { S3Bucket: { Ref: 'Backups' } } } };
  expect(() => importTemplate([table(from)])).toThrow(
    'cannot take over Orders, which the earlier stack has left: its ImportSourceSpecification refers to Backups',
  );
});
