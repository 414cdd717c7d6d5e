import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type LambdaFixture, lambdaFixture } from '../lambda.testing.ts';
import { connectRuntime, type RuntimeMessage } from './runtime-channel.ts';

const invocation = {
  requestId: 'request-1',
  functionArn: 'arn:aws:lambda:eu-central-1:111111111111:function:work',
  deadlineMs: 0,
  traceId: 'Root=1',
  payload: '{"text":"two\\nlines"}',
};
const response: RuntimeMessage = { kind: 'response', id: 'request-1', body: '"é\u2028"', maxRssKb: 1 };

/** A channel, its received messages, and the runtime's end of the pipe. */
function channelFixture() {
  const [server, runtime] = duplexPair() as [Duplex, Duplex];
  const received: RuntimeMessage[] = [];
  const send = connectRuntime(server, (message) => received.push(message));
  runtime.on('error', () => {});
  return { send, received, server, runtime };
}

describe('the channel to the runtime', () => {
  test('an invocation is one line', async () => {
    const { send, runtime } = channelFixture();
    send(invocation);
    await turn();
    const text = String(runtime.read());
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(JSON.parse(text)).toEqual(invocation);
  });

  test('messages arrive whole and in order, even if the pipe splits them', async () => {
    const crash: RuntimeMessage = { kind: 'crash', id: 'init', body: '{}', errorType: 'E', maxRssKb: 2 };
    const bytes = Buffer.from(
      [response, crash, response].map((each) => `${JSON.stringify(each)}\n`).join(''),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length })), async (cuts) => {
        const { received, runtime } = channelFixture();
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        ends.forEach((end, index) => void runtime.write(bytes.subarray(ends[index - 1] ?? 0, end)));
        while (received.length < 3) await turn();
        expect(received).toEqual([response, crash, response]);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['that is not JSON', 'rubbish\n'],
    ['of an unknown kind', `${JSON.stringify({ ...response, kind: 'next' })}\n`],
    ['without a body', `${JSON.stringify({ ...response, body: undefined })}\n`],
    ['that reports an invocation as ready', `${JSON.stringify({ ...response, kind: 'ready' })}\n`],
    ['without end', 'x'.repeat(6 * 6_291_556 + 1)],
  ])('a message %s closes the pipe', async (_name, text) => {
    const { send, received, server, runtime } = channelFixture();
    runtime.write(text);
    while (!server.destroyed) await turn();
    expect(received).toEqual([]);
    expect(() => send(invocation)).toThrow('The runtime cannot receive request-1.');
  });
});

describe('function code', () => {
  let lambda: LambdaFixture;
  beforeEach(() => {
    lambda = lambdaFixture();
  });
  afterEach(() => lambda.service.close());

  test('a function and its server open no port', async () => {
    const servers = () => process.getActiveResourcesInfo().filter((name) => /Server/.test(name)).length;
    const before = servers();
    await lambda.deploy('worker', 'exports.handler = async () => process.getActiveResourcesInfo()');
    const { json } = await lambda.invoke('worker');
    expect(json).not.toContainEqual(expect.stringMatching(/Server/));
    expect(servers()).toBe(before);
  });

  test('a function that writes garbage to the pipe ends only its environment', async () => {
    await lambda.deploy(
      'worker',
      `exports.handler = async ({ rubbish }) => {
        if (rubbish === undefined) return process.pid;
        require('node:fs').writeSync(3, rubbish);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      }`,
      { Timeout: 60 },
    );
    await lambda.deploy('other', 'exports.handler = async () => process.pid');
    const other = (await lambda.invoke('other')).json;
    const first = (await lambda.invoke('worker')).json;
    expect((await lambda.invoke('worker', { rubbish: 'rubbish\n' })).json.errorType).toBe(
      'Runtime.ExitError',
    );
    expect((await lambda.invoke('worker')).json).not.toBe(first);
    expect((await lambda.invoke('other')).json).toBe(other);
  });

  test('a function can answer only its current invocation', async () => {
    await lambda.deploy(
      'worker',
      `exports.handler = async () => {
        require('node:fs').writeSync(3, JSON.stringify({ kind: 'response', id: 'other', body: '"forged"', maxRssKb: 1 }) + '\\n');
        await new Promise((resolve) => setTimeout(resolve, 50));
        return 'own';
      }`,
    );
    expect((await lambda.invoke('worker')).json).toBe('own');
  });

  test('a function does not pass the pipe on to the processes that it starts', async () => {
    await lambda.deploy(
      'worker',
      `exports.handler = async () => require('node:child_process').spawnSync('/bin/sh', ['-c', 'echo rubbish >&3']).status`,
    );
    expect((await lambda.invoke('worker')).json).not.toBe(0);
  });
});
