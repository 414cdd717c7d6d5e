import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';

const map = readFileSync(join(projectRoot, 'MAP.md'), 'utf8');

const rows = [...map.matchAll(/^\| \[([^\]]+)\]\(([^)]+)\) \| `([^`]+)` \|/gm)].map(
  ([, text = '', path = '', name = '']) => ({ text, path, name }),
);

test.each(rows)('$path of the map exists and has $name', ({ text, path, name }) => {
  expect(text).toBe(path);
  expect(readFileSync(join(projectRoot, path), 'utf8')).toContain(name);
});

test('each link of the map leads to a file, and the way has no gap that nobody notices', () => {
  const links = [...map.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = '']) => path);
  expect(links.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
  const packages = new Set(rows.map(({ path }) => path.split('/').slice(0, 2).join('/')));
  expect([...packages].toSorted()).toEqual([
    'libs/api-handler',
    'libs/assume-role',
    'libs/cli',
    'libs/contract',
    'libs/iam',
    'libs/local-aws',
    'libs/serverless-plugin',
    'libs/signed-fetch',
    'services/api',
    'services/caller',
  ]);
});
