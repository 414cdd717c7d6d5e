import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive, until } from '../lambda.testing.ts';

interface Doomed {
  readonly server: ChildProcess;
  readonly pids: readonly number[];
  readonly folder: string;
  readonly watchdog: number;
}

/** A temporary folder for these tests only. */
let temporary: string;
let doomed: Doomed | undefined;
beforeEach(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'death-'));
});
afterEach(async () => {
  doomed?.server.kill('SIGKILL');
  for (const pid of doomed?.pids.filter(isAlive) ?? []) process.kill(pid, 'SIGKILL');
  await rm(temporary, { recursive: true, force: true });
});

async function startServer(): Promise<Doomed> {
  const server = spawn(process.execPath, [path.join(__dirname, 'server-death.testing.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
  });
  const [line] = await once(createInterface({ input: server.stdout }), 'line');
  doomed = { server, ...(JSON.parse(line) as Omit<Doomed, 'server'>) };
  return doomed;
}

/** Starts local AWS in another process, and ends it. */
async function startAndEnd(): Promise<void> {
  const root = await mkdtemp(path.join(temporary, 'root-'));
  const source = `
    import { startLocalAws } from ${JSON.stringify(path.join(__dirname, '../../../local-aws.ts'))};
    await (await startLocalAws({ root: ${JSON.stringify(root)}, port: 0 })).close();`;
  const next = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: temporary },
  });
  expect(await once(next, 'exit')).toEqual([0, null]);
}

const kinds = async () => (await readdir(temporary)).map((name) => name.slice(0, -7)).sort();

test('a server that is killed leaves no processes, frozen, running or detached, and its functions no files', async () => {
  const { server, pids, folder } = await startServer();
  expect(pids.map(isAlive)).toEqual([true, true, true, true, true]);
  expect(existsSync(folder)).toBe(true);
  server.kill('SIGKILL');
  await until(() => !pids.some(isAlive) && !existsSync(folder));
});

test('the next start removes what a server that was killed with its watchdog has left', async () => {
  const { server, pids, watchdog } = await startServer();
  process.kill(watchdog, 'SIGKILL');
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
  expect(await kinds()).toEqual(['local-aws-dynamodb', 'local-aws-lambda']);
  // The frozen ones cannot notice that their server has died.
  expect(pids.filter(isAlive).length).toBeGreaterThanOrEqual(3);
  await startAndEnd();
  await until(() => !pids.some(isAlive));
  expect(await kinds()).toEqual(['root']);
});

test('a start does not touch the processes and folders of a running server', async () => {
  const { server, pids } = await startServer();
  await startAndEnd();
  expect(pids.map(isAlive)).toEqual([true, true, true, true, true]);
  expect(await kinds()).toEqual(['local-aws-dynamodb', 'local-aws-lambda', 'root']);
  server.kill('SIGKILL');
  await until(() => !pids.some(isAlive));
});
