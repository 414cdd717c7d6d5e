import { deploymentWith } from '../deployment.testing.ts';
import type { Template } from '../framework.ts';
import { countPolls } from './count-polls.ts';

const lambda = (name: string, variables: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { FunctionName: name, Environment: { Variables: variables } },
});
const group = (name: string) => ({
  Type: 'AWS::Logs::LogGroup',
  Properties: { LogGroupName: `/aws/lambda/${name}` },
});
const made = (alarms: boolean) => {
  const template: Template = {
    Resources: {
      Orders: lambda('orders', { IDEMPOTENCY_TABLE: { Ref: 'IdempotencyTable' } }),
      OrdersLogGroup: group('orders'),
      Health: lambda('health', {}),
      HealthLogGroup: group('health'),
    },
  };
  countPolls(template, deploymentWith({ alarms }));
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::Logs::MetricFilter');
};

test('with alarms, the polls of each function that remembers keys are counted from its log', () => {
  expect(made(true)).toMatchObject([
    [
      'OrdersLogGroupPolls',
      {
        Properties: {
          LogGroupName: { Ref: 'OrdersLogGroup' },
          MetricTransformations: [{ MetricNamespace: 'depot-dev', MetricName: 'RequestsInProgress' }],
        },
      },
    ],
  ]);
});

test('without alarms, nothing is counted', () => {
  expect(made(false)).toEqual([]);
});
