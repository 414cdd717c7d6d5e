import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cookbookPage } from './lib/cookbook-page.ts';

/*
 * Writes services/COOKBOOK.md from the cookbook of the tests' pair. Run it after a change of libs/cli/test/pair/cookbook:
 * node scripts/generate-cookbook.ts
 */
writeFileSync(join(import.meta.dirname, '../services/COOKBOOK.md'), cookbookPage());
