import type { Scope } from '../../core/scope.ts';

/** What local AWS knows of an inert resource type besides its schema. */
export interface InertType {
  /** The property that names the resource. Absent if AWS makes an ID. */
  readonly name?: string;
  /** The resource's ARN, or that of the resource on which its permissions are. */
  arn(scope: Scope, name: string, properties: Readonly<Record<string, unknown>>): string;
  /** What whoever deploys must be allowed to do: actions of the service, from the `handlers` of AWS's schema. */
  readonly service: string;
  readonly create: readonly string[];
  readonly update: readonly string[];
  readonly delete: readonly string[];
}

const alarm = {
  name: 'AlarmName',
  arn: ({ region, accountId }: Scope, name: string) =>
    `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
  service: 'cloudwatch',
  delete: ['DeleteAlarms', 'DescribeAlarms'],
};
const kms = (kind: string) => ({
  arn: ({ region, accountId }: Scope, name: string) => `arn:aws:kms:${region}:${accountId}:${kind}${name}`,
  service: 'kms',
});

/** The inert resource types. Their schemas are in `schemas.json`. */
export const inertTypes: Readonly<Record<string, InertType>> = {
  'AWS::CloudWatch::Alarm': {
    ...alarm,
    create: ['PutMetricAlarm', 'DescribeAlarms'],
    update: ['PutMetricAlarm', 'DescribeAlarms'],
  },
  'AWS::CloudWatch::CompositeAlarm': {
    ...alarm,
    create: ['PutCompositeAlarm', 'DescribeAlarms'],
    update: ['PutCompositeAlarm', 'DescribeAlarms'],
  },
  'AWS::CloudWatch::Dashboard': {
    name: 'DashboardName',
    arn: ({ accountId }, name) => `arn:aws:cloudwatch::${accountId}:dashboard/${name}`,
    service: 'cloudwatch',
    create: ['PutDashboard', 'GetDashboard'],
    update: ['PutDashboard'],
    delete: ['DeleteDashboards', 'GetDashboard'],
  },
  'AWS::Events::Rule': {
    name: 'Name',
    arn: ({ region, accountId }, name) => `arn:aws:events:${region}:${accountId}:rule/${name}`,
    service: 'events',
    create: ['DescribeRule', 'PutRule', 'PutTargets'],
    update: ['DescribeRule', 'PutRule', 'PutTargets', 'RemoveTargets'],
    delete: ['DescribeRule', 'DeleteRule', 'RemoveTargets', 'ListTargetsByRule'],
  },
  'AWS::KMS::Alias': {
    ...kms(''),
    name: 'AliasName',
    create: ['CreateAlias'],
    update: ['UpdateAlias'],
    delete: ['DeleteAlias'],
  },
  'AWS::KMS::Key': {
    ...kms('key/'),
    create: ['CreateKey', 'PutKeyPolicy'],
    update: ['DescribeKey', 'PutKeyPolicy', 'UpdateKeyDescription'],
    delete: ['DescribeKey', 'ScheduleKeyDeletion'],
  },
  'AWS::Logs::MetricFilter': {
    name: 'FilterName',
    // As CloudWatch Logs names groups in permissions: with an empty stream.
    arn: ({ region, accountId }, _name, { LogGroupName }) =>
      `arn:aws:logs:${region}:${accountId}:log-group:${LogGroupName}:log-stream:`,
    service: 'logs',
    create: ['PutMetricFilter', 'DescribeMetricFilters'],
    update: ['PutMetricFilter', 'DescribeMetricFilters'],
    delete: ['DeleteMetricFilter'],
  },
  'AWS::Route53::RecordSet': {
    name: 'Name',
    arn: (_scope, _name, { HostedZoneId }) => `arn:aws:route53:::hostedzone/${HostedZoneId}`,
    service: 'route53',
    create: ['ChangeResourceRecordSets'],
    update: ['ChangeResourceRecordSets'],
    delete: ['ChangeResourceRecordSets'],
  },
  'AWS::SNS::Subscription': {
    arn: (_scope, id, { TopicArn }) => `${TopicArn}:${id}`,
    service: 'sns',
    create: ['Subscribe'],
    update: ['SetSubscriptionAttributes'],
    delete: ['Unsubscribe', 'GetSubscriptionAttributes'],
  },
  'AWS::SNS::Topic': {
    name: 'TopicName',
    arn: ({ region, accountId }, name) => `arn:aws:sns:${region}:${accountId}:${name}`,
    service: 'sns',
    create: ['CreateTopic', 'GetTopicAttributes'],
    update: ['SetTopicAttributes', 'GetTopicAttributes'],
    delete: ['DeleteTopic', 'GetTopicAttributes'],
  },
  'AWS::SNS::TopicPolicy': {
    arn: (_scope, _id, { Topics }) => String([Topics].flat()[0]),
    service: 'sns',
    create: ['SetTopicAttributes'],
    update: ['SetTopicAttributes'],
    delete: ['SetTopicAttributes'],
  },
};
