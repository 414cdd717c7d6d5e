import { isExtendedStatistic, isStatistic } from './statistic.ts';

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
test.each(
  'SampleCount Sum Average Minimum Maximum p95 p99.9 p100 p0.0 tm90 TM(2%:98%) TM(150:1000) IQM TM(25%:75%) wm98 WM(10%:90%) PR(:300) PR(100:2000) tc90 TC(0.005:0.030) TS(80%:) ts(:0.95) TM(:95%)'.split(
    ' ',
  ),
)('%s is a statistic', (text) => {
  expect(isStatistic(text)).toBe(true);
});

test.each('S Su sum p p101 p99. TM TM( TM() TM(2%:98% TM(2%) tm Avg P99x PR'.split(' '))(
  '%s is none',
  (text) => {
    expect(isStatistic(text)).toBe(false);
  },
);

test('what each metric has is no extended statistic', () => {
  expect(['Sum', 'Average', 'p99', 'IQM'].map(isExtendedStatistic)).toEqual([false, false, true, true]);
});
