import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storedZip } from './stored-zip.ts';
import { unzip } from './unzip.ts';
import { fileInZip, withFileInZip } from './zip-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-files-'));
});
afterEach(async () => {
  execFileSync('chmod', ['-R', 'u+w', folder]);
  await rm(folder, { recursive: true, force: true });
});

/** A zip that Python made: compressed, with permissions, and with data descriptors, as it cannot seek. */
async function zipOfPython(): Promise<Buffer> {
  const source = join(folder, 'source');
  await mkdir(join(source, 'data'), { recursive: true });
  await writeFile(join(source, 'index.mjs'), 'export const handler = async () => 1;\n');
  await writeFile(join(source, 'data', 'ä.txt'), 'a'.repeat(100_000));
  await writeFile(join(source, 'tool'), '#!/bin/sh\n');
  await chmod(join(source, 'tool'), 0o755);
  const script = `
import os, sys, zipfile
class Pipe:
    def write(self, data): return sys.stdout.buffer.write(data)
    def flush(self): sys.stdout.buffer.flush()
with zipfile.ZipFile(Pipe(), 'w', zipfile.ZIP_DEFLATED) as out:
    for folder, _, names in os.walk('.'):
        for name in names: out.write(os.path.join(folder, name))
`;
  return execFileSync('python3', ['-c', script], { cwd: source });
}

test('one file of a zip is replaced, and the others stay as they are, with their permissions', async () => {
  const zip = await zipOfPython();
  const code = 'export const handler = async () => 2;\n';
  const changed = await withFileInZip(zip, 'index.mjs', code);
  expect((await fileInZip(changed, 'index.mjs'))?.toString()).toBe(code);
  expect(changed.length).toBeLessThan(2_000);
  const target = join(folder, 'target');
  await mkdir(target);
  await unzip(changed, target);
  expect(await readFile(join(target, 'index.mjs'), 'utf8')).toBe(code);
  expect(await readFile(join(target, 'data', 'ä.txt'), 'utf8')).toBe('a'.repeat(100_000));
  expect((await stat(join(target, 'tool'))).mode & 0o111).toBe(0o111);
  // Another reader agrees.
  const path = join(folder, 'changed.zip');
  await writeFile(path, changed);
  expect(execFileSync('python3', ['-m', 'zipfile', '-t', path]).toString()).toContain('Done testing');
});

test('a file that the zip does not have is added', async () => {
  const zip = await withFileInZip(storedZip({ a: '1' }), 'b', '2');
  expect(await fileInZip(zip, 'a')).toEqual(Buffer.from('1'));
  expect(await fileInZip(zip, 'b')).toEqual(Buffer.from('2'));
  expect(await fileInZip(zip, 'c')).toBeUndefined();
});

test('what is no zip is refused', async () => {
  await expect(fileInZip(Buffer.from('no zip'), 'a')).rejects.toThrow();
  await expect(withFileInZip(Buffer.from('no zip'), 'a', '')).rejects.toThrow();
});
