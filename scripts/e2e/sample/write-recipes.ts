import { readFileSync, writeFileSync } from 'node:fs';
import { recipesPage, withFiles } from './recipes.testing.ts';

/*
 * Writes the files of the recipes into services/RECIPES.md. Run it after a change of scripts/e2e/sample/recipes:
 * node scripts/e2e/sample/write-recipes.ts
 */
writeFileSync(recipesPage, withFiles(readFileSync(recipesPage, 'utf8')));
