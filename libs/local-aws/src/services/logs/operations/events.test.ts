import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { directClient } from '../../../direct-client.testing.ts';
import type { RouteQuestion } from '../../../pipeline/endpoint.ts';
import { createLogsService, type LogsService } from '../index.ts';

/*
 * The rules: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html and API_CreateLogStream.html
 */

const scope = { accountId: '111111111111', region: 'us-east-1' };
const now = Date.parse('2026-06-15T12:00:00Z');
const HOUR = 3_600_000;
const stream = { logGroupName: '/app/work', logStreamName: 'main' };

let service: LogsService;
let logs: CloudWatchLogsClient;
let questions: RouteQuestion[];
beforeEach(async () => {
  service = createLogsService({ clock: { now: () => new Date(now) } });
  questions = [];
  logs = new CloudWatchLogsClient(directClient(service.endpoint, scope, questions));
  await logs.send(new CreateLogGroupCommand({ logGroupName: stream.logGroupName }));
  await logs.send(new CreateLogStreamCommand(stream));
});
afterEach(() => logs.destroy());

const put = (...times: readonly number[]) =>
  logs.send(
    new PutLogEventsCommand({
      ...stream,
      logEvents: times.map((timestamp, index) => ({ timestamp, message: `line ${index}` })),
    }),
  );
const messages = async () => {
  const { events = [] } = await logs.send(new GetLogEventsCommand({ ...stream, startFromHead: true }));
  return events.map(({ message }) => message);
};
const invalid = (message: string) => ({ name: 'InvalidParameterException', message });

test('A client creates a stream and writes events, with permissions on the stream.', async () => {
  const { nextSequenceToken, rejectedLogEventsInfo } = await put(now - 2, now - 1, now);
  expect([nextSequenceToken, rejectedLogEventsInfo]).toEqual([expect.any(String), undefined]);
  expect(await messages()).toEqual(['line 0', 'line 1', 'line 2']);
  const resource = `arn:aws:logs:us-east-1:111111111111:log-group:/app/work:log-stream:main`;
  expect(questions.slice(1, 3)).toMatchObject([
    { action: 'logs:CreateLogStream', resource },
    { action: 'logs:PutLogEvents', resource },
  ]);
});

test('A token of an earlier request is ignored.', async () => {
  const logEvents = [{ timestamp: now, message: 'a' }];
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents, sequenceToken: 'anything' }));
  expect(await messages()).toEqual(['a']);
});

test('A stream exists once, and its name has neither a colon nor an asterisk.', async () => {
  await expect(logs.send(new CreateLogStreamCommand(stream))).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
    message: 'The specified log stream already exists',
  });
  await expect(
    logs.send(new CreateLogStreamCommand({ ...stream, logStreamName: 'a:b' })),
  ).rejects.toMatchObject(
    invalid(
      "1 validation error detected: Value 'a:b' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*",
    ),
  );
  const { logStreams } = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName: stream.logGroupName }),
  );
  expect(logStreams).toMatchObject([{ logStreamName: 'main', creationTime: now }]);
});

test('Events need a stream that exists.', async () => {
  const logEvents = [{ timestamp: now, message: 'a' }];
  await expect(
    logs.send(new PutLogEventsCommand({ ...stream, logStreamName: 'absent', logEvents })),
  ).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  });
});

test('The events of a batch are in the order of time, and within 24 hours.', async () => {
  await expect(put(now, now - 1)).rejects.toMatchObject(
    invalid('Log events in a single PutLogEvents request must be in chronological order.'),
  );
  await expect(put(now - 24 * HOUR - 1, now)).rejects.toMatchObject(
    invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.'),
  );
  await put(now - 24 * HOUR, now);
  expect(await messages()).toEqual(['line 0', 'line 1']);
});

test('The size of a batch counts the bytes of UTF-8 and 26 for each event.', async () => {
  const write = (message: string) =>
    logs.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: now, message }] }));
  const most = (1_048_576 - 26) / 2;
  await write('ä'.repeat(most));
  await expect(write('ä'.repeat(most + 1))).rejects.toMatchObject(
    invalid('Upload too large: 1048578 bytes exceeds limit of 1048576'),
  );
});

test('Events that are too old or too new are left out, and the response says which.', async () => {
  const days = 24 * HOUR;
  expect((await put(now - 14 * days - 1, now - 14 * days + 1)).rejectedLogEventsInfo).toEqual({
    tooOldLogEventEndIndex: 1,
  });
  expect((await put(now, now + 2 * HOUR + 1)).rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
  expect(await messages()).toEqual(['line 1', 'line 0']);
});
