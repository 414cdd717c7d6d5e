const NUMBER = String.raw`\d+(?:\.\d{1,10})?`;
/** The whole part is at most 100. AWS takes p100.5, and refuses p101. */
const PERCENTAGE = String.raw`(?:100|\d{1,2})(?:\.\d{1,10})?`;
const BOUNDS = `(?:${PERCENTAGE}%|${NUMBER})`;
const SIMPLE = /^(?:SampleCount|Average|Sum|Minimum|Maximum)$/;
const EXTENDED = new RegExp(
  `^(?:IQM|p${PERCENTAGE}|(?:tm|wm|tc|ts)${PERCENTAGE}%?|(?:tm|wm|tc|ts|pr)\\((?:${BOUNDS}:${BOUNDS}?|:${BOUNDS})\\))$`,
  'i',
);

/** Whether a text is one of the five statistics that each metric has, such as `Sum`. */
export const isSimpleStatistic = (text: string): boolean => SIMPLE.test(text);

/**
 * Whether a text is a percentile or a trimmed statistic, such as `p99.9` or `TM(10%:90%)`
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html).
 */
export const isExtendedStatistic = (text: string): boolean => EXTENDED.test(text);

/** Whether CloudWatch has such a statistic. */
export const isStatistic = (text: string): boolean => isSimpleStatistic(text) || isExtendedStatistic(text);
