import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';

interface Package {
  readonly dev?: boolean;
  readonly license?: string;
  readonly link?: boolean;
}

const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Package>>;
};
const packages = Object.entries(lock.packages);
const underAgpl = packages.filter(([, { license }]) => license?.includes('AGPL'));

test('every package under the AGPL is a development dependency', () => {
  expect(underAgpl.filter(([, { dev }]) => dev !== true)).toEqual([]);
});

test('the second opinion of the tests is known to be under the AGPL', () => {
  expect(underAgpl.map(([path]) => path)).toContain('node_modules/@cloud-copilot/iam-simulate');
});

test('every package has a licence', () => {
  const unlicensed = packages.filter(([, { license, link }]) => license === undefined && link !== true);
  expect(unlicensed.map(([path]) => path)).toEqual([]);
});
