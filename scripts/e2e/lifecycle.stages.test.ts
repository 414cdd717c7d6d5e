import { APIGatewayClient, GetDeploymentsCommand, GetStageCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { type ApiAnswer, callApi, signed } from './call-api.testing.ts';
import { functionProcesses } from './processes.testing.ts';
import {
  API_ACCOUNT,
  apiOutputs,
  CALLER_ACCOUNT,
  edit,
  invokeCaller,
  settledStackStatus,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const sender = { operation: 'getSender' };
const senderSource = 'services/api/src/sender.ts';
const template = 'services/api/serverless.yml';
const routeTo = (path: string) => `\n      - http: { method: GET, path: ${path}, authorizer: aws_iam }`;
/** The invoke role's session of one execution environment of the caller. */
const invokeSession = new RegExp(
  `^arn:aws:sts::${API_ACCOUNT}:assumed-role/depot-local-invoke/shop-local\\.[\\da-f]{16}$`,
);
const noSuchRoute = { status: 403, errorType: 'MissingAuthenticationTokenException' };

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  expect(await bed.sls(['deploy'])).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await bed?.close();
  expect(bed?.reports).toEqual([]);
  expect(functionProcesses()).toEqual([]);
});

/** Calls a route as account A's administrator, who may call every route. */
async function getRoute(path: string): Promise<ApiAnswer> {
  const { ApiUrl } = await apiOutputs(bed);
  const { credentials } = bed.administrator(API_ACCOUNT);
  return callApi(bed, `${ApiUrl}${path}`, await signed(`${ApiUrl}${path}`, credentials));
}

/** Changes the list of the routes that the contract does not have. */
const outsideContract = (before: string, after: string) =>
  edit(bed.project, template, `routesOutsideContract: ${before}`, `routesOutsideContract: ${after}`);

/** Deploys the api service with a further log group, and takes that out of serverless.yml again. */
async function deployWith(...lines: readonly string[]) {
  const added = [
    '      Added:',
    '        Type: AWS::Logs::LogGroup',
    ...lines.map((line) => `        ${line}`),
  ];
  const resource = '      InvokeRole:\n';
  await edit(bed.project, template, resource, `${added.join('\n')}\n${resource}`);
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  await edit(bed.project, template, `${added.join('\n')}\n`, '');
  return { exitCode, output: `${stdout}${stderr}` };
}

/** The operations that AWS answered after a point. @param before the number of requests that it had answered until then */
const operationsSince = (before: number) =>
  bed.aws
    .calls()
    .slice(before)
    .map(({ operation }) => operation);

async function deployApi(): Promise<void> {
  expect(await bed.sls(['deploy'], { service: 'api' })).toMatchObject({ exitCode: 0 });
}

// The tests follow one deployment from start to end: each one continues the one before it. lifecycle.slow.test.ts reads it in other
// folders.

test('the caller in account B reaches the API in account A, which sees the role that B assumed', async () => {
  const { exitCode, stdout } = await bed.sls(['invoke', '-f', 'caller'], { service: 'caller' });
  expect(exitCode).toBe(0);
  const answer: unknown = JSON.parse(stdout);
  expect(answer).toEqual({
    status: 200,
    body: {
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      received: { foo: 'bar' },
      caller: {
        accountId: API_ACCOUNT,
        arn: expect.stringMatching(invokeSession),
        roleName: 'depot-local-invoke',
        sessionName: expect.stringMatching(/^shop-local\.[\da-f]{16}$/),
      },
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    },
    requestId: (answer as { body: { requestId: string } }).body.requestId,
    attempts: 1,
  });
});

test('the trace links the three requests, each with its principal and account', async () => {
  const { payload } = await invokeCaller(bed, sender);
  const events = bed.aws.calls();
  const api = events.findLast(({ service }) => service === 'execute-api');
  expect(payload).toMatchObject({ status: 200, requestId: api?.requestId });
  const invocation = events.find(({ requestId }) => requestId === api?.parentRequestId);
  expect(invocation).toMatchObject({
    operation: 'Invoke',
    principal: `arn:aws:iam::${CALLER_ACCOUNT}:user/administrator`,
  });
  expect(events.filter(({ operation }) => operation === 'AssumeRole')).toMatchObject([
    {
      principal: `arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/shop-local/shop-local`,
      status: 200,
    },
  ]);
});

test('the API’s stage traces, throttles, and logs the caller', async () => {
  const { ApiUrl } = await apiOutputs(bed);
  const restApiId = new URL(ApiUrl).hostname.split('.')[0];
  const apiGateway = new APIGatewayClient(bed.administrator(API_ACCOUNT));
  const stage = await apiGateway.send(new GetStageCommand({ restApiId, stageName: 'local' }));
  apiGateway.destroy();
  expect(stage).toMatchObject({
    tracingEnabled: true,
    methodSettings: { '*/*': { throttlingRateLimit: 100, throttlingBurstLimit: 50 } },
  });

  const { payload } = await invokeCaller(bed, sender);
  const logs = new CloudWatchLogsClient(bed.administrator(API_ACCOUNT));
  const logGroupName = stage.accessLogSettings?.destinationArn?.split(':log-group:')[1];
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  logs.destroy();
  const lines = events.map(({ message = '' }): unknown => JSON.parse(message));
  expect(lines).toContainEqual(
    expect.objectContaining({
      requestId: (payload as { requestId: string }).requestId,
      httpMethod: 'GET',
      status: '200',
      callerArn: expect.stringMatching(invokeSession),
    }),
  );
});

test('a deployment with a change gives the new answer and the new routes', async () => {
  await edit(
    bed.project,
    senderSource,
    'body: { caller, requestId }',
    "body: { caller, requestId, edition: 'second' }",
  );
  await edit(bed.project, template, routeTo('/sender'), ['/sender', '/old', '/older'].map(routeTo).join(''));
  await outsideContract('[]', '[GET /old, GET /older]');
  await deployApi();
  expect((await invokeCaller(bed, sender)).payload).toMatchObject({ body: { edition: 'second' } });
  for (const path of ['/old', '/older']) expect(await getRoute(path)).toMatchObject({ status: 200 });
});

test('sls rollback leaves the routes of the version that it goes back to', async () => {
  const { stdout, stderr } = await bed.sls(['deploy', 'list'], { service: 'api' });
  const versions = [...`${stdout}${stderr}`.matchAll(/Timestamp: (\d+)/g)].map(
    ([, timestamp = '']) => timestamp,
  );
  expect(versions).toHaveLength(2);
  const { exitCode } = await bed.sls(['rollback', '--timestamp', String(versions[0])], { service: 'api' });
  expect(exitCode).toBe(0);
  for (const path of ['/old', '/older']) expect(await getRoute(path)).toMatchObject(noSuchRoute);
});

test('the next deployment has its own routes again, and a renamed function is called once sls deploy returns', async () => {
  await edit(bed.project, template, routeTo('/old'), '');
  await outsideContract('[GET /old, GET /older]', '[GET /older]');
  const handler = 'handler: src/sender.handler';
  await edit(bed.project, template, handler, `${handler}\n    name: depot-local-renamed`);
  await deployApi();
  expect(await getRoute('/old')).toMatchObject({
    ...noSuchRoute,
    body: { message: 'Missing Authentication Token' },
  });
  expect(await getRoute('/older')).toMatchObject({ status: 200 });
  expect((await invokeCaller(bed, sender)).payload).toMatchObject({ body: { edition: 'second' } });
});

test('a deployment that failed to take a removed route off the stage is finished by the next one, which packages no change, and no old deployment of the API stays', async () => {
  await edit(bed.project, template, routeTo('/older'), '');
  await outsideContract('[GET /older]', '[]');
  bed.aws.faults.set({
    rules: [
      {
        match: { service: 'cloudformation', operation: 'UpdateStack' },
        effect: { type: 'error', status: 400, code: 'ValidationError' },
      },
    ],
  });
  const failed = await bed.sls(['deploy'], { service: 'api' });
  bed.aws.faults.clear();
  expect(failed.exitCode).toBe(1);
  expect(`${failed.stdout}${failed.stderr}`).toContain('GET /older');
  expect(await getRoute('/older')).toMatchObject({ status: 200 });

  const before = bed.aws.calls().length;
  const next = await bed.sls(['deploy'], { service: 'api' });
  expect(next.exitCode).toBe(0);
  expect(`${next.stdout}${next.stderr}`).toContain('No changes to deploy');
  expect(operationsSince(before)).not.toContain('ExecuteChangeSet');
  expect(await getRoute('/older')).toMatchObject(noSuchRoute);

  const { ApiUrl } = await apiOutputs(bed);
  const apiGateway = new APIGatewayClient(bed.administrator(API_ACCOUNT));
  const restApiId = new URL(ApiUrl).hostname.split('.')[0];
  const { items } = await apiGateway.send(new GetDeploymentsCommand({ restApiId }));
  apiGateway.destroy();
  expect(items).toHaveLength(1);
});

test('a misspelt property of a resource is refused before anything changes, and named', async () => {
  const before = bed.aws.calls().length;
  const { exitCode, output } = await deployWith('Properties: { LogGroupName: misspelt, RetentionInDay: 7 }');
  expect(exitCode).toBe(1);
  expect(output).toMatch(/RetentionInDay of AWS::Logs::LogGroup \(Added\)\. Its name may be RetentionInDays/);
  expect(operationsSince(before)).not.toContain('ExecuteChangeSet');
});

test('a deployment that fails is rolled back, its error names the resource, and the old version answers', async () => {
  await edit(bed.project, senderSource, "'second'", "'third'");
  // So that function and stage have changed before this fails.
  const { exitCode, output } = await deployWith(
    'DependsOn: [SenderLambdaFunction, ApiGatewayStage]',
    'Properties: { LogGroupName: /aws/lambda/depot-local-parcels }',
  );
  expect(exitCode).toBe(1);
  expect(output).toMatch(/CREATE_FAILED: Added .*already exists/s);
  expect(await settledStackStatus(bed, API_ACCOUNT, 'depot-local')).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect((await invokeCaller(bed, sender)).payload).toMatchObject({ body: { edition: 'second' } });
  expect(await getRoute('/older')).toMatchObject(noSuchRoute);
});

test('sls deploy function replaces the code of one function', async () => {
  const { exitCode, stdout, stderr } = await bed.sls(['deploy', 'function', '-f', 'sender'], {
    service: 'api',
  });
  expect(`${stdout}${stderr}`).toContain('Function code deployed');
  expect(exitCode).toBe(0);
  expect((await invokeCaller(bed, sender)).payload).toMatchObject({ body: { edition: 'third' } });
});

test('sls rollback function downloads the code of a version, and makes it the code of the function', async () => {
  const { exitCode, stdout, stderr } = await bed.sls(
    ['rollback', 'function', '-f', 'sender', '--function-version', '$LATEST'],
    { service: 'api' },
  );
  expect(`${stdout}${stderr}`).toContain('Successfully rolled back function sender');
  expect(exitCode).toBe(0);
  expect((await invokeCaller(bed, sender)).payload).toMatchObject({ body: { edition: 'third' } });
});

test('a late line of a function does not bring back a log group that was removed', async () => {
  const logs = new CloudWatchLogsClient(bed.administrator(CALLER_ACCOUNT));
  const lambda = new LambdaClient(bed.administrator(CALLER_ACCOUNT));
  const functionName = 'shop-local';
  await logs.send(new DeleteLogGroupCommand({ logGroupName: `/aws/lambda/${functionName}` }));
  // A new execution environment, which begins a new log stream.
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: functionName, MemorySize: 192 }));
  expect((await invokeCaller(bed, sender)).payload).toMatchObject({ status: 200 });
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
  logs.destroy();
  lambda.destroy();
  expect(logGroups).toEqual([]);
});
