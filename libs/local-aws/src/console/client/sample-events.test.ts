import { sampleEvents } from './sample-events.ts';

const functionArn = 'arn:aws:lambda:eu-central-1:222222222222:function:orders';

test('there is one event of each kind, of the function’s account and region', () => {
  const events = sampleEvents(functionArn);
  expect(events.map(({ name }) => name)).toEqual([
    ...['SQS queue', 'SNS topic', 'EventBridge event', 'Schedule'],
    ...['S3 object', 'Kinesis stream', 'DynamoDB stream'],
  ]);
  for (const { event } of events) {
    const arns = JSON.stringify(event).match(/arn:aws:(?!s3)[^"]+/g) ?? [];
    for (const arn of arns) expect(arn).toMatch(/^arn:aws:\w+:(eu-central-1)?:222222222222:/);
  }
});

test('the records of a queue have different IDs, so that one of them can fail', () => {
  const sqs = sampleEvents(functionArn).find(({ name }) => name === 'SQS queue');
  const ids = JSON.stringify(sqs).match(/"messageId":"[^"]+"/g);
  expect(new Set(ids).size).toBe(2);
});
