import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sourceHashes } from './cached-packages.ts';
import { packageFolder, packageNames } from './packages.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hashes-'));
  write('package.json', '{}');
  for (const name of packageNames) {
    write(`libs/${name}/src/index.ts`, 'export {};');
    cpSync(join(packageFolder(name), 'package.json'), join(root, 'libs', name, 'package.json'));
  }
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** The packages that are built again after a change. */
function builtAfter(file: string, text: string): readonly string[] {
  const before = sourceHashes(root);
  write(file, text);
  const after = sourceHashes(root);
  return packageNames.filter((name) => before.get(name) !== after.get(name));
}

test('without a change, no package is built again', () => {
  expect(builtAfter('package.json', '{}')).toEqual([]);
});

test.each([
  ['libs/cli/src/deep/er.ts', ['cli']],
  ['libs/cli/README.md', ['cli']],
  ['libs/signed-fetch/src/index.ts', ['signed-fetch']],
  // Others have its types, or bundle it.
  ['libs/iam/src/index.ts', ['iam', 'serverless-plugin', 'local-aws', 'cli']],
  ['libs/contract/src/new.ts', ['contract', 'api-handler', 'cli']],
  ['package-lock.json', packageNames],
  ['scripts/lib/pack-package.ts', packageNames],
])('after a change of %s, %j are built again', (file, names) => {
  expect(builtAfter(file, 'export const changed = 1;')).toEqual(names);
});

test.each([
  'libs/cli/src/main.test.ts',
  'libs/cli/dist/esm/main.js',
  'libs/cli/test/pair/package.json',
  'README.md',
])('a change of %s builds nothing', (file) => {
  expect(builtAfter(file, 'changed')).toEqual([]);
});

test('a file that moves is a change, though no text is new', () => {
  write('libs/iam/src/a.ts', 'text');
  const before = sourceHashes(root);
  rmSync(join(root, 'libs/iam/src/a.ts'));
  write('libs/iam/src/b.ts', 'text');
  expect(sourceHashes(root).get('iam')).not.toBe(before.get('iam'));
});
