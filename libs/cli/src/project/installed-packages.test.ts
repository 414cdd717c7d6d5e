import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedPackages } from './installed-packages.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'installed-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (packages: object) =>
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));

test('each version of a package is there once, by its real name', () => {
  write({
    '': { name: 'project', version: '1.0.0' },
    'node_modules/serverless': { name: 'osls', version: '4.1.0' },
    'node_modules/a/node_modules/@scope/b': { version: '2.0.0' },
    'node_modules/@scope/b': { version: '2.0.0' },
  });
  expect(installedPackages(root)).toEqual([
    { name: 'osls', version: '4.1.0', deprecated: undefined },
    { name: '@scope/b', version: '2.0.0', deprecated: undefined },
  ]);
});

test('the reason of a deprecation, which its publishers wrote, has nothing that a terminal obeys', () => {
  write({
    'node_modules/a': { version: '1.0.0', deprecated: `Use b.\n\u001b]0;title\u0007${'x'.repeat(500)}` },
  });
  const [{ deprecated = '' } = {}] = installedPackages(root);
  expect(deprecated).toMatch(/^Use b\. \]0;title x+$/);
  expect(deprecated).toHaveLength(300);
});

test('without a lock file that can be read, there are none', () => {
  expect(installedPackages(root)).toEqual([]);
  writeFileSync(join(root, 'package-lock.json'), '{');
  expect(installedPackages(root)).toEqual([]);
});
