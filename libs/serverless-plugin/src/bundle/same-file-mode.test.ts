import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleFolder } from './bundle-folder.testing.ts';
import { sameFileMode } from './same-file-mode.ts';

let folder: Awaited<ReturnType<typeof bundleFolder>>;
beforeAll(async () => {
  folder = await bundleFolder();
});
afterAll(() => folder.remove());

test('a bundle that replaces a file with another mode gets the mode of all', async () => {
  await writeFile(join(folder.path, 'in.js'), 'export const handler = 1;');
  await writeFile(join(folder.path, 'out.js'), '', { mode: 0o600 });
  await build({
    absWorkingDir: folder.path,
    entryPoints: ['in.js'],
    outfile: 'out.js',
    plugins: [sameFileMode()],
  });
  expect((await stat(join(folder.path, 'out.js'))).mode & 0o777).toBe(0o644);
});

test('a bundle that is not written is left alone', async () => {
  const { metafile } = await build({
    stdin: { contents: '' },
    write: false,
    plugins: [sameFileMode()],
  });
  expect(metafile).toBeUndefined();
});
