import { randomUUID } from 'node:crypto';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { deployPackages } from '../packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  CALLER_ACCOUNT,
  invokeCaller,
  startTestBed,
  type TestBed,
} from '../test-bed.testing.ts';

jest.setTimeout(120_000);

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ sample: true });
  await deployPackages(bed);
});
afterAll(() => bed?.close());

const callerLog = [CALLER_ACCOUNT, '/aws/lambda/cross-account-caller-local'] as const;
const accessLog = [API_ACCOUNT, '/aws/api-gateway/cross-account-api-local'] as const;
const messagesLog = [API_ACCOUNT, '/aws/lambda/cross-account-api-local-messages'] as const;

/** The lines of a log that have this value, each with the name of its log stream, as queries of CloudWatch Logs find them. */
async function linesWith(
  [accountId, logGroupName]: readonly [string, string],
  field: string,
  value: unknown,
) {
  const logs = new CloudWatchLogsClient(bed.administrator(accountId));
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  logs.destroy();
  return events.flatMap(({ message = '', logStreamName }) => {
    if (!message.startsWith('{')) return [];
    const line = JSON.parse(message) as Record<string, unknown>;
    return line[field] === value ? [{ ...line, '@logStream': logStreamName }] : [];
  }) as Record<string, unknown>[];
}

test('one request is followed by its ID and its trace ID through all logs, and back to the environment that sent it', async () => {
  const { payload } = await invokeCaller(bed);
  const { requestId } = payload as { requestId: string };
  const [access, ...others] = await linesWith(accessLog, 'requestId', requestId);
  expect(access).toMatchObject({ status: '200', xrayTraceId: expect.stringMatching(/^1-/) });
  expect(others).toEqual([]);
  const ids = { xray_trace_id: access?.xrayTraceId, function_request_id: expect.any(String) };

  expect(await linesWith(messagesLog, 'requestId', requestId)).toEqual([
    expect.objectContaining({ ...ids, message: 'answered', caller: access?.callerArn }),
  ]);
  const called = await linesWith(callerLog, 'apiRequestId', requestId);
  expect(called).toEqual([expect.objectContaining({ ...ids, message: 'called', status: 200 })]);

  // The session's name is the other way to the caller's environment. It needs nothing of the caller but its log.
  const [, functionName, environment = ''] = /\/([^/]*)\.([\da-f]+)$/.exec(String(access?.callerArn)) ?? [];
  expect(functionName).toBe('cross-account-caller-local');
  expect(called[0]?.['@logStream']).toContain(`]${environment}`);
});

test('a call that is refused, and a repetition, are followed in the same way', async () => {
  await invokeCaller(bed, { path: '/nowhere', method: 'GET' });
  const [failed] = await linesWith(callerLog, 'message', 'failed');
  expect(failed).toMatchObject({ level: 'ERROR', code: 'AccessDenied', attempts: 1 });
  expect(await linesWith(accessLog, 'requestId', failed?.apiRequestId)).toMatchObject([
    { status: '403', xrayTraceId: failed?.xray_trace_id },
  ]);

  const event = { path: '/messages', body: {}, headers: { 'Idempotency-Key': randomUUID() } };
  await invokeCaller(bed, event);
  const { requestId } = (await invokeCaller(bed, event)).payload as { requestId: string };
  expect(await linesWith(messagesLog, 'requestId', requestId)).toMatchObject([
    {
      message: 'repeated',
      caller: expect.stringMatching(
        /:assumed-role\/cross-account-api-local-invoke\/cross-account-caller-local\./,
      ),
    },
  ]);
});
