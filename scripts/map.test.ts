import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageNames } from './lib/packages.ts';
import { projectRoot } from './lib/project.ts';

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
    'libs/command-line',
    'libs/contract',
    'libs/iam',
    'libs/local-aws',
    'libs/serverless-plugin',
    'libs/signed-fetch',
    'services/api',
    'services/caller',
  ]);
});

test('the map names every room once, and no other', () => {
  const named = [...map.matchAll(/^\| `([a-z0-9-]+(?:\/[a-z0-9-]+)?)` \| [^|]+ \| [^|]+ \|$/gm)].map(
    ([, room = '']) => room,
  );
  const rooms = packageNames.flatMap((name) => {
    const folders = globSync('src/*/*.{ts,tsx}', { cwd: join(projectRoot, 'libs', name) })
      .filter((file) => !/\.(?:test|testing)\.tsx?$/.test(file))
      .map((file) => `${name}/${file.replaceAll('\\', '/').split('/')[1]}`);
    return [name, ...new Set(folders)];
  });
  // Of a package with several rooms, the rooms are enough. Two rooms have folders only: one for each command, one for each service.
  const isParent = (room: string) => ['cli', 'iam', 'local-aws', 'serverless-plugin'].includes(room);
  expect(named.toSorted()).toEqual(
    [
      ...new Set([...rooms.filter((room) => !isParent(room)), 'cli/commands', 'local-aws/services']),
    ].toSorted(),
  );
});
