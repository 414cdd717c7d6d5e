import { isDeepStrictEqual } from 'node:util';
import type { DeploymentFacts } from '../deployment.ts';
import type { Template } from '../framework.ts';
import { listOf, propertiesOf } from '../properties.ts';
import { POLLS } from './count-polls.ts';

/** What tells metrics apart. A namespace or a name may be a function of CloudFormation. */
interface Metric {
  readonly namespace: unknown;
  readonly name: unknown;
  /** The names of the dimensions, sorted. */
  readonly dimensions: readonly string[];
}

/** The namespaces that AWS writes, those of its services and that of the extension Lambda Insights. */
const OF_AWS = /^(?:AWS\/|LambdaInsights$)/;

/** With this variable, the metrics of a function that uses Powertools have the namespace of its value. */
const POWERTOOLS = 'POWERTOOLS_METRICS_NAMESPACE';

/**
 * Warns of alarms on a metric that no filter of the stack writes: a misspelt one is never raised, and AWS takes it. Packaging goes on, as
 * code can write metrics, too.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
 */
export function warnOfUnwrittenMetrics(
  { Resources }: Pick<Template, 'Resources'>,
  { service, stage }: Pick<DeploymentFacts, 'service' | 'stage'>,
): string | undefined {
  const resourcesOf = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type);
  const written = [
    ...resourcesOf('AWS::Logs::MetricFilter').flatMap(([, { Properties }]) =>
      listOf(propertiesOf(Properties).MetricTransformations).map(writtenBy),
    ),
    // Without a function that remembers keys there are no polls, and no filter.
    { namespace: `${service}-${stage}`, name: POLLS, dimensions: [] },
  ];
  const ofFunctions = resourcesOf('AWS::Lambda::Function').map(
    ([, { Properties }]) =>
      propertiesOf(propertiesOf(propertiesOf(Properties).Environment).Variables)[POWERTOOLS],
  );
  const problems = resourcesOf('AWS::CloudWatch::Alarm').flatMap(([id, { Properties }]) =>
    readBy(propertiesOf(Properties))
      .filter(({ namespace }) => !(typeof namespace === 'string' && OF_AWS.test(namespace)))
      .filter(({ namespace }) => !ofFunctions.some((each) => isDeepStrictEqual(each, namespace)))
      .filter((metric) => !written.some((each) => isDeepStrictEqual(each, metric)))
      .map((metric) => `  ${id} reads ${textOf(metric)}`),
  );
  if (problems.length === 0) return undefined;
  return `No metric filter of the stack writes what these alarms read:\n${problems.join('\n')}\nUnless your code or another stack writes it, the alarm is never raised: let it read the namespace, the name and the dimensions of a filter. For metrics of Powertools, give the function the variable ${POWERTOOLS}.`;
}

function writtenBy(transformation: unknown): Metric {
  const { MetricNamespace: namespace, MetricName: name, Dimensions } = propertiesOf(transformation);
  return { namespace, name, dimensions: namesOf(Dimensions, 'Key') };
}

/** The metrics of this account that an alarm reads: its own one, or those of its expressions. */
function readBy({ Metrics, ...alarm }: Readonly<Record<string, unknown>>): Metric[] {
  const queries = listOf(Metrics).map(propertiesOf);
  const read = queries
    .filter(({ AccountId }) => AccountId === undefined)
    .map(({ MetricStat }) => propertiesOf(propertiesOf(MetricStat).Metric));
  return [alarm, ...read]
    .filter(({ MetricName }) => MetricName !== undefined)
    .map(({ Namespace: namespace, MetricName: name, Dimensions }) => ({
      namespace,
      name,
      dimensions: namesOf(Dimensions, 'Name'),
    }));
}

function namesOf(dimensions: unknown, member: 'Key' | 'Name'): string[] {
  return listOf(dimensions)
    .map((each) => String(propertiesOf(each)[member]))
    .sort();
}

/** @example 'depot-dev/SignedRefusals, without dimensions' */
function textOf({ namespace, name, dimensions }: Metric): string {
  const [before, after] = [namespace, name].map((part) =>
    typeof part === 'string' ? part : JSON.stringify(part),
  );
  return `${before}/${after}, ${dimensions.length === 0 ? 'without dimensions' : `with the dimensions ${dimensions.join(', ')}`}`;
}
