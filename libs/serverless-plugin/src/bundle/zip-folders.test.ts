import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeZipFolders } from './zip-folders.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zip-folders-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function add(name: string): string {
  mkdirSync(join(folder, name, 'src'), { recursive: true });
  writeFileSync(join(folder, name, 'src/index.js'), '');
  return name;
}

test('the folders of the zips that this process made are removed, with their files, and nothing else', async () => {
  add('caller-41-1700000000000-0a1b2c3d');
  add('caller-41-1700000000001-ffffffff');
  const others = [
    add('caller-4-1700000000000-0a1b2c3d'),
    add('caller-141-1700000000000-0a1b2c3d'),
    add('other-41-1700000000000-0a1b2c3d'),
    add('caller-41-1700000000000'),
    add('caller'),
  ];
  await removeZipFolders(['caller', 'report'], folder, 41);
  expect(readdirSync(folder).toSorted()).toEqual(others.toSorted());
});
