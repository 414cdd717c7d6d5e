import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runInProcess } from '../../run-in-process.testing.ts';
import { placeOf, readChangelog } from './read-changelog.ts';

let root: string;
let project: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outdated-'));
  project = join(root, 'orders');
  await write('orders/serverless-compose.yml', 'services: { api: { path: services/api } }\n');
  await write('orders/services/contract/openapi.json', '{}');
  await write('orders/vendor/packed.json', JSON.stringify({ packedAt: '2026-01-01T00:00:00.000Z' }));
  await writeManifest({ '@acme/iam': 'file:vendor/iam-0.2.0-0123456789ab.tgz' });
  await write(
    'orders/node_modules/@acme/iam/package.json',
    JSON.stringify({
      repository: { type: 'git', url: 'git+https://github.com/acme/apis.git', directory: 'libs/iam' },
    }),
  );
});
afterEach(() => rm(root, { recursive: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

const writeManifest = (devDependencies: object) =>
  write(
    'orders/package.json',
    JSON.stringify({ scripts: { outdated: 'cross-account outdated' }, devDependencies }),
  );

const outdated = (...args: readonly string[]) => runInProcess(['outdated', ...args], project);
const inClone = (changelog: string) => write('clone/libs/iam/CHANGELOG.md', changelog);

test('the age, the releases that followed and the weaknesses that they mend are printed, with the update', async () => {
  await inClone(
    '## 0.3.0\n\n- **Security: anybody was let in.** Update.\n\n## 0.2.1\n\n- x\n\n## 0.2.0\n\n- y\n',
  );
  const { exitCode, stdout } = await outdated('--clone', join(root, 'clone'));
  expect(stdout).toMatch(/^The packages in vendor\/ are from 2026-01-01, \d+ days old\.$/m);
  expect(stdout).toContain('@acme/iam 0.2.0  0.3.0, 0.2.1 followed');
  expect(stdout).toContain('  0.3.0 mends a weakness: anybody was let in\n');
  expect(stdout).toContain('npm run create -- --update ../orders');
  expect(exitCode).toBe(1);
});

test('the latest packages have exit code 0, and --json prints one document', async () => {
  await inClone('## 0.2.0\n\n- y\n');
  const { exitCode, stdout } = await outdated('--clone', join(root, 'clone'), '--json');
  expect(JSON.parse(stdout)).toEqual({
    packedAt: '2026-01-01T00:00:00.000Z',
    packages: [{ name: '@acme/iam', version: '0.2.0', releases: [] }],
  });
  expect(exitCode).toBe(0);
});

test('what cannot be told has exit code 2', async () => {
  await inClone('## 0.9.0\n');
  expect(await outdated('--clone', join(root, 'clone'))).toMatchObject({
    exitCode: 2,
    stdout: expect.stringContaining('Not known: the change log of @acme/iam has no section 0.2.0.'),
  });
  expect(await outdated('--clone', join(root, 'nowhere'))).toMatchObject({ exitCode: 2 });
  await writeManifest({ '@acme/cli': 'file:vendor/cli-0.2.0-0123456789ab.tgz' });
  expect(await outdated()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('npm ci') });
});

test('a project with packages of a registry is told what looks into its lock file', async () => {
  await writeManifest({ '@acme/iam': '^0.2.0' });
  expect(await outdated()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('npm audit') });
});

test('the change log is that of the repository on GitHub', async () => {
  const place = await placeOf('@acme/iam', project);
  const asked: string[] = [];
  const answer = (response: () => Response) => async (url: unknown) => {
    asked.push(String(url));
    return response();
  };
  expect(
    await readChangelog(
      place,
      answer(() => new Response('## 0.2.0\n')),
    ),
  ).toBe('## 0.2.0\n');
  expect(asked).toEqual(['https://raw.githubusercontent.com/acme/apis/HEAD/libs/iam/CHANGELOG.md']);
  expect(
    await readChangelog(
      place,
      answer(() => new Response('', { status: 404 })),
    ),
  ).toMatchObject({
    unread: expect.stringContaining('answered 404'),
  });
  expect(
    await readChangelog(
      place,
      answer(() => new Response('x'.repeat(2 ** 20 + 1))),
    ),
  ).toMatchObject({
    unread: expect.stringContaining('longer than 1 MiB'),
  });
  const offline = async () => {
    throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
  };
  expect(await readChangelog(place, offline)).toMatchObject({
    unread: expect.stringContaining('getaddrinfo ENOTFOUND'),
  });
});

test.each([
  'https://gitlab.com/acme/apis.git',
  'git+ssh://git@github.com/acme/apis.git',
  'https://github.com/acme/../apis',
])('for the repository %s, the clone is asked for', async (url) => {
  await write(
    'orders/node_modules/@acme/iam/package.json',
    JSON.stringify({ repository: { url, directory: 'libs/iam' } }),
  );
  await expect(placeOf('@acme/iam', project)).rejects.toThrow('--clone DIR');
});
