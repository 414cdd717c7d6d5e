import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseContract } from '../../project/contract.ts';
import type { HandoverFile } from './files.ts';
import { readmeOf } from './readme.ts';
import { HandoverFolderError, writeFiles } from './write-files.ts';

const readme = readmeOf(
  {
    stage: 'dev',
    api: 'orders',
    caller: 'billing',
    accountId: '222222222222',
    region: 'eu-west-1',
    roleArn: 'arn:aws:iam::222222222222:role/billing',
    apiUrl: 'https://a.execute-api.eu-west-1.amazonaws.com/dev',
    apiArn: 'arn:aws:execute-api:eu-west-1:111111111111:a/dev',
    apiAccountId: '111111111111',
    invokeRole: undefined,
    organizationId: undefined,
    routes: ['GET /orders'],
    policy: {},
  },
  parseContract('{"info":{"version":"1.0.0"},"paths":{"/orders":{"get":{"operationId":"listOrders"}}}}', ''),
  false,
);
const files = (text: string): HandoverFile[] => [
  { name: 'README.md', what: '', content: readme },
  { name: 'caller.env', what: '', content: text },
];

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'write-files-'));
  folder = join(root, 'a/b');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('a folder is made that only this user can read', async () => {
  expect(await writeFiles(folder, files('first'))).toBe(folder);
  expect((await readdir(folder)).toSorted()).toEqual(['README.md', 'caller.env']);
  expect([await modeOf(folder), await modeOf(join(folder, 'caller.env'))]).toEqual([0o700, 0o600]);
});

test('an empty folder is filled', async () => {
  await mkdir(folder, { recursive: true });
  await writeFiles(folder, files('first'));
  expect(await readFile(join(folder, 'caller.env'), 'utf8')).toBe('first');
});

test('an earlier folder is overwritten, and files that the team has added stay', async () => {
  await writeFiles(folder, files('first'));
  await writeFile(join(folder, 'own.ts'), 'own');
  await writeFile(join(folder, 'caller.env'), 'changed', { mode: 0o644 });
  await writeFiles(folder, files('second'));
  expect((await readdir(folder)).toSorted()).toEqual(['README.md', 'caller.env', 'own.ts']);
  expect(await readFile(join(folder, 'caller.env'), 'utf8')).toBe('second');
  expect(await modeOf(join(folder, 'caller.env'))).toBe(0o600);
});

test('a file that has a second name elsewhere is replaced, and keeps its text there', async () => {
  await writeFiles(folder, files('first'));
  const elsewhere = join(root, 'elsewhere');
  await link(join(folder, 'caller.env'), elsewhere);
  await writeFiles(folder, files('second'));
  expect(await readFile(elsewhere, 'utf8')).toBe('first');
});

test('a symbolic link in the place of a file is refused, its target keeps its text, and no other file is written', async () => {
  await writeFiles(folder, files('first'));
  const target = join(root, 'target');
  await writeFile(target, 'precious');
  await rm(join(folder, 'caller.env'));
  await symlink(target, join(folder, 'caller.env'));
  await writeFile(join(folder, 'README.md'), `${readme} changed`);
  const written = writeFiles(folder, files('second'));
  await expect(written).rejects.toThrow(HandoverFolderError);
  await expect(written).rejects.toThrow(
    `${join(folder, 'caller.env')} is a symbolic link. Nothing was written. Remove it, or give a new or empty folder with --out.`,
  );
  expect(await readFile(target, 'utf8')).toBe('precious');
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('changed');
  expect((await readdir(folder)).toSorted()).toEqual(['README.md', 'caller.env']);
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    'a folder with other files',
    () => mkdir(folder, { recursive: true }).then(() => writeFile(join(folder, 'package.json'), '{}')),
    'has files, and none of them is the README.md of an earlier handover',
  ],
  [
    'a folder with the README of something else',
    () => mkdir(folder, { recursive: true }).then(() => writeFile(join(folder, 'README.md'), '# Orders')),
    'has files, and none of them is the README.md of an earlier handover',
  ],
  [
    'a folder whose README is a link to that of an earlier handover',
    async () => {
      const earlier = await writeFiles(join(root, 'earlier'), files('first'));
      await mkdir(folder, { recursive: true });
      await symlink(join(earlier, 'README.md'), join(folder, 'README.md'));
    },
    'has files, and none of them is the README.md of an earlier handover',
  ],
  [
    'a link to a folder',
    () => mkdir(join(root, 'a')).then(() => symlink(root, folder)),
    'is a symbolic link',
  ],
  ['a file', () => mkdir(join(root, 'a')).then(() => writeFile(folder, '')), 'is not a folder'],
])('%s is refused with the remedy', async (_what, prepare, problem) => {
  await prepare();
  const before = await readdir(root, { recursive: true });
  await expect(writeFiles(folder, files('first'))).rejects.toThrow(
    `${folder} ${problem}. Nothing was written. Give a new or empty folder with --out.`,
  );
  expect(await readdir(root, { recursive: true })).toEqual(before);
});
