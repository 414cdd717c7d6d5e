import { pseudoParameters } from './pseudo-parameters.ts';

test.each([
  ['eu-central-1', 'aws', 'amazonaws.com'],
  ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
  ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
  ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
  ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov'],
])('a stack in %s is in the partition %s, with the URL suffix %s', (region, partition, suffix) => {
  const stack = { accountId: '111111111111', region, name: 'api', id: 'arn' };
  expect(Object.fromEntries(pseudoParameters(stack))).toMatchObject({
    'AWS::Region': region,
    'AWS::Partition': partition,
    'AWS::URLSuffix': suffix,
  });
});
