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
import { inertResourceTypes, inertSchemas, inertTypes } from './index.ts';

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

test('Numbers and booleans may be strings, as in all of CloudFormation.', () => {
  const type = inertResourceTypes.find(({ typeName }) => typeName === 'AWS::CloudWatch::Alarm');
  if (type === undefined) throw new Error('no alarms');
  expect(readProperties(type, { Threshold: '5', ActionsEnabled: 'true' })).toEqual({
    Threshold: 5,
    ActionsEnabled: true,
  });
});
