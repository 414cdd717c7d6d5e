import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defaultsFor } from '../../../libs/create/src/options.ts';
import { projectFiles } from '../../../libs/create/src/project.ts';
import { readSources } from '../../../libs/create/src/sources.ts';
import { projectRoot } from '../../lib/project.ts';
import { filesShownIn } from '../../lib/shown-files.ts';

const page = readFileSync(join(projectRoot, 'services/RECIPES.md'), 'utf8');
const recipes = join(import.meta.dirname, 'recipes');

test('services/RECIPES.md shows each file of the recipes once', () => {
  const files = globSync('scripts/e2e/sample/recipes/*/**/*.*', { cwd: projectRoot });
  expect(filesShownIn(page)).toEqual(files.toSorted());
});

describe('in a project of npm run create, with its scope in the place of ours', () => {
  const files = projectFiles(readSources(), { ...defaultsFor('orders'), scope: '@acme' }, '0123456789abcdef');
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'recipe-'));
    for (const [path, text] of Object.entries(files)) write(path, text);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  test.each(readdirSync(recipes))('the files and changes of the recipe %s fit', (recipe) => {
    const folder = join(recipes, recipe);
    const textOf = (path: string) =>
      readFileSync(join(folder, path), 'utf8').replaceAll(
        '@cross-account-api/operations',
        '@acme/operations',
      );
    const added = globSync('services/**/*.*', { cwd: folder });
    for (const path of added) write(path, textOf(path));
    const changes = globSync('*.diff', { cwd: folder }).toSorted();
    expect(added.length + changes.length).toBeGreaterThan(0);
    for (const change of changes) {
      const [, changed = ''] = /^\+\+\+ b\/(.*)$/m.exec(textOf(change)) ?? [];
      const before = readFileSync(join(root, changed), 'utf8');
      execFileSync('git', ['apply'], { cwd: root, input: textOf(change) });
      expect(readFileSync(join(root, changed), 'utf8')).not.toBe(before);
    }
  });
});
