import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BuildFailure, type BuildOptions, build, context, type Plugin } from 'esbuild';
import { bundleFolder } from './bundle-folder.testing.ts';
import { groupBuilds } from './group-builds.ts';

let folder: Awaited<ReturnType<typeof bundleFolder>>;
beforeAll(async () => {
  folder = await bundleFolder();
  await write(
    'src/shared.ts',
    'export const shared = (name: string) => ({ longName: name, other: [name] });',
  );
});
afterAll(() => folder.remove());

async function write(file: string, contents: string): Promise<void> {
  await mkdir(join(folder.path, dirname(file)), { recursive: true });
  await writeFile(join(folder.path, file), contents);
}

/** Writes functions, one of them in a folder of its own. @returns their files */
async function writeFunctions(count: number): Promise<string[]> {
  const files = Array.from({ length: count }, (_, index) =>
    index === 0 ? 'src/nested/first.ts' : `src/function${index}.ts`,
  );
  await Promise.all(
    files.map((file, index) =>
      write(
        file,
        `import { shared } from '${index === 0 ? '../shared' : './shared'}';
         import { createHash } from 'node:crypto';
         export const handler = () => createHash('sha256').update(JSON.stringify(shared('${file}'))).digest('hex');`,
      ),
    ),
  );
  return files;
}

/** Builds a function as serverless-esbuild does. */
const optionsOf = (
  file: string,
  out: string,
  plugins: Plugin[],
  further: BuildOptions = {},
): BuildOptions => ({
  absWorkingDir: folder.path,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  sourcemap: 'linked',
  outExtension,
  logLevel: 'silent',
  ...further,
  plugins,
  entryPoints: [file],
  outdir: join(out, dirname(file)),
});
const outExtension = { '.js': '.mjs' };

/** Counts the builds of esbuild that read the sources. */
function countBuilds(): { readonly plugin: Plugin; readonly builds: () => number } {
  let builds = 0;
  const setup: Plugin['setup'] = ({ initialOptions, onStart }) => {
    const { entryPoints } = initialOptions;
    onStart(() => {
      if (Array.isArray(entryPoints) && entryPoints.length > 0) builds += 1;
    });
  };
  return { plugin: { name: 'count', setup }, builds: () => builds };
}

const read = (out: string, file: string) => readFile(join(folder.path, out, file), 'utf8');

test('the bundles and source maps of a group are those of single builds, byte for byte, in a few builds', async () => {
  const files = await writeFunctions(25);
  const count = countBuilds();
  const plugins = [groupBuilds(), count.plugin];
  await Promise.all(files.map((file) => build(optionsOf(file, 'together', plugins))));
  await Promise.all(files.map((file) => build(optionsOf(file, 'alone', []))));
  for (const file of files.flatMap((name) => [
    name.replace('.ts', '.mjs'),
    name.replace('.ts', '.mjs.map'),
  ])) {
    expect(await read('together', file)).toBe(await read('alone', file));
  }
  expect(count.builds()).toBeLessThan(5);
});

test('an error is that of its function, and the other functions are bundled', async () => {
  const [good = '', bad = ''] = await writeFunctions(2);
  await write(bad, `import './missing';`);
  const plugins = [groupBuilds()];
  const [first, second] = await Promise.allSettled(
    [good, bad].map((file) => build(optionsOf(file, 'errors', plugins))),
  );
  expect(first?.status).toBe('fulfilled');
  expect(await read('errors', good.replace('.ts', '.mjs'))).toContain('sha256');
  const { errors } = (second as PromiseRejectedResult).reason as BuildFailure;
  expect(errors).toMatchObject([{ text: 'Could not resolve "./missing"', location: { file: bad } }]);
});

test('a warning is that of its function', async () => {
  const [good = '', odd = ''] = await writeFunctions(2);
  await write(odd, `export const handler = (event) => typeof event === 'numbr';`);
  const plugins = [groupBuilds()];
  const [first, second] = await Promise.all(
    [good, odd].map((file) => build(optionsOf(file, 'warnings', plugins))),
  );
  expect(first?.warnings).toEqual([]);
  expect(second?.warnings).toMatchObject([{ location: { file: odd } }]);
});

test('a rebuild bundles the changed source', async () => {
  const files = await writeFunctions(3);
  const plugins = [groupBuilds()];
  const contexts = await Promise.all(files.map((file) => context(optionsOf(file, 'rebuilt', plugins))));
  await Promise.all(contexts.map((each) => each.rebuild()));
  await write('src/shared.ts', `export const shared = () => 'changed';`);
  await Promise.all(contexts.map((each) => each.rebuild()));
  await Promise.all(contexts.map((each) => each.dispose()));
  for (const file of files) expect(await read('rebuilt', file.replace('.ts', '.mjs'))).toContain('changed');
});

test('builds with different options do not share one, and one in memory or with a metafile is left as it is', async () => {
  const [file = '', other = ''] = await writeFunctions(2);
  const plugins = [groupBuilds()];
  const [plain, unminified, inMemory, withMetafile] = await Promise.all([
    build(optionsOf(file, 'options', plugins)),
    build(optionsOf(other, 'options', plugins, { minify: false })),
    build(optionsOf(file, 'options', plugins, { write: false })),
    build(optionsOf(file, 'metafile', plugins, { metafile: true })),
  ]);
  expect(plain).toMatchObject({ errors: [] });
  expect(unminified).toMatchObject({ errors: [] });
  expect(await read('options', other.replace('.ts', '.mjs'))).toContain('// src/');
  expect(inMemory?.outputFiles).toHaveLength(2);
  expect(Object.keys(withMetafile?.metafile?.inputs ?? {})).toContain(file);
});
