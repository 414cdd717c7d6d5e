import { readFileSync } from 'node:fs';
import { filesIn, recipeFiles, recipesPage, withFiles } from './recipes.testing.ts';

const page = readFileSync(recipesPage, 'utf8');

test('services/RECIPES.md shows the files that run (node scripts/e2e/sample/write-recipes.ts writes them)', () => {
  expect(page).toBe(withFiles(page));
});

test('services/RECIPES.md shows each file, once', () => {
  expect(filesIn(page)).toEqual(recipeFiles());
});
