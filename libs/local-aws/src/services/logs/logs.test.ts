import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandOutput,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  paginateFilterLogEvents,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { A, B, type Running, startRunning } from '../../../test/running.testing.ts';

let running: Running;
let logs: CloudWatchLogsClient;
const logGroupName = '/app/work';
const group = { logGroupName } as const;
const arn = `arn:aws:logs:us-east-1:${A}:log-group:${logGroupName}`;

beforeAll(async () => {
  running = await startRunning();
}, 30_000);
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});
beforeEach(async () => {
  logs = new CloudWatchLogsClient(running.sdk(A));
  await logs.send(new CreateLogGroupCommand({ ...group, tags: { team: 'api' } }));
  for (const logStreamName of ['one', 'two']) {
    await logs.send(new CreateLogStreamCommand({ ...group, logStreamName }));
  }
});
afterEach(async () => {
  await logs.send(new DeleteLogGroupCommand(group));
  logs.destroy();
});

/** Writes messages, each a second after the one before, the last one now. */
function write(logStreamName: string, ...messages: string[]) {
  const last = Date.now();
  const logEvents = messages.map((message, index) => ({
    message,
    timestamp: last - (messages.length - 1 - index) * 1000,
  }));
  return logs.send(new PutLogEventsCommand({ ...group, logStreamName, logEvents }));
}
const messagesOf = ({ events = [] }: Pick<GetLogEventsCommandOutput, 'events'>) =>
  events.map(({ message }) => message);

test('a group keeps retention and tags, and is its account’s alone', async () => {
  await logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 7 }));
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app' }));
  expect(logGroups).toMatchObject([{ logGroupName, retentionInDays: 7, arn: `${arn}:*`, logGroupArn: arn }]);
  await logs.send(new TagResourceCommand({ resourceArn: arn, tags: { stage: 'dev' } }));
  await logs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['team'] }));
  const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }));
  expect(tags).toEqual({ stage: 'dev' });

  const other = new CloudWatchLogsClient(running.sdk(B));
  expect((await other.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  other.destroy();
});

test('a stack that creates a group which exists fails in the words of CloudFormation', async () => {
  const cloudFormation = new CloudFormationClient(running.sdk(A));
  const Resources = { Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: logGroupName } } };
  const StackName = 'log-group';
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }),
  );
  const waiter = { client: cloudFormation, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };
  await expect(waitUntilStackCreateComplete(waiter, { StackName })).rejects.toThrow('FAILURE');
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  const failure = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
  expect(failure?.ResourceStatusReason).toMatch(
    /^Resource handler returned message: "Resource of type 'AWS::Logs::LogGroup' with identifier '\{"\/properties\/LogGroupName":"\/app\/work"\}' already exists\." \(RequestToken: [0-9a-f-]{36}, HandlerErrorCode: AlreadyExists\)$/,
  );
  cloudFormation.destroy();
});

test('what AWS has and local AWS has not is refused by name', async () => {
  await expect(
    logs.send(new CreateLogGroupCommand({ logGroupName: '/encrypted', kmsKeyId: 'arn:aws:kms:a:b:key/c' })),
  ).rejects.toMatchObject({
    name: 'NotImplemented',
    message: 'local AWS does not implement kmsKeyId of logs:CreateLogGroup: leave it out.',
  });
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ includeLinkedAccounts: false }));
  expect(logGroups?.map((one) => one.logGroupName)).toEqual([logGroupName]);
  await expect(
    logs.send(new FilterLogEventsCommand({ ...group, startFromHead: false })),
  ).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining('startFromHead'),
  });
});

test('names are taken once, and what is not there is not found', async () => {
  await expect(logs.send(new CreateLogGroupCommand(group))).rejects.toBeInstanceOf(
    ResourceAlreadyExistsException,
  );
  await expect(write('none', 'x')).rejects.toBeInstanceOf(ResourceNotFoundException);
  await expect(
    logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 8 })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await logs.send(new DeleteLogStreamCommand({ ...group, logStreamName: 'one' }));
  await expect(write('one', 'x')).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test('streams are listed by name or by their latest event', async () => {
  await write('two', 'earlier');
  await write('one', 'much earlier', 'later');
  const list = async (more: object) => {
    const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ ...group, ...more }));
    return logStreams.map(({ logStreamName }) => logStreamName);
  };
  expect(await list({ descending: true })).toEqual(['two', 'one']);
  expect(await list({ orderBy: 'LastEventTime', descending: true, limit: 1 })).toHaveLength(1);
  expect(await list({ logStreamNamePrefix: 'tw' })).toEqual(['two']);
  expect(await list({ logGroupName: undefined, logGroupIdentifier: arn })).toEqual(['one', 'two']);
  await expect(list({ orderBy: 'LastEventTime', logStreamNamePrefix: 'o' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

test('a stream is read from its head, from its tail, and on in both directions', async () => {
  await write('one', '1', '2', '3', '4', '5');
  const read = (more: object) =>
    logs.send(new GetLogEventsCommand({ ...group, logStreamName: 'one', limit: 2, ...more }));
  const tail = await read({});
  expect(messagesOf(tail)).toEqual(['4', '5']);
  const before = await read({ nextToken: tail.nextBackwardToken });
  expect(messagesOf(before)).toEqual(['2', '3']);
  const head = await read({ startFromHead: true });
  expect(messagesOf(head)).toEqual(['1', '2']);
  const next = await read({ nextToken: head.nextForwardToken });
  expect(messagesOf(next)).toEqual(['3', '4']);
  // At the end, the token that was given comes back.
  const end = await read({ nextToken: tail.nextForwardToken });
  expect([messagesOf(end), end.nextForwardToken]).toEqual([[], tail.nextForwardToken]);
  await expect(read({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('events are filtered over all streams, in the order of time, page by page', async () => {
  await write('one', 'ERROR a', 'INFO b');
  await write('two', '{"level":"ERROR","status":502}');
  const filter = async (more: object) =>
    messagesOf(await logs.send(new FilterLogEventsCommand({ ...group, ...more })));
  expect(await filter({ filterPattern: 'ERROR' })).toEqual(['ERROR a', '{"level":"ERROR","status":502}']);
  expect(await filter({ logStreamNames: ['one'] })).toEqual(['ERROR a', 'INFO b']);
  expect(await filter({ logStreamNamePrefix: 'tw' })).toHaveLength(1);
  expect(await filter({ startTime: Date.now() + 60_000 })).toEqual([]);
  await expect(filter({ filterPattern: '{ $.status' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  const found: unknown[] = [];
  for await (const page of paginateFilterLogEvents({ client: logs, pageSize: 1 }, { ...group })) {
    expect(page.events).toHaveLength(1);
    found.push(...messagesOf(page));
  }
  expect(found).toHaveLength(3);
});

describe('a batch', () => {
  const put = (...times: number[]) =>
    logs.send(
      new PutLogEventsCommand({
        ...group,
        logStreamName: 'one',
        logEvents: times.map((timestamp) => ({ timestamp, message: 'x' })),
      }),
    );
  const day = 86_400_000;

  test('of events that are too old or in the future is told which, and the others are kept', async () => {
    const now = Date.now();
    expect((await put(now - 15 * day)).rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    expect((await put(now, now + day / 2)).rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    await logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 1 }));
    expect((await put(now - 2 * day)).rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
    expect(await put(now)).not.toHaveProperty('rejectedLogEventsInfo');
    const { events } = await logs.send(new GetLogEventsCommand({ ...group, logStreamName: 'one' }));
    expect(events).toHaveLength(2);
  });

  test('out of order, over more than a day, empty or too large is refused', async () => {
    const now = Date.now();
    const refused = { name: 'InvalidParameterException' };
    await expect(put(now, now - 1)).rejects.toMatchObject(refused);
    await expect(put(now - 2 * day, now)).rejects.toMatchObject(refused);
    await expect(put()).rejects.toMatchObject(refused);
    await expect(write('one', 'x'.repeat(1_048_576))).rejects.toMatchObject(refused);
  });
});
