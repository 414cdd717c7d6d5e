import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeAbandonedFolders } from '@cross-account-api/local-aws/temporary';
import { pairProject } from './pair.testing.ts';
import { projectRoot } from './project.ts';

test('a copy that fails leaves nothing behind', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'project-test-'));
  const source = `await (await import(${JSON.stringify(join(__dirname, 'copy-project.ts'))})).copyProject()`;
  // No file may be larger than a block.
  const command = ['-c', 'ulimit -f 1 && exec "$0" "$@"', process.execPath];
  const { status, stderr } = spawnSync('/bin/sh', [...command, '--input-type=module', '--eval', source], {
    env: { ...process.env, TMPDIR: parent },
    encoding: 'utf8',
  });
  const left = await readdir(parent);
  await rm(parent, { recursive: true });
  expect([status, left]).toEqual([1, []]);
  expect(stderr).toContain('EFBIG');
});

test('the next start of local AWS removes the copy of a process that was killed, and leaves that of a running one', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'project-test-'));
  const source = `
    const { copyProject } = await import(${JSON.stringify(join(__dirname, 'copy-project.ts'))});
    console.log((await copyProject()).root);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    env: { ...process.env, TMPDIR: parent },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    await removeAbandonedFolders(parent);
    expect(await readdir(parent)).toEqual([expect.stringMatching(/^local-aws-project-\w{6}$/)]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await removeAbandonedFolders(parent);
    expect(await readdir(parent)).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    await rm(parent, { recursive: true, force: true });
  }
});

test('in a folder below the root, a command finds the project, and elsewhere it says where to run it', () => {
  expect(projectRoot(join(pairProject, 'services/caller'))).toBe(pairProject);
  expect(() => projectRoot('/')).toThrow(
    'Run the command in the folder of a project that has both services.',
  );
});
