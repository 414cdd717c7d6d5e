import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endMarkedProcesses, PROCESS_MARK } from './index.ts';
import { parsePs } from './marked-processes.ts';
import { createTemporaryFolder, removeAbandonedFolders } from './temporary-folder.ts';

jest.setTimeout(60_000);

let temporary: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'folders-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(temporary, { recursive: true, force: true });
});

/** Makes a folder as a process does that is then killed. */
async function abandon(): Promise<string> {
  const source = `
    import { createTemporaryFolder } from ${JSON.stringify(join(__dirname, 'temporary-folder.ts'))};
    process.stdout.write((await createTemporaryFolder('lambda', ${JSON.stringify(temporary)})).path);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(owner);
  const [path] = await once(owner.stdout.setEncoding('utf8'), 'data');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  return path;
}

function startSleeper(mark: string): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    stdio: 'ignore',
    env: { [PROCESS_MARK]: mark },
  });
  children.push(child);
  return child;
}

test('closing removes a folder', async () => {
  const folder = await createTemporaryFolder('dynamodb', temporary);
  await writeFile(join(folder.path, 'file'), '');
  expect(await readdir(temporary)).toEqual([expect.stringMatching(/^local-aws-dynamodb-\w{6}$/)]);
  await folder.close();
  await folder.close();
  expect(await readdir(temporary)).toEqual([]);
});

test('a folder whose owner was killed is removed, and its processes end', async () => {
  const path = await abandon();
  expect(await readdir(path)).toEqual(['owner']);
  const sleeper = startSleeper(`${path.slice(temporary.length + 1)}/1`);
  const stopped = startSleeper(`${path.slice(temporary.length + 1)}/2`);
  const ended = Promise.all([once(sleeper, 'exit'), once(stopped, 'exit')]);
  stopped.kill('SIGSTOP');
  await removeAbandonedFolders(temporary);
  expect((await ended).map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
  expect(await readdir(temporary)).toEqual([]);
});

test('a folder whose owner lives stays, with its processes', async () => {
  const folder = await createTemporaryFolder('lambda', temporary);
  const sleeper = startSleeper(`${folder.path.slice(temporary.length + 1)}/1`);
  await removeAbandonedFolders(temporary);
  expect(await readdir(folder.path)).toEqual(['owner']);
  expect([sleeper.exitCode, sleeper.signalCode]).toEqual([null, null]);
  await folder.close();
});

test('only abandoned folders of local AWS are removed', async () => {
  const abandoned = await abandon();
  // Without a socket; with a file in its place; of another name; behind a link; open to others.
  await mkdir(join(temporary, 'local-aws-lambda-noowne'), { mode: 0o700 });
  await mkdir(join(temporary, 'local-aws-lambda-nosoc1'), { mode: 0o700 });
  await writeFile(join(temporary, 'local-aws-lambda-nosoc1/owner'), '');
  await mkdir(join(temporary, 'other-lambda-abcdef'), { mode: 0o700 });
  await symlink(abandoned, join(temporary, 'local-aws-lambda-link01'));
  await chmod(abandoned, 0o755);
  const before = (await readdir(temporary)).sort();
  await removeAbandonedFolders(temporary);
  expect((await readdir(temporary)).sort()).toEqual(before);
  await chmod(abandoned, 0o700);
  await removeAbandonedFolders(temporary);
  expect(await readdir(temporary)).not.toContain(abandoned.slice(temporary.length + 1));
});

test('a process with another mark, or with the mark only in its command line, does not end', async () => {
  const mark = 'local-aws-lambda-abcde1/1';
  const others = [
    startSleeper('local-aws-lambda-abcde2/1'),
    startSleeper(`x${mark}`),
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', `${PROCESS_MARK}=${mark}`], {
      stdio: 'ignore',
      env: {},
    }),
  ];
  children.push(...others);
  const own = startSleeper(mark);
  const ended = once(own, 'exit');
  await endMarkedProcesses(mark);
  expect((await ended)[1]).toBe('SIGKILL');
  expect(others.map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([null, null, null]);
});

test('processes end on a machine that is so busy that the search for them takes all the time', async () => {
  const mark = 'local-aws-lambda-abcde3/1';
  const own = startSleeper(mark);
  const ended = once(own, 'exit');
  let now = 0;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => {
    now += 60_000;
    return now;
  });
  await endMarkedProcesses(mark);
  clock.mockRestore();
  expect((await ended)[1]).toBe('SIGKILL');
});

test('searches at the same time find each its own processes', async () => {
  const marks = ['local-aws-lambda-abcde4/1', 'local-aws-lambda-abcde4/2'];
  const own = marks.map(startSleeper);
  const ended = own.map((one) => once(one, 'exit'));
  const other = startSleeper('local-aws-lambda-abcde4/3');
  await Promise.all(marks.map((mark) => endMarkedProcesses(mark)));
  expect((await Promise.all(ended)).map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
  expect(other.exitCode ?? other.signalCode).toBeNull();
});

test('the list of ps is read: numbers, and the command with its environment', () => {
  expect(
    parsePs(
      '    1     0 /sbin/launchd\n 4242     1 /usr/local/bin/node -e x HOME=/Users/me LOCAL_AWS_ENVIRONMENT=local-aws-lambda-abcdef/1 A=b\n\n',
    ),
  ).toEqual([
    { pid: 1, parent: 0, text: '/sbin/launchd' },
    {
      pid: 4242,
      parent: 1,
      text: '/usr/local/bin/node -e x HOME=/Users/me LOCAL_AWS_ENVIRONMENT=local-aws-lambda-abcdef/1 A=b',
    },
  ]);
});
