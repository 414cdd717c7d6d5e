import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeSubscriptionFiltersCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  paginateFilterLogEvents,
  paginateGetLogEvents,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { systemClock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import { directClient } from '../../direct-client.testing.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import { validateProperties } from '../cloudformation/engine/change/property-schema.ts';
import { type ResourceContext, ResourceExistsError } from '../resource-type.ts';
import { createLogsService, type LogsService } from './index.ts';

const scope = { accountId: '111111111111', region: 'us-east-1' };
const logGroupName = '/app/work';
const group = { logGroupName } as const;
const arn = `arn:aws:logs:us-east-1:111111111111:log-group:${logGroupName}`;

let service: LogsService;
let logs: CloudWatchLogsClient;
let questions: RouteQuestion[];
beforeEach(async () => {
  service = createLogsService({ clock: systemClock });
  questions = [];
  logs = new CloudWatchLogsClient(directClient(service.endpoint, scope, questions));
  await logs.send(new CreateLogGroupCommand({ ...group, tags: { team: 'api' } }));
});
afterEach(() => logs.destroy());

/** Writes messages one second apart. The last one is from now. */
function write(streamName: string, ...messages: string[]): void {
  const last = Date.now();
  const timeOf = (index: number) => last - (messages.length - 1 - index) * 1000;
  const events = messages.map((message, index) => ({ message, timestamp: timeOf(index) }));
  service.write(scope, logGroupName, streamName, events);
}

test('A group keeps its tags, and belongs to one account.', async () => {
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app' }));
  const counts = { metricFilterCount: 0, storedBytes: expect.any(Number) };
  expect(logGroups).toMatchObject([{ logGroupName, arn: `${arn}:*`, logGroupArn: arn, ...counts }]);
  const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }));
  expect(tags).toEqual({ team: 'api' });

  const elsewhere = directClient(service.endpoint, { ...scope, accountId: '222222222222' });
  const other = new CloudWatchLogsClient(elsewhere);
  expect((await other.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
});

test('An operation on a group needs the permission on that group.', async () => {
  const requestTags = { 'aws:RequestTag/team': 'api', 'aws:TagKeys': ['team'] };
  expect(questions).toMatchObject([
    { action: 'logs:CreateLogGroup', resource: `${arn}:log-stream:`, context: requestTags },
    { action: 'logs:TagResource', resource: `${arn}:log-stream:`, context: requestTags },
  ]);
  await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }));
  await logs.send(new FilterLogEventsCommand({ logGroupIdentifier: arn }));
  await logs.send(new DeleteLogGroupCommand(group));
  expect(questions.slice(2)).toMatchObject(
    ['ListTagsForResource', 'FilterLogEvents', 'DeleteLogGroup'].map((name) => ({
      action: `logs:${name}`,
      resource: `${arn}:log-stream:`,
      context: { 'aws:ResourceTag/team': 'api' },
    })),
  );
});

test('A stack that creates an existing group fails with the message of CloudFormation.', async () => {
  const [type] = service.resourceTypes;
  const created = type?.create({ LogGroupName: logGroupName }, scope as ResourceContext);
  await expect(created).rejects.toBeInstanceOf(ResourceExistsError);
  await expect(created).rejects.toThrow(
    `Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"/app/work"}' already exists.`,
  );
});

test('A key of a group in a template is an ARN.', () => {
  const properties = (KmsKeyId: string) =>
    validateProperties(service.resourceTypes[0]!.properties, { KmsKeyId });
  const keyArn = 'arn:aws:kms:eu-central-1:111111111111:key/mrk-0123456789abcdef0123456789abcdef';
  expect(properties(keyArn)).toEqual({ value: { KmsKeyId: keyArn } });
  for (const cut of [keyArn.slice(0, 40), `arn:\${AWS::Partition}:kms:\${AWS::Reg`]) {
    expect(properties(cut)).toEqual({
      problems: ['#/KmsKeyId: failed validation constraint for keyword [pattern]'],
    });
  }
});

test('The error for an unsupported parameter names it.', async () => {
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

test('A group’s name can be used once, and a missing group is an error.', async () => {
  await expect(logs.send(new CreateLogGroupCommand(group))).rejects.toBeInstanceOf(
    ResourceAlreadyExistsException,
  );
  const missing = { logGroupName: '/none' };
  await expect(logs.send(new DeleteLogGroupCommand(missing))).rejects.toBeInstanceOf(
    ResourceNotFoundException,
  );
  await expect(logs.send(new DescribeSubscriptionFiltersCommand(missing))).rejects.toBeInstanceOf(
    ResourceNotFoundException,
  );
  // A line for a group that does not exist is lost, as on AWS.
  expect(() => service.write(scope, '/none', 'one', [{ timestamp: 0, message: 'x' }])).not.toThrow(AwsError);
});

test('A request that names its group twice or not at all is refused.', async () => {
  const refused = { name: 'InvalidParameterException' };
  await expect(
    logs.send(new FilterLogEventsCommand({ ...group, logGroupIdentifier: arn })),
  ).rejects.toMatchObject(refused);
  await expect(logs.send(new FilterLogEventsCommand({}))).rejects.toMatchObject(refused);
});

test('An ARN with :* at its end, as groups are described, is refused in the words of AWS.', async () => {
  await expect(
    logs.send(new FilterLogEventsCommand({ logGroupIdentifier: `${arn}:*` })),
  ).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: `1 validation error detected: Value '${arn}:*' at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*`,
  });
  await expect(logs.send(new ListTagsForResourceCommand({ resourceArn: `${arn}:*` }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Invalid resourceArn',
  });
});

test('Streams are listed by name or by their latest event.', async () => {
  write('two', 'earlier');
  write('one', 'much earlier', 'later');
  const list = async (more: object) => {
    const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ ...group, ...more }));
    return logStreams.map(({ logStreamName }) => logStreamName);
  };
  expect(await list({ descending: true })).toEqual(['two', 'one']);
  expect(await list({ orderBy: 'LastEventTime', descending: true, limit: 1 })).toHaveLength(1);
  expect(await list({ logStreamNamePrefix: 'tw' })).toEqual(['two']);
  expect(await list({ logGroupName: undefined, logGroupIdentifier: arn })).toEqual(['one', 'two']);
  // LocalStack's tests recorded it on AWS: tests/aws/services/logs/test_logs_streams.snapshot.json, https://github.com/localstack/localstack
  await expect(list({ logGroupIdentifier: arn })).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'LogGroup name and LogGroup ARN are mutually exclusive parameters.',
  });
  await expect(list({ orderBy: 'LastEventTime', logStreamNamePrefix: 'o' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

test('Events of all streams are filtered in the order of time, page by page.', async () => {
  write('one', 'ERROR a', 'INFO b');
  write('two', '{"level":"ERROR","status":502}');
  const filter = async (more: object) => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ ...group, ...more }));
    return events.map(({ message }) => message);
  };
  expect(await filter({ filterPattern: 'ERROR' })).toEqual(['ERROR a', '{"level":"ERROR","status":502}']);
  expect(await filter({ logStreamNames: ['one'] })).toEqual(['ERROR a', 'INFO b']);
  expect(await filter({ logStreamNamePrefix: 'tw' })).toHaveLength(1);
  expect(await filter({ startTime: Date.now() + 60_000 })).toEqual([]);
  for (const wrong of [
    { filterPattern: '{ $.status' },
    { nextToken: 'x' },
    { logStreamNames: ['one'], logStreamNamePrefix: 'o' },
  ]) {
    await expect(filter(wrong)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  }
  const found: unknown[] = [];
  for await (const page of paginateFilterLogEvents({ client: logs, pageSize: 1 }, { ...group })) {
    expect(page.events).toHaveLength(1);
    found.push(...(page.events ?? []));
  }
  expect(found).toHaveLength(3);
});

test('A stream can be read from its end or its beginning, in both directions, and followed.', async () => {
  write('one', 'a', 'b', 'c', 'd', 'e');
  write('two', 'x');
  const logStreamName = 'one';
  const read = async (more: object) => {
    const output = await logs.send(new GetLogEventsCommand({ ...group, logStreamName, ...more }));
    return { ...output, text: output.events?.map(({ message }) => message).join('') };
  };
  const latest = await read({ limit: 2 });
  expect(latest.text).toBe('de');
  const before = await read({ limit: 2, nextToken: latest.nextBackwardToken });
  expect(before.text).toBe('bc');
  expect((await read({ limit: 2, nextToken: before.nextForwardToken })).text).toBe('de');
  const first = await read({ nextToken: before.nextBackwardToken });
  expect(first.text).toBe('a');

  // At the end, AWS returns the token of the request, and clients stop or wait.
  const end = await read({ nextToken: latest.nextForwardToken });
  expect([end.text, end.nextForwardToken]).toEqual(['', latest.nextForwardToken]);
  const begin = await read({ nextToken: first.nextBackwardToken });
  expect([begin.text, begin.nextBackwardToken]).toEqual(['', first.nextBackwardToken]);
  write('one', 'f');
  expect((await read({ nextToken: end.nextForwardToken })).text).toBe('f');

  const all: unknown[] = [];
  const pages = paginateGetLogEvents(
    { client: logs, pageSize: 4, stopOnSameToken: true },
    { ...group, logStreamName, startFromHead: true },
  );
  for await (const { events = [] } of pages) all.push(...events.map(({ message }) => message));
  expect(all.join('')).toBe('abcdef');
  expect((await read({ startFromHead: true, limit: 1 })).text).toBe('a');
  const [, { timestamp = 0 } = {}] = (await read({ startFromHead: true })).events ?? [];
  expect((await read({ startTime: timestamp, endTime: timestamp + 1 })).text).toBe('b');
  expect(questions.at(-1)).toMatchObject({
    action: 'logs:GetLogEvents',
    resource: `${arn}:log-stream:one`,
  });
  await expect(read({ logStreamName: 'none' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  });
  await expect(read({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
