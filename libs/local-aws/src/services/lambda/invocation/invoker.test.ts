import { type LambdaFixture, lambdaFixture, ROLE } from '../lambda.testing.ts';
import { GROUP, testReplacedProcesses } from './invoker.testing.ts';

// invoker.stages.test.ts has further ways to fail, and handlers of nodejs22.x.

describe('invocations', () => {
  let lambda: LambdaFixture;
  afterEach(() => lambda.service.close());

  const deploy = async (source: string, settings?: object, options?: Parameters<typeof lambdaFixture>[0]) => {
    lambda = lambdaFixture(options);
    return lambda.deploy('work', source, settings);
  };

  test('a handler gets its event and context, and its result comes back', async () => {
    const arn = await deploy(`
      exports.handler = async (event, context) => {
        const { getRemainingTimeInMillis, ...rest } = context;
        return { event, rest, remaining: context.getRemainingTimeInMillis() };
      }`);
    const response = await lambda.invoke(
      'work',
      { a: 'ü' },
      {
        'x-amz-client-context': Buffer.from('{"custom": {"name": "Zoë"}}').toString('base64'),
      },
    );
    expect(response.status).toBe(200);
    expect(response.headers['x-amz-executed-version']).toBe('$LATEST');
    expect(response.json.event).toEqual({ a: 'ü' });
    expect(response.json.rest).toEqual({
      awsRequestId: response.headers['x-amzn-requestid'],
      clientContext: { custom: { name: 'Zoë' } },
      functionName: 'work',
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      logGroupName: GROUP,
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      memoryLimitInMB: '128',
    });
    expect(response.json.remaining).toBeGreaterThan(0);
    expect(response.json.remaining).toBeLessThanOrEqual(20_000);
  });

  test('a process sees the environment that AWS sets, the network variables, and nothing of the host', async () => {
    process.env.HOST_SECRET = 'leaked';
    try {
      await deploy(
        'exports.handler = async () => process.env',
        {
          Environment: { Variables: { MINE: 'yes', AWS_ENDPOINT_URL: 'https://elsewhere' } },
          MemorySize: 256,
        },
        {
          environment: (configured) => ({
            ...configured,
            AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
            HTTPS_PROXY: 'http://127.0.0.1:8',
          }),
        },
      );
      const { json } = await lambda.invoke('work');
      expect(json).toMatchObject({
        MINE: 'yes',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
        HTTPS_PROXY: 'http://127.0.0.1:8',
        AWS_REGION: 'eu-central-1',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
        AWS_SESSION_TOKEN: 'token',
        _X_AMZN_TRACE_ID: expect.stringMatching(
          /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1$/,
        ),
        TZ: ':UTC',
      });
      expect(json.HOST_SECRET).toBeUndefined();
      expect(json.USER).toBeUndefined();
    } finally {
      delete process.env.HOST_SECRET;
    }
  });

  test('an environment is reused, and does not run between invocations', async () => {
    await deploy(`
      let ticks = 0;
      setInterval(() => { ticks += 1; }, 1);
      exports.handler = async () => {
        const before = ticks;
        await new Promise((resolve) => setTimeout(resolve, 30));
        return { before, after: ticks, pid: process.pid };
      }`);
    const first = (await lambda.invoke('work')).json;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const second = (await lambda.invoke('work')).json;
    expect(second.pid).toBe(first.pid);
    expect(first.after).toBeGreaterThan(first.before);
    // A running process would have counted some 1,000; a frozen one fires each timer once when it is thawed.
    expect(second.before - first.after).toBeLessThan(500);
  });

  test('the log has START, the lines, END and REPORT, and its tail is returned on request', async () => {
    await deploy(
      `console.log('loading');
      exports.handler = async () => { console.log('two\\nlines'); process.stdout.write('raw\\n'); console.error('bad %d', 1); }`,
      { TracingConfig: { Mode: 'Active' } },
    );
    const { headers, text } = await lambda.invoke('work', {}, { 'x-amz-log-type': 'Tail' });
    expect(text).toBe('null');
    const id = String(headers['x-amzn-requestid']);
    const lines = lambda.logged.get(GROUP) ?? [];
    expect(lines).toEqual([
      expect.stringMatching(/^INIT_START Runtime Version: nodejs:24/),
      expect.stringMatching(/^\d{4}-\S+Z\tundefined\tINFO\tloading$/),
      `START RequestId: ${id} Version: $LATEST`,
      expect.stringMatching(new RegExp(`^\\S+\\t${id}\\tINFO\\ttwo\\nlines$`)),
      'raw',
      expect.stringMatching(new RegExp(`^\\S+\\t${id}\\tERROR\\tbad 1$`)),
      `END RequestId: ${id}`,
      expect.stringMatching(
        new RegExp(
          `^REPORT RequestId: ${id}\\tDuration: [\\d.]+ ms\\tBilled Duration: \\d+ ms\\tMemory Size: 128 MB\\tMax Memory Used: \\d+ MB\\tInit Duration: [\\d.]+ ms\\t\\nXRAY TraceId: 1-\\S+\\tSegmentId: \\S+\\tSampled: true\\t$`,
        ),
      ),
    ]);
    const tail = Buffer.from(String(headers['x-amz-log-result']), 'base64').toString();
    expect(tail).toBe(`${lines.slice(2).join('\n')}\n`);
    await lambda.invoke('work');
    expect(lambda.logged.get(GROUP)?.at(-1)).not.toContain('Init Duration');
    expect(lambda.streams.size).toBe(1);
  });

  test('each environment knows its log stream, whose name has the function’s name in a custom log group', async () => {
    const source = 'exports.handler = async () => [process.env.AWS_LAMBDA_LOG_STREAM_NAME]';
    await deploy(source, { LoggingConfig: { LogGroup: '/my/logs' } });
    const { json } = await lambda.invoke('work');
    expect(json).toEqual([expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/work\[\$LATEST\][0-9a-f]{32}$/)]);
    expect([...lambda.streams]).toEqual(json);
    expect((await lambda.invoke('work')).json).toEqual(json);
  });

  test('nothing is logged if the role may not write logs', async () => {
    lambda = lambdaFixture();
    await lambda.deploy('work', 'exports.handler = async () => 1');
    lambda.denied.add('logs:PutLogEvents');
    expect((await lambda.invoke('work')).json).toBe(1);
    expect(lambda.logged.get(GROUP)).toEqual([]);
    expect(lambda.questions.find(({ action }) => action === 'logs:PutLogEvents')).toMatchObject({
      principal: { principalArn: ROLE },
      resource: expect.stringMatching(
        /^arn:aws:logs:eu-central-1:111111111111:log-group:\/aws\/lambda\/work:log-stream:\d{4}\//,
      ),
    });
  });

  test.each([
    [
      'throws',
      `throw new TypeError('no')`,
      { errorType: 'TypeError', errorMessage: 'no', trace: expect.arrayContaining(['TypeError: no']) },
    ],
    ['throws no error', `throw 'text'`, { errorType: 'string', errorMessage: 'text', trace: [] }],
    ['returns a cycle', `const a = {}; a.a = a; return a`, { errorType: 'Runtime.JSONStringifyError' }],
  ])('a handler that %s fails, and its environment is used again', async (_name, body, document) => {
    await deploy(`exports.handler = async (event) => { if (event.ok) return process.pid; ${body} }`);
    const { json: before } = await lambda.invoke('work', { ok: true });
    const failed = await lambda.invoke('work');
    expect(failed.status).toBe(200);
    expect(failed.headers['x-amz-function-error']).toBe('Unhandled');
    expect(failed.json).toMatchObject(document);
    expect((await lambda.invoke('work', { ok: true })).json).toBe(before);
  });

  test('ES modules with top-level await and nested handlers in folders work', async () => {
    lambda = lambdaFixture();
    const { storedZip } = await import('../code/stored-zip.ts');
    const zip = storedZip({
      'src/app.mjs': 'const value = await Promise.resolve(7); export const api = { get: async () => value };',
      'package.json': '{"type":"module"}',
      'typed.js': 'const value = await Promise.resolve(8); export const handler = async () => value;',
    }).toString('base64');
    await lambda.deploy('work', '', { Code: { ZipFile: zip }, Handler: 'src/app.api.get' });
    await lambda.deploy('typed', '', { Code: { ZipFile: zip }, Handler: 'typed.handler' });
    expect((await lambda.invoke('work')).json).toBe(7);
    expect((await lambda.invoke('typed')).json).toBe(8);
  });
});

testReplacedProcesses([
  ['exits', 'process.exit(1)', 'Runtime.ExitError', 'Runtime exited with error: exit status 1'],
  ['hangs', 'for (;;);', 'Sandbox.Timedout', 'Task timed out after 1.00 seconds'],
]);
