import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LambdaFixture, lambdaFixture } from '../lambda.testing.ts';
import { GROUP, testReplacedProcesses } from './invoker.testing.ts';

describe('invocations that fail or are large, and Node 22', () => {
  let lambda: LambdaFixture;
  afterEach(() => lambda.service.close());

  const deploy = async (source: string, settings?: object, options?: Parameters<typeof lambdaFixture>[0]) => {
    lambda = lambdaFixture(options);
    return lambda.deploy('work', source, settings);
  };

  test('an unhandled rejection fails the invocation and ends the process', async () => {
    await deploy(`exports.handler = async (event) => {
      if (event.ok) return process.pid;
      Promise.reject(new Error('lost'));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }`);
    const { json: before } = await lambda.invoke('work', { ok: true });
    expect((await lambda.invoke('work')).json).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: lost',
    });
    expect((await lambda.invoke('work', { ok: true })).json).not.toBe(before);
  });

  test.each([
    ['a module that is not there', `require('./missing')`, 'Runtime.ImportModuleError'],
    ['a syntax error', 'exports.handler = async () => {', 'Runtime.UserCodeSyntaxError'],
    ['no handler', 'exports.other = async () => 1', 'Runtime.HandlerNotFound'],
    ['a handler that is no function', 'exports.handler = 1', 'Runtime.HandlerNotFound'],
    [
      'a callback handler',
      'exports.handler = (event, context, callback) => callback()',
      'Runtime.CallbackHandlerDeprecated',
    ],
    [
      'a streaming handler',
      'exports.handler = awslambda.streamifyResponse(async () => {})',
      'Runtime.MalformedStreamingHandler',
    ],
    ['an error while loading', `throw new RangeError('early')`, 'RangeError'],
  ])('code with %s fails its init, and with it the invocation', async (_name, source, errorType) => {
    await deploy(source);
    const failed = await lambda.invoke('work');
    expect(failed.json.errorType).toBe(errorType);
    const lines = lambda.logged.get(GROUP) ?? [];
    const reports = lines.filter((line) => line.startsWith('INIT_REPORT'));
    expect(reports).toEqual([
      expect.stringMatching(
        /^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: error\tError Type: /,
      ),
    ]);
    expect(lines.at(-1)).toMatch(/^REPORT /);
  });

  test('the log has the lines of all levels in the order in which they were written', async () => {
    const levels = ['log', 'error', 'warn', 'info', 'debug', 'trace'];
    await deploy(
      `exports.handler = async () => { for (let i = 0; i < 60; i += 1) console[${JSON.stringify(levels)}[i % 6]]('line', i); }`,
    );
    await lambda.invoke('work');
    const lines = (lambda.logged.get(GROUP) ?? []).flatMap((line) => /\tline (\d+)$/.exec(line)?.[1] ?? []);
    expect(lines.map(Number)).toEqual(Array.from({ length: 60 }, (_, index) => index));
  });

  test('a response over 6 MB is an error', async () => {
    await deploy(`exports.handler = async ({ size }) => 'x'.repeat(size)`, { MemorySize: 512 });
    expect((await lambda.invoke('work', { size: 6_291_554 })).text).toHaveLength(6_291_556);
    expect((await lambda.invoke('work', { size: 6_291_555 })).json).toEqual({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
    expect((await lambda.invoke('work', { size: 1 })).json).toBe('x');
  });

  describe('of nodejs22.x', () => {
    const runtime = { Runtime: 'nodejs22.x' };

    test('runs on the Node 22 of this machine', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'node22-'));
      const node22 = join(folder, 'node');
      const script = `#!/bin/sh\n[ "$1" = --version ] && echo v22.21.0 && exit\nFAKE=22 exec "${process.execPath}" "$@"\n`;
      await writeFile(node22, script, { mode: 0o700 });
      const reports: string[] = [];
      await deploy(
        'exports.handler = async () => [process.env.FAKE, process.env.AWS_EXECUTION_ENV]',
        runtime,
        {
          processEnvironment: { LOCAL_AWS_NODE22: node22 },
          report: (message) => void reports.push(message),
        },
      );
      expect((await lambda.invoke('work')).json).toEqual(['22', 'AWS_Lambda_nodejs22.x']);
      expect(reports).toEqual([]);
      await rm(folder, { recursive: true });
    });

    test('runs on Node 24 if this machine has no Node 22, and one message says so', async () => {
      const reports: string[] = [];
      await deploy('exports.handler = async () => process.version', runtime, {
        processEnvironment: { PATH: '', NVM_DIR: '/nowhere' },
        report: (message) => void reports.push(message),
      });
      await lambda.deploy('other', 'exports.handler = async () => process.version', runtime);
      const invoked = await Promise.all([lambda.invoke('work'), lambda.invoke('other')]);
      expect(invoked.map(({ json }) => json)).toEqual([process.version, process.version]);
      expect(reports).toEqual([expect.stringContaining('Functions of nodejs22.x run on Node 24.')]);
    });

    test('does not log that the proxy is experimental in Node 22', async () => {
      await deploy(
        `exports.handler = async () => {
          process.emitWarning('EnvHttpProxyAgent is experimental', { code: 'UNDICI-EHPA' });
          process.emitWarning('of the function');
        }`,
        runtime,
        { processEnvironment: {} },
      );
      await lambda.invoke('work');
      const warnings = (lambda.logged.get(GROUP) ?? []).filter((line) => line.includes('Warning: '));
      expect(warnings).toEqual([expect.stringContaining('Warning: of the function')]);
    });

    test.each([
      ['calls back', '(event, context, callback) => setTimeout(() => callback(null, event), 1)', { a: 1 }],
      ['calls context.succeed', '(event, context) => context.succeed(event.a)', 1],
      ['calls context.done', '(event, context) => context.done(undefined, 2)', 2],
      ['returns a promise', 'async (event, context, callback) => event.a', 1],
      ['returns a value, and waits for nothing', '() => 1', null],
      [
        'calls back with an error',
        '(event, context, callback) => callback(new RangeError("no"))',
        'RangeError',
      ],
      ['calls context.fail', '(event, context) => context.fail(new RangeError("no"))', 'RangeError'],
      ['throws', '() => { throw new RangeError("no") }', 'RangeError'],
    ])('answers if its handler %s', async (_how, handler, answer) => {
      await deploy(`exports.handler = ${handler}`, runtime, { processEnvironment: {} });
      for (let count = 0; count < 2; count += 1) {
        const { json } = await lambda.invoke('work', { a: 1 });
        expect(typeof answer === 'string' ? json.errorType : json).toEqual(answer);
      }
    });
  });

  test('an init that takes too long is a time-out', async () => {
    await deploy('for (;;);', { Timeout: 1 });
    const failed = await lambda.invoke('work');
    expect(failed.json.errorType).toBe('Sandbox.Timedout');
    const report = (lambda.logged.get(GROUP) ?? []).find((line) => line.startsWith('INIT_REPORT'));
    expect(report?.replace(/[\d.]+ ms/, '')).toBe(
      'INIT_REPORT Init Duration: \tPhase: init\tStatus: timeout',
    );
  });
});

testReplacedProcesses([
  ['exits with 0', 'process.exit(0)', 'Runtime.ExitError', 'Runtime exited without providing a reason'],
  [
    'is killed',
    `process.kill(process.pid, 'SIGKILL')`,
    'Runtime.ExitError',
    'Runtime exited with error: signal: killed',
  ],
  ['aborts', 'process.abort()', 'Runtime.ExitError', 'Runtime exited with error: signal: aborted'],
  [
    'waits for nothing',
    'await new Promise(() => {})',
    'Runtime.ExitError',
    'Runtime exited with error: exit status 13',
  ],
  [
    'stops itself',
    `process.kill(process.pid, 'SIGSTOP')`,
    'Sandbox.Timedout',
    'Task timed out after 1.00 seconds',
  ],
  [
    'eats memory',
    'Buffer.alloc(150e6, 1); return 1;',
    'Runtime.OutOfMemory',
    'Runtime exited with error: signal: killed',
  ],
]);
