import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { storedZip } from './stored-zip.ts';
import { unzip } from './unzip.ts';

describe('unzip', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'unzip-'));
    folder = path.join(root, 'a', 'b');
    await (await import('node:fs/promises')).mkdir(folder, { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('files and folders are unpacked, empty ones too', async () => {
    await unzip(storedZip({ 'a/b/c.js': 'x', 'a/empty': '', 'ü.txt': 'y' }), folder);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      'a',
      'a/b',
      'a/b/c.js',
      'a/empty',
      'ü.txt',
    ]);
    expect(await readFile(path.join(folder, 'a/b/c.js'), 'utf8')).toBe('x');
  });

  test('files and folders are read-only', async () => {
    await unzip(storedZip({ 'a/b/c.js': 'x' }), folder);
    for (const name of ['', 'a', 'a/b', 'a/b/c.js']) {
      expect((await stat(path.join(folder, name))).mode & 0o222).toBe(0);
    }
  });

  test.each(['../evil', 'a/../../evil', '/evil', 'a\\..\\..\\evil', 'C:/evil'])(
    'the entry %s is not written outside the folder',
    async (name) => {
      await expect(unzip(storedZip({ [name]: 'x' }), folder)).rejects.toMatchObject({
        code: 'InvalidParameterValueException',
        message: expect.stringContaining('Could not unzip uploaded file.'),
      });
      expect(existsSync(path.join(root, 'evil'))).toBe(false);
      expect(existsSync(path.join(root, 'a', 'evil'))).toBe(false);
    },
  );

  test('symbolic links are refused', async () => {
    const zip = storedZip({ link: '/etc/passwd' });
    // External attributes in the central directory: the mode's file type becomes "symbolic link".
    zip.writeUInt32LE((0o120777 << 16) >>> 0, zip.indexOf('PK\x01\x02') + 38);
    await expect(unzip(zip, folder)).rejects.toThrow('symbolic link');
  });

  test('an archive over 250 MB unpacked is refused before it is written', async () => {
    const zip = storedZip({ 'big.bin': 'x' });
    const entry = zip.indexOf('PK\x01\x02');
    zip.writeUInt16LE(8, entry + 10);
    zip.writeUInt32LE(300 * 1024 * 1024, entry + 24);
    await expect(unzip(zip, folder)).rejects.toThrow('Unzipped size must be smaller than 262144000 bytes');
  });

  test('an archive is refused if it is empty, has a name twice, or a file in the place of a folder', async () => {
    const twice = storedZip({ aa: 'x', ab: 'y' });
    const second = twice.lastIndexOf('ab');
    twice.write('aa', second);
    await expect(unzip(twice, folder)).rejects.toThrow('Could not unzip');
    await expect(unzip(storedZip({ f: 'x', 'f/g': 'y' }), folder)).rejects.toThrow('Could not unzip');
    await expect(unzip(storedZip({}), folder)).rejects.toThrow('non-empty zip');
  });

  test('a damaged archive is an error, never a crash', async () => {
    const zip = storedZip({ 'index.js': 'exports.handler = async () => 1', 'a/b.js': 'x' });
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        const damaged = Buffer.from(zip);
        damaged[at] = byte;
        const target = await mkdtemp(path.join(root, 'damaged-'));
        await unzip(damaged, target).catch((error) => {
          expect(error.code).toBe('InvalidParameterValueException');
        });
      }),
      { numRuns: 200 },
    );
    expect((await readdir(root)).every((name) => name === 'a' || name.startsWith('damaged-'))).toBe(true);
  });
});
