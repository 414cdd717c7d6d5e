import { deploymentWith } from '../deployment.testing.ts';
import { checkDescriptions } from './descriptions.ts';

const check = (Type: string, Properties: Record<string, unknown>) => () =>
  checkDescriptions({ Resources: { Caller: { Type, Properties } } }, deploymentWith());

test.each([
  ['AWS::Lambda::Function', 'Description', 256],
  ['AWS::IAM::Role', 'Description', 1_000],
  ['AWS::CloudWatch::Alarm', 'AlarmDescription', 1_024],
])(
  'a description of %s that is longer than AWS accepts is refused, with its length and the remedy',
  (type, property, limit) => {
    expect(check(type, { [property]: 'x'.repeat(limit) })).not.toThrow();
    expect(check(type, { [property]: 'x'.repeat(limit + 1) })).toThrow(
      `The description of Caller (${type}) has ${limit + 1} characters, and AWS accepts ${limit}: "${'x'.repeat(40)}…". Shorten it in serverless.yml.`,
    );
  },
);

test('characters are counted, not the units of UTF-16', () => {
  expect(check('AWS::Lambda::Function', { Description: '😀'.repeat(256) })).not.toThrow();
});

test('a description with functions, and none at all, are left to CloudFormation', () => {
  expect(check('AWS::Lambda::Function', { Description: { 'Fn::Sub': 'x'.repeat(300) } })).not.toThrow();
  expect(check('AWS::Lambda::Function', {})).not.toThrow();
  expect(check('AWS::SNS::Topic', { Description: 'x'.repeat(5_000) })).not.toThrow();
});
