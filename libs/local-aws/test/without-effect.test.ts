import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { A, type Running, startRunning } from './running.testing.ts';
import { functionResource, type Resource, serviceRole } from './template.testing.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

/** As the framework writes it for `layers: []`. */
const withoutLayers = ({ Type, Properties }: Resource) => ({
  Type,
  Properties: { ...Properties, Layers: [] },
});

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** Sends as clients of the AWS SDK do: with an agent of their own, and SQS's to the host of the queue's URL. */
const SENDS = `
const https = require('node:https');
exports.handler = ({ host, target }) => new Promise((resolve, reject) => {
  const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' };
  const request = https.request({ host, method: 'POST', headers, agent: new https.Agent({ keepAlive: true }) }, (response) => {
    let body = '';
    response.on('data', (chunk) => { body += chunk; }).on('end', () => resolve({ status: response.statusCode, ...JSON.parse(body) }));
  });
  request.on('error', reject).end('{}');
});`;

test('a function with queue, stream, schedule and what else invokes it is deployed, and invoked with the event that it would get', async () => {
  const outputs = await running.deploy(A, 'triggers', {
    Conditions: { OnAws: { 'Fn::Equals': ['local', 'dev'] } },
    Resources: {
      Role: serviceRole('lambda.amazonaws.com'),
      Orders: withoutLayers(
        functionResource('Role', 'exports.handler = async ({ Records }) => Records.map(({ body }) => body);'),
      ),
      Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30 } },
      FromQueue: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: arnOf('Orders'),
          EventSourceArn: arnOf('Queue'),
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      },
      Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
      FromStream: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: arnOf('Orders'),
          EventSourceArn: arnOf('Stream'),
          StartingPosition: 'LATEST',
        },
      },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        },
      },
      FromTable: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: arnOf('Orders'),
          EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
          StartingPosition: 'TRIM_HORIZON',
        },
      },
      Daily: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: 'rate(1 day)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: arnOf('Orders'), RoleArn: arnOf('Role') },
        },
      },
      Uploads: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          NotificationConfiguration: {
            LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: arnOf('Orders') }],
          },
        },
      },
      Retries: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: { Ref: 'Orders' }, Qualifier: '$LATEST', MaximumRetryAttempts: 0 },
      },
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Orders' } } },
      Live: {
        Type: 'AWS::Lambda::Alias',
        Properties: {
          FunctionName: { Ref: 'Orders' },
          FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
          Name: 'live',
          ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
        },
      },
      // README.md, "Leave something out of one stage".
      Users: { Type: 'AWS::Cognito::UserPool', Properties: {}, Condition: 'OnAws' } as never,
    },
    Outputs: {
      Orders: { Value: { Ref: 'Orders' } },
      Stream: { Value: { 'Fn::GetAtt': ['Table', 'StreamArn'] } },
    },
  });
  expect(outputs.Stream).toMatch(
    /^arn:aws:dynamodb:us-east-1:111111111111:table\/triggers-Table-\w+\/stream\//,
  );
  const lambda = new LambdaClient(running.sdk(A));
  const event = { Records: [{ eventSource: 'aws:sqs', body: 'first' }] };
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: outputs.Orders, Payload: JSON.stringify(event) }),
  );
  lambda.destroy();
  expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual(['first']);
});

test.each([
  ['sqs.us-east-1.amazonaws.com', 'AmazonSQS.SendMessage', 'sqs:SendMessage'],
  ['events.us-east-1.amazonaws.com', 'AWSEvents.PutEvents', 'events:PutEvents'],
])(
  'a call to %s by the SDK of a function is answered with its operation',
  async (host, target, operation) => {
    const name = host.split('.')[0];
    const { Sends = '' } = await running.deploy(A, `sends-${name}`, {
      Resources: { Role: serviceRole('lambda.amazonaws.com'), Sends: functionResource('Role', SENDS) },
      Outputs: { Sends: { Value: { Ref: 'Sends' } } },
    });
    const lambda = new LambdaClient(running.sdk(A));
    const Payload = JSON.stringify({ host, target });
    const { Payload: answer } = await lambda.send(new InvokeCommand({ FunctionName: Sends, Payload }));
    lambda.destroy();
    expect(JSON.parse(answer?.transformToString() ?? '')).toMatchObject({
      status: 501,
      message: `local AWS does not implement ${operation}. Its README lists the operations that it has, and how to go on with a stand-in.`,
    });
    expect(running.aws.trace.events()).toContainEqual(
      expect.objectContaining({ service: name, operation: target.split('.')[1], status: 501 }),
    );
  },
);
