import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defined } from '../../../core/defined.ts';
import { storedZip } from '../code/stored-zip.ts';
import { type LambdaFixture, lambdaFixture, ROLE, roleCredential, scope } from '../lambda.testing.ts';

const GROUP = '/aws/lambda/worker';

describe('Lambda', () => {
  let lambda: LambdaFixture;
  afterEach(() => lambda.service.close());

  const deploy = async (source: string, settings?: object, options?: Parameters<typeof lambdaFixture>[0]) => {
    lambda = lambdaFixture(options);
    return lambda.deploy('worker', source, settings);
  };

  test('each parallel invocation has an environment, up to the limit', async () => {
    await deploy(
      'exports.handler = async () => { await new Promise((r) => setTimeout(r, 300)); return process.pid; }',
      {},
      { concurrency: 3 },
    );
    const responses = await Promise.all([1, 2, 3, 4].map(() => lambda.invoke('worker')));
    const throttled = responses.filter(({ status }) => status === 429);
    expect(throttled).toHaveLength(1);
    expect(throttled[0]?.json).toEqual({
      Type: 'User',
      Message: 'Rate Exceeded.',
      Reason: 'ConcurrentInvocationLimitExceeded',
    });
    expect(throttled[0]?.headers['x-amzn-errortype']).toBe('TooManyRequestsException');
    const pids = responses.filter(({ status }) => status === 200).map(({ json }) => json);
    expect(new Set(pids).size).toBe(3);
  });

  test('reserved concurrency limits a function', async () => {
    lambda = lambdaFixture();
    await lambda.create('Function', {
      FunctionName: 'worker',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile: 'exports.handler = async () => 1' },
      ReservedConcurrentExecutions: 0,
    });
    const response = await lambda.invoke('worker');
    expect(response.status).toBe(429);
    expect(response.json.Reason).toBe('ReservedFunctionConcurrentInvocationLimitExceeded');
  });

  test('a function is switched off with a reserved concurrency of 0, and on again without one', async () => {
    await deploy('exports.handler = async () => 1');
    const set = '/2017-10-31/functions/worker/concurrency';
    const get = 'GET /2019-09-30/functions/worker/concurrency';
    expect((await lambda.request(get)).json).toEqual({});
    const off = await lambda.request(`PUT ${set}`, { ReservedConcurrentExecutions: 0 });
    expect([off.status, off.json]).toEqual([200, { ReservedConcurrentExecutions: 0 }]);
    expect((await lambda.request(get)).json).toEqual({ ReservedConcurrentExecutions: 0 });
    expect((await lambda.invoke('worker')).status).toBe(429);
    expect((await lambda.request(`DELETE ${set}`)).status).toBe(204);
    expect((await lambda.request(get)).json).toEqual({});
    expect((await lambda.invoke('worker')).status).toBe(200);
    expect((await lambda.request(`PUT ${set}`, { ReservedConcurrentExecutions: -1 })).status).toBe(400);
    expect((await lambda.request(get.replace('worker', 'nobody'))).status).toBe(404);
  });

  test('an invocation that fails frees its place in the reserved concurrency', async () => {
    lambda = lambdaFixture();
    await lambda.create('Function', {
      FunctionName: 'worker',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: {
        ZipFile: 'exports.handler = async ({ fail }) => { if (fail) throw new Error(fail); return 1; }',
      },
      ReservedConcurrentExecutions: 1,
    });
    for (const fail of ['first', 'second']) {
      expect((await lambda.invoke('worker', { fail })).json).toMatchObject({ errorMessage: fail });
    }
    expect((await lambda.invoke('worker', {})).json).toBe(1);
  });

  test('an event is accepted at once, and tried again after errors', async () => {
    await deploy(
      `exports.handler = async (event, context) => { console.log('tried', context.awsRequestId); throw new Error('no'); }`,
      {},
      { asyncRetryDelaysMs: [0, 0] },
    );
    const response = await lambda.invoke('worker', { a: 1 }, { 'x-amz-invocation-type': 'Event' });
    expect([response.status, response.text]).toEqual([202, '']);
    const tries = () => (lambda.logged.get(GROUP) ?? []).filter((line) => line.startsWith('REPORT'));
    while (tries().length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await lambda.service.settled();
    const id = String(response.headers['x-amzn-requestid']);
    expect(tries().every((line) => line.includes(id))).toBe(true);
    expect(tries()).toHaveLength(3);
  });

  test('a dry run runs nothing', async () => {
    await deploy('exports.handler = async () => 1');
    const response = await lambda.invoke('worker', {}, { 'x-amz-invocation-type': 'DryRun' });
    expect(response.status).toBe(204);
    expect(lambda.logged.size).toBe(0);
  });

  test.each([
    ['not JSON', '{', {}, 400, 'InvalidRequestContentException'],
    [
      'too large for an event',
      JSON.stringify('x'.repeat(1_048_575)),
      { 'x-amz-invocation-type': 'Event' },
      413,
      'RequestTooLargeException',
    ],
    ['for a tenant', '{}', { 'x-amz-tenant-id': 'a' }, 501, 'NotImplemented'],
    ['of an unknown type', '{}', { 'x-amz-invocation-type': 'Later' }, 400, 'InvalidParameterValueException'],
    [
      'with a malformed client context',
      '{}',
      { 'x-amz-client-context': '!' },
      400,
      'InvalidRequestContentException',
    ],
  ])('a request that is %s is refused', async (_name, body, headers, status, code) => {
    await deploy('exports.handler = async () => 1');
    const response = await lambda.request('POST /2015-03-31/functions/worker/invocations', body, headers);
    expect([response.status, response.headers['x-amzn-errortype']]).toEqual([status, code]);
  });

  test('the error for a request that is not JSON names the position', async () => {
    await deploy('exports.handler = async () => 1');
    const { json } = await lambda.request('POST /2015-03-31/functions/worker/invocations', '{"a":1,}');
    expect(json.Message).toBe(
      `Could not parse request body into json: Could not parse payload into json: Unexpected character ('}' (code 125)): was expecting double-quote to start field name\n at [Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: 1, column: 8]`,
    );
  });

  test.each([
    [
      'an invocation while it runs',
      'invocation',
      `export const handler = async () => {
        console.log(process.env.AWS_ACCESS_KEY_ID);
        await isSeen();
        return process.env.AWS_ACCESS_KEY_ID;
      }`,
    ],
    [
      'the invocation for which an environment is initialized',
      'init',
      `console.log(process.env.AWS_ACCESS_KEY_ID);
      await isSeen();
      export const handler = async () => process.env.AWS_ACCESS_KEY_ID;`,
    ],
  ] as const)('an access key identifies %s', async (_what, phase, source) => {
    lambda = lambdaFixture();
    const folder = await mkdtemp(join(tmpdir(), 'access-key-'));
    const seen = join(folder, 'seen');
    const waiting = `import { existsSync } from 'node:fs';
const isSeen = async () => {
  while (!existsSync(${JSON.stringify(seen)})) await new Promise((resolve) => setTimeout(resolve, 10));
};
${source}`;
    await lambda.deploy('worker', '', {
      Code: { ZipFile: storedZip({ 'index.mjs': waiting }).toString('base64') },
      Timeout: 60,
    });
    const running = lambda.invoke('worker');
    const key = () => /ASIA[0-9A-F]{16}/.exec((lambda.logged.get(GROUP) ?? []).join('\n'))?.[0];
    while (key() === undefined) await new Promise((resolve) => setImmediate(resolve));
    const during = lambda.service.currentInvocation(String(key()));
    await writeFile(seen, '');
    const response = await running;
    await rm(folder, { recursive: true });
    expect(during).toEqual({ requestId: response.headers['x-amzn-requestid'], phase });
    expect(lambda.service.currentInvocation(response.json)).toBeUndefined();
    expect(lambda.service.currentInvocation('AKIAOTHER')).toBeUndefined();
  });

  test.each([
    ['kill-function', undefined, 'Runtime.ExitError', false],
    ['kill-function', 'before', 'Runtime.ExitError', false],
    ['kill-function', 'after', 'Runtime.ExitError', true],
    ['stall-function', 'before', 'Sandbox.Timedout', false],
    ['stall-function', 'after', 'Sandbox.Timedout', true],
  ] as const)('the fault %s %s the handler ends in %s', async (type, when, errorType, handled) => {
    let faulty = true;
    await deploy(
      `exports.handler = async () => { process.stdout.write('handled\\n'); return 1; }`,
      { Timeout: 1 },
      { fault: () => (faulty ? defined({ type, when, rule: 'test' }) : undefined) },
    );
    expect((await lambda.invoke('worker')).json.errorType).toBe(errorType);
    expect((lambda.logged.get(GROUP) ?? []).includes('handled')).toBe(handled);
    faulty = false;
    expect((await lambda.invoke('worker')).json).toBe(1);
  });

  test('with the fault kill-function, idle, the invocation succeeds, and the next one starts cold', async () => {
    await deploy('let count = 0; exports.handler = async () => ++count;', undefined, {
      fault: () => ({ type: 'kill-function', when: 'idle', rule: 'test' }),
    });
    expect((await lambda.invoke('worker')).json).toBe(1);
    expect((await lambda.invoke('worker')).json).toBe(1);
  });

  test('a change of code or configuration applies to the next invocation', async () => {
    await deploy('exports.handler = async () => process.env.VALUE', {
      Environment: { Variables: { VALUE: 'one' } },
    });
    expect((await lambda.invoke('worker')).json).toBe('one');
    await lambda.request('PUT /2015-03-31/functions/worker/configuration', {
      Environment: { Variables: { VALUE: 'two' } },
    });
    expect((await lambda.invoke('worker')).json).toBe('two');
  });

  test('credentials that are about to expire are not used again', async () => {
    await deploy(
      'exports.handler = async () => process.env.AWS_ACCESS_KEY_ID',
      {},
      {
        roles: {
          assume: async ({ roleArn, sessionName }) => ({
            ...roleCredential(roleArn, sessionName),
            expiresAt: new Date(Date.now() + 30_000),
          }),
        },
      },
    );
    const first = (await lambda.invoke('worker')).json;
    expect((await lambda.invoke('worker')).json).not.toBe(first);
  });

  test('API Gateway may invoke a function if its policy allows it, and the result has the decision', async () => {
    const arn = await deploy('exports.handler = async (event) => event');
    await lambda.request('POST /2015-03-31/functions/worker/policy', {
      StatementId: 'api',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: 'arn:aws:execute-api:eu-central-1:111111111111:abc/*/*',
    });
    const source = {
      sourceArn: 'arn:aws:execute-api:eu-central-1:111111111111:abc/dev/GET/x',
      sourceAccount: scope.accountId,
    };
    const result = await lambda.service.invokeFor('apigateway.amazonaws.com', arn, source, '{"a":1}');
    expect(result).toMatchObject({ kind: 'ok', decision: { allowed: true } });
    expect('payload' in result && result.payload.toString()).toBe('{"a":1}');
    expect(lambda.questions.find(({ principal }) => principal.type === 'Service')).toMatchObject({
      principal: { type: 'Service', service: 'apigateway.amazonaws.com' },
      action: 'lambda:InvokeFunction',
      resource: arn,
      resourceAccountId: '111111111111',
      context: { 'aws:SourceArn': source.sourceArn, 'aws:SourceAccount': '111111111111' },
      resourcePolicy: {
        document: {
          Statement: [{ Sid: 'api', Condition: { ArnLike: { 'AWS:SourceArn': expect.any(String) } } }],
        },
      },
    });
    lambda.denied.add('lambda:InvokeFunction');
    const denied = await lambda.service.invokeFor('apigateway.amazonaws.com', arn, source, '{}');
    expect(denied.kind).toBe('denied');
    lambda.denied.clear();
    const missing = await lambda.service.invokeFor('apigateway.amazonaws.com', `${arn}x`, source, '{}');
    expect(missing.kind).toBe('not-found');
  });

  test('AWS_LAMBDA_EXEC_WRAPPER starts the runtime, with the code folder as /var/task', async () => {
    const zip = storedZip({
      wrap: '#!/bin/sh\nexport WRAPPED="$#"\nexec "$@"\n',
      'index.js': 'exports.handler = async () => Number(process.env.WRAPPED) > 1',
    });
    // The mode of the first entry.
    zip.writeUInt32LE((0o100755 << 16) >>> 0, zip.indexOf('PK\x01\x02') + 38);
    const Code = { ZipFile: zip.toString('base64') };
    const wrappedBy = (path: string) => ({
      Code,
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: path } },
    });
    await deploy('', wrappedBy('/var/task/wrap'));
    expect((await lambda.invoke('worker')).json).toBe(true);
    await lambda.deploy('absent', '', wrappedBy('/opt/absent-wrapper'));
    expect((await lambda.invoke('absent')).json).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/Error: Runtime exited with error: exit status 127$/),
    });
    expect(lambda.logged.get('/aws/lambda/absent')).toContain('/opt/absent-wrapper: does not exist');
    await lambda.deploy('plain', '', wrappedBy('/var/task/index.js'));
    expect((await lambda.invoke('plain')).json.errorMessage).toContain('exit status 126');
    expect(lambda.logged.get('/aws/lambda/plain')).toContain('/var/task/index.js: is not an executable');
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('a function beyond its memory is ended while it runs', async () => {
    await deploy(
      `exports.handler = async () => {
      const held = [];
      while (held.length < 30) {
        held.push(Buffer.alloc(40e6, 1));
        console.log('one more');
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return process.memoryUsage().rss;
    }`,
      { Timeout: 60 },
    );
    expect((await lambda.invoke('worker')).json).toMatchObject({ errorType: 'Runtime.OutOfMemory' });
    const logged = lambda.logged.get('/aws/lambda/worker') ?? [];
    expect(logged.find((line) => line.startsWith('REPORT'))).toContain('Max Memory Used: 128 MB');
    expect(logged.filter((line) => line.includes('one more')).length).toBeLessThan(30);
  });

  test('a long line is logged whole, also with a character of two units between two pieces', async () => {
    await deploy(`exports.handler = async () => console.log('a' + '\u{1F600}'.repeat(50_000) + '\\n' + 'b')`);
    await lambda.invoke('worker');
    const logged = lambda.logged.get('/aws/lambda/worker')?.find((line) => line.includes('INFO'));
    expect(logged?.split('\t').at(-1)).toBe(`a${'\u{1F600}'.repeat(50_000)}\nb`);
  });
});
