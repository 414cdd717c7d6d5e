import { parseArn } from '@cross-account-api/iam';
import type {
  DynamoDBStreamEvent,
  EventBridgeEvent,
  KinesisStreamEvent,
  S3Event,
  ScheduledEvent,
  SNSEvent,
  SQSEvent,
} from 'aws-lambda';

/** An event of one kind, as AWS sends it to a function. */
export interface SampleEvent {
  /** What sends it, e.g. `SQS queue`. */
  readonly name: string;
  readonly event: object;
}

const TIME = '2026-01-02T03:04:05.678Z';
const ID = '12345678-1234-4234-8234-123456789012';

/**
 * An event of each kind that invokes a function on AWS, with the members that AWS documents
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html). Batches have two records.
 * @param functionArn the function, in whose account and region the resources are
 */
export function sampleEvents(functionArn: string): readonly SampleEvent[] {
  const { region, accountId: account } = parseArn(functionArn);
  const milliseconds = Date.parse(TIME);
  const sqs = {
    Records: [1, 2].map((number) => ({
      messageId: ID.replace(/2$/, String(number)),
      receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
      body: JSON.stringify({ order: number }),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(milliseconds),
        SenderId: 'AIDAIENQZJOLO23YVJ4VO',
        ApproximateFirstReceiveTimestamp: String(milliseconds + 1),
      },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:${region}:${account}:orders`,
      awsRegion: region,
    })),
  } satisfies SQSEvent;
  const topic = `arn:aws:sns:${region}:${account}:orders`;
  const sns = {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: `${topic}:${ID}`,
        Sns: {
          Type: 'Notification',
          MessageId: ID,
          TopicArn: topic,
          Subject: 'An order',
          Message: '{"order":1}',
          Timestamp: TIME,
          SignatureVersion: '1',
          Signature: 'EXAMPLE',
          SigningCertUrl: 'EXAMPLE',
          UnsubscribeUrl: 'EXAMPLE',
          MessageAttributes: {},
        },
      },
    ],
  } satisfies SNSEvent;
  const fromBus = { version: '0', id: ID, account, time: '2026-01-02T03:04:05Z', region };
  const event = {
    ...fromBus,
    'detail-type': 'Order placed',
    source: 'shop',
    resources: [],
    detail: { order: 1 },
  } satisfies EventBridgeEvent<string, object>;
  const schedule = {
    ...fromBus,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    resources: [`arn:aws:events:${region}:${account}:rule/daily`],
    detail: {},
  } satisfies ScheduledEvent;
  const s3 = {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: TIME,
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'EXAMPLE' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: { 'x-amz-request-id': 'EXAMPLE123456789', 'x-amz-id-2': 'EXAMPLE123' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'orders',
          bucket: {
            name: 'orders',
            ownerIdentity: { principalId: 'EXAMPLE' },
            arn: 'arn:aws:s3:::orders',
          },
          object: {
            key: 'order+1.json',
            size: 1024,
            eTag: '0123456789abcdef0123456789abcdef',
            sequencer: '0A1B2C3D4E5F678901',
          },
        },
      },
    ],
  } satisfies S3Event;
  const kinesis = {
    Records: [1, 2].map((number) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: `order-${number}`,
        sequenceNumber: `4959033827149025660855969253836157109592157598913658887${number}`,
        data: btoa(JSON.stringify({ order: number })),
        approximateArrivalTimestamp: milliseconds / 1_000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `shardId-000000000000:4959033827149025660855969253836157109592157598913658887${number}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: `arn:aws:iam::${account}:role/orders`,
      awsRegion: region,
      eventSourceARN: `arn:aws:kinesis:${region}:${account}:stream/orders`,
    })),
  } satisfies KinesisStreamEvent;
  const table = {
    Records: (['INSERT', 'REMOVE'] as const).map((eventName, index) => ({
      eventID: String(index + 1),
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      eventName,
      awsRegion: region,
      dynamodb: {
        ApproximateCreationDateTime: milliseconds / 1_000,
        Keys: { id: { S: 'order-1' } },
        ...(eventName === 'INSERT'
          ? { NewImage: { id: { S: 'order-1' }, total: { N: '9.99' } } }
          : { OldImage: { id: { S: 'order-1' }, total: { N: '9.99' } } }),
        SequenceNumber: `${index + 1}11`,
        SizeBytes: 26,
        StreamViewType: 'NEW_AND_OLD_IMAGES' as const,
      },
      eventSourceARN: `arn:aws:dynamodb:${region}:${account}:table/orders/stream/2026-01-01T00:00:00.000`,
    })),
  } satisfies DynamoDBStreamEvent;
  return [
    { name: 'SQS queue', event: sqs },
    { name: 'SNS topic', event: sns },
    { name: 'EventBridge event', event },
    { name: 'Schedule', event: schedule },
    { name: 'S3 object', event: s3 },
    { name: 'Kinesis stream', event: kinesis },
    { name: 'DynamoDB stream', event: table },
  ];
}
