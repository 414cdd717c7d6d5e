import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';
import { referencePages } from './lib/reference-pages.ts';

/*
 * Writes the pages that list what the code has. Run it after a change of the operations or types of local AWS, the settings of a stage, the
 * steps of the plugin, the findings of `review` or the options of a command: node scripts/generate-reference.ts. `npm run lint:files` says if it was forgotten.
 */
for (const { file, text } of await referencePages()) writeFileSync(join(projectRoot, file), text);
