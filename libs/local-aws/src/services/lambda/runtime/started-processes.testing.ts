import { readFileSync } from 'node:fs';
import { storedZip } from '../code/stored-zip.ts';
import { isAlive, type LambdaFixture, lambdaFixture, until } from '../lambda.testing.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

/** Ways to start a process that leaves the function's process group, each an expression for its process ID. */
export const WAYS = {
  'by spawn': `spawn(process.execPath, SLEEP, { detached: true, stdio: 'ignore' }).pid`,
  'with its own environment': `spawn(process.execPath, SLEEP, { detached: true, stdio: 'ignore', env: {} }).pid`,
  'as an orphan': `Number(execFileSync('/bin/sh', ['-c', ORPHAN], { encoding: 'utf8' }))`,
  'as an orphan with its own environment': `Number(execFileSync('/bin/sh', ['-c', ORPHAN], { encoding: 'utf8', env: {} }))`,
  'by execSync': `Number(execSync(ORPHAN, { encoding: 'utf8', env: {} }))`,
  'by spawnSync': `Number(spawnSync('/bin/sh', ['-c', ORPHAN], { env: {} }).stdout)`,
  'by spawnSync of an ES module': `(await import('./start.mjs')).start()`,
  'from a worker thread': `(await once(new Worker(\`
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore', env: {} });
    require('node:worker_threads').parentPort.postMessage(child.pid);
  \`, { eval: true, env: {}, execArgv: [] }), 'message'))[0]`,
  // As Chromium's renderers: the mark is lost, the process group is the browser's.
  'without a mark, in the group of a marked process': `Number(execFileSync('/bin/sh', ['-c', 'set -m; sh -c "$0" 2>/dev/null &', UNMARKED], { encoding: 'utf8' }))`,
} as const;

/** A way to start a process. */
export type Way = keyof typeof WAYS;

const UNMARKED = 'env -i sleep 1000 >/dev/null & echo $!; exec sleep 1000 >/dev/null';
const ORPHAN = 'set -m; sleep 1000 >/dev/null 2>&1 & echo $!';

export const source = (way: string, end = '') => `
  const { spawn, spawnSync, execSync, execFileSync } = require('node:child_process');
  const { once } = require('node:events');
  const { Worker } = require('node:worker_threads');
  const UNMARKED = ${JSON.stringify(UNMARKED)};
  const ORPHAN = ${JSON.stringify(ORPHAN)};
  const SLEEP = ['-e', 'setInterval(() => {}, 1000)'];
  exports.handler = async () => {
    const child = ${way};
    process.stdout.write('CHILD ' + child + '\\n');
    ${end}
    return child;
  }`;

const files = (index: string) => ({
  'index.js': index,
  'start.mjs': `import { spawnSync } from 'node:child_process';
    export const start = () => Number(spawnSync('/bin/sh', ['-c', ${JSON.stringify(ORPHAN)}], { env: {} }).stdout);`,
});
export const deploy = (lambda: LambdaFixture, name: string, index: string, settings: object = {}) =>
  lambda.deploy(name, '', {
    Code: { ZipFile: storedZip(files(index)).toString('base64') },
    // Several processes start in an invocation, also on a busy machine.
    Timeout: 30,
    ...settings,
  });

/** The process that the function named in its log. */
export const loggedPid = (lambda: LambdaFixture, name = 'worker') => {
  const line = lambda.logged.get(`/aws/lambda/${name}`)?.find((text) => text.startsWith('CHILD '));
  return Number(line?.slice(6));
};
/** `R` runs, `S` sleeps, `T` is stopped. */
const stateOf = (pid: number) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];

/** Tests that the processes that a function starts in these ways are frozen and ended with it. Call it once in a test file. */
export function testWays(ways: readonly Way[]): void {
  const chosen = ways.map((name) => [name, WAYS[name]] as const);
  let lambda: LambdaFixture;
  beforeEach(() => {
    lambda = lambdaFixture();
  });
  afterEach(() => lambda.service.close());

  test.each(chosen)('a process that is started %s ends when local AWS ends', async (_, way) => {
    await deploy(lambda, 'worker', source(way));
    const child: number = (await lambda.invoke('worker')).json;
    expect(isAlive(child)).toBe(true);
    await lambda.service.close();
    // It was sent SIGKILL. On a busy machine, the kernel takes a moment.
    await until(() => !isAlive(child));
  });

  test.each(chosen)('a process that is started %s ends when the function ends itself', async (_, way) => {
    await deploy(lambda, 'worker', source(way, 'process.exit(1);'));
    expect((await lambda.invoke('worker')).json.errorType).toBe('Runtime.ExitError');
    await until(() => loggedPid(lambda) > 0 && !isAlive(loggedPid(lambda)));
  });

  test('a process ends when the function that started it times out, in each way to start it', async () => {
    const ways = chosen.map(([, way]) => way);
    const ends = ways.map(async (way, index) => {
      await deploy(
        lambda,
        `worker${index}`,
        source(way, 'await new Promise((resolve) => setTimeout(resolve, 60_000));'),
        { Timeout: 8 },
      );
      return (await lambda.invoke(`worker${index}`)).json.errorType;
    });
    expect(await Promise.all(ends)).toEqual(ways.map(() => 'Sandbox.Timedout'));
    await until(() =>
      ways.every(
        (_, index) =>
          loggedPid(lambda, `worker${index}`) > 0 && !isAlive(loggedPid(lambda, `worker${index}`)),
      ),
    );
  });

  onLinux.each(chosen)(
    'a process that is started %s is frozen between invocations, and runs during them',
    async (_, way) => {
      await deploy(
        lambda,
        'worker',
        source(
          `globalThis.child ??= ${way}`,
          `const state = /State:\\s+(\\w)/.exec(require('node:fs').readFileSync('/proc/' + child + '/status', 'latin1'))[1];
         return { child, state };`,
        ),
      );
      const { child } = (await lambda.invoke('worker')).json;
      await until(() => stateOf(child) === 'T');
      const second = (await lambda.invoke('worker')).json;
      expect(second.child).toBe(child);
      expect(second.state).not.toBe('T');
      await until(() => stateOf(child) === 'T');
    },
  );
}
