import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { filterPatternProblem } from './filter-pattern.ts';

const filterProperties = v.object({
  FilterPattern: v.string(),
  FilterName: v.optional(v.string(), ''),
  MetricTransformations: v.array(
    v.object({
      MetricName: v.string(),
      MetricNamespace: v.string(),
      MetricValue: v.string(),
      DefaultValue: v.optional(v.number()),
      Dimensions: v.optional(v.array(v.object({ Key: v.string(), Value: v.string() })), []),
    }),
  ),
});

/** `$.member` of a JSON pattern, or `$field` of a space-delimited one. */
const SELECTOR = /^\$(?:[.[].+|\w+)$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Checks a metric filter as `PutMetricFilter` does. @throws AwsError */
export function checkMetricFilter(properties: unknown): void {
  const { FilterPattern, FilterName, MetricTransformations } = v.parse(filterProperties, properties);
  const problem = filterPatternProblem(FilterPattern);
  if (problem !== undefined) {
    throw invalid(
      `${problem}. The pattern is ${FilterPattern}. Syntax: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html`,
    );
  }
  checkText('filterName', FilterName, /^[^:*]{0,512}$/, '[^:*]*');
  for (const {
    MetricName,
    MetricNamespace,
    MetricValue,
    DefaultValue,
    Dimensions,
  } of MetricTransformations) {
    checkText('metricName', MetricName, /^[^:*$]{1,255}$/, '[^:*$]*');
    checkText('metricNamespace', MetricNamespace, /^[^:*$]{1,255}$/, '[^:*$]*');
    if (MetricNamespace.startsWith('AWS/')) {
      throw invalid('Metric namespaces starting with AWS/ are reserved for AWS.');
    }
    if (!NUMBER.test(MetricValue) && !SELECTOR.test(MetricValue)) {
      throw invalid(
        `Invalid metric transformation: metric value must be a number or a selector, such as 1, $.latency or $bytes. It is ${JSON.stringify(MetricValue)}`,
      );
    }
    if (Dimensions.some(({ Value }) => !SELECTOR.test(Value))) {
      throw invalid('Invalid metric transformation: dimension value must be valid selector');
    }
    if (Dimensions.length > 0 && DefaultValue !== undefined) {
      throw invalid(
        'Invalid metric transformation: dimensions and default value are mutually exclusive properties',
      );
    }
  }
}

function checkText(member: string, value: string, pattern: RegExp, words: string): void {
  if (pattern.test(value)) return;
  throw invalid(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${words}`,
  );
}

const invalid = (message: string) => new AwsError('InvalidParameterException', message);
