import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { expressionProblem } from './metric-math.ts';
import { isExtendedStatistic, isSimpleStatistic, isStatistic } from './statistic.ts';

const text = v.optional(v.string());
const alarmProperties = v.object({
  ComparisonOperator: text,
  TreatMissingData: text,
  EvaluateLowSampleCountPercentile: text,
  Statistic: text,
  ExtendedStatistic: text,
  ThresholdMetricId: text,
  MetricName: v.optional(v.unknown()),
  Namespace: v.optional(v.unknown()),
  Dimensions: v.optional(v.unknown()),
  Period: v.optional(v.unknown()),
  Unit: v.optional(v.unknown()),
  Metrics: v.optional(
    v.array(
      v.object({
        Id: v.string(),
        Expression: text,
        MetricStat: v.optional(v.object({ Stat: v.string() })),
        ReturnData: v.optional(v.boolean(), true),
      }),
    ),
    [],
  ),
});
type Query = v.InferOutput<typeof alarmProperties>['Metrics'][number];

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const ranges = [
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
];
const operators = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
  ...ranges,
];
const missingData = ['breaching', 'notBreaching', 'ignore', 'missing'];
const lowSampleCounts = ['evaluate', 'ignore'];
/** Parameters of alarms on one metric, which an alarm with `Metrics` cannot have. */
const ofOneMetric = [
  'MetricName',
  'Namespace',
  'Dimensions',
  'Period',
  'Unit',
  'Statistic',
  'ExtendedStatistic',
] as const;

/** Checks an alarm as `PutMetricAlarm` does. @throws AwsError */
export function checkAlarm(properties: unknown): void {
  const alarm = v.parse(alarmProperties, properties);
  const { ComparisonOperator, Statistic, ExtendedStatistic, Metrics } = alarm;
  checkMember('comparisonOperator', ComparisonOperator, operators);
  checkOption('TreatMissingData', alarm.TreatMissingData, missingData);
  checkOption('EvaluateLowSampleCountPercentile', alarm.EvaluateLowSampleCountPercentile, lowSampleCounts);
  if (Statistic !== undefined && !isSimpleStatistic(Statistic)) {
    checkMember('statistic', Statistic, ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']);
  }
  if (ExtendedStatistic !== undefined && !isExtendedStatistic(ExtendedStatistic)) {
    throw invalid(
      `The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported. A percentile is p99, a trimmed mean tm90 or TM(10%:90%).`,
    );
  }
  if (
    ComparisonOperator !== undefined &&
    ranges.includes(ComparisonOperator) &&
    alarm.ThresholdMetricId === undefined
  ) {
    throw invalid('ComparisonOperators for ranges require ThresholdMetricId to be set');
  }
  if (Metrics.length === 0) return;
  const besides = ofOneMetric.find((name) => alarm[name] !== undefined);
  if (besides !== undefined) throw invalid(`${besides} should not be set if list of Metrics is set.`);
  checkQueries(Metrics, alarm.ThresholdMetricId);
}

function checkQueries(queries: readonly Query[], thresholdId: string | undefined): void {
  queries.forEach(({ Id, MetricStat, Expression }, index) => {
    const place = `Metrics.${index}.`;
    if (!/^[a-z]\w{0,254}$/.test(Id)) {
      throw list(
        `${place}Id, ${Id}, must begin with a lowercase letter, and have letters, digits and _ only`,
      );
    }
    if (queries.findIndex((other) => other.Id === Id) < index) throw list(`${place}Id, ${Id}, is used twice`);
    if (MetricStat !== undefined && Expression !== undefined) {
      throw invalid(
        'The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and you have specified both.',
      );
    }
    if (MetricStat !== undefined && !isStatistic(MetricStat.Stat)) {
      throw list(
        `${place}MetricStat.Stat, ${MetricStat.Stat}, must be a statistic, such as Sum, p99 or TM(10%:90%)`,
      );
    }
  });
  queries.forEach(({ Id, Expression }, index) => {
    if (Expression === undefined) return;
    const isKnown = (id: string) => id !== Id && queries.some((query) => query.Id === id);
    const problem = /^[^"']*\bSEARCH\s*\(/.test(Expression)
      ? 'SEARCH is not supported on Metric Alarms'
      : expressionProblem(Expression, isKnown);
    if (problem !== undefined)
      throw list(`Metrics.${index}.Expression, ${Expression}, cannot be read: ${problem}`);
  });
  const returned = queries.filter(({ ReturnData }) => ReturnData);
  const isBand = thresholdId !== undefined;
  if (returned.length !== (isBand ? 2 : 1)) {
    const expected = isBand ? 'two elements' : 'one element';
    throw invalid(`Exactly ${expected} of the metrics list should return data.`);
  }
  if (isBand && !returned.some(({ Id }) => Id === thresholdId)) {
    throw invalid('Metrics list must contain exactly one metric matching the ThresholdMetricId parameter');
  }
}

function checkMember(member: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw invalid(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
  );
}

function checkOption(parameter: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw invalid(
    `The value ${value} for parameter ${parameter} is not supported. It can be ${allowed.join(', ')}.`,
  );
}

const invalid = (message: string) => new AwsError('ValidationError', message);

/** AWS only says that the list is invalid. */
const list = (problem: string) =>
  invalid(
    `Invalid metrics list. ${problem}. Syntax: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html`,
  );
