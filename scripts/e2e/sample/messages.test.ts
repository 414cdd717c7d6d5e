import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { projectRoot } from '../../lib/project.ts';
import { type ApiAnswer, callApi, signed } from '../call-api.testing.ts';
import { deployPackages } from '../packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutputs,
  CALLER_ACCOUNT,
  invokeCaller,
  startTestBed,
  type TestBed,
} from '../test-bed.testing.ts';

const ANOTHER = 'another-caller';
const [API, CALLER] = ['api', 'caller'].map((folder) => {
  const text = readFileSync(join(projectRoot, 'services', folder, 'serverless.yml'), 'utf8');
  return `${/^service: *(\S+)/m.exec(text)?.[1]}-local`;
}) as [string, string];
const INVOKE_ROLE = `${API}-invoke`;

let bed: TestBed;
let apiUrl: string;
beforeAll(async () => {
  bed = await startTestBed({ sample: true });
  await deployPackages(bed);
  apiUrl = (await apiOutputs(bed)).ApiUrl;
  // A second caller, which may call the same routes.
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement });
  await iam.send(
    new CreateRoleCommand({
      RoleName: ANOTHER,
      AssumeRolePolicyDocument: policy({
        Effect: 'Allow',
        Principal: { AWS: API_ACCOUNT },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: ANOTHER,
      PolicyName: 'invoke',
      PolicyDocument: policy({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }),
    }),
  );
  iam.destroy();
});
afterAll(() => bed?.close());

/** Reads a message as a session of a role. */
async function read(id: string, roleName: string): Promise<ApiAnswer> {
  const url = `${apiUrl}/messages/${id}`;
  return callApi(bed, url, await signed(url, keysOf(roleName)));
}

/** The keys of a session of a role. */
const keysOf = (roleName: string) => bed.aws.as(`arn:aws:iam::${API_ACCOUNT}:role/${roleName}`).credentials;

test('the caller reads its message, or the part that the query names; another caller gets 404', async () => {
  const { payload } = await invokeCaller(bed, { operation: 'postMessage', input: { body: { foo: 'bar' } } });
  const { body } = payload as { body: { id: string } };

  expect(await invokeCaller(bed, { operation: 'getMessage', input: { id: body.id } })).toMatchObject({
    payload: { status: 200, body: { id: body.id, body: { foo: 'bar' }, caller: expect.any(Object) } },
  });
  const part = await invokeCaller(bed, {
    operation: 'getMessage',
    input: { id: body.id, query: { fields: 'body' } },
  });
  expect(part.payload).toMatchObject({ body: { id: body.id, body: { foo: 'bar' } } });
  expect(part.payload).not.toHaveProperty('body.caller');

  expect(await read(body.id, INVOKE_ROLE)).toMatchObject({ status: 200 });
  expect(await read(body.id, ANOTHER)).toMatchObject({
    status: 404,
    body: { title: 'Not Found', detail: `There is no message ${body.id} of this caller.` },
  });
});

test('a value that the contract refuses is named', async () => {
  const { payload } = await invokeCaller(bed, {
    operation: 'getMessage',
    input: { id: '1', query: { fields: 'all' } },
  });
  expect(payload).toMatchObject({
    errorType: 'ApiError',
    errorMessage: expect.stringMatching(/answered 400: .*id: must be a UUID.*fields: must be body or caller/),
  });
});

const callerLog = [CALLER_ACCOUNT, `/aws/lambda/${CALLER}`] as const;

test('the first invocation of an environment starts when STS has answered', async () => {
  await invokeCaller(bed);
  const [assumed] = bed.aws
    .calls()
    .filter(({ operation, principal }) => operation === 'AssumeRole' && principal?.includes(CALLER));
  const logs = new CloudWatchLogsClient(bed.administrator(CALLER_ACCOUNT));
  const [, logGroupName] = callerLog;
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName, filterPattern: 'START' }),
  );
  logs.destroy();
  const start = events.find(({ message }) => message?.startsWith('START RequestId'));
  expect(Math.floor(Number(assumed?.time) + Number(assumed?.durationMs))).toBeLessThanOrEqual(
    Number(start?.timestamp),
  );
});

// The logs of the sample.

const accessLog = [API_ACCOUNT, `/aws/api-gateway/${API}`] as const;
const whoamiLog = [API_ACCOUNT, `/aws/lambda/${API}-whoami`] as const;
const messagesLog = [API_ACCOUNT, `/aws/lambda/${API}-messages`] as const;

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

test('one request is followed by its IDs and its trace ID through all logs, and back to the environment that sent it', async () => {
  const { payload } = await invokeCaller(bed);
  const { requestId } = payload as { requestId: string };
  const [access, ...others] = await linesWith(accessLog, 'requestId', requestId);
  expect(access).toMatchObject({ status: '200', xrayTraceId: expect.stringMatching(/^1-/) });
  expect(others).toEqual([]);
  const ids = { xray_trace_id: access?.xrayTraceId, function_request_id: expect.any(String) };

  expect(await linesWith(messagesLog, 'extendedRequestId', access?.extendedRequestId)).toEqual([
    expect.objectContaining({ ...ids, requestId, message: 'answered', caller: access?.callerArn }),
  ]);
  const called = await linesWith(callerLog, 'apiExtendedRequestId', access?.extendedRequestId);
  expect(called).toEqual([
    expect.objectContaining({ ...ids, apiRequestId: requestId, message: 'called', status: 200 }),
  ]);

  // The session's name is the other way to the caller's environment. It needs only the caller's log.
  const [, functionName, environment = ''] = /\/([^/]*)\.([\da-f]+)$/.exec(String(access?.callerArn)) ?? [];
  expect(functionName).toBe(CALLER);
  expect(called[0]?.['@logStream']).toContain(`]${environment}`);
});

test('a caller that chooses the ID of another’s request is told apart by the extended ID, in both logs of the API', async () => {
  const { requestId } = (await invokeCaller(bed)).payload as { requestId: string };
  const url = `${apiUrl}/whoami`;
  const request = await signed(url, keysOf(ANOTHER), { headers: { 'X-Amzn-RequestId': requestId } });
  expect(await callApi(bed, url, request)).toMatchObject({ status: 200, requestId });
  const [theirs, forged, ...others] = await linesWith(accessLog, 'requestId', requestId);
  expect(others).toEqual([]);
  expect(forged?.callerArn).toContain(ANOTHER);
  expect(theirs?.callerArn).not.toContain(ANOTHER);
  expect(await linesWith(callerLog, 'apiExtendedRequestId', theirs?.extendedRequestId)).toHaveLength(1);
  expect(await linesWith(callerLog, 'apiExtendedRequestId', forged?.extendedRequestId)).toEqual([]);
  expect(await linesWith(whoamiLog, 'extendedRequestId', forged?.extendedRequestId)).toMatchObject([
    { requestId, caller: forged?.callerArn },
  ]);
});

test('a call that is refused, and a repetition, are followed in the same way', async () => {
  const { roles } = bed.aws.localAws.directory;
  const [[name = '', policy] = []] = [...roles.get(API_ACCOUNT, INVOKE_ROLE).inlinePolicies];
  roles.deletePolicy(API_ACCOUNT, INVOKE_ROLE, name);
  await invokeCaller(bed);
  roles.putPolicy(API_ACCOUNT, INVOKE_ROLE, name, policy?.document ?? '');
  const failed = (await linesWith(callerLog, 'message', 'failed')).at(-1);
  expect(failed).toMatchObject({ level: 'ERROR', code: 'AccessDenied', attempts: 1 });
  expect(await linesWith(accessLog, 'extendedRequestId', failed?.apiExtendedRequestId)).toMatchObject([
    { status: '403', xrayTraceId: failed?.xray_trace_id },
  ]);

  const event = { operation: 'postMessage', input: { body: {} }, idempotencyKey: randomUUID() };
  await invokeCaller(bed, event);
  const { requestId } = (await invokeCaller(bed, event)).payload as { requestId: string };
  expect(await linesWith(messagesLog, 'requestId', requestId)).toMatchObject([
    {
      message: 'repeated',
      caller: expect.stringContaining(`:assumed-role/${INVOKE_ROLE}/${CALLER}.`),
    },
  ]);
});
