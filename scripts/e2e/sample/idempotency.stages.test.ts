import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { type ApiAnswer, callApi, type Keys, signed } from '../call-api.testing.ts';
import { ExecutionLog } from '../execution-log.testing.ts';
import { deployPackages } from '../packaged-pair.testing.ts';
import { API_ACCOUNT, apiOutputs, invokeCaller, startTestBed, type TestBed } from '../test-bed.testing.ts';

let bed: TestBed;
let apiUrl: string;
beforeAll(async () => {
  bed = await startTestBed({ sample: true });
  await deployPackages(bed);
  apiUrl = (await apiOutputs(bed)).ApiUrl;
});
afterAll(() => bed?.close());

const INVOKE_ROLE = 'cross-account-api-local-invoke';

/** A session of a role that the API admits. */
function session(sessionName: string, roleName = INVOKE_ROLE): Keys {
  return bed.aws.as(`arn:aws:iam::${API_ACCOUNT}:role/${roleName}`, { sessionName }).credentials;
}

async function post(
  idempotencyKey: string | undefined,
  body: unknown = { foo: 'bar' },
  as = session('first'),
): Promise<ApiAnswer> {
  const url = `${apiUrl}/messages`;
  const key = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const headers = { 'content-type': 'application/json', ...key };
  return callApi(
    bed,
    url,
    await signed(url, as, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );
}

/** The number of requests that the API's function executes while `work` runs. */
async function executionsDuring(work: () => Promise<void>): Promise<number> {
  const client = new CloudWatchLogsClient(bed.administrator(API_ACCOUNT));
  try {
    const log = new ExecutionLog(client, 'cross-account-api-local-messages');
    await log.read();
    const before = log.requestIds.length;
    await work();
    await log.read();
    return log.requestIds.length - before;
  } finally {
    client.destroy();
  }
}

test('a request that is repeated with its key is executed once and gets the same answer', async () => {
  const key = randomUUID();
  const executions = await executionsDuring(async () => {
    const first = await post(key);
    const again = await post(key);
    expect(first).toMatchObject({ status: 200, body: { received: { foo: 'bar' } } });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.requestId).not.toBe(first.requestId);
  });
  expect(executions).toBe(1);
});

test('a request that is repeated by another execution environment, in another session, is executed once', async () => {
  const key = randomUUID();
  const executions = await executionsDuring(async () => {
    const first = await post(key);
    expect(first).toMatchObject({ status: 200, body: { caller: { sessionName: 'first' } } });
    expect(await post(key, undefined, session('second'))).toMatchObject({ status: 200, body: first.body });
    expect(await post(key, { foo: 'other' }, session('second'))).toMatchObject({ status: 422 });
  });
  expect(executions).toBe(1);
});

test('a call that two execution environments of the caller make with one key is executed once', async () => {
  // As Lambda repeats a failed invocation: each call has a separate environment, which ends after it.
  const idempotencyKey = randomUUID();
  const event = { operation: 'postMessage', input: { body: { foo: 'bar' } }, idempotencyKey };
  bed.aws.faults.set({
    rules: [
      {
        match: { function: 'cross-account-caller-*' },
        effect: { type: 'kill-function', when: 'idle' },
      },
    ],
  });
  const sessions = new Set<unknown>();
  const unsubscribe = bed.aws.localAws.trace.subscribe(({ service, principal }) => {
    if (service === 'execute-api') sessions.add(principal);
  });
  const executions = await executionsDuring(async () => {
    const first = await invokeCaller(bed, event);
    const again = await invokeCaller(bed, event);
    expect(first).toMatchObject({ payload: { status: 200 } });
    const { body } = first.payload as { body: unknown };
    expect(again).toMatchObject({ payload: { status: 200, body } });
  });
  unsubscribe();
  bed.aws.faults.clear();
  expect(sessions.size).toBe(2);
  expect(executions).toBe(1);
});

test('another role with the same key and even the same session name is another caller, and reads only its own responses', async () => {
  const RoleName = `${INVOKE_ROLE}-2`;
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const statement = (given: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...given } });
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: statement({ Principal: { AWS: API_ACCOUNT }, Action: 'sts:AssumeRole' }),
    }),
  );
  const PolicyDocument = statement({ Action: 'execute-api:Invoke', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'invoke-api', PolicyDocument }));
  iam.destroy();
  const key = randomUUID();
  const executions = await executionsDuring(async () => {
    const first = await post(key);
    for (let n = 0; n < 2; n += 1) {
      expect(await post(key, undefined, session('first', RoleName))).toMatchObject({
        status: 200,
        body: { caller: { roleName: RoleName, sessionName: 'first' } },
      });
    }
    expect(await post(key, { foo: 'other' }, session('first', RoleName))).toMatchObject({ status: 422 });
    expect(await post(key)).toMatchObject({ status: 200, body: first.body });
  });
  expect(executions).toBe(2);
});

test('a key that was used for another request is refused, and the first answer still stands', async () => {
  const key = randomUUID();
  const executions = await executionsDuring(async () => {
    const first = await post(key);
    expect(await post(key, { foo: 'other' })).toMatchObject({ status: 422 });
    expect(await post(key)).toMatchObject({ status: 200, body: first.body });
  });
  expect(executions).toBe(1);
});

test('while a request is being executed, all others with its key get Retry-After', async () => {
  const key = randomUUID();
  const executions = await executionsDuring(async () => {
    const saving = new Promise<void>((resolve) => {
      bed.aws.faults.set({
        rules: [
          {
            match: { service: 'dynamodb', operation: 'UpdateItem' },
            times: 1,
            effect: { type: 'delay', ms: 2_500 },
          },
        ],
      });
      const unsubscribe = bed.aws.localAws.trace.subscribe(({ operation }) => {
        if (operation !== 'PutItem') return;
        unsubscribe();
        resolve();
      });
    });
    const first = post(key);
    await saving;
    for (let n = 0; n < 3; n += 1) {
      // Until a second after the five that the function has.
      expect(await post(key)).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^[3-6]$/) });
    }
    const { status, body } = await first;
    expect(status).toBe(200);
    expect(await post(key)).toMatchObject({ status: 200, body });
  });
  bed.aws.faults.clear();
  expect(executions).toBe(1);
});

test('a request does not wait for itself if the table loses an answer', async () => {
  const key = randomUUID();
  bed.aws.faults.set({
    rules: [
      { match: { service: 'dynamodb', operation: 'PutItem' }, times: 1, effect: { type: 'drop-after' } },
    ],
  });
  const executions = await executionsDuring(async () => {
    expect(await post(key)).toMatchObject({ status: 200 });
  });
  bed.aws.faults.clear();
  expect(executions).toBe(1);
});

test('a response is stored although the table does not answer its first write', async () => {
  const key = randomUUID();
  bed.aws.faults.set({
    rules: [
      {
        match: { service: 'dynamodb', operation: 'UpdateItem' },
        times: 1,
        // Longer than the function lives.
        effect: { type: 'delay', ms: 10_000, when: 'after' },
      },
    ],
  });
  const executions = await executionsDuring(async () => {
    const first = await post(key);
    expect(first).toMatchObject({ status: 200 });
    bed.aws.faults.clear();
    // Until a record that is in progress would have ended.
    await setTimeout(6_500);
    expect(await post(key)).toMatchObject({ status: 200, body: first.body });
  });
  expect(executions).toBe(1);
});

test('a request whose key is recorded so late that it could not end in time is not executed, and is executed once if repeated', async () => {
  const key = randomUUID();
  // The function has five seconds, and gives each request one and a half.
  bed.aws.faults.set({
    rules: [
      {
        match: { service: 'dynamodb', operation: 'PutItem' },
        times: 4,
        effect: { type: 'delay', ms: 3_500, when: 'after' },
      },
    ],
  });
  const executions = await executionsDuring(async () => {
    const late = await post(key);
    expect(late).toMatchObject({
      status: 503,
      retryAfter: expect.stringMatching(/^[1-3]$/),
      body: { detail: expect.stringContaining('was not executed') },
    });
    bed.aws.faults.clear();
    await setTimeout(Number(late.retryAfter) * 1_000);
    const first = await post(key);
    expect(first).toMatchObject({ status: 200 });
    expect(await post(key)).toMatchObject({ status: 200, body: first.body });
  });
  expect(executions).toBe(1);
});

test('a request that was refused may be corrected and sent again with its key', async () => {
  const key = randomUUID();
  expect(await post(key, '[]')).toMatchObject({ status: 400 });
  expect(await post(key)).toMatchObject({ status: 200 });
});

test('the response to the largest request is stored and repeated', async () => {
  const key = randomUUID();
  const largest = { text: 'x'.repeat(399 * 1024 - '{"text":""}'.length) };
  const executions = await executionsDuring(async () => {
    const first = await post(key, largest);
    expect(first).toMatchObject({ status: 200, body: { received: largest } });
    expect(await post(key, largest)).toMatchObject({ status: 200, body: first.body });
    expect(await post(key, { foo: 'other' })).toMatchObject({ status: 422 });
  });
  expect(executions).toBe(1);
});

/** DynamoDB refuses to update items, with an error that AWS's SDK does not repeat. */
const updateIsRefused = {
  match: { service: 'dynamodb', operation: 'UpdateItem' },
  effect: { type: 'error', status: 400, code: 'AccessDeniedException' },
} as const;

test('a request whose response cannot be written is executed once, and its repetition gets an error that says so', async () => {
  const key = randomUUID();
  bed.aws.faults.set({ rules: [{ ...updateIsRefused, times: 1 }] });
  const executions = await executionsDuring(async () => {
    expect(await post(key)).toMatchObject({ status: 200 });
    expect(await post(key)).toMatchObject({ status: 409, retryAfter: undefined });
  });
  bed.aws.faults.clear();
  expect(executions).toBe(1);
});

test('if the response to a request is neither written nor received, the caller learns that its request was executed', async () => {
  const isLost = {
    match: { service: 'execute-api', operation: 'POST /messages' },
    effect: { type: 'drop-after' },
  } as const;
  bed.aws.faults.set({
    rules: [
      { ...updateIsRefused, times: 1 },
      { ...isLost, times: 1 },
    ],
  });
  const executions = await executionsDuring(async () => {
    const { functionError, payload } = await invokeCaller(bed, {
      operation: 'postMessage',
      input: { body: { foo: 'bar' } },
    });
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject({
      errorType: 'ApiError',
      errorMessage: expect.stringMatching(/answered 409: The request with this Idempotency-Key was executed/),
    });
    expect(payload).toMatchObject({ errorMessage: expect.stringMatching(/\n2 attempts:\n/) });
  });
  bed.aws.faults.clear();
  expect(executions).toBe(1);
});

test('a response that was stored although the write seemed to fail is repeated', async () => {
  const key = randomUUID();
  bed.aws.faults.set({
    rules: [
      {
        match: { service: 'dynamodb', operation: 'UpdateItem' },
        times: 1,
        effect: { type: 'error', status: 400, code: 'AccessDeniedException', when: 'after' },
      },
    ],
  });
  const executions = await executionsDuring(async () => {
    const first = await post(key);
    expect(await post(key)).toMatchObject({ status: 200, body: first.body });
  });
  bed.aws.faults.clear();
  expect(executions).toBe(1);
});

test('a request that cannot be recorded as executed gets its response, and may be executed again later', async () => {
  const key = randomUUID();
  bed.aws.faults.set({ rules: [updateIsRefused] });
  const executions = await executionsDuring(async () => {
    expect(await post(key)).toMatchObject({ status: 200 });
    const again = await post(key);
    expect(again).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^[1-6]$/) });
    bed.aws.faults.clear();
    await setTimeout(Number(again.retryAfter) * 1_000);
    expect(await post(key)).toMatchObject({ status: 200 });
  });
  expect(executions).toBe(2);
});

test('a route that has lost its mark refuses a key, also that of a caller deployed before, and takes a request without one', async () => {
  const { root } = bed.project;
  const edit = async (file: string, change: (text: string) => string) => {
    const path = join(root, 'services', file);
    const text = await readFile(path, 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(path, change(text));
  };
  await edit('api/src/messages.ts', (text) =>
    text
      .replace(
        'operations.postMessage,',
        '(({ idempotencyKey: _, ...forgets }) => forgets)(operations.postMessage),',
      )
      .replace('idempotency: idempotencyTable({ client: dynamoDb }), ', ''),
  );
  // The functions' bundles have the contract of this repository, and the plugin reads that of the copy.
  await edit('contract/src/messages.ts', (text) => text.replace('idempotencyKey: true,', ''));
  await edit('contract/openapi.json', (text) => {
    const document = JSON.parse(text);
    delete document.paths['/messages'].post.parameters;
    return JSON.stringify(document);
  });
  await deployPackages(bed);
  const executions = await executionsDuring(async () => {
    expect(await post(randomUUID())).toMatchObject({
      status: 400,
      body: { title: 'Bad Request', detail: expect.stringContaining('without Idempotency-Key') },
    });
    const { payload } = await invokeCaller(bed);
    expect(payload).toMatchObject({ errorMessage: expect.stringContaining('without Idempotency-Key') });
    expect(await post(undefined)).toMatchObject({ status: 200 });
  });
  expect(executions).toBe(1);
});
