import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashFiles } from './hash-files.ts';

let root: string;
let taskRoot: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hash files-'));
  taskRoot = join(root, 'code-1');
  await mkdir(join(taskRoot, 'src'), { recursive: true });
  await writeFile(join(root, 'outside.mjs'), 'outside');
  for (const name of ['src/a.mjs', 'b.js', 'c.py']) await writeFile(join(taskRoot, name), name);
  await symlink(join(root, 'outside.mjs'), join(taskRoot, 'link.mjs'));
});
afterAll(() => rm(root, { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const url = (name: string) => pathToFileURL(join(taskRoot, name)).href;

test('the files of a stack are hashed once each: modules, CommonJS and Python', async () => {
  const stack = [
    `at load (${url('src/a.mjs')}:1:2)`,
    `at ${url('src/a.mjs')}:3:4`,
    `at run (${join(taskRoot, 'b.js')}:1:2)`,
    `File "${join(taskRoot, 'c.py')}", line 2, in handler`,
    'at node:internal/process/task_queues:104:5',
    'at async main (/var/runtime/index.mjs:1:2)',
  ];
  expect(await hashFiles(stack, taskRoot)).toEqual({
    'src/a.mjs': sha256('src/a.mjs'),
    'b.js': sha256('b.js'),
    'c.py': sha256('c.py'),
  });
});

test('a file outside the package is not read, whatever the function writes into its stack', async () => {
  const stack = [
    `at a (${taskRoot}/../outside.mjs:1:2)`,
    `at a (file://${taskRoot}/%2e%2e/outside.mjs:1:2)`,
    `at a (${taskRoot}/link.mjs:1:2)`,
    `at a (${taskRoot}/src:1:2)`,
    `at a (${taskRoot}/missing.mjs:1:2)`,
    'at a (file://%zz/code-1/b.js:1:2)',
  ];
  expect(await hashFiles(stack, taskRoot)).toEqual({});
});
