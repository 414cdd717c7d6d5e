import fc from 'fast-check';
import { expressionProblem } from './metric-math.ts';

const known = [
  'm1',
  'm2',
  'm3',
  'metric1',
  'metric2',
  'metric3',
  'latency',
  'threshold',
  'refused',
  'signed',
];
const problemOf = (text: string) => expressionProblem(text, (id) => known.includes(id));

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html, in its order
const documented = `
PERIOD(m1)/60
5 * m1
m1 - m2
SUM(100/[m1, m2])
AVG([m1,m2]/m3)
METRICS()*100
-5*m1
-m1
SUM(-[m1, m2])
(metric1 < metric2)
(metric1 >= 30)
(metric1 > 15 AND metric2 > 15)
ABS(m1-m2)
MIN(ABS([m1, m2]))
ABS(METRICS())
ANOMALY_DETECTION_BAND(m1)
ANOMALY_DETECTION_BAND(m1,4)
SUM([m1,m2])/AVG(m2)
AVG(METRICS())
CEIL(m1)
CEIL(METRICS())
SUM(CEIL(METRICS()))
SUM(m1) / DATAPOINT_COUNT(m1)
DATAPOINT_COUNT(METRICS())
DB_PERF_INSIGHTS('RDS', 'db-ABCDEFGHIJKLMNOPQRSTUVWXY1', 'os.cpuUtilization.user.avg')
DB_PERF_INSIGHTS('RDS', 'db-ABCDEFGHIJKLMNOPQRSTUVWXY1', ['os.cpuUtilization.user.avg', 'os.cpuUtilization.idle.avg'])
DIFF(m1)
DIFF_TIME(METRICS())
FILL(m1,10)
FILL(METRICS(), 0)
FILL(METRICS(), m1)
FILL(m1, MIN(m1))
FILL(m1, REPEAT)
FILL(METRICS(), LINEAR)
IF(FIRST(SORT(METRICS(), AVG, DESC))>100, 1, 0)
LAST(ANOMALY_DETECTION_BAND(m1))
FLOOR(m1)
FLOOR(METRICS())
INSIGHT_RULE_METRIC("rule", "UniqueContributors")
LAMBDA("function", "argument")
LOG(METRICS())
LOG10(m1)
MAX(m1)/m1
MAX(METRICS())
m1/METRIC_COUNT(METRICS())
SUM(METRICS("errors"))
SUM([METRICS("4xx"), METRICS("5xx")])
m1-MIN(m1)
MIN(METRICS())
MINUTE(m1)
IF(DAY(m1)<6,m1)
IF(MONTH(m1) == 4,m1)
m1/PERIOD(m1)
RATE(m1)
RATE(METRICS())
REMOVE_EMPTY(METRICS())
RUNNING_SUM([m1,m2])
SEARCH('{AWS/EC2,InstanceId} MetricName="CPUUtilization"', 'Average', 300)
SERVICE_QUOTA(m1)
SLICE(SORT(METRICS(), SUM, DESC), 0, 10)
SLICE(SORT(METRICS(), AVG, ASC), 5)
SORT(METRICS(), AVG, DESC, 10)
SORT(METRICS(), MAX, ASC)
m1/STDDEV(m1)
STDDEV(METRICS())
SUM(METRICS())/SUM(m1)
SUM(METRICS("errors"))/SUM(METRICS("requests"))*100
TIME_SERIES(MAX(m1))
TIME_SERIES(5*AVG(m1))
TIME_SERIES(10)
IF(metric1, metric2, metric3)
IF(metric1<400, metric1)
IF(metric1<400, 10, 2)
IF(latency>threshold, 1, 0)
m1-AVG(m1)
m1 ^ 2
SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId) WHERE InstanceType = 'm5.large' GROUP BY InstanceId ORDER BY AVG() DESC LIMIT 10
SELECT MAX("latency (ms)") FROM "my-app"
`
  .trim()
  .split('\n');

test.each(documented)('reads the documented expression %s', (text) => {
  expect(problemOf(text)).toBeUndefined();
});

test.each([
  ['FILL(refused', 'it ends where ) is missing'],
  ['FILL(refused)', 'FILL takes 2 arguments, and has 1'],
  ['SUM()', 'SUM takes 1 argument, and has 0'],
  ['SUM(m1, m2)', 'SUM takes 1 argument, and has 2'],
  ['IF(m1)', 'IF takes 2 to 3 arguments, and has 1'],
  ['LAMBDA()', 'LAMBDA takes 1 or more arguments, and has 0'],
  ['MEDIAN(m1)', 'metric math has no function MEDIAN'],
  ['sum(m1)', 'metric math has no function sum: write SUM'],
  ['refsed / signed', 'no other metric or expression has the Id refsed'],
  ['SUM / m1', 'the function SUM has no arguments'],
  ['m1 /', 'it ends too early'],
  ['', 'it ends too early'],
  ['m1 m2', 'it has an unexpected m2'],
  ['m1 = m2', 'it has an unexpected ='],
  ['m1) / m2', 'it has an unexpected )'],
  ['[m1, m2', 'it ends where ] is missing'],
  ['METRICS("4xx)', 'the text after " is not closed'],
  ['m1 + "a"', 'it has an unexpected "a"'],
  ['$m1', 'it has an unexpected $'],
  ['FILL(m1, REPEATED)', 'no other metric or expression has the Id REPEATED'],
  [
    'SELECT AVG(CPUUtilization)',
    'a query of Metrics Insights begins with SELECT FUNCTION(metric) FROM namespace',
  ],
  ['SELECT AVG(a) FROM SCHEMA("AWS/EC2"', 'a quotation mark or parenthesis is not closed'],
])('refuses %s: %s', (text, problem) => {
  expect(problemOf(text)).toBe(problem);
});

const operator = fc.constantFrom(
  '+',
  '-',
  '*',
  '/',
  '^',
  '==',
  '!=',
  '<=',
  '>=',
  '<',
  '>',
  'AND',
  'OR',
  '&&',
  '||',
);
const blank = fc.constantFrom('', ' ', '\n');
const { expression } = fc.letrec<{ expression: string; primary: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    tie('primary'),
    fc.tuple(tie('expression'), operator, tie('expression')).map(([a, sign, b]) => `${a} ${sign} ${b}`),
  ),
  primary: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('m1', 'm2', '5', '0.25', '.5', 'METRICS()', 'PERIOD(m1)'),
    fc.tuple(blank, tie('expression')).map(([space, inner]) => `(${space}${inner})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[${a}, ${b}]`),
    fc
      .tuple(fc.constantFrom('ABS', 'SUM', 'RATE'), tie('expression'))
      .map(([name, inner]) => `${name}(${inner})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `FILL(${a}, ${b})`),
    tie('expression').map((inner) => `-(${inner})`),
  ),
}));

test('whatever is built by the rules is read', () => {
  fc.assert(fc.property(expression, (text) => problemOf(text) === undefined));
});

test('without one of its parentheses or brackets, an expression is refused', () => {
  fc.assert(
    fc.property(expression, fc.nat(), (text, number) => {
      const places = [...text.matchAll(/[()[\]]/g)].map(({ index }) => index);
      fc.pre(places.length > 0);
      const place = places[number % places.length] ?? 0;
      return problemOf(text.slice(0, place) + text.slice(place + 1)) !== undefined;
    }),
  );
});

test('any text has an answer', () => {
  const text = fc.string({
    unit: fc.constantFrom('m1', '(', ')', '[', ']', ',', '-', '"', ' ', 'SUM', '1', 'é'),
  });
  fc.assert(fc.property(text, (any) => ['string', 'undefined'].includes(typeof problemOf(any))));
  expect(problemOf('('.repeat(2_048))).toBe('it ends too early');
  expect(problemOf('-'.repeat(2_049))).toBe('it has more than 2048 characters');
});
