import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const map = readFileSync(join(__dirname, 'MAP.md'), 'utf8');

const rows = [...map.matchAll(/^\| \[([^\]]+)\]\(([^)]+)\) \| `([^`]+)` \|/gm)].map(
  ([, text = '', path = '', name = '']) => ({ text, path, name }),
);

test.each(rows)('$path of the map exists and has $name', ({ text, path, name }) => {
  expect(path).toBe(`../${text}`);
  expect(readFileSync(join(__dirname, path), 'utf8')).toContain(name);
});

test('each link of the map leads to a file, and the way has no gap that nobody notices', () => {
  const links = [...map.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = '']) => path);
  expect(links.filter((path) => !existsSync(join(__dirname, path)))).toEqual([]);
  const packages = new Set(rows.map(({ text }) => text.split('/').slice(0, 2).join('/')));
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
