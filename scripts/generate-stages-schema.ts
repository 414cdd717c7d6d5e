import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STAGES_SCHEMA, stagesSchema } from './lib/stages-schema.ts';

/*
 * Writes the JSON schema of services/stages.yml, which editors read. Run it after a change of the settings or of
 * scripts/lib/setting-descriptions.ts: node scripts/generate-stages-schema.ts. `npm run lint:files` says if it was forgotten.
 */
const root = join(import.meta.dirname, '..');
const file = join(root, STAGES_SCHEMA);
writeFileSync(file, JSON.stringify(stagesSchema()));
execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', file], { stdio: 'inherit' });
