import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROCESS_MARK } from './marked-processes.ts';
import { checkTemporaryFolders, createTemporaryFolder, removeAbandonedFolders } from './temporary-folder.ts';

let temporary: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'folders-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(temporary, { recursive: true, force: true });
});

/** Makes a folder in a process that is then killed. */
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
  const sleeper = startSleeper(join(path, '1'));
  const stopped = startSleeper(join(path, '2'));
  const ended = Promise.all([once(sleeper, 'exit'), once(stopped, 'exit')]);
  stopped.kill('SIGSTOP');
  await removeAbandonedFolders(temporary);
  expect((await ended).map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
  expect(await readdir(temporary)).toEqual([]);
});

test('a folder whose owner lives stays, with its processes', async () => {
  const folder = await createTemporaryFolder('lambda', temporary);
  const sleeper = startSleeper(join(folder.path, '1'));
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

test.each([
  ['does not exist', async (parent: string) => rm(parent, { recursive: true })],
  [
    'is a file',
    async (parent: string) => {
      await rm(parent, { recursive: true });
      await writeFile(parent, '');
    },
  ],
])('a folder for temporary folders that %s is named, with the remedy', async (_what, spoil) => {
  const unusable = await mkdtemp(join(tmpdir(), 'unusable-'));
  await spoil(unusable);
  for (const use of [() => checkTemporaryFolders(unusable), () => createTemporaryFolder('test', unusable)]) {
    await expect(use()).rejects.toMatchObject({
      code: 'NoTemporaryFolder',
      message: expect.stringMatching(
        /\/unusable-\w+ \(ENO\w+\)\. Set TMPDIR to a folder that this user can write, and start it again\.$/,
      ),
    });
  }
  await rm(unusable, { force: true });
});
