import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What each script begins with. `longHold` is over when all timers would have fired. */
const HEAD = `
const hold = globalThis[Symbol.for('local-aws.hold')];
const timers = require('node:timers/promises');
const fired = [];
const fire = (name) => () => void fired.push(name);
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const turns = async () => { for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate); };
const until = async (condition) => { while (!condition()) { block(5); await turns(); } };
/** The process is paused, as by a debugger. */
const pause = async () => { hold(true); block(300); await turns(); };
/** Another process is paused, and this one goes on. */
const wait = async () => {
  hold(true);
  const end = Date.now() + 300;
  await until(() => Date.now() > end);
};
`;

/** Runs a script in a process of a function. @returns what it returns */
async function run(script: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--require',
    join(__dirname, 'hold-timers.cjs'),
    '--eval',
    `${HEAD}(async () => { ${script} })().then((result) => console.log(JSON.stringify(result ?? null)))`,
  ]);
  return JSON.parse(stdout);
}

const TIMERS = [
  ['setTimeout', `setTimeout(fire('a'), 100)`],
  ['setTimeout of node:timers', `require('node:timers').setTimeout(fire('a'), 100)`],
  ['setInterval', `setInterval(fire('a'), 100).unref()`],
  ['setTimeout of timers/promises', `timers.setTimeout(100).then(fire('a'))`],
  [
    'setInterval of timers/promises',
    `(async () => { for await (const _ of timers.setInterval(100, 0, { ref: false })) fire('a')(); })()`,
  ],
  ['scheduler.wait', `timers.scheduler.wait(100).then(fire('a'))`],
  ['util.promisify(setTimeout)', `require('node:util').promisify(setTimeout)(100).then(fire('a'))`],
  ['AbortSignal.timeout', `AbortSignal.timeout(100).addEventListener('abort', fire('a'))`],
] as const;

for (const held of ['pause', 'wait']) {
  const what = held === 'pause' ? 'the process itself is paused' : 'another process is paused';
  test.each(TIMERS)(`%s stands still while ${what}, and fires afterwards`, async (_name, start) => {
    const script = `
      ${start};
      // A ref'd timer keeps the process alive, as a request does.
      const alive = setInterval(() => {}, 1_000);
      await ${held}();
      const during = fired.length;
      hold(false);
      await until(() => fired.length > 0);
      clearInterval(alive);
      return during;`;
    expect(await run(script)).toBe(0);
  });
}

test('what a timer had waited before the hold counts', async () => {
  const script = `
    setTimeout(fire('first'), 400);
    block(350);
    await turns();
    await pause();
    hold(false);
    setTimeout(fire('second'), 1_000);
    await until(() => fired.length === 2);
    return fired;`;
  expect(await run(script)).toEqual(['first', 'second']);
});

test('a timer of less than 100 ms goes on while another process is paused: code yields with it', async () => {
  const script = `
    setTimeout(fire('timeout'), 10);
    timers.setTimeout(10).then(fire('promise'));
    const interval = setInterval(fire('interval'), 10);
    hold(true);
    await until(() => new Set(fired).size === 3);
    clearInterval(interval);
    return [...new Set(fired)].sort();`;
  expect(await run(script)).toEqual(['interval', 'promise', 'timeout']);
});

test('a timer that is cleared or refreshed during a hold does as it is told', async () => {
  const script = `
    const cleared = setTimeout(fire('cleared'), 150);
    const byNumber = setTimeout(fire('cleared by its number'), 150);
    const refreshed = setTimeout(fire('refreshed'), 250);
    await wait();
    clearTimeout(cleared);
    clearTimeout(+byNumber);
    hold(false);
    refreshed.refresh();
    setTimeout(fire('as long'), 150);
    await until(() => fired.length === 2);
    return fired;`;
  expect(await run(script)).toEqual(['as long', 'refreshed']);
});

test('without a hold, timers do what those of Node do', async () => {
  const script = `
    const { promisify } = require('node:util');
    const errors = [];
    for (const wrong of [() => setTimeout('text'), () => setInterval(), () => AbortSignal.timeout(-1)]) {
      try { wrong(); } catch ({ code }) { errors.push(code); }
    }
    await timers.setTimeout('text').catch(({ code }) => errors.push(code));
    const signal = AbortSignal.timeout(1);
    await until(() => signal.aborted);
    const values = [
      await timers.setTimeout(1, 'value'),
      await promisify(setTimeout)(1, 'promised'),
      await new Promise((resolve) => setTimeout(resolve, 1, 'given')),
      await timers.setTimeout(1, 0, { signal: AbortSignal.abort() }).catch(({ name }) => name),
      signal.reason.name,
      setTimeout(() => {}).unref().hasRef(),
    ];
    return { errors, values };`;
  expect(await run(script)).toEqual({
    errors: ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE', 'ERR_INVALID_ARG_TYPE'],
    values: ['value', 'promised', 'given', 'AbortError', 'TimeoutError', false],
  });
});

test('the time-out of a socket stands still, too', async () => {
  const script = `
    const net = require('node:net');
    const server = net.createServer((socket) => socket.on('data', (data) => socket.write(data))).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const socket = net.connect(server.address().port, '127.0.0.1').setTimeout(100, fire('timeout'));
    await new Promise((resolve) => socket.once('connect', resolve));
    await pause();
    const during = fired.length;
    hold(false);
    await until(() => fired.length > 0);
    socket.destroy();
    server.close();
    return during;`;
  expect(await run(script)).toBe(0);
});
