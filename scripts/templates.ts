import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { copyProject } from '../libs/cli/src/project/project.ts';
import { createSteps } from '../libs/cli/src/steps.ts';
import { runCommand, UsageError } from './lib/command-line.ts';
import { packageService } from './lib/package-service.ts';
import { modes } from './templates/modes.ts';

const SERVICES = ['api', 'caller'] as const;

await runCommand(
  'templates',
  'Packages both services in each mode that a stage can have, and writes the CloudFormation templates. Run it in an old commit and in a new one, and see what differs: git diff --no-index --stat OLD NEW.',
  {
    out: { type: 'string', value: 'FOLDER', description: 'Where the templates are written' },
  },
  async ({ out }) => {
    if (out === undefined) throw new UsageError('--out is missing. It must name a folder for the templates.');
    const steps = createSteps({ quiet: false });
    const project = await copyProject();
    try {
      const stages = Object.fromEntries(
        Object.entries(modes).map(([name, { settings }]) => [name, settings]),
      );
      await writeFile(join(project.root, 'services/stages.yml'), JSON.stringify(stages));
      for (const [stage, { region }] of Object.entries(modes)) {
        await steps.run(stage, async () => {
          for (const service of SERVICES) {
            const template = await packageService(join(project.root, 'services', service), stage, region);
            const text = JSON.stringify(template, sortedWithoutTime, 2);
            await mkdir(resolve(out), { recursive: true });
            await writeFile(join(resolve(out), `${stage}-${service}.json`), `${text}\n`);
          }
        });
      }
    } finally {
      await project.remove();
    }
    return 0;
  },
);

/**
 * For JSON.stringify: sorts the members of objects, and leaves out where this run would have uploaded the code. That folder has the
 * time in its name.
 */
function sortedWithoutTime(key: string, value: unknown): unknown {
  if (key === 'S3Key') return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
