import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync, type Metafile } from 'esbuild';
import {
  asReleased,
  inScopeOf,
  linksOfPackage,
  publishedEntry,
  publishedManifest,
  untypedEntries,
} from './lib/pack-package.ts';
import { packageFolder, packageNames, readManifest, typedFormatsOf } from './lib/packages.ts';

const root = readManifest();

/** By package, the packages of this repository that it depends on. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  iam: ['command-line'],
  // For types alone.
  'api-handler': ['contract'],
  'serverless-plugin': ['command-line', 'iam'],
  'local-aws': ['command-line', 'iam'],
  // All but the first two are optional: a call of any API is explained and verified without them.
  cli: ['command-line', 'iam', 'assume-role', 'contract', 'local-aws', 'serverless-plugin'],
};

test('every library can be published', () => {
  const libraries = readdirSync(packageFolder('.')).filter((name) =>
    existsSync(join(packageFolder(name), 'package.json')),
  );
  expect(libraries.toSorted()).toEqual([...packageNames].toSorted());
});

test('npm ci --omit=dev installs every package that commands, plugins and functions import', () => {
  const files = execFileSync('git', ['ls-files', 'libs', 'services'], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(?:ts|tsx|cjs)$/.test(file) && !/\.test\.|\.testing\.|\/test\/|\.d\.ts$/.test(file));
  const imported = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8').replaceAll(/^import type [^;]*;|^ \*.*$|^\s*\/\/.*$/gm, '');
    return [...text.matchAll(/(?:from |\brequire\(|\bimport\()'(@[\w-]+\/[\w.-]+|[a-z][\w.-]*)[/']/g)].map(
      ([, name = '']) => name,
    );
  });
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: true }>>;
  };
  const missing = new Set(imported.filter((name) => packages[`node_modules/${name}`]?.dev === true));
  expect(imported).toContain('preact');
  expect([...missing]).toEqual([]);
});

test.each([
  ['iam', 'src/index.ts'],
  ['iam', 'src/explanation/index.ts'],
  ['iam', 'src/witness/index.ts'],
  ['command-line', 'src/text/index.ts'],
])('of libs/%s, %s uses nothing of Node', (name, entry) => {
  const { errors, outputFiles } = buildSync({
    entryPoints: [join(packageFolder(name), entry)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minifySyntax: true,
    write: false,
  });
  expect(errors).toEqual([]);
  expect(outputFiles[0]?.text).not.toMatch(/\b(?:process|global|Buffer)\.|__dirname|setImmediate/);
});

test('a call of any API is explained and verified with the dependencies of the package alone', () => {
  const { dependencies = {} } = readManifest(packageFolder('cli'));
  const { metafile } = buildSync({
    entryPoints: ['explain', 'verify'].map((name) =>
      join(packageFolder('cli'), `src/commands/${name}/command.ts`),
    ),
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    metafile: true,
    outdir: 'unused',
    write: false,
  });
  // Dynamic imports are of the other forms of the commands.
  const reachable = reachableStatically(metafile.inputs);
  const names = Object.entries(metafile.inputs)
    .filter(([file]) => reachable.has(file))
    .flatMap(([, { imports }]) => imports)
    .filter(({ external, kind }) => external === true && kind === 'import-statement')
    .map(({ path }) =>
      path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    .filter((name) => !name.startsWith('node:'));
  expect([...new Set(names)].toSorted()).toEqual(Object.keys(dependencies).toSorted());
});

/** The files that two entries load without a dynamic import. */
function reachableStatically(inputs: Metafile['inputs']): ReadonlySet<string> {
  const entries = Object.keys(inputs).filter((file) =>
    /cli\/src\/commands\/(explain|verify)\/command\.ts$/.test(file),
  );
  const found = new Set(entries);
  // A set takes in what is added while it is iterated.
  for (const file of found) {
    for (const { path, kind, external } of inputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) found.add(path);
    }
  }
  return found;
}

test.each([
  ['serverless-plugin/api', 'api'],
  ['serverless-plugin/caller', 'caller'],
  ['serverless-plugin/settings', 'variables'],
  ['local-aws/serverless-plugin', 'framework-plugin/index'],
])('the entry %s, which the framework loads, loads the build, once it is published', (name, module) => {
  const entry = readFileSync(packageFolder(`${name}.cjs`), 'utf8');
  expect(entry).toContain(`require('./src/${module}.ts')`);
  expect(publishedEntry(entry, 'cjs')).toContain(`require('./dist/cjs/${module}.js')`);
  expect(publishedEntry(entry, 'cjs')).not.toContain('./src/');
  expect(publishedEntry(entry, 'cjs')).not.toContain('../');
  expect(publishedEntry(entry, 'esm')).toContain(`require('./dist/esm/${module}.js')`);
});

test('Node runs each entry of the packages from the sources, without a build or a flag', () => {
  const entries = packageNames.flatMap((name) => {
    const { name: packed, exports = {} } = readManifest(packageFolder(name));
    return Object.keys(exports).map((path) => packed + path.slice(1));
  });
  // In a separate process, because jest resolves packages itself. Its working directory decides what it finds.
  const script = `for (const name of ${JSON.stringify(entries)}) { require(name); console.log(require.resolve(name)); }`;
  const found = execFileSync(process.execPath, ['--eval', script], { cwd: packageFolder('..') });
  const files = String(found).trim().split('\n');
  expect(files).toHaveLength(entries.length);
  for (const file of files)
    expect(file).toMatch(/^.*\/libs\/[\w-]+\/(?:src\/[\w/-]+\.ts|[\w-]+\.cjs|stages\.schema\.json)$/);
});

describe('a link of a page, once its package is installed,', () => {
  const page = 'libs/assume-role/README.md';
  const repository = { type: 'git', url: 'git+https://github.com/acme/apis.git' };

  test.each([
    ['[one](../signed-fetch/README.md#test-it)', '[one](../signed-fetch/README.md#test-it)'],
    ['[a package](../iam)', '[a package](../iam/README.md)'],
    ['[a page](../signed-fetch/MOVE.md)', '[a page](../signed-fetch/MOVE.md)'],
    ['[here](#errors), `a[b](c)`', '[here](#errors), `a[b](c)`'],
  ])('that leads to a page of a package stays: %s', (text, packed) => {
    expect(linksOfPackage({ repository }, page, text)).toBe(packed);
    expect(linksOfPackage({}, page, text)).toBe(packed);
  });

  test('that leads to another file leads to the repository, and without one becomes its text', () => {
    const text = '[the map](../../scripts/MAP.md#end)';
    expect(linksOfPackage({ repository }, page, text)).toBe(
      '[the map](https://github.com/acme/apis/blob/HEAD/scripts/MAP.md#end)',
    );
    expect(linksOfPackage({}, page, text)).toBe('the map');
  });
});

test('npm packs no folder whose package.json names the sources, and says what works', async () => {
  const packed = promisify(execFile)('npm', ['pack', '--dry-run'], { cwd: packageFolder('iam') });
  await expect(packed).rejects.toMatchObject({ stderr: expect.stringContaining('npm run pack') });
});

describe.each(packageNames)('libs/%s', (name) => {
  const folder = packageFolder(name);
  const manifest = readManifest(folder);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');

  test('has the fields that a reader of the registry looks for', () => {
    expect(manifest).toMatchObject({
      name: `@cross-account-api/${name}`,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      description: expect.stringMatching(/\w{3}/),
      license: 'MIT',
      files: expect.arrayContaining(['dist', 'CHANGELOG.md']),
    });
    // npm warns of it in this repository, too.
    expect(manifest.engines).toBeUndefined();
    expect(publishedManifest(manifest, root, name).engines).toEqual({
      node: expect.stringMatching(/^(>=22(\.3)?|\^22\.1[38]\.0 \|\| >=24\.5\.0)$/),
    });
    expect(manifest.private).toBeUndefined();
    expect(manifest.keywords?.length).toBeGreaterThan(3);
  });

  test('has the licence of the root, because npm packs only files of the folder', () => {
    expect(read('LICENSE')).toBe(readFileSync(join(packageFolder('..'), 'LICENSE'), 'utf8'));
  });

  test('has a change log that begins with the version of the package', () => {
    expect(/^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1]).toBe(manifest.version);
  });

  test('depends on other packages of this repository only as the design allows', () => {
    const dependencies = {
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.peerDependencies,
    };
    const own = Object.keys(dependencies).filter((dependency) =>
      dependency.startsWith('@cross-account-api/'),
    );
    expect(own.map((dependency) => dependency.split('/')[1])).toEqual(allowed[name] ?? []);
  });

  test('has a README that says how to install it, and shows code, near its start', () => {
    const start = read('README.md').split('\n').slice(0, 40).join('\n');
    const isTool = ['cli', 'local-aws', 'serverless-plugin'].includes(name);
    const install = `npm install ${isTool ? '--save-dev ' : ''}@acme/${name}`;
    const released = asReleased({ config: { scope: '@acme' } }, start);
    expect(released).toContain(name === 'create' ? 'npm create @acme@latest orders\n' : install);
    // The code for a program is the command that the user types.
    expect(released).toMatch(name === 'cli' ? /^npx @acme\/cli explain /m : /^```(ts|yaml|text)$/m);
  });

  test('is published under the scope and with the repository of the root alone', () => {
    const fork = {
      ...root,
      config: { scope: '@acme' },
      repository: { type: 'git', url: 'git+https://github.com/acme/apis.git' },
    };
    const published = publishedManifest(manifest, fork, name);
    expect(published).toMatchObject({
      name: `@acme/${name}`,
      version: manifest.version,
      repository: { type: 'git', url: 'git+https://github.com/acme/apis.git', directory: `libs/${name}` },
    });
    expect(JSON.stringify(published)).not.toMatch(/(?<!create-)cross-account-api/);
    expect(inScopeOf(fork, read('README.md'))).not.toContain('@cross-account-api/');
  });

  test('is published without the way to its sources, which are not in the package', () => {
    const published = publishedManifest(manifest, root, name);
    expect(JSON.stringify(manifest.exports)).toContain('./src/');
    expect(JSON.stringify(published.exports)).not.toContain('./src/');
    expect(Object.keys(published.exports ?? {})).toEqual(Object.keys(manifest.exports ?? {}));
  });

  test('has a script that npm pack runs, and no scripts once it is published', () => {
    expect(manifest.scripts).toEqual({ prepack: 'node ../../scripts/refuse-pack.ts' });
    expect(publishedManifest(manifest, root, name).scripts).toBeUndefined();
  });

  test('has declarations in each format for each entry with sources, and the check of types leaves none of these out', () => {
    const published = publishedManifest(manifest, root, name);
    const typed = Object.entries(manifest.exports ?? {}).filter(([, source]) =>
      String(source).endsWith('.ts'),
    );
    expect(typed.length).toBeGreaterThan(0);
    for (const [path] of typed) {
      const declarations = JSON.stringify(published.exports?.[path]).match(/"types":"[^"]*\.d\.ts"/g) ?? [];
      expect(declarations.map((text) => /dist\/(\w+)\//.exec(text)?.[1])).toEqual(typedFormatsOf(name));
    }
    // For TypeScript 5 with "module": "commonjs", which reads no `exports`.
    const { types, typesVersions } = published;
    const byPath = { ...(types !== undefined && { index: [types] }), ...typesVersions?.['*'] };
    const [format] = typedFormatsOf(name).toReversed();
    expect(Object.fromEntries(Object.entries(byPath).map(([path, [file]]) => [path, file]))).toEqual(
      Object.fromEntries(
        typed.map(([path, source]) => [
          path.slice(2) || 'index',
          String(source).replace('./src/', `./dist/${format}/`).replace(/\.ts$/, '.d.ts'),
        ]),
      ),
    );
    const others = Object.keys(manifest.exports ?? {}).filter((path) =>
      typed.every(([each]) => each !== path),
    );
    expect(untypedEntries(published)).toEqual(others);
  });
});
