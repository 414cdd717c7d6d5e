import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOutputFile } from './command-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a file that can be written is accepted, new or not, and is not created', async () => {
  await checkOutputFile('html', join(folder, 'new.html'));
  expect(await readdir(folder)).toEqual([]);
  await writeFile(join(folder, 'old.html'), 'old');
  await checkOutputFile('html', join(folder, 'old.html'));
});

test('a file that cannot be written is a usage error with the option, the value and the remedy', async () => {
  const missing = join(folder, 'no/such.html');
  await expect(checkOutputFile('html', missing)).rejects.toThrow(
    `--html ${missing}: the folder ${join(folder, 'no')} does not exist. Make it, or name another file.`,
  );
  await expect(checkOutputFile('html', folder)).rejects.toThrow(
    `--html ${folder}: is a folder. Name a file in it.`,
  );
  await writeFile(join(folder, 'file'), '');
  const below = join(folder, 'file/page.html');
  await expect(checkOutputFile('html', below)).rejects.toThrow(`--html ${below}: cannot be written (ENOTDIR`);
});
