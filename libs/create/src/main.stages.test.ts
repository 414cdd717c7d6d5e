import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const AUTHOR = {
  GIT_AUTHOR_NAME: 'owner',
  GIT_AUTHOR_EMAIL: 'owner@example.com',
  GIT_COMMITTER_NAME: 'owner',
  GIT_COMMITTER_EMAIL: 'owner@example.com',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-test-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'work'));
  // Like npm, it writes a lock file and installs, but without a registry.
  fakeNpm(`
    fs.appendFileSync(process.env.NPM_CALLS, process.argv.slice(2, 4).join(' ') + '\\n');
    if (process.argv[2] === 'install') fs.writeFileSync('package-lock.json', fs.readFileSync('package.json'));`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fakeNpm(script: string): void {
  const file = join(folder, 'bin/npm');
  writeFileSync(file, `#!${process.execPath}\nconst fs = require('node:fs');\n${script}\n`);
  chmodSync(file, 0o755);
}

const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '');
const project = (...path: string[]) => join(folder, 'work/orders', ...path);
const read = (...path: string[]) => readFileSync(project(...path), 'utf8');
const git = (args: string[]) => execFileSync('git', args, { cwd: project(), encoding: 'utf8' });

function runNode(args: readonly string[], path = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`) {
  return spawnSync(process.execPath, args, {
    cwd: join(folder, 'work'),
    encoding: 'utf8',
    env: { ...process.env, ...AUTHOR, PATH: path, NPM_CALLS: join(folder, 'calls') },
  });
}

/** Runs the program of the package, whose packages come from a registry. */
const create = (...args: string[]) => runNode([join(__dirname, '../create.cjs'), ...args]);

/** Runs the program as a clone does, with these packages. The clone's scope is `@acme`. */
function createFromClone(
  packages: readonly { name: string; version: string; hash: string }[],
  ...args: string[]
) {
  const packed = packages.map(({ name, version, hash }) => {
    const file = join(folder, `${name}-${version}-${hash}.tgz`);
    writeFileSync(file, hash);
    return { name: `@acme/${name}`, version, file };
  });
  const script = `
    require(${JSON.stringify(join(__dirname, 'main.ts'))}).run(${JSON.stringify(args)}, {
      root: ${JSON.stringify(join(folder, 'work/clone'))},
      packedAt: '2026-11-24T12:00:00.000Z',
      pack: async () => ${JSON.stringify(packed)},
      inScope: (text) => text.replaceAll('@cross-account-api/', '@acme/'),
    });`;
  return runNode(['--eval', script]);
}

const iam = { name: 'iam', version: '0.1.0', hash: 'aaaaaaaaaaaa' };
const cli = { name: 'cli', version: '0.2.0', hash: 'bbbbbbbbbbbb' };

test('the program writes a project with a lock file in the first commit, and installs it', () => {
  expect(create('orders', '--yes')).toMatchObject({ status: 0, stderr: '' });
  expect(calls()).toBe('install --package-lock-only\nci --no-audit\n');
  expect(git(['log', '--format=%s'])).toBe('feat: a cross-account API\n');
  expect(git(['ls-files', 'package-lock.json'])).toBe('package-lock.json\n');
  expect(git(['status', '--short'])).toBe('');
});

test('with --no-install, the program makes the lock file and installs nothing', () => {
  const { status, stdout } = create('orders', '--yes', '--no-install');
  expect([status, calls()]).toEqual([0, 'install --package-lock-only\n']);
  expect(stdout).toContain('cd orders\n  npm install\n');
});

test('each step that takes a while has a line, also one that fails', () => {
  const { stdout } = create('orders', '--yes');
  expect(stdout).toMatch(/^✔ Write package-lock\.json: .* \d+\.\d s$/m);
  expect(stdout).toMatch(/^✔ Install the packages: npm ci \d+\.\d s$/m);
  fakeNpm('process.exit(1);');
  rmSync(project(), { recursive: true });
  expect(create('orders', '--yes').stdout).toMatch(/^✘ Write package-lock\.json/m);
});

test('if npm cannot make the lock file, the program says why, makes no commit, and keeps the files', () => {
  fakeNpm(`process.stderr.write('npm warn old\\nnpm error code ENOTFOUND\\n'); process.exit(1);`);
  const { status, stderr } = create('orders', '--yes');
  expect(status).toBe(1);
  expect(stderr).toContain('npm error code ENOTFOUND');
  expect(stderr).not.toContain('npm warn');
  expect(stderr).toContain('Once npm works: npm install, then commit the files with package-lock.json.');
  expect(readdirSync(project())).toContain('package.json');
  expect(readdirSync(project())).not.toContain('.git');
});

test('the program writes a project without git, and says why it made no commit', () => {
  // Its PATH has npm and no git.
  const { status, stdout } = runNode(
    [join(__dirname, '../create.cjs'), 'orders', '--yes'],
    join(folder, 'bin'),
  );
  expect(status).toBe(0);
  expect(stdout).toContain('No commit was made: git is not installed, or user.name and user.email are not');
});

test('the program makes no repository with --no-git, and refuses the folder afterwards without a change', () => {
  expect(create('orders', '--yes', '--no-git').status).toBe(0);
  const before = readdirSync(project());
  expect(before).not.toContain('.git');
  expect(create('orders', '--yes')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: 'The folder orders is not empty: give a new or an empty one.\n',
  });
  expect(readdirSync(project())).toEqual(before);
});

test.each([
  [
    ['Orders'],
    'The name "Orders" must be 2 to 20 lower-case letters, digits and single hyphens, a letter first.\n',
  ],
  [[], 'Give the folder of the new project, such as ../orders.\n'],
  [['--update'], 'Give the folder of the project, such as ../orders.\n'],
  [
    ['--update', 'orders'],
    '--update takes packages from a clone: run it there. From a registry, npm update in the project brings them.\n',
  ],
])('the program refuses %j in one line', (args, stderr) => {
  expect(create(...args)).toMatchObject({ status: 2, stdout: '', stderr });
  expect(readdirSync(join(folder, 'work'))).toEqual([]);
});

test('an old Node is refused in one sentence', () => {
  const program = JSON.stringify(join(__dirname, '../create.cjs'));
  const old = `Object.defineProperty(process, 'versions', { value: { node: '20.11.0' } }); require(${program});`;
  expect(runNode(['--eval', old])).toMatchObject({
    status: 2,
    stderr: 'create-cross-account-api needs Node 22.18 or 24.5, and this is Node 20.11.0: install Node 24.\n',
  });
});

test('a project of a clone has the packages in vendor/, in the scope of the clone, and no range for them', () => {
  expect(createFromClone([iam, cli], 'orders', '--yes')).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(project('vendor')).toSorted()).toEqual([
    'README.md',
    'cli-0.2.0-bbbbbbbbbbbb.tgz',
    'iam-0.1.0-aaaaaaaaaaaa.tgz',
    'packed.json',
  ]);
  expect(JSON.parse(read('vendor/packed.json'))).toEqual({ packedAt: '2026-11-24T12:00:00.000Z' });
  expect(read('vendor/README.md').trim().split('\n')).toHaveLength(3);
  expect(read('vendor/README.md')).toContain('npm run create -- --update ../orders');
  const { dependencies, devDependencies, overrides } = JSON.parse(read('package.json'));
  expect(dependencies).toMatchObject({ '@acme/cli': 'file:vendor/cli-0.2.0-bbbbbbbbbbbb.tgz' });
  expect(devDependencies).toMatchObject({ '@acme/iam': 'file:vendor/iam-0.1.0-aaaaaaaaaaaa.tgz' });
  expect(overrides).toMatchObject({ '@acme/cli': '$@acme/cli', '@acme/iam': '$@acme/iam' });
  expect(JSON.parse(read('services/contract/package.json')).devDependencies).toMatchObject({
    '@acme/iam': '*',
  });
  expect(git(['ls-files', 'vendor'])).toContain('vendor/iam-0.1.0-aaaaaaaaaaaa.tgz');
  for (const file of ['README.md', 'services/caller/src/caller.ts'])
    expect([file, read(file)]).not.toEqual([file, expect.stringContaining('@cross-account-api/')]);
});

test('an update says which packages changed, and changes vendor/, their entries and the lock file alone', () => {
  createFromClone([iam, cli], 'orders', '--yes', '--no-install');
  writeFileSync(project('vendor/own-1.0.0.tgz'), 'of the owner');
  const stages = `${read('services/stages.yml')}\nprod:\n  values: { bucket: reports }\n`;
  writeFileSync(project('services/stages.yml'), stages);
  git(['add', '-A']);
  git(['-c', 'user.name=o', '-c', 'user.email=o@example.com', 'commit', '-qm', 'mine']);

  const later = [
    { ...iam, hash: 'cccccccccccc' },
    { ...cli, version: '0.3.0', hash: 'dddddddddddd' },
  ];
  const { status, stdout } = createFromClone(later, '--update', 'orders');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^@acme\/iam 0\.1\.0 has other code\.\n@acme\/cli 0\.2\.0 is now 0\.3\.0\.\n/m);
  git(['add', '-A']);
  expect(
    git(['status', '--short', '--no-renames'])
      .trim()
      .split(/\s*\n\s*/),
  ).toEqual([
    'M  package-lock.json',
    'M  package.json',
    'D  vendor/cli-0.2.0-bbbbbbbbbbbb.tgz',
    'A  vendor/cli-0.3.0-dddddddddddd.tgz',
    'D  vendor/iam-0.1.0-aaaaaaaaaaaa.tgz',
    'A  vendor/iam-0.1.0-cccccccccccc.tgz',
  ]);

  expect(read('services/stages.yml')).toBe(stages);
  expect(createFromClone(later, '--update', 'orders')).toMatchObject({
    status: 0,
    stdout: 'Nothing changed: the project has these packages already.\n',
  });
});

test('an update for which npm makes no lock file changes nothing', () => {
  createFromClone([iam, cli], 'orders', '--yes', '--no-install');
  fakeNpm(
    `fs.writeFileSync('package-lock.json', 'half'); process.stderr.write('npm error code E404\\n'); process.exit(1);`,
  );
  const { status, stderr } = createFromClone([{ ...iam, hash: 'cccccccccccc' }, cli], '--update', 'orders');
  expect(status).toBe(1);
  expect(stderr).toContain('npm error code E404');
  expect(git(['status', '--short'])).toBe('');
});

test('an update refuses a folder without a project that uses the packages', () => {
  mkdirSync(project());
  expect(createFromClone([iam], '--update', 'orders')).toMatchObject({
    status: 2,
    stderr: 'orders has no package.json: give the folder of a project that this program made.\n',
  });
  writeFileSync(project('package.json'), '{"name":"other"}');
  expect(createFromClone([iam], '--update', 'orders')).toMatchObject({
    status: 2,
    stderr:
      'orders has no package.json that names @acme/iam: give the folder of a project that this program made.\n',
  });
  expect(readdirSync(project())).toEqual(['package.json']);
});

test('a project in the clone is refused, because the clone would take it for a part of itself', () => {
  expect(createFromClone([iam], 'clone/orders', '--yes')).toMatchObject({
    status: 2,
    stderr: 'The folder clone/orders is in the clone: give one beside it, such as ../orders.\n',
  });
});
