import { checkAlarm } from './alarm.ts';
import { checkDashboard } from './dashboard.ts';
import { checkMetricFilter } from './metric-filter.ts';
import { checkRecordSet } from './record-set.ts';

const checks: Readonly<Record<string, (properties: unknown) => void>> = {
  'AWS::CloudWatch::Alarm': checkAlarm,
  'AWS::CloudWatch::Dashboard': checkDashboard,
  'AWS::Logs::MetricFilter': checkMetricFilter,
  'AWS::Route53::RecordSet': checkRecordSet,
};

/**
 * Checks what AWS's schema of a type leaves open and its service refuses: expressions, patterns, documents and words.
 * @param properties which fit the schema
 * @throws AwsError of the service, if it refuses them
 */
export function checkProperties(typeName: string, properties: unknown): void {
  checks[typeName]?.(properties);
}
