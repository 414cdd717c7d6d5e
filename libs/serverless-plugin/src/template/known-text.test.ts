import type { Resource } from '../framework.ts';
import { knownText } from './known-text.ts';
import { referencesIn } from './references.ts';

const pseudo = {
  'AWS::AccountId': '111111111111',
  'AWS::Region': 'eu-central-1',
  'AWS::StackName': 'depot-dev',
};
const resources: Readonly<Record<string, Resource>> = {
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: { FunctionName: { 'Fn::Sub': `\${AWS::StackName}-f` } },
  },
  Unnamed: { Type: 'AWS::Lambda::Function', Properties: {} },
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'api' } },
};

test.each<[string, unknown, string | undefined]>([
  ['a text', '/audit', '/audit'],
  ['pseudo parameters', { 'Fn::Sub': `/\${AWS::AccountId}/\${AWS::StackName}` }, '/111111111111/depot-dev'],
  ['own variables', { 'Fn::Sub': [`/\${a}\${!b}`, { a: { Ref: 'AWS::Region' } }] }, `/eu-central-1\${b}`],
  ['a named resource', { 'Fn::Sub': `/aws/lambda/\${Function}` }, '/aws/lambda/depot-dev-f'],
  ['a list', { 'Fn::Join': ['-', ['audit', { Ref: 'AWS::StackName' }]] }, 'audit-depot-dev'],
  ['a resource that CloudFormation names', { 'Fn::Sub': `/aws/lambda/\${Unnamed}` }, undefined],
  ['an ID', { 'Fn::Join': ['-', ['api', { Ref: 'Api' }]] }, undefined],
  ['an attribute', { 'Fn::Sub': `\${Function.Arn}` }, undefined],
  ['a parameter', { Ref: 'Name' }, undefined],
  ['an unknown pseudo parameter', { Ref: 'AWS::StackId' }, undefined],
  ['a condition', { 'Fn::If': ['IsProduction', 'a', 'b'] }, undefined],
])('the text of %s', (_, value, expected) => {
  expect(knownText(value, pseudo, resources)).toBe(expected);
});

test('the references of a value are those of all its functions', () => {
  const value = {
    A: { Ref: 'Parameter' },
    B: [{ 'Fn::GetAtt': ['Key', 'Arn'] }, { 'Fn::GetAtt': 'Role.Arn' }],
    C: { 'Fn::Sub': [`\${Table}-\${Queue.Arn}-\${own}-\${!text}`, { own: { Ref: 'Topic' } }] },
    D: { 'Fn::If': ['IsProduction', { Ref: 'Bucket' }, { Ref: 'AWS::NoValue' }] },
    E: { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'Large'] },
    F: { 'Fn::Join': ['', ['a', { Ref: 'Stream' }]] },
    Ref: 'a property of a type, not a function',
  };
  expect([...referencesIn(value)].sort()).toEqual(
    [
      ...[
        'AWS::NoValue',
        'AWS::Region',
        'Bucket',
        'IsProduction',
        'Key',
        'Parameter',
        'Queue',
        'Role',
        'Sizes',
      ],
      ...['Stream', 'Table', 'Topic'],
    ].sort(),
  );
});
