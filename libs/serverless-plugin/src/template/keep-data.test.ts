import { deploymentWith } from '../deployment.testing.ts';
import type { Resource, Template } from '../framework.ts';
import { keepData } from './keep-data.ts';

const made = (settings: object, own: Partial<Resource> = {}) => {
  const template: Template = {
    Resources: {
      Table: { Type: 'AWS::DynamoDB::Table', Properties: {}, ...own },
      Group: { Type: 'AWS::Logs::LogGroup', Properties: {} },
      Role: { Type: 'AWS::IAM::Role', Properties: {} },
    },
  };
  keepData(template, deploymentWith(settings));
  return Object.values(template.Resources).map(({ DeletionPolicy, UpdateReplacePolicy }) => [
    DeletionPolicy,
    UpdateReplacePolicy,
  ]);
};

test('a table that an update replaces is kept, and a removal deletes all', () => {
  expect(made({})).toEqual([
    [undefined, 'Retain'],
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

test('with retainData, tables and log groups outlive the stack, but not a creation that fails', () => {
  expect(made({ retainData: true })).toEqual([
    ['RetainExceptOnCreate', 'Retain'],
    ['RetainExceptOnCreate', undefined],
    [undefined, undefined],
  ]);
});

test('the policies that serverless.yml gives to a table stay', () => {
  const own = { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' };
  expect(made({ retainData: true }, own)[0]).toEqual(['Delete', 'Delete']);
});

test('a key and an alias that encrypt data outlive the stack as the data does, and others do not', () => {
  const encrypted = (KMSMasterKeyId: object, own: Partial<Resource> = {}) => ({
    Type: 'AWS::DynamoDB::Table',
    Properties: { SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId } },
    ...own,
  });
  const template: Template = {
    Resources: {
      Orders: encrypted({ 'Fn::GetAtt': ['OrdersKey', 'Arn'] }),
      Parcels: encrypted({ Ref: 'ParcelsAlias' }),
      Forever: encrypted(
        { 'Fn::Sub': `arn:aws:kms:eu-central-1:111111111111:key/\${ForeverKey}` },
        {
          DeletionPolicy: 'Retain',
        },
      ),
      Logs: { Type: 'AWS::Logs::LogGroup', Properties: { KmsKeyId: { 'Fn::GetAtt': 'LogsKey.Arn' } } },
      ParcelsAlias: {
        Type: 'AWS::KMS::Alias',
        Properties: { AliasName: 'alias/parcels', TargetKeyId: { Ref: 'ParcelsKey' } },
      },
      ...Object.fromEntries(
        ['OrdersKey', 'ParcelsKey', 'ForeverKey', 'LogsKey', 'OtherKey'].map((id) => [
          id,
          { Type: 'AWS::KMS::Key', Properties: {} },
        ]),
      ),
      OwnKey: { Type: 'AWS::KMS::Key', Properties: {}, DeletionPolicy: 'Delete' },
      Own: encrypted({ 'Fn::GetAtt': ['OwnKey', 'Arn'] }),
    },
  };
  const policies = (settings: object) => {
    const copy = structuredClone(template);
    keepData(copy, deploymentWith(settings));
    return Object.fromEntries(
      Object.entries(copy.Resources).flatMap(([id, { Type, DeletionPolicy }]) =>
        Type.startsWith('AWS::KMS') && DeletionPolicy !== undefined ? [[id, DeletionPolicy]] : [],
      ),
    );
  };
  expect(policies({ retainData: true })).toEqual({
    OrdersKey: 'RetainExceptOnCreate',
    ParcelsAlias: 'RetainExceptOnCreate',
    ParcelsKey: 'RetainExceptOnCreate',
    ForeverKey: 'Retain',
    LogsKey: 'RetainExceptOnCreate',
    OwnKey: 'Delete',
  });
  expect(policies({})).toEqual({ ForeverKey: 'Retain', OwnKey: 'Delete' });
});
