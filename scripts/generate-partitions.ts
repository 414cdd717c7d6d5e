import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { partitionsOfSdk } from '../libs/iam/src/sdk-partitions.testing.ts';

/*
 * Writes the table of AWS's partitions. Run it after an update of the AWS SDK:
 * node scripts/generate-partitions.ts
 */

const root = join(import.meta.dirname, '..');
const file = join(root, 'libs/iam/src/partition-data.ts');

writeFileSync(
  file,
  `// Generated from the AWS SDK: node scripts/generate-partitions.ts
export const partitionData = ${JSON.stringify(partitionsOfSdk(), null, 2)};
`,
);
execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', file], { stdio: 'inherit' });
