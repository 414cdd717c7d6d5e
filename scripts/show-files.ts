import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';
import { pagesWithFiles, withFiles } from './lib/shown-files.ts';

/*
 * Puts the files that services/RECIPES.md and libs/signed-fetch/MOVE.md show into these pages. Run it after a change of such a file:
 * node scripts/show-files.ts
 */
for (const page of pagesWithFiles) {
  const path = join(projectRoot, page);
  writeFileSync(path, withFiles(readFileSync(path, 'utf8')));
}
