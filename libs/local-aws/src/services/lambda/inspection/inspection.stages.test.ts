import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { storedZip } from '../code/stored-zip.ts';
import { type LambdaFixture, until } from '../lambda.testing.ts';
import { attachDebugger } from './debugger.testing.ts';
import { closeInspected, startInspected, WORK } from './inspected-lambda.testing.ts';

afterEach(closeInspected);

async function changeCode(lambda: LambdaFixture): Promise<void> {
  const changed = WORK.replace('{ event }', '{ changed: true }');
  await lambda.request('PUT /2015-03-31/functions/task/code', {
    ZipFile: storedZip({ 'index.js': changed }).toString('base64'),
  });
}

test('requests of an environment that starts by itself belong to its init phase, and to no invocation', async () => {
  const { lambda } = startInspected();
  const folder = await mkdtemp(join(tmpdir(), 'init-'));
  const end = join(folder, 'end');
  const source = `import { existsSync } from 'node:fs';
console.log(process.env.AWS_ACCESS_KEY_ID);
while (!existsSync(${JSON.stringify(end)})) await new Promise((resolve) => setTimeout(resolve, 10));
export const handler = async () => process.env.AWS_ACCESS_KEY_ID;`;
  await lambda.deploy('task', '', {
    Code: { ZipFile: storedZip({ 'index.mjs': source }).toString('base64') },
  });
  const key = () => /ASIA[0-9A-F]{16}/.exec((lambda.logged.get('/aws/lambda/task') ?? []).join('\n'))?.[0];
  await until(() => key() !== undefined);
  expect(lambda.service.currentInvocation(String(key()))).toEqual({ phase: 'init' });
  await writeFile(end, '');
  await lambda.service.inspectorsReady();
  expect(lambda.service.currentInvocation(String(key()))).toBeUndefined();
  expect((await lambda.invoke('task')).json).toBe(key());
  await rm(folder, { recursive: true });
});

test('an inspected function is not frozen, and its memory is not limited', async () => {
  const { lambda } = startInspected();
  const source = `let ticks = 0;
setInterval(() => { ticks += 1; }, 20).unref();
exports.handler = async ({ bytes = 0 }) => {
  const before = ticks;
  globalThis.kept = Buffer.alloc(bytes, 1);
  return before;
};`;
  await lambda.deploy('task', source, { MemorySize: 128 });
  await lambda.invoke('task', { bytes: 200 * 1024 * 1024 });
  const { json: before } = await lambda.invoke('task');
  await setTimeout(300);
  const { json: after, headers } = await lambda.invoke('task');
  expect(headers['x-amz-function-error']).toBeUndefined();
  expect(after).toBeGreaterThan(before + 2);
});

test('while a function is held, a second invocation gets an environment and a port of its own, which the user is told', async () => {
  const { lambda, printed, portsOf } = startInspected();
  await lambda.deploy('task', WORK);
  await lambda.service.inspectorsReady();
  const [port = 0] = portsOf('task');
  const editor = await attachDebugger(port);
  await editor.breakAt('/src/task.ts', 4);
  const first = lambda.invoke('task', { id: 1 });
  const pause = await editor.paused();

  const second = await lambda.invoke('task', { id: 2 });
  expect(second.json).toMatchObject({ invocations: 1, state: { event: { id: 2 } } });
  expect(printed.at(-1)).toMatch(/^127\.0\.0\.1:\d+ {2}task: a further environment, as no other is free\./);
  expect(portsOf('task')[1]).not.toBe(port);

  await pause.resume();
  const { json } = await first;
  expect(json.pid).not.toBe(second.json.pid);
  // The debugger is attached to the first: it gets the next invocation.
  const third = lambda.invoke('task', { id: 3 });
  const again = await editor.paused();
  await again.resume();
  expect((await third).json).toMatchObject({ invocations: 2, pid: json.pid });
  await editor.close();
});

test('the function that is named first has the first port, whichever starts first', async () => {
  const { lambda, portsOf } = startInspected({ functions: ['wanted', 'other'] });
  await lambda.deploy('shop-other', WORK);
  await lambda.service.inspectorsReady();
  await lambda.deploy('shop-wanted', WORK);
  await lambda.service.inspectorsReady();
  const [other = 0] = portsOf('shop-other');
  const [wanted = 0] = portsOf('shop-wanted');
  expect(wanted).toBeGreaterThan(0);
  expect(wanted).toBeLessThan(other);
});

test('a function that is held during a deployment ends its invocation with its code; then the new code has the port', async () => {
  const { lambda, portsOf } = startInspected();
  await lambda.deploy('task', WORK);
  await lambda.service.inspectorsReady();
  const [port = 0] = portsOf('task');
  const editor = await attachDebugger(port);
  await editor.breakAt('/src/task.ts', 5);
  const answer = lambda.invoke('task', { id: 1 });
  const pause = await editor.paused();
  await changeCode(lambda);
  await lambda.service.inspectorsReady();
  await pause.resume();
  expect((await answer).json).toMatchObject({ state: { event: { id: 1 } } });
  await editor.closed;
  await lambda.service.inspectorsReady();
  const next = await attachDebugger(port);
  expect((await lambda.invoke('task')).json).toMatchObject({ state: { changed: true } });
  expect(portsOf('task')).toEqual([port]);
  await next.close();
});

test('new code gets the port of the old one, and waits for no invocation', async () => {
  const { lambda, portsOf } = startInspected();
  await lambda.deploy('task', WORK);
  await lambda.service.inspectorsReady();
  const [port = 0] = portsOf('task');
  const editor = await attachDebugger(port);

  await changeCode(lambda);
  // The process that it was attached to has ended.
  await editor.closed;
  await lambda.service.inspectorsReady();
  const next = await attachDebugger(port);
  await next.breakAt('/src/task.ts', 5);
  const answer = lambda.invoke('task');
  const pause = await next.paused();
  expect(await pause.evaluate('state.changed')).toBe(true);
  await pause.resume();
  expect((await answer).json).toMatchObject({ invocations: 1, state: { changed: true } });
  expect(portsOf('task')).toEqual([port]);
  await next.close();
});

test('a statement "debugger" stops nothing if no debugger is attached, and a debugger that leaves lets the function go on', async () => {
  const { lambda, holds, portsOf } = startInspected();
  const source = `exports.handler = async () => {
  debugger;
  return 'done';
};`;
  await lambda.deploy('task', source, { Timeout: 1 });
  expect((await lambda.invoke('task')).json).toBe('done');
  const [port = 0] = portsOf('task');
  const editor = await attachDebugger(port);
  const answer = lambda.invoke('task');
  await editor.paused();
  await until(() => holds.isHeld);
  await editor.close();
  expect((await answer).json).toBe('done');
  await until(() => !holds.isHeld);
});

test('a debugger that steps, and leaves while the function is paused, lets it go on', async () => {
  const { lambda, holds, portsOf } = startInspected();
  const source = `exports.handler = async () => {
  let steps = 0;
${'  steps += 1;\n'.repeat(12)}  return steps;
};`;
  await lambda.deploy('task', source, { Timeout: 1 });
  await lambda.service.inspectorsReady();
  const editor = await attachDebugger(portsOf('task')[0] ?? 0);
  await editor.breakAt('/src/task.ts', 3);
  const answer = lambda.invoke('task');
  let pause = await editor.paused();
  for (let step = 1; step <= 10; step += 1) {
    // Quick and slow steps: local AWS may see a pause only after the next has begun.
    if (step % 2 === 0) await until(() => holds.isHeld);
    await pause.step();
    pause = await editor.paused();
    expect(pause.line).toBe(3 + step);
  }
  await editor.close();
  expect((await answer).json).toBe(12);
  await until(() => !holds.isHeld);
});

test('a function is held at the last of many breakpoints, however fast the debugger lets it go on from the others', async () => {
  const { lambda, holds, portsOf } = startInspected();
  const source = `exports.handler = async () => {
  let sum = 0;
  for (let index = 0; index < 20; index += 1) {
    sum += index;
  }
  return sum;
};`;
  await lambda.deploy('task', source, { Timeout: 1 });
  await lambda.service.inspectorsReady();
  const editor = await attachDebugger(portsOf('task')[0] ?? 0);
  await editor.breakAt('/src/task.ts', 4);
  const answer = lambda.invoke('task');
  for (let index = 0; index < 19; index += 1) {
    const pause = await editor.paused();
    // Slow ones, too: local AWS has seen the pause before it ends.
    if (index % 5 === 4) await until(() => holds.isHeld);
    await pause.resume();
  }
  const last = await editor.paused();
  await until(() => holds.isHeld);
  await last.resume();
  expect((await answer).json).toBe(190);
  await until(() => !holds.isHeld);
  await editor.close();
});

test('while a function is held, time stands still for one that nobody inspects', async () => {
  const { lambda, holds, portsOf } = startInspected({ functions: ['held'] });
  await lambda.deploy('held', WORK);
  const waits = `exports.handler = async (_event, context) => {
  const before = context.getRemainingTimeInMillis();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return before - context.getRemainingTimeInMillis();
};`;
  await lambda.deploy('waits', waits, { Timeout: 3 });
  await lambda.invoke('waits');
  await lambda.service.inspectorsReady();
  const editor = await attachDebugger(portsOf('held')[0] ?? 0);
  await editor.breakAt('/src/held.ts', 4);
  const held = lambda.invoke('held');
  const pause = await editor.paused();
  await until(() => holds.isHeld);

  const waiting = lambda.invoke('waits');
  await setTimeout(4_000);
  await pause.resume();
  const { json, headers } = await waiting;
  expect(headers['x-amz-function-error']).toBeUndefined();
  // The hold took none of its time.
  expect(json).toBeLessThan(3_000);
  expect((await held).json).toMatchObject({ invocations: 1 });
  await editor.close();
});

test('a worker thread of an inspected function runs, and its timers stand still while a function is held', async () => {
  const { lambda, holds, portsOf } = startInspected();
  await lambda.deploy('held', WORK);
  const works = `const { once } = require('node:events');
const { Worker } = require('node:worker_threads');
const source = \`const { parentPort } = require('node:worker_threads');
const startedAt = performance.now();
setTimeout(() => parentPort.postMessage(performance.now() - startedAt), 300);
parentPort.postMessage('started');\`;
const wait = async (options) => {
  const worker = new Worker(source, { eval: true, ...options });
  console.log(...(await once(worker, 'message')));
  return (await once(worker, 'message'))[0];
};
exports.handler = () => Promise.all([wait({}), wait({ execArgv: [] })]);`;
  await lambda.deploy('works', works);
  await lambda.service.inspectorsReady();
  for (const waited of (await lambda.invoke('works')).json) expect(waited).toBeGreaterThan(250);
  expect(JSON.stringify([...lambda.logged.values()])).not.toContain('Warning');

  const editor = await attachDebugger(portsOf('held')[0] ?? 0);
  await editor.breakAt('/src/held.ts', 4);
  const held = lambda.invoke('held');
  const pause = await editor.paused();
  await until(() => holds.isHeld);
  const working = lambda.invoke('works');
  // Two in each invocation.
  await until(() => [...lambda.logged.values()].flat().join().split('started').length > 4);
  await setTimeout(1_500);
  await pause.resume();
  for (const waited of (await working).json) expect(waited).toBeGreaterThan(1_000);
  await held;
  await editor.close();
});

test('a function that exits ends its invocation, also if its debugger stays', async () => {
  const { lambda, portsOf } = startInspected();
  await lambda.deploy('task', 'exports.handler = async () => process.exit(3);');
  await lambda.service.inspectorsReady();
  const editor = await attachDebugger(portsOf('task')[0] ?? 0, { staysAtExit: true });
  const { json } = await lambda.invoke('task');
  expect(json.errorType).toBe('Runtime.ExitError');
  await editor.closed;
});

test('a function whose code differs from the sources, or that runs on another Node, is named with the reason', async () => {
  const { lambda, printed } = startInspected({
    sourceMap: async () => ({ missing: 'its code differs from the sources.' }),
  });
  await lambda.deploy('task', WORK);
  await lambda.deploy('old', WORK, { Runtime: 'nodejs22.x' });
  await lambda.service.inspectorsReady();
  expect(printed.toSorted()).toEqual([
    expect.stringMatching(/^127\.0\.0\.1:\d+ {2}task$/),
    'old runs on nodejs22.x and cannot be inspected: only functions of nodejs24.x can.',
    'task has no source map: its code differs from the sources. Breakpoints work in its JavaScript only.',
  ]);
});

test('a function that fails while it loads is started once, and its next invocation says why', async () => {
  const { lambda } = startInspected();
  await lambda.deploy('task', 'throw new Error("no table")');
  await lambda.service.inspectorsReady();
  expect(lambda.streams.size).toBe(1);
  const { json } = await lambda.invoke('task');
  expect(json.errorMessage).toBe('no table');
});
