import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { storedEntry, storedZip, writeZip } from './stored-zip.ts';
import { unzip } from './unzip.ts';

describe('unzip', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'unzip-'));
    folder = path.join(root, 'a', 'b');
    await mkdir(folder, { recursive: true });
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

  /** A zip of files, and of symbolic links, which begin with `-> `. */
  const linked = (files: Readonly<Record<string, string>>) =>
    writeZip(
      Object.entries(files).map(([name, content]) =>
        content.startsWith('-> ')
          ? storedEntry(name, content.slice(3), 0o120777)
          : storedEntry(name, content),
      ),
    );

  test('symbolic links within the package are unpacked, as zip --symlinks and pnpm make them', async () => {
    await unzip(
      linked({
        'node_modules/a': '-> .store/a@1/node_modules/a',
        'node_modules/.store/a@1/node_modules/a/index.js': 'x',
        'entry.js': '-> /var/task/node_modules/a/index.js',
        cache: '-> /tmp/cache',
      }),
      folder,
    );
    expect(await readFile(path.join(folder, 'node_modules/a/index.js'), 'utf8')).toBe('x');
    expect(await readFile(path.join(folder, 'entry.js'), 'utf8')).toBe('x');
    expect(await readlink(path.join(folder, 'cache'))).toBe('/tmp/cache');
  });

  const hasZip = spawnSync('zip', ['-v'], { stdio: 'ignore' }).status === 0;
  (hasZip ? test : test.skip)('the real zip keeps links', async () => {
    const source = path.join(root, 'source');
    await mkdir(path.join(source, 'lib'), { recursive: true });
    await writeFile(path.join(source, 'lib/index.js'), 'x');
    await symlink('lib/index.js', path.join(source, 'index.js'));
    execFileSync('zip', ['--symlinks', '-qr', path.join(root, 'a.zip'), '.'], { cwd: source });
    await unzip(await readFile(path.join(root, 'a.zip')), folder);
    expect(await readlink(path.join(folder, 'index.js'))).toBe('lib/index.js');
    expect(await readFile(path.join(folder, 'index.js'), 'utf8')).toBe('x');
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['to a file of the machine', { link: '-> /etc/passwd' }],
    ['out of the package', { 'a/link': '-> ../../../evil' }],
    // As a text, it stays in the package: only the other link leads out.
    ['through another link', { 'a/b/c/up': '-> ../../..', out: '-> a/b/c/up/..' }],
    ['through a link that comes after it', { out: '-> a/b/c/up/..', 'a/b/c/up': '-> ../../..' }],
    ['through a link to /tmp', { t: '-> /tmp', etc: '-> t/../etc' }],
    ['to the package beside it', { link: '-> ../b2/x' }],
  ])('a symbolic link %s is refused, and names where it leads', async (_where, files) => {
    await expect(unzip(linked(files), folder)).rejects.toThrow(
      /^Could not unzip uploaded file\. Please check your file, then try to upload again\. \(\S+ is a symbolic link to \S+, which is outside/,
    );
  });

  test('no file is written through a link', async () => {
    const files = { 'evil/x': 'x' };
    await expect(unzip(linked({ evil: '-> /tmp', ...files }), folder)).rejects.toThrow('Could not unzip');
    await expect(unzip(linked({ ...files, evil: '-> /tmp' }), folder)).rejects.toThrow('Could not unzip');
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
    await expect(unzip(twice, folder)).rejects.toThrow('try to upload again. (aa is in the zip twice)');
    await expect(unzip(storedZip({ f: 'x', 'f/g': 'y' }), folder)).rejects.toThrow('Could not unzip');
    await expect(unzip(storedZip({}), folder)).rejects.toThrow('non-empty zip');
  });

  test('a folder may be named twice', async () => {
    const zip = storedZip({ 'a/': '', 'b/': '', 'a/f': 'x' });
    zip.write('a/', zip.lastIndexOf('b/'));
    await unzip(zip, folder);
    expect(await readFile(path.join(folder, 'a/f'), 'utf8')).toBe('x');
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
