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
