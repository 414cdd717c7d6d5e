import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createStateDirectory } from './create-state-directory.ts';
import { readStateDirectory } from './read-state-directory.ts';
import { notWritable, StateDirectoryError } from './safe-files.ts';
import { stateFiles } from './state-files.ts';

const profiles = [
  {
    profile: 'local-api',
    accountId: '111111111111',
    accessKeyId: 'AKIAAPI',
    secretAccessKey: 'api/Secret+1=',
  },
  {
    profile: 'local-caller',
    accountId: '222222222222',
    accessKeyId: 'AKIACALLER',
    secretAccessKey: 'callerSecret',
  },
];

let root: string;
const cleanup: (() => unknown)[] = [];
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "local-aws state's-")));
});
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
  await rm(root, { recursive: true, force: true });
});

/** A port that answers health questions, as the listener does. */
async function answerHealth(answer: () => unknown): Promise<number> {
  const server: Server = createServer((request, response) => {
    const body = answer();
    if (request.url === '/_local-aws/health' && body !== undefined) response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

type StateDirectory = Awaited<ReturnType<typeof createStateDirectory>>;

async function create(): Promise<StateDirectory> {
  const state = await createStateDirectory(root);
  // Some tests put something in its way.
  cleanup.push(() => state.close().catch(() => {}));
  return state;
}

async function start(): Promise<{ state: StateDirectory; port: number }> {
  const state = await create();
  const port = await answerHealth(() => ({ instanceId: state.instanceId }));
  await publish(state, port);
  return { state, port };
}

const publish = (state: StateDirectory, port: number) =>
  state.publish({
    port,
    region: 'eu-west-1',
    certificatePem: 'PEM\n',
    profiles,
    profile: 'local-caller',
    controlToken: 'Secret-control-token',
  });

/** The process ID of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid!;
}

async function rewriteEndpoint(change: Record<string, unknown>): Promise<void> {
  const { endpoint } = stateFiles(root);
  const value: object = JSON.parse(await readFile(endpoint, 'utf8'));
  await writeFile(endpoint, JSON.stringify({ ...value, ...change }));
}

const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('a running instance', () => {
  test('is found, with what others need to use it, and without secrets', async () => {
    const { state, port } = await start();
    const reading = await readStateDirectory(root);
    expect(reading).toEqual({
      running: true,
      files: state.files,
      instance: {
        status: 'running',
        version: 1,
        instanceId: state.instanceId,
        pid: process.pid,
        startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        port,
        url: `http://127.0.0.1:${port}`,
        region: 'eu-west-1',
        profile: 'local-caller',
        accounts: [
          { profile: 'local-api', accountId: '111111111111' },
          { profile: 'local-caller', accountId: '222222222222' },
        ],
      },
    });
    expect(JSON.stringify(reading)).not.toMatch(/Secret/);
  });

  test('has files that only its user can read', async () => {
    const { state } = await start();
    // Only a start that opens a browser writes it.
    const { directory, browser: _, ...files } = state.files;
    expect(await mode(directory)).toBe('700');
    for (const file of Object.values(files)) expect(`${file} ${await mode(file)}`).toBe(`${file} 600`);
    expect(await readFile(files.ca, 'utf8')).toBe('PEM\n');
    expect(await readFile(files.trace, 'utf8')).toBe('');
    expect((await readdir(directory)).sort()).toEqual([
      '.gitignore',
      'ca.pem',
      'config',
      'control-token',
      'credentials',
      'endpoint.json',
      'env',
      'trace.jsonl',
    ]);
  });

  test('keeps another one from starting in the same place', async () => {
    const { port } = await start();
    const error: unknown = await createStateDirectory(root).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StateDirectoryError);
    expect(error).toMatchObject({ code: 'AlreadyRunning' });
    expect(String(error)).toMatch(
      new RegExp(`process ${process.pid}, port ${port}.*kill ${process.pid}.*source`),
    );
    expect((await readStateDirectory(root)).running).toBe(true);
  });

  test('removes everything but the trace and the control token when it ends', async () => {
    const { state } = await start();
    await writeFile(state.files.trace, '{}\n');
    await Promise.all([state.close(), state.close()]);
    expect((await readdir(state.files.directory)).sort()).toEqual([
      '.gitignore',
      'control-token',
      'trace.jsonl',
    ]);
    expect(await readFile(state.files.trace, 'utf8')).toBe('{}\n');
    expect(await readStateDirectory(root)).toMatchObject({ running: false, reason: 'none' });
    await state.close();

    const { state: next } = await start();
    expect(next.earlierControlToken).toBe('Secret-control-token');
    expect(next.note).toBeUndefined();
    expect(await readFile(next.files.trace, 'utf8')).toBe('');
  });

  test('takes over no control token that others could have read', async () => {
    const { state } = await start();
    await state.close();
    await chmod(state.files.controlToken, 0o644);
    expect((await create()).earlierControlToken).toBeUndefined();
  });

  test('can end before it has published, and after its directory has gone', async () => {
    await (await create()).close();
    expect(await readStateDirectory(root)).toMatchObject({ reason: 'none' });
    const state = await create();
    await rm(state.files.directory, { recursive: true });
    await state.close();
  });

  test('leaves the files alone when another has taken them over', async () => {
    const { state } = await start();
    await rewriteEndpoint({ pid: await deadPid() });
    const { state: other } = await start();
    await state.close();
    expect(await readStateDirectory(root)).toMatchObject({
      running: true,
      instance: { instanceId: other.instanceId },
    });
  });
});

describe('what it took', () => {
  const secrets = ['env', 'credentials', 'config', 'ca', 'browser', 'endpoint'] as const;
  const namesIn = async (directory: string) =>
    (await readdir(directory)).filter((name) => name !== '.gitignore' && !name.startsWith('trace')).sort();

  test('is given back after a start that failed: the next one starts in the same process', async () => {
    const { credentials, directory } = stateFiles(root);
    await mkdir(join(credentials, 'x'), { recursive: true });
    for (const _ of [1, 2]) {
      await expect(createStateDirectory(root)).rejects.toMatchObject({
        message: expect.stringContaining(`${credentials} cannot be written`),
      });
    }
    expect(await namesIn(directory)).toEqual(['credentials']);
    await rm(credentials, { recursive: true });
    await create();
  });

  test.each(secrets)(
    'is given back, also if a folder has replaced the file %s, which is named',
    async (name) => {
      const { state } = await start();
      const { browser, [name]: replaced } = state.files;
      await writeFile(browser, 'token');
      await rm(replaced);
      await mkdir(replaced);
      await expect(state.close()).rejects.toMatchObject({
        code: 'NotWritable',
        message: expect.stringMatching(
          new RegExp(`^\\S.*/${basename(replaced).replace('.', '\\.')} .*Remove it`),
        ),
      });
      expect(await namesIn(state.files.directory)).toEqual([basename(replaced), 'control-token'].sort());
    },
  );

  test('is given back although several folders are in the way, which are all named', async () => {
    const { state } = await start();
    for (const path of [state.files.env, state.files.config]) {
      await rm(path);
      await mkdir(path);
    }
    await expect(state.close()).rejects.toThrow(`${state.files.env} cannot be written (EISDIR`.slice(0, 60));
    await expect(state.close()).rejects.toThrow(`The same holds for ${state.files.config}.`);
    expect(await namesIn(state.files.directory)).toEqual(['config', 'control-token', 'env']);
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('is given back if the folder of the project was moved', async () => {
    const { state } = await start();
    const moved = `${root} moved`;
    await rename(root, moved);
    cleanup.push(() => rename(moved, root));
    await state.close();
    expect(await namesIn(stateFiles(moved).directory)).toEqual(['control-token']);
  });

  test('is nothing if the folder was removed', async () => {
    const { state } = await start();
    await rm(state.files.directory, { recursive: true });
    await state.close();
    expect(await readdir(root)).toEqual([]);
  });

  test('is given back if endpoint.json was deleted', async () => {
    const { state } = await start();
    await rm(state.files.endpoint);
    await state.close();
    expect(await namesIn(state.files.directory)).toEqual(['control-token']);
  });
});

describe('a missing instance', () => {
  test('is reported if there is no directory, and the remedy is to start one', async () => {
    expect(await readStateDirectory(root)).toEqual({
      running: false,
      reason: 'none',
      message: expect.stringContaining(stateFiles(root).directory),
      remedy: expect.stringContaining('npm start'),
    });
    expect(await readStateDirectory(join(root, 'nowhere'))).toMatchObject({ reason: 'none' });
  });

  test('is reported if endpoint.json was deleted while it runs, and the remedy names its terminal', async () => {
    const { state } = await start();
    await rm(state.files.endpoint);
    expect(await readStateDirectory(root)).toMatchObject({
      reason: 'none',
      message: `${state.files.endpoint} was deleted, so it is not known whether local AWS runs here.`,
      remedy: expect.stringMatching(
        /^If it does, end it with Ctrl-C in its terminal\. Then start local AWS with/,
      ),
    });
  });

  test('is reported while it starts', async () => {
    await create();
    expect(await readStateDirectory(root)).toMatchObject({
      running: false,
      reason: 'starting',
      message: expect.stringContaining(`process ${process.pid}`),
      remedy: expect.stringContaining('Try again'),
    });
    await expect(createStateDirectory(root)).rejects.toMatchObject({ code: 'AlreadyRunning' });
  });

  test.each([
    ['its process is dead', async () => ({ pid: await deadPid() })],
    ['nothing listens', async () => ({ port: 1, url: 'http://127.0.0.1:1' })],
    ['another program has its port', async () => ({ instanceId: '00000000-0000-4000-8000-000000000000' })],
    ['it never finished its start', async () => ({ status: 'starting', startedAt: '2020-01-01T00:00:00Z' })],
  ])('is reported if %s, and the next one replaces it and says so', async (_name, change) => {
    await start();
    await rewriteEndpoint(await change());
    expect(await readStateDirectory(root)).toMatchObject({ running: false, reason: 'stale' });
    const { state } = await start();
    expect(state.note).toContain('has ended');
    expect(await readStateDirectory(root)).toMatchObject({
      running: true,
      instance: { instanceId: state.instanceId },
    });
  });

  test('is reported if it hangs, and it is not replaced', async () => {
    const { state } = await start();
    const port = await answerHealth(() => undefined);
    await rewriteEndpoint({ port, url: `http://127.0.0.1:${port}` });
    expect(await readStateDirectory(root, { timeoutMs: 50 })).toMatchObject({
      running: false,
      reason: 'unresponsive',
      remedy: expect.stringContaining(`kill ${process.pid}`),
    });
    await state.close();
  });

  /** A process that waits in place of a local AWS, whose port answers the `answered`th question. */
  async function silentInstance(answered: number) {
    const { state } = await start();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    cleanup.push(() => child.kill('SIGKILL'));
    let questions = 0;
    const port = await answerHealth(() => {
      questions += 1;
      return questions >= answered ? { instanceId: state.instanceId } : undefined;
    });
    await rewriteEndpoint({ port, url: `http://127.0.0.1:${port}`, pid: child.pid });
    return child;
  }

  /** Each look at the process finds that it has worked for another second. A busy machine gives a real one less. */
  function working() {
    let cpuSeconds = 0;
    return () => {
      cpuSeconds += 1;
      return { cpuSeconds, isStopped: false };
    };
  }

  test('gets more time if its process works', async () => {
    await silentInstance(2);
    expect((await readStateDirectory(root, { timeoutMs: 50 }, working())).running).toBe(true);
  });

  test('is reported as busy if its process has worked all the time, and it is neither replaced nor killed by the remedy', async () => {
    const { pid } = await silentInstance(9);
    expect(await readStateDirectory(root, { timeoutMs: 50, busyMs: 2_000 }, working())).toMatchObject({
      running: false,
      reason: 'busy',
      message: expect.stringContaining('is busy: it has worked for 2 seconds without an answer.'),
      remedy: expect.stringMatching(`^Wait, and try again\\. .*press Ctrl-C twice .*\`kill -9 ${pid}\``),
    });
  });

  test('is reported as stopped, with the command that resumes it', async () => {
    const { pid } = await silentInstance(3);
    process.kill(pid!, 'SIGSTOP');
    const reading = await readStateDirectory(root, { timeoutMs: 200 });
    expect(reading).toMatchObject({
      reason: 'unresponsive',
      message: expect.stringContaining('is stopped, e.g. by Ctrl-Z'),
    });
    const [, command = ''] = /`(kill -CONT \d+)`/.exec(reading.running ? '' : reading.remedy) ?? [];
    expect(await once(spawn('sh', ['-c', command]), 'exit')).toEqual([0, null]);
    await readStateDirectory(root, { timeoutMs: 200 });
    expect((await readStateDirectory(root)).running).toBe(true);
  });

  test.each([
    ['empty', ''],
    ['incomplete', '{"status":"runn'],
    ['of another version', '{"version":2}'],
    ['not an object', 'null'],
    ['huge', ' '.repeat(100_000)],
  ])('is reported if endpoint.json is %s, and the next one replaces it', async (_name, text) => {
    await start();
    await writeFile(stateFiles(root).endpoint, text);
    expect(await readStateDirectory(root)).toMatchObject({ running: false, reason: 'invalid' });
    const { state } = await start();
    expect(state.note).toContain('not what local AWS writes');
    expect((await readStateDirectory(root)).running).toBe(true);
  });

  test.each([
    ['another host', { url: 'http://evil.example:80' }],
    ['another port than it says', { url: 'http://127.0.0.1:99' }],
    ['a process group', { pid: -1 }],
    ['a shell command', { region: '$(id)' }],
  ])('is reported if endpoint.json names %s', async (_name, change) => {
    await start();
    await rewriteEndpoint(change);
    expect(await readStateDirectory(root)).toMatchObject({ running: false, reason: 'invalid' });
  });
});

describe('in a hostile place,', () => {
  test('a symbolic link is neither followed nor trusted', async () => {
    const elsewhere = join(root, 'elsewhere');
    await mkdir(elsewhere, { mode: 0o700 });
    await symlink(elsewhere, stateFiles(root).directory);
    await expect(createStateDirectory(root)).rejects.toMatchObject({
      code: 'Untrusted',
      message: expect.stringContaining('symbolic link'),
    });
    expect(await readStateDirectory(root)).toMatchObject({ running: false, reason: 'untrusted' });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('a file in place of the directory is refused', async () => {
    await writeFile(stateFiles(root).directory, '');
    await expect(createStateDirectory(root)).rejects.toMatchObject({ code: 'Untrusted' });
    expect(await readStateDirectory(root)).toMatchObject({ running: false, reason: 'untrusted' });
  });

  test('the command that removes the directory removes nothing else, with any path', async () => {
    const neighbour = join(root, 'neighbour');
    await writeFile(neighbour, '');
    await symlink(neighbour, stateFiles(root).directory);
    const reading = await readStateDirectory(root);
    const [, command = ''] = /`(rm [^`]*)`/.exec(reading.running ? '' : reading.remedy) ?? [];
    expect(await once(spawn('sh', ['-c', command], { cwd: root }), 'exit')).toEqual([0, null]);
    expect(await readdir(root)).toEqual(['neighbour']);
  });

  test('a directory that others can write is not trusted, and is closed to them at the start', async () => {
    const { directory } = stateFiles(root);
    await mkdir(directory);
    await chmod(directory, 0o777);
    expect(await readStateDirectory(root)).toMatchObject({ running: false, reason: 'untrusted' });
    await start();
    expect(await mode(directory)).toBe('700');
    expect((await readStateDirectory(root)).running).toBe(true);
  });

  test('links and pipes in place of files are replaced, not followed', async () => {
    const files = stateFiles(root);
    const precious = join(root, 'precious');
    await writeFile(precious, 'mine');
    await mkdir(files.directory, { mode: 0o700 });
    for (const file of [files.config, files.credentials, files.env, files.ca, files.endpoint, files.trace]) {
      await symlink(precious, file);
    }
    const { state } = await start();
    expect(await readFile(precious, 'utf8')).toBe('mine');
    expect((await readStateDirectory(root)).running).toBe(true);

    await state.close();
    await once(spawn('mkfifo', [files.endpoint]), 'exit');
    expect(await readStateDirectory(root)).toMatchObject({ running: false, reason: 'none' });
    await start();
    expect((await readStateDirectory(root)).running).toBe(true);
  });

  test('a directory in place of a file is named in the error', async () => {
    const { credentials } = stateFiles(root);
    await mkdir(join(credentials, 'x'), { recursive: true });
    await expect(createStateDirectory(root)).rejects.toMatchObject({
      code: 'NotWritable',
      message: expect.stringMatching(`^${credentials} cannot be written .*Remove it`),
    });
  });

  test('a folder that does not exist is named in the error', async () => {
    await expect(createStateDirectory(join(root, 'nowhere'))).rejects.toMatchObject({
      code: 'NotWritable',
      message: expect.stringContaining('Create it first'),
    });
  });

  test.each([
    ['EACCES', 'Make it writable for this user, or name another folder with --state or LOCAL_AWS_ROOT.'],
    ['EROFS', 'Name another folder with --state or LOCAL_AWS_ROOT.'],
    ['ENOSPC', 'Free space on its disk, or name another folder with --state or LOCAL_AWS_ROOT.'],
    ['ENOTEMPTY', 'Remove it, or make it writable for this user.'],
  ])('the error for a file that cannot be written because of %s says what to do', (code, remedy) => {
    const { message } = notWritable('/a/.local-aws/env', Object.assign(new Error('reason'), { code }));
    expect(message).toBe(
      `/a/.local-aws/env cannot be written (reason). Local AWS keeps its keys and its address there. ${remedy}`,
    );
  });

  test('another user’s directory is refused', async () => {
    const { directory } = stateFiles(root);
    await mkdir(directory, { mode: 0o700 });
    // Only root can give a directory to another user. For other users, this tests the check itself.
    if (process.getuid?.() === 0) {
      await chown(directory, 12_345, 12_345);
      await expect(createStateDirectory(root)).rejects.toMatchObject({
        code: 'Untrusted',
        message: expect.stringMatching(
          /belongs to another user \(12345, not 0\)\. .*Start it as that user, or name another folder with --state or LOCAL_AWS_ROOT\.$/,
        ),
      });
      expect(await readStateDirectory(root)).toMatchObject({
        reason: 'untrusted',
        message: expect.stringContaining('belongs to another user (12345, not 0)'),
        remedy:
          'Act as that user, or start a local AWS of your own in another folder, which LOCAL_AWS_ROOT names in both commands.',
      });
    } else {
      const { whyUntrusted } = await import('./safe-files.ts');
      const stats = Object.assign(await stat(directory), { uid: 12_345 });
      expect(whyUntrusted(stats)).toContain('another user');
    }
  });

  test('one of many that start at once gets the directory', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => createStateDirectory(root)));
    const made = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(made).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'AlreadyRunning' });
    }
    await made[0]?.value.close();
  });

  test('a lock that a process left when it died does not keep others out', async () => {
    const { directory } = stateFiles(root);
    await mkdir(join(directory, '.lock'), { recursive: true });
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(join(directory, '.lock'), longAgo, longAgo);
    await create();
    expect(await readdir(directory)).not.toContain('.lock');
  });

  test('one of many that start at once replaces a dead one', async () => {
    await start();
    await rewriteEndpoint({ pid: await deadPid() });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => createStateDirectory(root)));
    const made = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(made).toHaveLength(1);
    await made[0]?.value.close();
  });
});

test('a value that would break the files is refused before anything is written, and is not shown', async () => {
  const state = await create();
  const bad = { ...profiles[0]!, secretAccessKey: 'topsecret\n[default]' };
  const publication = {
    port: 1,
    region: 'eu-west-1',
    certificatePem: '',
    profile: 'local-api',
    controlToken: '',
  };
  const error: unknown = await state
    .publish({ ...publication, profiles: [bad] })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toContain('secretAccessKey');
  expect(String(error)).not.toContain('topsecret');
  await expect(state.publish({ ...publication, region: 'a b', profiles })).rejects.toThrow(TypeError);
  await expect(state.publish({ ...publication, profile: '$x', profiles })).rejects.toThrow(TypeError);
  expect((await readdir(state.files.directory)).sort()).toEqual([
    '.gitignore',
    'endpoint.json',
    'trace.jsonl',
  ]);
});
