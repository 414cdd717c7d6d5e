import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createNodeFinder, whyNotNode24 } from './node-executables.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'node-executables-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program that prints this version of Node. */
async function install(place: string, version: string): Promise<string> {
  const executable = path.join(folder, place);
  await mkdir(path.dirname(executable), { recursive: true });
  await writeFile(executable, `#!/bin/sh\necho ${version}\n`, { mode: 0o700 });
  return executable;
}

async function find(environment: NodeJS.ProcessEnv) {
  const reports: string[] = [];
  const nvm = { NVM_DIR: path.join(folder, 'nvm'), PATH: '' };
  const nodeFor = createNodeFinder((message) => void reports.push(message), { ...nvm, ...environment });
  const found = await nodeFor('nodejs22.x');
  expect(await nodeFor('nodejs22.x')).toBe(found);
  expect(await nodeFor('nodejs24.x')).toBe(process.execPath);
  return { found, reports };
}

test('a Node 22 in PATH is found after a Node of another version', async () => {
  await install('a/node', 'v20.1.0');
  const node22 = await install('b/node', 'v22.21.0');
  await install('nvm/versions/node/v22.30.0/bin/node', 'v22.30.0');
  const PATH = ['a', 'missing', 'b'].map((name) => path.join(folder, name)).join(path.delimiter);
  expect(await find({ PATH })).toEqual({ found: node22, reports: [] });
});

test('the newest Node 22 of nvm is found', async () => {
  await install('nvm/versions/node/v22.9.0/bin/node', 'v22.9.0');
  const newest = await install('nvm/versions/node/v22.21.1/bin/node', 'v22.21.1');
  await install('nvm/versions/node/v24.1.0/bin/node', 'v24.1.0');
  expect(await find({})).toEqual({ found: newest, reports: [] });
});

test('a Node 22 that a variable names is preferred', async () => {
  await install('nvm/versions/node/v22.30.0/bin/node', 'v22.30.0');
  const named = await install('mine', 'v22.22.0');
  expect(await find({ LOCAL_AWS_NODE22: named })).toEqual({ found: named, reports: [] });
});

test('without a Node 22, functions run on the Node of local AWS, and one message says so', async () => {
  expect(await find({})).toEqual({
    found: process.execPath,
    reports: [
      expect.stringMatching(
        /^Functions of nodejs22\.x run on Node 24\..* neither PATH nor nvm has one\. .*LOCAL_AWS_NODE22/,
      ),
    ],
  });
});

test.each(['v22.20.0', 'v20.1.0'])(
  'a variable that names a Node of another version (%s) is ignored',
  async (version) => {
    const named = await install('mine', version);
    const { found, reports } = await find({ LOCAL_AWS_NODE22: named });
    expect(found).toBe(process.execPath);
    expect(reports).toEqual([expect.stringContaining(`LOCAL_AWS_NODE22 is ${named}, which is not one`)]);
  },
);

test('functions run only on Node 24', () => {
  expect(whyNotNode24('v24.21.0', '/node')).toBeUndefined();
  expect(whyNotNode24('v22.1.0', '/usr/bin/node')).toMatch(
    /local AWS runs on Node v22\.1\.0 \(\/usr\/bin\/node\)\. Install Node 24, or .* npm start\.$/,
  );
});
