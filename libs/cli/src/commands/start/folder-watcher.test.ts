import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createFolderWatcher } from './folder-watcher.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-watcher-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a file that is written is reported, and so is one that replaces another', async () => {
  const reports = Promise.withResolvers<void>();
  const wanted = new Set([join(folder, 'written.ts'), join(folder, 'replaced.ts')]);
  const watcher = createFolderWatcher((path) => {
    wanted.delete(path);
    if (wanted.size === 0) reports.resolve();
  });
  watcher.watch([folder, join(folder, 'missing')]);
  await writeFile(join(folder, 'written.ts'), '');
  await writeFile(join(folder, 'new'), '');
  await rename(join(folder, 'new'), join(folder, 'replaced.ts'));
  await reports.promise;
  watcher.close();
});

test('once it is closed, it watches nothing: the process can end', async () => {
  const watches = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap');
  const watcher = createFolderWatcher(() => {});
  watcher.watch([folder]);
  expect(watches()).toHaveLength(1);
  watcher.close();
  watcher.watch([folder]);
  // Handles are released in the last phase of a turn of the event loop.
  for (let turn = 0; turn < 3; turn += 1) await setImmediate();
  expect(watches()).toHaveLength(0);
});
