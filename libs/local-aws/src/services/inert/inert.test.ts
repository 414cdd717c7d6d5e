import { inertSchemas } from '@cross-account-api/iam/aws';
import * as v from 'valibot';
import { withoutEffect } from '../../protocols/without-effect.ts';
import {
  body,
  create,
  createCloud,
  describeStack,
  happened,
  reasonOf,
  update,
} from '../cloudformation/cloudformation.testing.ts';
import { validateProperties } from '../cloudformation/engine/change/property-schema.ts';
import { readProperties } from '../resource-type.testing.ts';
import type { ResourceType } from '../resource-type.ts';
import { inertResourceTypes, inertTypes } from './index.ts';

const alarm = (properties: object = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: '1', ...properties },
});
const topic = { Type: 'AWS::SNS::Topic' };

test('Every inert type has a schema, and every schema has a type.', () => {
  expect(Object.keys(inertSchemas).sort()).toEqual(Object.keys(inertTypes).sort());
  expect(inertResourceTypes).toHaveLength(Object.keys(inertTypes).length);
});

test('A stack refers to inert resources, and its last event names them once for each deployment.', async () => {
  const cloud = createCloud(new Map(), inertResourceTypes);
  const resources = {
    Errors: alarm({ AlarmName: 'errors', AlarmActions: [{ Ref: 'Alarms' }] }),
    Alarms: topic,
    Slow: alarm(),
  };
  const outputs = {
    Topic: { Value: { Ref: 'Alarms' } },
    TopicName: { Value: { 'Fn::GetAtt': 'Alarms.TopicName' } },
    Alarm: { Value: { Ref: 'Errors' } },
    AlarmArn: { Value: { 'Fn::GetAtt': 'Errors.Arn' } },
  };
  await create(cloud, body(resources, { Outputs: outputs }));
  const notice =
    'These resources have no effect in local AWS: AWS::CloudWatch::Alarm (Errors, Slow), AWS::SNS::Topic (Alarms).';
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toBe(notice);
  const { Outputs = [] } = await describeStack(cloud.client);
  const name = expect.stringMatching(/^app-Alarms-[A-Za-z0-9]{12}$/);
  expect(Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))).toEqual({
    Topic: expect.stringMatching(/^arn:aws:sns:eu-central-1:111111111111:app-Alarms-[A-Za-z0-9]{12}$/),
    TopicName: name,
    Alarm: 'errors',
    AlarmArn: 'arn:aws:cloudwatch:eu-central-1:111111111111:alarm:errors',
  });

  await update(cloud, body({ ...resources, Errors: alarm({ AlarmName: 'errors', Threshold: 5 }) }));
  expect(await reasonOf(cloud, 'app UPDATE_COMPLETE')).toBe(notice);
  expect(await happened(cloud)).toContain('Errors UPDATE_COMPLETE');
});

test('The last event also names properties that are set and have no effect.', async () => {
  const type: ResourceType = {
    typeName: 'AWS::DynamoDB::Table',
    properties: v.looseObject({
      SSESpecification: withoutEffect(v.optional(v.unknown()), 'tables are not encrypted'),
      Tags: withoutEffect(v.optional(v.string()), 'tags cannot be read', 'a'),
      Key: withoutEffect(v.optional(v.string()), 'tables are not encrypted'),
    }),
    replacedBy: [],
    requires: () => [],
    create: async () => ({ physicalId: 'table', attributes: {} }),
    update: async (current) => current,
    delete: async () => {},
  };
  const cloud = createCloud(new Map(), [...inertResourceTypes, type]);
  const Properties = { SSESpecification: { SSEEnabled: true }, Tags: 'a', Key: 'key' };
  await create(
    cloud,
    body({ Table: { Type: type.typeName, Properties }, Plain: { Type: type.typeName }, Alarms: topic }),
  );
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toBe(
    'These resources have no effect in local AWS: AWS::SNS::Topic (Alarms). These properties have no effect in local AWS, or only part of it: Table.SSESpecification, Table.Key (tables are not encrypted).',
  );
});

test('To deploy inert resources, a caller needs the permissions that AWS asks for.', async () => {
  const cloud = createCloud(new Map(), inertResourceTypes);
  cloud.denied.add('cloudwatch:PutMetricAlarm');
  await create(cloud, body({ Errors: alarm({ AlarmName: 'errors' }) }));
  expect(await reasonOf(cloud, 'Errors CREATE_FAILED')).toContain('cloudwatch:PutMetricAlarm');
  expect(cloud.asked).toContainEqual(
    expect.objectContaining({
      action: 'cloudwatch:PutMetricAlarm',
      resource: 'arn:aws:cloudwatch:eu-central-1:111111111111:alarm:errors',
    }),
  );
});

test('An event source mapping needs permissions on the function that it invokes, which is a name or an ARN.', async () => {
  const cloud = createCloud(new Map(), inertResourceTypes);
  const mapping = (FunctionName: string) => ({
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { FunctionName, EventSourceArn: { 'Fn::GetAtt': 'Queue.Arn' } },
  });
  const functionArn = 'arn:aws:lambda:eu-central-1:111111111111:function:orders';
  await create(
    cloud,
    body({
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
      ByName: mapping('orders'),
      ByArn: mapping(`${functionArn}:live`),
    }),
  );
  const asked = cloud.asked.filter(({ action }) => action === 'lambda:CreateEventSourceMapping');
  expect(asked).toHaveLength(2);
  for (const request of asked) {
    expect(request).toMatchObject({ resource: '*', context: { 'lambda:FunctionArn': functionArn } });
  }
  expect(cloud.asked).toContainEqual(
    expect.objectContaining({
      action: 'lambda:GetEventSourceMapping',
      resource: expect.stringMatching(
        /^arn:aws:lambda:eu-central-1:111111111111:event-source-mapping:[0-9a-f-]{36}$/,
      ),
    }),
  );
});

test('A queue has the URL of AWS, and a FIFO queue without a name gets one that ends so.', async () => {
  const cloud = createCloud(new Map(), inertResourceTypes);
  const resources = {
    Orders: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
    InOrder: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'Orders' }], PolicyDocument: {} },
    },
  };
  const outputs = {
    Url: { Value: { Ref: 'Orders' } },
    Arn: { Value: { 'Fn::GetAtt': 'Orders.Arn' } },
    Name: { Value: { 'Fn::GetAtt': 'InOrder.QueueName' } },
  };
  await create(cloud, body(resources, { Outputs: outputs }));
  const { Outputs = [] } = await describeStack(cloud.client);
  const arn = 'arn:aws:sqs:eu-central-1:111111111111:orders';
  expect(Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))).toEqual({
    Url: 'https://sqs.eu-central-1.amazonaws.com/111111111111/orders',
    Arn: arn,
    Name: expect.stringMatching(/^app-InOrder-[A-Za-z0-9]{12}\.fifo$/),
  });
  expect(cloud.asked).toContainEqual(
    expect.objectContaining({ action: 'sqs:SetQueueAttributes', resource: arn }),
  );
});

const filter = {
  LogGroupName: 'a',
  FilterPattern: '',
  MetricTransformations: [{ MetricName: 'a', MetricNamespace: 'b', MetricValue: '1' }],
};

test.each([
  ['AWS::CloudWatch::Dashboard', {}, '#: required key [DashboardBody] not found'],
  [
    'AWS::Logs::MetricFilter',
    { ...filter, FilterPattern: [] },
    '#/FilterPattern: expected type: string, found: array',
  ],
  ['AWS::Events::Rule', { State: 'ON' }, '#/State: must be one of DISABLED, ENABLED, '],
  ['AWS::SNS::Topic', { Name: 'a' }, '#: extraneous key [Name] is not permitted'],
])('The properties of %s are checked against its schema: %j', (typeName, properties, problem) => {
  const type = inertResourceTypes.find((one) => one.typeName === typeName);
  const result = validateProperties(type?.properties ?? v.never(), properties);
  expect(result).toEqual({ problems: [expect.stringContaining(problem)] });
});

const query = (Id: string, MetricName: string) => ({
  Id,
  ReturnData: false,
  MetricStat: { Metric: { Namespace: 'depot', MetricName }, Period: 60, Stat: 'Sum' },
});
const metrics = (Expression: string, ...others: object[]) => ({
  Metrics: [
    query('refused', 'Refusals'),
    query('signed', 'Requests'),
    { Id: 'share', Expression },
    ...others,
  ],
});
const share = (Expression: string, ...others: object[]) => alarm(metrics(Expression, ...others));
const metricFilter = (properties: object) => ({
  Type: 'AWS::Logs::MetricFilter',
  Properties: { ...filter, ...properties },
});
const transformation = (properties: object) =>
  metricFilter({ MetricTransformations: [{ ...filter.MetricTransformations[0], ...properties }] });
const dashboard = (body: unknown, DashboardName = 'depot') => ({
  Type: 'AWS::CloudWatch::Dashboard',
  Properties: { DashboardName, DashboardBody: typeof body === 'string' ? body : JSON.stringify(body) },
});
const widget = (properties: object, place: object = {}) => ({
  widgets: [{ type: 'metric', ...place, properties }],
});
const metric = ['AWS/Lambda', 'Errors', 'FunctionName', 'depot'];
const region = 'eu-central-1';

test.each<[string, object, string]>([
  [
    'a metric expression that a comma cut',
    share('FILL(refused'),
    'Invalid metrics list. Metrics.2.Expression, FILL(refused, cannot be read: it ends where ) is missing.',
  ],
  [
    'an expression with an ID that no metric has',
    share('refsed / signed'),
    'no other metric or expression has the Id refsed.',
  ],
  [
    'an expression that refers to itself',
    share('share / signed'),
    'no other metric or expression has the Id share.',
  ],
  [
    'SEARCH in an alarm',
    share("SUM(SEARCH('{depot} a', 'Sum'))"),
    'SEARCH is not supported on Metric Alarms.',
  ],
  [
    'an ID that is used twice',
    share('refused', query('signed', 'Other')),
    'Metrics.3.Id, signed, is used twice.',
  ],
  [
    'an ID that begins with a capital',
    share('refused', query('Signed', 'Other')),
    'must begin with a lowercase letter',
  ],
  [
    'two results',
    share('refused', { Id: 'more', Expression: 'signed' }),
    'Exactly one element of the metrics list should return data.',
  ],
  [
    'a cut statistic of a metric',
    alarm({ Metrics: [{ Id: 'a', MetricStat: { ...query('a', 'b').MetricStat, Stat: 'Su' } }] }),
    'Metrics.0.MetricStat.Stat, Su, must be a statistic',
  ],
  [
    'a metric beside a list of metrics',
    alarm({ ...metrics('refused'), Statistic: 'Sum' }),
    'Statistic should not be set if list of Metrics is set.',
  ],
  [
    'a cut statistic',
    alarm({ Statistic: 'Su' }),
    "at 'statistic' failed to satisfy constraint: Member must satisfy enum value set: [SampleCount,",
  ],
  [
    'a percentile of 101',
    alarm({ ExtendedStatistic: 'p101' }),
    'The value p101 for parameter ExtendedStatistic is not supported.',
  ],
  [
    'a cut operator',
    alarm({ ComparisonOperator: 'GreaterThan' }),
    "Value 'GreaterThan' at 'comparisonOperator' failed to satisfy constraint",
  ],
  [
    'an operator for ranges without a band',
    alarm({ ComparisonOperator: 'LessThanLowerThreshold' }),
    'ComparisonOperators for ranges require ThresholdMetricId to be set',
  ],
  [
    'a wrong word for missing data',
    alarm({ TreatMissingData: 'notbreaching' }),
    'The value notbreaching for parameter TreatMissingData is not supported.',
  ],
  [
    'a cut filter pattern',
    metricFilter({ FilterPattern: '{ $.callerArn = "ar' }),
    "If a filter pattern starts with '{' it must end with '}'. The pattern is { $.callerArn",
  ],
  [
    'a metric value that is neither a number nor a selector',
    transformation({ MetricValue: 'one' }),
    'metric value must be a number or a selector',
  ],
  [
    'a metric in a namespace of AWS',
    transformation({ MetricNamespace: 'AWS/Lambda' }),
    'Metric namespaces starting with AWS/ are reserved for AWS.',
  ],
  [
    'a name with a colon',
    transformation({ MetricName: 'a:b' }),
    'Member must satisfy regular expression pattern: [^:*$]*',
  ],
  [
    'a dimension without a selector',
    transformation({ Dimensions: [{ Key: 'a', Value: 'b' }] }),
    'dimension value must be valid selector',
  ],
  [
    'a dimension and a default value',
    transformation({ DefaultValue: 0, Dimensions: [{ Key: 'a', Value: '$.b' }] }),
    'dimensions and default value are mutually exclusive properties',
  ],
  [
    'a cut dashboard',
    dashboard('{"widgets":[{"type":"me'),
    'The field DashboardBody must be a valid JSON object',
  ],
  ['a dashboard without widgets', dashboard({}), "Should have required property 'widgets'"],
  ['widgets that are no list', dashboard({ widgets: {} }), 'Should be array'],
  [
    'a widget without a type',
    dashboard({ widgets: [{ properties: {} }] }),
    "Should have required property 'type'",
  ],
  [
    'a widget beside the grid',
    dashboard(widget({ metrics: [metric], region }, { x: 24 })),
    'Should be <= 23',
  ],
  ['a metric widget without metrics', dashboard(widget({ region })), 'there are 3 validation errors'],
  [
    'a metric widget without a region',
    dashboard(widget({ metrics: [metric] })),
    'should have specified a region and a data source',
  ],
  [
    'a metric without the value of its dimension',
    dashboard(widget({ region, metrics: [metric.slice(0, 3)] })),
    'Should NOT have more than 2 items',
  ],
  [
    'a metric with options in its midst',
    dashboard(widget({ region, metrics: [['AWS/Lambda', 'Errors', {}, 'a']] })),
    'Invalid metric field type, only \\"String\\" type is allowed',
  ],
  ['a metric that is no list', dashboard(widget({ region, metrics: ['AWS/Lambda'] })), 'Should be array'],
  [
    'a wrong statistic of a widget',
    dashboard(widget({ region, metrics: [metric], stat: 'Su' })),
    '/widgets/0/properties/stat',
  ],
  [
    'a wrong statistic of a metric',
    dashboard(widget({ region, metrics: [[...metric, { stat: 'p' }]] })),
    '/widgets/0/properties/metrics/0/4/stat',
  ],
  [
    'a wrong period',
    dashboard(widget({ region, metrics: [metric], period: 61 })),
    'Should be multiple of 60',
  ],
  [
    'the name of a color',
    dashboard(widget({ region, metrics: [[...metric, { color: 'red' }]] })),
    '/widgets/0/properties/metrics/0/4/color',
  ],
  [
    'a text without markdown',
    dashboard({ widgets: [{ type: 'text', properties: {} }] }),
    "Should have required property 'markdown'",
  ],
  [
    'no alarm',
    dashboard({ widgets: [{ type: 'alarm', properties: { alarms: [] } }] }),
    'Should NOT have less than 1 items',
  ],
  [
    'a cut type of a record set',
    { Type: 'AWS::Route53::RecordSet', Properties: { Name: 'api.example.com', Type: 'CN' } },
    "Value 'CN' at 'changeBatch.changes.1.member.resourceRecordSet.type' failed to satisfy constraint",
  ],
  [
    'a dot in the name of a dashboard',
    dashboard({ widgets: [] }, 'depot.dev'),
    'for field DashboardName contains invalid characters',
  ],
])('A stack with %s fails as on AWS.', async (_, resource, reason) => {
  const cloud = createCloud(new Map(), inertResourceTypes);
  await create(cloud, body({ Wrong: resource }));
  const message = (await reasonOf(cloud, 'Wrong CREATE_FAILED')) ?? '';
  expect(message).toContain(reason);
  expect(message).toMatch(
    /^Resource handler returned message: ".* \(Service: \w+, Status Code: 400, Request ID: [\w-]{36}\)" \(RequestToken: [\w-]{36}, HandlerErrorCode: InvalidRequest\)$/s,
  );
  expect(await happened(cloud)).toContain('app ROLLBACK_COMPLETE');
});

test('An update with a wrong expression is rolled back.', async () => {
  const cloud = createCloud(new Map(), inertResourceTypes);
  await create(cloud, body({ Errors: share('FILL(refused, 0) / signed') }));
  await update(cloud, body({ Errors: share('FILL(refused, 0) / sig') }));
  expect(await reasonOf(cloud, 'Errors UPDATE_FAILED')).toContain(
    'no other metric or expression has the Id sig.',
  );
  expect(await happened(cloud)).toContain('app UPDATE_ROLLBACK_COMPLETE');
});

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
test.each<[string, object]>([
  [
    'an alarm on an anomaly band',
    alarm({
      ComparisonOperator: 'GreaterThanUpperThreshold',
      ThresholdMetricId: 'band',
      Metrics: [
        { ...query('m1', 'a'), ReturnData: true },
        { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(m1, 2)' },
      ],
    }),
  ],
  [
    'an alarm on a query of Metrics Insights',
    alarm({
      Metrics: [{ Id: 'q1', Expression: 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)' }],
    }),
  ],
  ['an alarm on a trimmed mean', alarm({ ExtendedStatistic: 'TM(10%:90%)', TreatMissingData: 'missing' })],
  [
    'a value from a log event',
    transformation({ MetricValue: '$.latency', Dimensions: [{ Key: 'Route', Value: '$.route' }] }),
  ],
  ['an empty dashboard', dashboard({ widgets: [] })],
  [
    "AWS's example of a dashboard",
    dashboard({
      start: '-PT6H',
      periodOverride: 'inherit',
      widgets: [
        {
          type: 'metric',
          x: 0,
          y: 0,
          width: 12,
          height: 6,
          properties: {
            metrics: [['AWS/EC2', 'CPUUtilization', 'InstanceId', 'i-012345']],
            period: 300,
            stat: 'Average',
            region: 'us-east-1',
            title: 'EC2 Instance CPU',
            liveData: false,
            legend: { position: 'right' },
          },
        },
        { type: 'text', x: 0, y: 7, width: 3, height: 3, properties: { markdown: 'Hello world' } },
      ],
    }),
  ],
  [
    'the short forms of metrics',
    dashboard(
      widget({
        region,
        metrics: [
          ['AWS/EC2', 'DiskReadBytes', 'InstanceId', 'i-123'],
          ['.', '.', '.', 'i-abc'],
          [{ expression: 'm1 + m2', label: 'Sum', id: 'e1' }],
          ['...', 'i-456', { stat: 'p99', color: '#ff0000', yAxis: 'right' }],
        ],
      }),
    ),
  ],
  [
    'an annotation with an alarm',
    dashboard(widget({ annotations: { alarms: ['arn:aws:cloudwatch:eu-central-1:111111111111:alarm:a'] } })),
  ],
  [
    'a widget of a type that is not known',
    dashboard({ widgets: [{ type: 'chart', properties: { data: {} } }] }),
  ],
])('A stack with %s is deployed.', async (_, resource) => {
  const cloud = createCloud(new Map(), inertResourceTypes);
  await create(cloud, body({ Right: resource }));
  expect((await describeStack(cloud.client)).StackStatus).toBe('CREATE_COMPLETE');
});

test('Numbers and booleans may be strings, as in all of CloudFormation.', () => {
  const type = inertResourceTypes.find(({ typeName }) => typeName === 'AWS::CloudWatch::Alarm');
  if (type === undefined) throw new Error('no alarms');
  expect(readProperties(type, { Threshold: '5', ActionsEnabled: 'true' })).toEqual({
    Threshold: 5,
    ActionsEnabled: true,
  });
});
