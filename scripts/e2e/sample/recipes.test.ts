import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../lib/project.ts';
import { filesShownIn, withFiles } from '../../lib/shown-files.ts';

const page = readFileSync(join(projectRoot, 'services/RECIPES.md'), 'utf8');

test('services/RECIPES.md shows the files that run (node scripts/show-files.ts writes them)', () => {
  expect(page).toBe(withFiles(page));
});

test('services/RECIPES.md shows each file of the recipes once', () => {
  const files = globSync('scripts/e2e/sample/recipes/*/**/*.*', { cwd: projectRoot });
  expect(filesShownIn(page)).toEqual(files.toSorted());
});
