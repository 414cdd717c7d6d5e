import { deploymentWith } from '../deployment.testing.ts';
import type { Template } from '../framework.ts';
import { warnOfUnwrittenMetrics } from './unwritten-metrics.ts';

const filter = (transformation: object) => ({
  Type: 'AWS::Logs::MetricFilter',
  Properties: { MetricTransformations: [transformation] },
});
const alarm = (Properties: Record<string, unknown>) => ({ Type: 'AWS::CloudWatch::Alarm', Properties });
const warningOf = (Resources: Template['Resources']) =>
  warnOfUnwrittenMetrics({ Resources }, deploymentWith());

const refusals = { MetricNamespace: 'depot-dev', MetricName: 'Refusals' };

test('an alarm on a metric that no filter writes is named, with what it reads and the remedies', () => {
  expect(
    warningOf({ Filter: filter(refusals), Alarm: alarm({ Namespace: 'depot-dev', MetricName: 'Refusal' }) }),
  ).toBe(
    'No metric filter of the stack writes what these alarms read:\n  Alarm reads depot-dev/Refusal, without dimensions\nUnless your code or another stack writes it, the alarm is never raised: let it read the namespace, the name and the dimensions of a filter. For metrics of Powertools, give the function the variable POWERTOOLS_METRICS_NAMESPACE.',
  );
});

test('what a filter writes can be read, also in a metric expression and with the names of its dimensions', () => {
  const Dimensions = [{ Key: 'Route', Value: '$.route' }];
  const read = (dimensions: object[]) =>
    alarm({
      Metrics: [
        { Id: 'share', Expression: 'FILL(refused, 0)' },
        {
          Id: 'refused',
          MetricStat: { Metric: { Namespace: 'depot-dev', MetricName: 'Refusals', Dimensions: dimensions } },
        },
      ],
    });
  const Filter = filter({ ...refusals, Dimensions });
  expect(warningOf({ Filter, Alarm: read([{ Name: 'Route', Value: 'GET /orders' }]) })).toBeUndefined();
  // CloudWatch does not add up the metrics of all dimensions.
  expect(warningOf({ Filter, Alarm: read([]) })).toContain(
    'Alarm reads depot-dev/Refusals, without dimensions',
  );
  expect(warningOf({ Filter: filter(refusals), Alarm: read([{ Name: 'Route' }]) })).toContain(
    'Alarm reads depot-dev/Refusals, with the dimensions Route',
  );
});

test('a namespace that is a function of CloudFormation is compared as it is written', () => {
  const MetricNamespace = { 'Fn::Sub': `\${AWS::StackName}` };
  const Filter = filter({ ...refusals, MetricNamespace });
  const read = (Namespace: object) => ({ Filter, Alarm: alarm({ Namespace, MetricName: 'Refusals' }) });
  expect(warningOf(read({ ...MetricNamespace }))).toBeUndefined();
  expect(warningOf(read({ Ref: 'AWS::StackName' }))).toContain(
    'Alarm reads {"Ref":"AWS::StackName"}/Refusals',
  );
});

test.each([
  ['AWS', { Alarm: alarm({ Namespace: 'AWS/Lambda', MetricName: 'Errors' }) }],
  ['Lambda Insights', { Alarm: alarm({ Namespace: 'LambdaInsights', MetricName: 'cpu_total_time' }) }],
  [
    'another account',
    {
      Alarm: alarm({
        Metrics: [{ AccountId: '333333333333', MetricStat: { Metric: { Namespace: 'a', MetricName: 'b' } } }],
      }),
    },
  ],
  [
    'Powertools in a function of the stack',
    {
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: { Environment: { Variables: { POWERTOOLS_METRICS_NAMESPACE: 'orders' } } },
      },
      Alarm: alarm({
        Namespace: 'orders',
        MetricName: 'Sold',
        Dimensions: [{ Name: 'service', Value: 'a' }],
      }),
    },
  ],
  [
    'the plugin, if a function remembers keys',
    { Alarm: alarm({ Namespace: 'depot-dev', MetricName: 'RequestsInProgress' }) },
  ],
])('an alarm may read what is written by %s', (_who, resources) => {
  expect(warningOf(resources)).toBeUndefined();
});
