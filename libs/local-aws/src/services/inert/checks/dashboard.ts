import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import { isStatistic } from './statistic.ts';

const dashboardProperties = v.object({
  DashboardName: v.optional(v.string(), 'name'),
  DashboardBody: v.string(),
});

type Properties = Readonly<Record<string, unknown>>;

interface Problem {
  /** A JSON pointer. */
  readonly dataPath: string;
  readonly message: string;
}

const MAX_WIDGETS = 500;
/** The grid (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html). */
const grid = { x: [0, 23], y: [0, Number.POSITIVE_INFINITY], width: [1, 24], height: [1, 1_000] } as const;

/** Checks a dashboard as `PutDashboard` does, which reports all problems of its body at once. @throws AwsError */
export function checkDashboard(properties: unknown): void {
  const { DashboardName, DashboardBody } = v.parse(dashboardProperties, properties);
  if (!/^[\w-]{1,255}$/.test(DashboardName)) {
    throw invalid(
      `The value ${DashboardName} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
    );
  }
  const body = parseJson(DashboardBody);
  if (!isObject(body)) throw invalid('The field DashboardBody must be a valid JSON object');
  const problems = problemsOfBody(body);
  if (problems.length === 0) return;
  throw invalid(
    `The dashboard body is invalid, there are ${problems.length} validation errors:\n${JSON.stringify(problems, undefined, 2)}`,
  );
}

function problemsOfBody({ widgets }: Properties): Problem[] {
  if (widgets === undefined) return [required('', 'widgets')];
  if (!Array.isArray(widgets)) return [{ dataPath: '/widgets', message: 'Should be array' }];
  if (widgets.length > MAX_WIDGETS) {
    return [{ dataPath: '/widgets', message: `Should NOT have more than ${MAX_WIDGETS} items` }];
  }
  return widgets.flatMap((widget: unknown, index) => problemsOfWidget(widget, `/widgets/${index}`));
}

function problemsOfWidget(widget: unknown, dataPath: string): Problem[] {
  if (!isObject(widget)) return [{ dataPath, message: 'Should be object' }];
  const { type, properties } = widget;
  const placed = Object.entries(grid).flatMap(([name, [least, most]]) => {
    const value = widget[name];
    if (typeof value !== 'number') return [];
    if (value < least) return [{ dataPath: `${dataPath}/${name}`, message: `Should be >= ${least}` }];
    return value > most ? [{ dataPath: `${dataPath}/${name}`, message: `Should be <= ${most}` }] : [];
  });
  const absent = ['type', 'properties'].filter((name) => widget[name] === undefined);
  const path = `${dataPath}/properties`;
  return [
    ...absent.map((name) => required(dataPath, name)),
    ...placed,
    // AWS takes other types, of which it checks nothing.
    ...(isObject(properties) ? (byType[String(type)]?.(properties, path) ?? []) : []),
  ];
}

const byType: Readonly<Record<string, (properties: Properties, dataPath: string) => Problem[]>> = {
  text: ({ markdown }, dataPath) => (markdown === undefined ? [required(dataPath, 'markdown')] : []),
  alarm: ({ alarms }, dataPath) => {
    if (!Array.isArray(alarms)) return [required(dataPath, 'alarms')];
    return alarms.length === 0
      ? [{ dataPath: `${dataPath}/alarms`, message: 'Should NOT have less than 1 items' }]
      : [];
  },
  metric: problemsOfMetricWidget,
};

function problemsOfMetricWidget(properties: Properties, dataPath: string): Problem[] {
  const { metrics, annotations, region, stat, period } = properties;
  const source = [
    'The metric widget should have specified a region and a data source or an alarm annotation',
  ].map((message) => ({ dataPath, message }));
  if (metrics === undefined && annotations === undefined) {
    // Issue 116 of aws-samples/aws-eda-slurm-cluster shows the three.
    return [required(dataPath, 'metrics'), ...source, required(dataPath, 'annotations')];
  }
  return [
    ...(typeof region !== 'string' && annotations === undefined ? source : []),
    ...problemsOfRendering({ stat, period }, dataPath),
    ...(Array.isArray(metrics)
      ? metrics.flatMap((metric: unknown, index) => problemsOfMetric(metric, `${dataPath}/metrics/${index}`))
      : []),
  ];
}

/** A metric is a list: namespace, name, and pairs of dimensions, in which `...` takes over what the metric before has; then its options. */
function problemsOfMetric(metric: unknown, dataPath: string): Problem[] {
  if (!Array.isArray(metric)) return [{ dataPath, message: 'Should be array' }];
  const options: unknown = metric.at(-1);
  const names: readonly unknown[] = isObject(options) ? metric.slice(0, -1) : metric;
  const wrong = names.findIndex((name) => typeof name !== 'string');
  if (wrong >= 0) {
    return [
      {
        dataPath: `${dataPath}/${wrong}`,
        message: 'Invalid metric field type, only "String" type is allowed',
      },
    ];
  }
  const isOdd = names.length % 2 === 1 && !names.includes('...');
  const bound = names.length === 1 ? 'less than 2' : `more than ${names.length - 1}`;
  return [
    ...(isOdd ? [{ dataPath, message: `Should NOT have ${bound} items` }] : []),
    ...(isObject(options) ? problemsOfRendering(options, `${dataPath}/${metric.length - 1}`) : []),
  ];
}

function problemsOfRendering({ stat, period, color }: Properties, dataPath: string): Problem[] {
  const isPeriod =
    typeof period !== 'number' || [1, 5, 10, 20, 30].includes(period) || (period > 0 && period % 60 === 0);
  return [
    ...(typeof stat === 'string' && !isStatistic(stat)
      ? [
          {
            dataPath: `${dataPath}/stat`,
            message: 'Should match pattern of a statistic, such as Sum, p99 or TM(10%:90%)',
          },
        ]
      : []),
    ...(isPeriod ? [] : [{ dataPath: `${dataPath}/period`, message: 'Should be multiple of 60' }]),
    // https://github.com/aws/aws-cdk/issues/20024
    ...(typeof color === 'string' && !/^#(?:[\da-f]{3}){1,2}$/i.test(color)
      ? [{ dataPath: `${dataPath}/color`, message: 'Should match pattern of a color, such as #1f77b4' }]
      : []),
  ];
}

const required = (dataPath: string, name: string): Problem => ({
  dataPath,
  message: `Should have required property '${name}'`,
});

const invalid = (message: string) => new AwsError('InvalidParameterInput', message);
