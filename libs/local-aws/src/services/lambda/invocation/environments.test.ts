import fs, { existsSync, readFileSync } from 'node:fs';
import { storedZip } from '../code/stored-zip.ts';
import { isAlive, type LambdaFixture, lambdaFixture, until } from '../lambda.testing.ts';

jest.setTimeout(30_000);

const SLOW = `exports.handler = async () => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { pid: process.pid, folder: __dirname };
}`;

const onLinux = process.platform === 'linux' ? test : test.skip;
const { readdirSync } = fs;

/** The state of a process (`R` runs, `T` is stopped, `undefined` has ended). If it runs, waits up to `patienceMs` for another. */
function stateOf(pid: number, patienceMs: number): string | undefined {
  for (let waited = 0; ; waited += 1) {
    if (!isAlive(pid)) return undefined;
    const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    if (state === 'T' || waited === patienceMs) return state;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

describe('environments', () => {
  let lambda: LambdaFixture;
  afterEach(() => lambda.service.close());

  const parallel = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => (await lambda.invoke('worker')).json.pid as number),
    );

  test('the environment that was used last is used again', async () => {
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

  test('a deleted function leaves neither process nor code', async () => {
    lambda = lambdaFixture();
    await lambda.deploy('worker', SLOW);
    const { pid, folder } = (await lambda.invoke('worker')).json;
    expect([isAlive(pid), existsSync(folder)]).toEqual([true, true]);
    await lambda.request('DELETE /2015-03-31/functions/worker');
    await until(() => !isAlive(pid) && !existsSync(folder));
  });

  test('code that a version still has stays when the function has new code', async () => {
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

  describe('a process that a function starts in a group of its own', () => {
    /** Ways to start one, each an expression for its process ID. */
    const WAYS: Readonly<Record<string, string>> = {
      'by spawn': `spawn(process.execPath, SLEEP, { detached: true, stdio: 'ignore' }).pid`,
      'with an environment of its own': `spawn(process.execPath, SLEEP, { detached: true, stdio: 'ignore', env: {} }).pid`,
      'as an orphan': `Number(execFileSync('/bin/sh', ['-c', 'set -m; sleep 1000 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8' }))`,
      'from a worker thread': `(await once(new Worker(\`
        const { spawn } = require('node:child_process');
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore', env: {} });
        require('node:worker_threads').parentPort.postMessage(child.pid);
      \`, { eval: true, env: {}, execArgv: [] }), 'message'))[0]`,
    };
    const source = (way: string, end = '') => `
      const { spawn, execFileSync } = require('node:child_process');
      const { once } = require('node:events');
      const { Worker } = require('node:worker_threads');
      const SLEEP = ['-e', 'setInterval(() => {}, 1000)'];
      exports.handler = async () => {
        const child = ${way};
        process.stdout.write('CHILD ' + child + '\\n');
        ${end}
        return child;
      }`;
    const childPid = () => {
      const line = lambda.logged.get('/aws/lambda/worker')?.find((text) => text.startsWith('CHILD '));
      return Number(line?.slice(6));
    };

    test.each(Object.entries(WAYS))(
      'a process that is started %s ends when local AWS ends',
      async (_name, way) => {
        lambda = lambdaFixture();
        await lambda.deploy('worker', source(way));
        const child: number = (await lambda.invoke('worker')).json;
        expect(isAlive(child)).toBe(true);
        await lambda.service.close();
        // It was sent SIGKILL. On a busy machine, the kernel takes a moment.
        await until(() => !isAlive(child));
      },
    );

    test.each(Object.entries(WAYS))(
      'a process that is started %s ends when the function ends itself',
      async (_name, way) => {
        lambda = lambdaFixture();
        await lambda.deploy('worker', source(way, 'process.exit(1);'));
        expect((await lambda.invoke('worker')).json.errorType).toBe('Runtime.ExitError');
        await until(() => childPid() > 0 && !isAlive(childPid()));
      },
    );

    test('a process ends when its environment is no longer needed, and other environments live on', async () => {
      lambda = lambdaFixture();
      await lambda.deploy('worker', source(WAYS['by spawn'] ?? ''));
      await lambda.deploy('other', source(WAYS['by spawn'] ?? ''));
      const child: number = (await lambda.invoke('worker')).json;
      const other: number = (await lambda.invoke('other')).json;
      await lambda.request('DELETE /2015-03-31/functions/worker');
      await until(() => !isAlive(child));
      expect(isAlive(other)).toBe(true);
    });

    // Elsewhere it is not frozen.
    onLinux('is frozen between invocations, and runs during them', async () => {
      lambda = lambdaFixture();
      await lambda.deploy('worker', '', {
        Code: {
          ZipFile: storedZip({
            'index.js': `const { fork } = require('node:child_process');
                const child = fork(require('node:path').join(__dirname, 'child.js'), { detached: true });
                exports.handler = async () => {
                  child.send('ping');
                  await new Promise((resolve) => child.once('message', resolve));
                  return child.pid;
                }`,
            'child.js': `process.on('message', () => process.send('pong'));`,
          }).toString('base64'),
        },
      });
      const state = (pid: number) =>
        /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
      const child: number = (await lambda.invoke('worker')).json;
      await until(() => state(child) === 'T');
      expect((await lambda.invoke('worker')).json).toBe(child);
      await until(() => state(child) === 'T');
    });
  });

  // Elsewhere the search is by ps.
  onLinux('a function that times out does not run on while local AWS looks for its processes', async () => {
    lambda = lambdaFixture();
    await lambda.deploy(
      'worker',
      `exports.handler = async () => {
        const child = require('node:child_process').spawn('/bin/sh', ['-c', 'exec env -i sleep 1000'], { detached: true, stdio: 'ignore' });
        process.stdout.write('PIDS ' + process.pid + ' ' + child.pid + '\\n');
        for (;;);
      }`,
      { Timeout: 1 },
    );
    const pids = () =>
      /PIDS (\d+) (\d+)/
        .exec(lambda.logged.get('/aws/lambda/worker')?.join('\n') ?? '')
        ?.slice(1)
        .map(Number) ?? [];
    const states: (string | undefined)[] = [];
    const search = jest.spyOn(fs, 'readdirSync').mockImplementation((...parameters) => {
      const [pid] = pids();
      // A search on a busy machine: it lasts until the function is stopped, or long enough to see that it is not.
      if (pid !== undefined && String(parameters[0]).startsWith('/proc')) states.push(stateOf(pid, 1_000));
      return readdirSync(...parameters);
    });
    try {
      expect((await lambda.invoke('worker')).json.errorType).toBe('Sandbox.Timedout');
    } finally {
      search.mockRestore();
    }
    expect(states).toContain('T');
    expect(states).not.toContain('R');
    await until(() => !pids().some(isAlive));
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
