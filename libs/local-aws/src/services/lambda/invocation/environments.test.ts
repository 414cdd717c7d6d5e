import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storedZip } from '../code/stored-zip.ts';
import { isAlive, type LambdaFixture, lambdaFixture, until } from '../lambda.testing.ts';

const SLOW = `exports.handler = async () => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { pid: process.pid, folder: __dirname };
}`;

describe('environments', () => {
  let lambda: LambdaFixture;
  afterEach(() => lambda.service.close());

  const parallel = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => (await lambda.invoke('worker')).json.pid as number),
    );

  test('the next invocation uses the most recent environment', async () => {
    lambda = lambdaFixture();
    await lambda.deploy('worker', SLOW);
    await parallel(2);
    const [first] = await parallel(1);
    const [second] = await parallel(1);
    expect(second).toBe(first);
  });

  test('environments are kept up to the limit', async () => {
    lambda = lambdaFixture({ maxIdle: 1 });
    await lambda.deploy('worker', SLOW);
    const pids = await parallel(3);
    await until(() => pids.filter(isAlive).length === 1);
  });

  test('an environment that waits too long is ended', async () => {
    lambda = lambdaFixture({ idleMs: 20 });
    await lambda.deploy('worker', SLOW);
    const [pid = 0] = await parallel(1);
    await until(() => !isAlive(pid));
    expect(await parallel(1)).not.toEqual([pid]);
  });

  test('an environment that is busy when its function is updated ends after its invocation', async () => {
    lambda = lambdaFixture();
    const folder = await mkdtemp(join(tmpdir(), 'busy-'));
    const end = join(folder, 'end');
    const source = `const { existsSync } = require('node:fs');
exports.handler = async () => {
  process.stdout.write('BUSY ' + process.pid + '\\n');
  while (!existsSync(${JSON.stringify(end)})) await new Promise((resolve) => setTimeout(resolve, 10));
  return process.pid;
};`;
    await lambda.deploy('worker', source, { Timeout: 60 });
    const running = lambda.invoke('worker');
    await until(
      () => lambda.logged.get('/aws/lambda/worker')?.some((text) => text.startsWith('BUSY ')) === true,
    );
    const ZipFile = storedZip({ 'index.js': `${source} // changed` }).toString('base64');
    await lambda.request('PUT /2015-03-31/functions/worker/code', { ZipFile });
    await writeFile(end, '');
    const { json: pid } = await running;
    expect(pid).toEqual(expect.any(Number));
    await until(() => !isAlive(pid));
    expect((await lambda.invoke('worker')).json).not.toBe(pid);
    await rm(folder, { recursive: true });
  });

  test('a deleted function leaves neither process nor code', async () => {
    lambda = lambdaFixture();
    await lambda.deploy('worker', SLOW);
    const { pid, folder } = (await lambda.invoke('worker')).json;
    expect([isAlive(pid), existsSync(folder)]).toEqual([true, true]);
    await lambda.request('DELETE /2015-03-31/functions/worker');
    await until(() => !isAlive(pid) && !existsSync(folder));
  });

  test('the code from before a change is removed with the next change, and with the function', async () => {
    let now = Date.now();
    lambda = lambdaFixture({ clock: { now: () => new Date(now) }, changeMs: 1_000 });
    await lambda.deploy('worker', SLOW);
    const changed = async () => {
      now += 1_000;
      const { folder } = (await lambda.invoke('worker')).json;
      const ZipFile = storedZip({ 'index.js': `${SLOW} // ${now}` }).toString('base64');
      await lambda.request('PUT /2015-03-31/functions/worker/code', { ZipFile });
      return folder;
    };
    const [first, second] = [await changed(), await changed()];
    await until(() => !existsSync(first));
    expect(existsSync(second)).toBe(true);
    await lambda.request('DELETE /2015-03-31/functions/worker');
    await until(() => !existsSync(second));
  });

  test('the code of a version is kept when the function gets new code', async () => {
    lambda = lambdaFixture();
    await lambda.deploy('worker', 'exports.handler = async () => 1');
    await lambda.create('Version', { FunctionName: 'worker' });
    await lambda.request('PUT /2015-03-31/functions/worker/code', {
      ZipFile: storedZip({ 'index.js': 'exports.handler = async () => 2' }).toString('base64'),
    });
    expect((await lambda.invoke('worker:1')).json).toBe(1);
    expect((await lambda.invoke('worker')).json).toBe(2);
  });

  test('processes that a function starts end with it', async () => {
    lambda = lambdaFixture();
    await lambda.deploy(
      'worker',
      `const { spawn } = require('node:child_process');
      exports.handler = async () => {
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
        process.stdout.write('CHILD ' + child.pid + '\\n');
        process.exit(1);
      }`,
    );
    expect((await lambda.invoke('worker')).json.errorType).toBe('Runtime.ExitError');
    const line = lambda.logged.get('/aws/lambda/worker')?.find((text) => text.startsWith('CHILD '));
    const child = Number(line?.slice(6));
    expect(child).toBeGreaterThan(0);
    await until(() => !isAlive(child));
  });

  test('closing ends running and frozen processes', async () => {
    lambda = lambdaFixture();
    await lambda.deploy('worker', SLOW);
    const { pid, folder } = (await lambda.invoke('worker')).json;
    await lambda.deploy(
      'busy',
      `exports.handler = async () => { process.stdout.write('PID ' + process.pid + '\\n'); for (;;); }`,
      {
        Timeout: 60,
      },
    );
    const running = lambda.invoke('busy');
    const line = () => lambda.logged.get('/aws/lambda/busy')?.find((text) => text.startsWith('PID '));
    await until(() => line() !== undefined);
    await lambda.service.close();
    expect((await running).json.errorType).toBe('Runtime.ExitError');
    expect([isAlive(pid), isAlive(Number(line()?.slice(4))), existsSync(folder)]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
